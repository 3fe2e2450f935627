"""Sphinx extension: edit and launch links of a page lead to the file that it is made from.

The theme takes the page's own path for that of its source. A chapter is a copy of an executed notebook, whose source is in
``nbs``; a page that is computed as a whole has no source to edit.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sphinx.application import Sphinx

COMPUTED = ("library/",)
CHAPTERS = "chapters/"


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect after the theme, which makes the buttons at priority 501."""
    app.connect("html-page-context", _repoint, priority=510)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _repoint(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    context["header_buttons"] = repointed(context.get("header_buttons", []), pagename)


def repointed(buttons: Sequence[Mapping[str, Any]], page: str) -> list[dict[str, Any]]:
    """Buttons of the page's header, in groups, with the address of the page's source in place of the page's.

    Parameters
    ----------
    buttons : as the theme makes them: links have ``url``, groups have ``buttons``
    page : name of the page, such as ``chapters/cgcnn``
    """
    result = []
    for button in buttons:
        if "buttons" in button:
            result.append({**button, "buttons": repointed(button["buttons"], page)})
        elif page.startswith(CHAPTERS):
            name = page.removeprefix(CHAPTERS)
            result.append({**button, "url": button["url"].replace(f"book/{page}", f"nbs/{name}")} if "url" in button else dict(button))
        elif not (page.startswith(COMPUTED) and button.get("label") == "source-edit-button"):
            result.append(dict(button))
    return result
