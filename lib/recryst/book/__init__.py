"""The book: executed notebooks, prose, and pages computed from results; HTML that opens from disk and loads nothing from outside.

`build` is the way in. `chapters` and `attachments` put executed notebooks and what pages link to into ``book/``; `evidence`
reads all results; `front`, `scoreboard`, `status`, `reference` and `library` turn them into pages; `document` makes a PDF.
"""

from recryst.book.builder import BookError, build

__all__ = ["BookError", "build"]
