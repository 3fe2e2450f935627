"""The built book: that of this project, or the one in the folder that RECRYST_BUILT_BOOK names."""

import os
from pathlib import Path

from recryst.book import broken_links
from recryst.storage import PROJECT

BUILT = Path(os.environ.get("RECRYST_BUILT_BOOK", PROJECT / "_build" / "html")).resolve()


def names() -> list[str]:
    """All pages but the first, which only leads to the introduction."""
    return [str(path.relative_to(BUILT)) for path in broken_links.pages(BUILT) if path != BUILT / "index.html"]
