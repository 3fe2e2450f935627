"""Pages of model cards: `report.cards` as MyST Markdown, which `book/models/*.md` include."""

import re
from collections.abc import Sequence
from typing import Any

from recryst import storage
from recryst.book import folders
from recryst.book.evidence import Evidence
from recryst.book.rendering import render
from recryst.report import cards, published
from recryst.report.cards import Family, Model
from recryst.report.printed import Paper
from recryst.report.results import Results

CRYSTALS = {
    "test": "test crystals",
    "validation": "validation crystals",
    "all": "crystals, all that have a target",
    "new": "crystals that are not in the paper's list",
}


def write(evidence: Evidence) -> None:
    """Write a page part for each family of models, and ``models.md``, the list of all, into ``book/generated``."""
    described = []
    for path in sorted((folders.source() / "models").glob("*.yml")):
        family, paper = cards.load(path), published.load(path.stem)
        runs = [run for run in evidence.runs if run.notebook == paper.paper and run.profile != "reduced"]
        described.append(_described(family, paper, runs, evidence))
        storage.write_text(folders.generated() / "models" / f"{path.stem}.md", page(**described[-1]))
    storage.write_text(folders.generated() / "models.md", render("models.md", families=described))
    storage.write_text(folders.generated() / "kept-models.md", kept())


def kept() -> str:
    """The cards of the models that come with the project (``data/models``), one section each; a sentence where there are none."""
    paths = sorted((storage.PROJECT / "data" / "models").glob("*/card.md"))
    parts = [f"({anchor('recryst/' + path.parent.name)})=\n{re.sub('^#', '##', path.read_text(), flags=re.MULTILINE)}" for path in paths]
    return "\n".join(parts) or "None yet: the trainings that they would come from are not done.\n"


def page(**described: Any) -> str:
    """The cards of one family as Markdown."""
    return render("cards.md", **described)


def anchor(model: str) -> str:
    """What a link to a model's card ends with: "cgcnn/band-gap" is at ``#cgcnn-band-gap``."""
    return model.replace("/", "-")


def _described(family: Family, paper: Paper, runs: Sequence[Results], evidence: Evidence) -> dict[str, Any]:
    return {
        "family": family,
        "paper": paper,
        "population": cards.population(family, paper, runs).to_dict("records"),
        "models": [_model(model, paper, runs, evidence) for model in family.models],
    }


def _model(model: Model, paper: Paper, runs: Sequence[Results], evidence: Evidence) -> dict[str, Any]:
    rows = cards.scores(model, paper, runs).to_dict("records")
    for row in rows:
        address = evidence.address(paper.paper, row["exhibit"])
        row["address"] = f"../{address}" if address else ""
        row["crystals"] = CRYSTALS.get(row["split"] or "", "crystals")
    arguments = [f'{name}="{value}"' if isinstance(value, str) else f"{name}={value}" for name, value in model.network.items()]
    notes = list(dict.fromkeys(row["note"][0].upper() + row["note"][1:] for row in rows if row["note"]))
    return {"card": model, "anchor": anchor(model.id), "rows": rows, "notes": notes, "arguments": ", ".join(arguments)}
