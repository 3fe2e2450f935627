"""The built book as one PDF: all its pages in one, printed by Chromium, with an outline and links that work."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path, PurePosixPath
from posixpath import normpath

from bs4 import BeautifulSoup, Tag

from recryst import storage
from recryst.book import folders
from recryst.book.rendering import render
from recryst.errors import MissingDataError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
LEFT_OUT = ("library/",)
"""The library's reference is for the screen: on paper it would be longer than the book."""
_ELSEWHERE = re.compile(r"^(\w+:|//)")


def write(target: Path | None = None) -> Path:
    """Print the built book into a PDF, ``_build/recryst.pdf`` by default; returns its path.

    Raises
    ------
    MissingDataError : the book is not built
    BookError : there is no Chromium, or it fails
    """
    target = target if target is not None else storage.PROJECT / "_build" / "recryst.pdf"
    html = folders.built()
    if not (html / "index.html").is_file():
        raise MissingDataError("The book is not built; build it with: recryst book.")
    browser = chromium()
    # beside the pages, so that their pictures and styles are where they say
    page = html / "document.html"
    storage.write_text(page, combined(html, page_names()))
    try:
        _print(browser, page, target)
    finally:
        page.unlink(missing_ok=True)
    return target


def chromium() -> str:
    """The program of a Chromium: that of ``$RECRYST_CHROMIUM``, or the first of `BROWSERS` that is installed.

    Raises
    ------
    BookError : there is none; the sentence says how to get one
    """
    named = os.environ.get("RECRYST_CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        missing = f"there is no program {named}" if named else "there is none"
        raise folders.BookError(
            f"The PDF is printed by Chromium, and {missing}; install it, with 'apt-get install chromium' on Debian, "
            "or name its program in the variable RECRYST_CHROMIUM."
        )
    return found


def page_names() -> list[str]:
    """Names of the pages in the order of the book's table of contents, such as ``chapters/cgcnn``."""
    from sphinx_external_toc.parsing import parse_toc_yaml

    return [name for name in parse_toc_yaml(str(folders.source() / "_toc.yml")) if not name.startswith(LEFT_OUT)]


def combined(html: Path, names: list[str]) -> str:
    """One page with the articles of all ``names``.

    Ids get the name of their page before them, since several pages have the same; links between pages lead to those, and
    addresses of pictures are as seen from the top of the book.
    """
    articles, titles, heads = [], [], []
    for name in names:
        path = html / f"{name}.html"
        if not path.is_file():
            raise MissingDataError(f"The book has no page {name}; build it again with: recryst book.")
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")
        article = soup.select_one("article.bd-article")
        if not isinstance(article, Tag):
            raise folders.BookError(f"{name}.html has no article; build the book again with: recryst book.")
        heads.append([_relocated(tag, name) for tag in soup.select("head > link[rel=stylesheet], head > script") if _of_print(tag)])
        titles.append((_identifier(name, ""), article.h1.get_text().removesuffix("#").strip() if article.h1 else name))
        articles.append(_prepared(article, name, names))
    styles = dict.fromkeys(text for head in heads for text in head)
    return render("document.html", head="\n".join(styles), titles=titles, articles="\n".join(articles))


def _prepared(article: Tag, name: str, names: list[str]) -> str:
    """An article as it stands in the document."""
    for tag in article.select("script, button, .headerlink, .recryst-plot, .recryst-link"):
        tag.decompose()
    for tag in article.select("details.recryst-group"):
        tag["open"] = ""
    for tag in article.select("[id]"):
        tag["id"] = _identifier(name, str(tag["id"]))
    for tag in article.select("a[href]"):
        tag["href"] = _link(str(tag["href"]), name, names)
        # a file of results is not in the document
        if not str(tag["href"]).startswith("#") and not _ELSEWHERE.match(str(tag["href"])):
            tag.unwrap()
    for tag in article.select("img[src]"):
        tag["src"] = _address(str(tag["src"]), name)
        del tag["loading"]
    article["id"] = _identifier(name, "")
    return str(article)


def _link(address: str, name: str, names: list[str]) -> str:
    """Address in the document of what ``address`` leads to from page ``name``."""
    if _ELSEWHERE.match(address):
        return address
    path, _, fragment = address.partition("#")
    page = _address(path, name).removesuffix(".html") if path else name
    return f"#{_identifier(page, fragment)}" if page in names else _address(address, name)


def _address(address: str, name: str) -> str:
    """``address``, as seen from page ``name``, as seen from the top of the book."""
    return address if _ELSEWHERE.match(address) else normpath(PurePosixPath(name).parent / address)


def _identifier(name: str, identifier: str) -> str:
    return f"{name.replace('/', '-')}--{identifier}"


def _of_print(tag: Tag) -> bool:
    """Whether a style sheet or script of a page's head has a part in what is printed: looks and formulas."""
    return tag.name == "link" or "mathjax" in str(tag).lower()


def _relocated(tag: Tag, name: str) -> str:
    for attribute in ("href", "src"):
        if tag.get(attribute):
            tag[attribute] = _address(str(tag[attribute]), name)
    return str(tag)


def _print(browser: str, page: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="recryst-pdf-") as folder:
        printed = Path(folder) / "book.pdf"
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile", "--no-pdf-header-footer"]
        # nothing outside this machine is asked; time passes at once until formulas are set
        options += ["--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=120000", "--generate-pdf-document-outline"]
        command = [browser, *options, f"--print-to-pdf={printed}", page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
        if done.returncode or not printed.is_file():
            reason = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise folders.BookError(f"{browser} did not print the book: {reason}")
        storage.write_atomically(target, lambda file: file.write(printed.read_bytes()))
