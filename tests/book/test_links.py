"""Edit and launch links of the theme, led to the files that pages are made from; fonts that are not loaded early."""

from recryst.book.links import repointed
from recryst.book.offline import without_preloads

EDIT = "https://github.com/owner/name/edit/main/book"
BUTTONS = [
    {
        "type": "group",
        "label": "launch-buttons",
        "buttons": [{"type": "link", "url": "https://mybinder.org/v2/gh/owner/name/main?urlpath=lab/tree/book/chapters/cgcnn.ipynb"}],
    },
    {
        "type": "group",
        "label": "source-buttons",
        "buttons": [
            {"type": "link", "label": "source-edit-button", "url": f"{EDIT}/chapters/cgcnn.ipynb"},
            {"type": "link", "label": "source-issues-button", "url": "https://github.com/owner/name/issues/new?title=chapters/cgcnn.html"},
        ],
    },
    {"type": "javascript", "javascript": "toggle()", "label": "theme"},
]


def test_a_chapter_s_links_lead_to_its_notebook() -> None:
    launch, source, theme = repointed(BUTTONS, "chapters/cgcnn")
    assert launch["buttons"][0]["url"].endswith("urlpath=lab/tree/nbs/cgcnn.ipynb")
    assert source["buttons"][0]["url"] == "https://github.com/owner/name/edit/main/nbs/cgcnn.ipynb"
    assert source["buttons"][1]["url"].endswith("title=chapters/cgcnn.html")  # the page itself, not its source
    assert theme == BUTTONS[2]


def test_a_page_of_the_book_keeps_its_links_and_a_computed_one_can_not_be_edited() -> None:
    def labels(page: str) -> list[str]:
        return [button["label"] for button in repointed(BUTTONS, page)[1]["buttons"]]

    assert labels("scoreboard") == ["source-edit-button", "source-issues-button"]
    assert labels("library/features") == ["source-issues-button"]


def test_fonts_come_with_the_style_sheets_and_not_before() -> None:
    page = (
        '<head><link rel="preload" as="font" type="font/woff2" crossorigin href="a.woff2" />\n<link rel="stylesheet" href="a.css" /></head>'
    )
    assert without_preloads(page) == '<head><link rel="stylesheet" href="a.css" /></head>'
