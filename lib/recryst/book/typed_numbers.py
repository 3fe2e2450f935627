"""No number in prose that comes from nowhere.

A result that somebody typed into a sentence is wrong after the next run, and nobody sees it. So a number with a unit, a count of
something, and any number of two digits or more may stand in prose only where `number_sources` says what it quotes. Numbers written as
words are let through, and so are those in names: of exhibits, journals, versions and years.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from recryst.book.number_sources import NUMBER, SEPARATOR, UNITS, Phrase, disagreements
from recryst.book.passages import Passage, passages

COUNTED = (
    *(
        "alloys?",
        "atoms?",
        "bonds?",
        "candidates?",
        "channels?",
        "compounds?",
        "convolutions?",
        "cores?",
        "crystals?",
        "days?",
        "elements?",
    ),
    *(
        "entr(?:y|ies)",
        "epochs?",
        "exhibits?",
        "features?",
        "folds?",
        "formulas?",
        "hours?",
        "images?",
        "layers?",
        "materials?",
        "minutes?",
    ),
    *(
        "models?",
        "neighbours?",
        "networks?",
        "nights?",
        "nodes?",
        "pairs?",
        "papers?",
        "parameters?",
        "perovskites?",
        "points?",
        "predictions?",
    ),
    *(
        "propert(?:y|ies)",
        "runs?",
        "samples?",
        "seconds?",
        "seeds?",
        "steps?",
        "structures?",
        "systems?",
        "trainings",
        "values?",
        "voxels?",
    ),
    *("weights?",),
)
"""What prose counts: patterns of nouns."""
OTHER_UNITS = ("[kKMGT]i?B", "pm", "K", "°C?", "ms", "s", "min", "h", "fold", "times")

_UNIT = rf"[ \n\u00a0-]?(?:{'|'.join([*UNITS, *OTHER_UNITS])})(?!\w)"
# at most three words stand before what is counted
_NOUN = rf"(?:[ \n\u00a0-][\w'’-]+){{0,3}}?[ \n\u00a0-](?:{'|'.join(COUNTED)})\b"
_MEASURED = re.compile(rf"{NUMBER}(?:{SEPARATOR}{NUMBER})*(?:{_UNIT}|{_NOUN})")
_LONG = re.compile(rf"(?=[-−]?\d+[.,]?\d){NUMBER}")
_NAMED = (
    *("Tables?", "Figs?\\.", "Figures?", "Eqs?\\.", "Equations?", "Sections?", "Sec\\.", "Refs?\\.", "Chapters?", "Steps?"),
    *("Python", "CUDA", "Debian", "Ubuntu", "versions?", "CC BY"),
)
_NAMES = re.compile(
    # Fig. 2 and 3, Python 3.11; the year 2018; volume, page and year of a journal
    rf"(?:\b(?:{'|'.join(_NAMED)})\s|\bv)S?\d[\w.,()]*(?:(?:, | and | or | to |–|-)S?\d[\w.()]*)*"
    r"|\b(?:19|20)\d\d\b(?!\s?(?:%|eV|GPa))|\b\d+(?:\(\d+\))?, [\w–-]+ \((?:19|20)\d\d\)"
)


def faults(pages: Sequence[Path], allowed: Mapping[str, Sequence[Phrase]], root: Path) -> list[str]:
    """Numbers that come from nowhere, and phrases of the list that their page does not hold or their sources do not bear out.

    Parameters
    ----------
    pages : markdown files and notebooks below ``root``
    allowed : phrases for each page, by its path below ``root``; from `number_sources.read`

    Returns
    -------
    one sentence each
    """
    found = [f"{page} is in the list of numbers, and there is no such page." for page in allowed if not (root / page).is_file()]
    for page in pages:
        name = page.relative_to(root).as_posix()
        phrases = allowed.get(name, ())
        prose = passages(page)
        found += [f"{name}, {fault}" for passage in prose for fault in _from_nowhere(passage, phrases)]
        for phrase in phrases:
            if not any(_places(phrase, passage.text) for passage in prose):
                found.append(f"{name} does not say '{phrase.text}': take it off the list of numbers.")
            found += [f"{name}, '{phrase.text}': {reason}" for reason in disagreements(phrase)]
    return found


def _from_nowhere(passage: Passage, phrases: Sequence[Phrase]) -> Iterator[str]:
    known = [span for phrase in phrases for span in _places(phrase, passage.text)]
    known += [name.span() for name in _NAMES.finditer(passage.text)]
    for pattern in (_MEASURED, _LONG):
        for found in pattern.finditer(passage.text):
            # the numbers must be known, not the words behind them
            spans = [(found.start() + one.start(), found.start() + one.end()) for one in re.finditer(NUMBER, found[0])]
            if all(any(first <= span[0] and span[1] <= last for first, last in known) for span in spans):
                continue
            known += spans
            line = passage.text.count("\n", 0, found.start()) + 1
            yield (
                f"{passage.place}line {line}: '{' '.join(found[0].split())}' is typed by hand; record and show it, or say in "
                "book/numbers.yml where it comes from."
            )


def _places(phrase: Phrase, text: str) -> list[tuple[int, int]]:
    """Where a phrase stands in a text, over line breaks too."""
    pattern = r"\s+".join(map(re.escape, phrase.text.split()))
    return [found.span() for found in re.finditer(rf"(?<![\w.]){pattern}(?!\d)", text)]
