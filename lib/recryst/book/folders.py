"""Where the book keeps what is made for it; none of these folders is under version control."""

from pathlib import Path

from recryst import storage
from recryst.errors import RecrystError


class BookError(RecrystError, RuntimeError):
    """The book can't be built; the message holds every warning of the builder."""


def source() -> Path:
    """The book's own pages."""
    return storage.PROJECT / "book"


def generated() -> Path:
    """Parts of pages that are computed; the pages in `source` include them."""
    return source() / "generated"


def built() -> Path:
    """The pages that a reader opens."""
    return storage.PROJECT / "_build" / "html"


def attached() -> Path:
    """What pages link to; its content lands beside them, at the top of the built book."""
    return source() / "attached"
