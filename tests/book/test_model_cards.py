"""Pages of model cards: every model has a place that links lead to, and its numbers are those of stored runs, never of reduced ones."""

import re
from pathlib import Path

import pytest

from recryst import prediction
from recryst.book import cards, evidence, folders
from recryst.report import results


@pytest.fixture
def pages(project: Path) -> tuple[str, str]:
    """The list of all models, and CGCNN's cards where one error is stored, and another is of a reduced run."""
    error = {"value_id": "formation-energy/mae", "unit": "eV/atom"}
    on = {"n": 36382, "split": "all", "caveat": "of 2018"}
    published = results.make(exhibit="beyond-published-models", level="re-analysed", value=0.0123, **on, **error)
    reduced = results.make(exhibit="table-1", level="retrained", value=0.777, n=24, split="test", **error)
    for profile, folder, found in (("laptop", project / "data" / "results", published), ("reduced", project / "results", reduced)):
        recorded = results.Results(notebook="cgcnn", profile=profile, results=(found,))
        results.write(recorded, folder / profile / "cgcnn")
    cards.write(evidence.gather("reduced"))
    return (folders.generated() / "models.md").read_text(), (folders.generated() / "models" / "cgcnn.md").read_text()


def card(page: str, anchor: str) -> str:
    """One model's part of the page."""
    return page.partition(f"({anchor})=\n")[2].partition("\n(")[0]


def test_every_model_that_can_be_asked_is_in_the_list_and_has_its_card(pages: tuple[str, str]) -> None:
    listed, _ = pages
    for model in prediction.models():
        if model.startswith(prediction.KEPT):  # its card came with its weights
            assert f"({cards.anchor(model)})=" in cards.kept()
            continue
        row = next(row for row in listed.split("<tr>") if f"<small>{model}</small>" in row)
        page, place = re.search(r'href="(\w+)\.html#([\w-]+)"', row).groups()
        described = (folders.generated() / "models" / f"{page}.md").read_text()
        given = "CHGCAR" if model.startswith("density/") else "my_crystal.cif"
        commands = [line.partition("  #")[0] for line in card(described, place).splitlines()]
        assert f".venv/bin/recryst predict {given} --model {model}" in commands


def test_a_number_is_the_stored_one_with_what_a_reader_must_know(pages: tuple[str, str]) -> None:
    shown = card(pages[1], "cgcnn-formation-energy-per-atom")
    assert re.search(r">0\.039<br><small>Table I, row 1</small></td>\s*<td data-label=\"found\">0\.0123</td>", shown)
    assert "36,382 crystals, all that have a target" in shown
    assert ": Of 2018\n" in shown


def test_what_no_large_run_has_found_is_not_there_yet(pages: tuple[str, str]) -> None:
    """The reduced run's error says nothing of the network, and is not shown."""
    trained = card(pages[1], "gated")
    assert "not yet" in trained
    assert "0.777" not in pages[1]


def test_prose_is_markdown_and_code_is_code(pages: tuple[str, str]) -> None:
    assert "{cite:p}`xie2018cgcnn`" in pages[1]
    assert 'settings = dict(network="summing", graph="voronoi"' in pages[1]
    assert 'Run.of(task="embedded/formation-energy", **settings)' in pages[1]
    assert "&#34;" not in pages[1]


def test_models_that_come_with_the_project_have_a_section_each(project: Path) -> None:
    assert cards.kept().startswith("None yet")
    folder = project / "data" / "models" / "band-gap"
    folder.mkdir(parents=True)
    (folder / "card.md").write_text("# recryst/band-gap\n\n## Limits\n")
    assert cards.kept() == "(recryst-band-gap)=\n## recryst/band-gap\n\n### Limits\n"
