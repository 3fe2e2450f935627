"""Executed notebooks of a few cells and small results, from which a book can be built in seconds."""

from pathlib import Path

import nbformat

from recryst import storage
from recryst.report import provenance, results
from recryst.report.provenance import Provenance

v4 = nbformat.v4
ENVIRONMENT = {
    **{"code": "0.1.0 (0123456789)", "libraries": {"numpy": "2.4.6"}, "backend": "", "device": "a processor"},
    **{"threads": "1", "platform": "Linux", "peak_memory_bytes": 958_066_688},
}
EXHIBIT = '<section class="recryst-exhibit" id="table-1"><p>Table I</p></section>'


def write_executed(project: Path, name: str, output: nbformat.NotebookNode) -> Path:
    cells = [
        v4.new_markdown_cell(f"# {name}\n\nThe energy is $E = \\sum_i v_i$ {{cite:p}}`xie2018cgcnn`."),
        v4.new_code_cell('profile: str = "reduced"', metadata={"tags": ["parameters"]}, execution_count=1),
        v4.new_code_cell("show()", execution_count=2, outputs=[output]),
    ]
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}})
    path = project / "results" / "reduced" / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def write_results(folder: Path, profile: str, error: float) -> None:
    """Results with one retrained value of Table I: comparable on the profile laptop."""
    why = "a reduced run" if profile == "reduced" else None
    found = results.make(
        **{"exhibit": "table-1", "value_id": "formation-energy/mae", "level": "retrained", "value": error, "unit": "eV/atom", "n": 100},
        **{"data": "embedded/formation-energy@abc123", "split": "test", "not_comparable": why},
    )
    results.write(results.Results(notebook="cgcnn", profile=profile, results=(found,)), folder)
    provenance.write(Provenance(ENVIRONMENT, 26.3, "2026-11-21T10:09:05+00:00", {"n_train": 100}), folder)
    storage.write_text(folder / "tables" / "table-1.csv", "a\n1\n")
