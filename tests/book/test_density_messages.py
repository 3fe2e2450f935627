"""The sentences of bad densities that the instructions explain are those that the code says."""

import re

from recryst.storage import PROJECT

SAID = ("datasets/density_files.py", "features/density_cells.py", "training/new_densities.py")


def explained() -> list[str]:
    """Sentences quoted in the first column of the tables of messages, cut where something is filled in."""
    page = (PROJECT / "book" / "how-to" / "charge-densities.md").read_text(encoding="utf-8")
    tables = re.findall(r"\n\| (?:the message says|sentence) \|.*?\n((?:\|.*\n?)+)", page)
    quoted = [sentence for table in tables for row in table.splitlines()[1:] for sentence in re.findall(r"`([^`]+)`", row.split("|")[1])]
    return [part.strip() for sentence in quoted for part in sentence.split("…") if part.strip()]


def test_every_sentence_that_is_explained_is_said() -> None:
    code = " ".join((PROJECT / "lib" / "recryst" / name).read_text(encoding="utf-8") for name in SAID)
    parts = explained()
    assert len(parts) > 25
    assert [part for part in parts if part not in code] == []


def test_every_sentence_that_is_said_is_explained() -> None:
    """Of every refusal that is written in one string, a part that is the same for all files stands on the page."""
    page = " ".join((PROJECT / "book" / "how-to" / "charge-densities.md").read_text(encoding="utf-8").split())
    for name in SAID[:2]:
        code = (PROJECT / "lib" / "recryst" / name).read_text(encoding="utf-8")
        for sentence in re.findall(r'raise BadInputError\(f?"([^"]+)"\)', code):
            if "key" in sentence:  # of the Materials Project's interface, where no file is read
                continue
            parts = [part.strip(" ;,.") for part in re.split(r"\{[^}]*\}|;|,", sentence)]
            assert any(len(part) > 6 and part in page for part in parts), sentence
