"""Phrases that may hold numbers, and where each number comes from: ``book/numbers.yml``.

For each page the file lists phrases, and for each number of a phrase, in order, its source::

    nbs/cgcnn.ipynb:
      - text: 33 of 378 candidates
        from: ["cgcnn text-perovskite-search:candidates-below-cutoff", "cgcnn text-perovskite-search:candidates"]
      - text: 95 % bootstrap intervals
        from: recryst.analysis.bootstrap:LEVEL
      - text: 2,000 training crystals
        from: laptop cgcnn.n_train
      - text: 12 months
        because: that is a year

===============================  ==========================================================================================
``PAPER EXHIBIT:VALUE``          the printed value, digit for digit and in its unit; any number of an interval or list
``PROFILE NOTEBOOK.PARAMETER``   a parameter in ``nbs/profiles``
``recryst.MODULE:NAME``          a constant of the code; in per cent, a hundred times it
``because``                      in place of a source: why it is neither, such as a unit, a name or a definition
===============================  ==========================================================================================
"""

import importlib
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from recryst import parameters
from recryst.book import folders
from recryst.checking import read_yaml
from recryst.errors import BadInputError
from recryst.report import published

NUMBER = r"(?<![\w./^_{§#&@-])[-−]?\d+(?:,\d{3})*(?:\.\d+)?(?:\^\d+)?(?:\s?[×x·]\s?10\^?\{?[-−]?\d+\}?)?"
SEPARATOR = r"\s*(?:±|–|—|-|/|to|and|or|of|by|×|,)\s*"
UNITS = {"Å": "angstrom", "angstroms?": "angstrom", "per cent": "%", "percent": "%"} | {
    unit: unit for unit in ("meV/atom", "eV/atom", "meV", "eV", "GPa", "nm", "%")
}
"""Units of measurement as prose writes them, a pattern each, and as published values do."""


@dataclass(frozen=True)
class Phrase:
    """A phrase on a page with the source of each of its numbers; or, without sources, ``because`` why."""

    text: str
    sources: tuple[str, ...] = ()
    because: str = ""


def listed() -> Path:
    """The list of phrases."""
    return folders.source() / "numbers.yml"


def read(path: Path) -> dict[str, tuple[Phrase, ...]]:
    """The phrases of each page.

    Raises
    ------
    BadInputError : the file can't be read, or an entry is not of the form above
    """
    content = read_yaml(path) or {}
    return {page: tuple(_phrase(entry, f"{path.name}, {page}") for entry in entries or ()) for page, entries in content.items()}


def disagreements(phrase: Phrase) -> list[str]:
    """Why a phrase is not what its sources say; nothing where it is."""
    if phrase.because:
        return []
    stated = list(re.finditer(NUMBER, phrase.text))
    if len(stated) != len(phrase.sources):
        return [f"it holds {len(stated)} numbers ({', '.join(one[0] for one in stated)}), and {len(phrase.sources)} sources are listed."]
    return [reason for one, source in zip(stated, phrase.sources, strict=True) if (reason := _disagreement(one, source))]


def _disagreement(stated: re.Match[str], source: str) -> str:
    try:
        known, unit = _known(source)
    except BadInputError as error:
        return str(error)
    said = _unit_behind(stated)
    as_share = said == "%" and not unit
    if not any(_same(stated[0], value) or (as_share and _is_share(stated[0], value)) for value in known):
        return f"it says {stated[0]}, and {source} is {' or '.join(known)}."
    return f"it gives {stated[0]} in {said}, and {source} is in {unit}." if said and unit and said != unit else ""


def _known(source: str) -> tuple[list[str], str]:
    """The values that may be quoted from a source, and their unit.

    Raises
    ------
    BadInputError : there is no such source
    """
    if source.startswith("recryst."):
        return [_constant(source)], ""
    first, _, rest = source.partition(" ")
    exhibit, _, identifier = rest.partition(":")
    if identifier:
        value = published.load(first).value(exhibit, identifier)
        return [*([value.value] if isinstance(value.value, str) else value.value), *filter(None, [value.printed])], value.unit
    return [_parameter(first, rest)], ""


def _constant(source: str) -> str:
    module, _, name = source.partition(":")
    try:
        return str(getattr(importlib.import_module(module), name))
    except (ImportError, AttributeError) as error:
        raise BadInputError(f"there is no {source} ({error}).") from error


def _parameter(profile: str, name: str) -> str:
    notebook, _, parameter = name.partition(".")
    try:
        return str(read_yaml(parameters.profile_file(profile))[notebook][parameter])
    except (BadInputError, KeyError, TypeError) as error:
        raise BadInputError(f"'{profile} {name}' is neither a printed value nor a parameter of a profile.") from error


def _same(stated: str, known: str) -> bool:
    """Whether a number is stated digit for digit as it is known: 0.30 is not 0.3."""
    stated = _digits(stated)
    return stated == known or (_is_number(known) and str(Decimal(stated)) == str(Decimal(known)))


def _is_share(stated: str, known: str) -> bool:
    return _is_number(known) and Decimal(_digits(stated)) == 100 * Decimal(known)


def _digits(stated: str) -> str:
    """A number as Python writes it: 2 × 10^4 is 2e4."""
    text = re.sub(r"\s?[×x·]\s?10\^?\{?", "e", stated.replace(",", "").replace("−", "-"))
    return re.sub(r"^10\^\{?", "1e", text).rstrip("}")


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", text) is not None


def _unit_behind(stated: re.Match[str]) -> str:
    """The unit of measurement behind a number, perhaps behind further numbers, as published values write it."""
    found = re.match(rf"(?:{SEPARATOR}\d[\d,.]*)*[\s-]?({'|'.join(UNITS)})(?!\w)", stated.string[stated.end() :])
    return next((unit for written, unit in UNITS.items() if found and re.fullmatch(written, found[1])), "")


def _phrase(entry: object, where: str) -> Phrase:
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str) or set(entry) not in ({"text", "from"}, {"text", "because"}):
        raise BadInputError(f"{where}: an entry has a text, and either 'from' or 'because'; this is {entry}.")
    if "because" in entry:
        return Phrase(entry["text"], because=str(entry["because"]))
    sources = entry["from"] if isinstance(entry["from"], list) else [entry["from"]]
    return Phrase(entry["text"], tuple(map(str, sources)))
