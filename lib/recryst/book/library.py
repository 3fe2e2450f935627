"""The library's pages of reference: one for each stage of the architecture, which Sphinx fills from the docstrings."""

import shutil
from pathlib import Path

from recryst import storage
from recryst.book import folders

PARTS = (
    *("datasets", "features", "models", "training", "analysis", "report", "figures"),
    *("checking", "crystals", "elements", "environment", "errors", "notation", "parallel", "storage", "symmetry", "terminal"),
    *("outcomes", "prediction", "dft", "parameters", "notebooks", "chapters", "book"),
)
"""Stages in the direction in which data flow, what all stages may use, and what stands on top."""

ABBREVIATIONS = {"dft": "DFT"}


def write() -> None:
    """Write ``book/library``, from nothing: a page of directives for each part of the package."""
    shutil.rmtree(folders.source() / "library", ignore_errors=True)
    for part in PARTS:
        storage.write_text(folders.source() / "library" / f"{part}.md", part_page(part))


def part_page(part: str) -> str:
    """Title, and what autodoc makes of every public module of this part."""
    title = ABBREVIATIONS.get(part, part.replace("_", " ").capitalize())
    entries = "\n".join(_module(name, part) for name in modules(part))
    return f"# {title}\n\n```{{eval-rst}}\n{entries}```\n"


def modules(part: str) -> list[str]:
    """Full names of the public modules of a part, the part itself first."""
    package = Path(__file__).parents[1]
    if (package / f"{part}.py").is_file():
        return [f"recryst.{part}"]
    found = [path.relative_to(package.parent).with_suffix("") for path in sorted((package / part).rglob("*.py"))]
    names = [".".join(path.parts).removesuffix(".__init__") for path in found if not path.name.startswith("_") or path.name == "__init__"]
    return sorted(names)


def _module(name: str, part: str) -> str:
    # a package's __init__ gives its modules' names once more: they are documented where they are defined
    members = "" if _is_package(name) else "   :members:\n   :member-order: bysource\n"
    short = name.removeprefix("recryst.")
    # what stands for the whole page needs no heading below the page's own
    heading = "" if short == part else f"{short}\n{'-' * len(short)}\n\n"
    return f"{heading}.. automodule:: {name}\n{members}\n"


def _is_package(name: str) -> bool:
    return (Path(__file__).parents[1].joinpath(*name.split(".")[1:]) / "__init__.py").is_file()
