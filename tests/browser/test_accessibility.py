"""What keeps readers out: axe-core looks for it on the book's pages, in light and in dark, with everything unfolded."""

from pathlib import Path

import pytest
from built import names

ONE_FOR_ALL = "library/errors.html"
"""The page of the library that is looked at: all are made by the same template from docstrings, and long."""
LEFT_OUT = {"region": "the theme's logo and title for printing stand outside its landmarks"}
"""Rules that are not looked at, and why."""
NOT_OURS = [".citation-list", ".recryst-plot"]
"""What is not looked at: docutils gives entries of a bibliography a role that is no longer in use; the inside of a plotly figure."""

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


@pytest.fixture(scope="module", params=[name for name in names() if not name.startswith("library/") or name == ONE_FOR_ALL])
def opened_page(browser, request: pytest.FixtureRequest, built: Path):
    from visit import opened, settle

    with opened(browser, (built / request.param).as_uri(), 1440) as (page, _):
        settle(page)
        page.evaluate("document.querySelectorAll('article details').forEach(folded => folded.open = true)")
        yield page


def barriers(page, **options: object) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, context={"exclude": NOT_OURS}, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [f"{one['id']}: {node['target']} {node['html'][:160]}" for one in found for node in one["nodes"][:3]]


def test_a_page_keeps_nobody_out(opened_page) -> None:
    """Alternative texts, names of buttons and links, order of headings, tables, lists, focus, contrast, and more: all rules of axe."""
    assert barriers(opened_page, rules={rule: {"enabled": False} for rule in LEFT_OUT}) == []


def test_a_page_can_be_read_in_the_dark(opened_page) -> None:
    from visit import show

    show(opened_page, "dark")
    try:
        assert barriers(opened_page, runOnly=["color-contrast"]) == []
    finally:
        show(opened_page, "light")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_badge_stands_out_from_its_ground(opened_page, theme: str) -> None:
    """Contrast of 4.5 to 1 at least (WCAG 2.2, success criterion 1.4.3), computed here from the colours in use."""
    from visit import show

    show(opened_page, theme)
    try:
        contrasts = opened_page.evaluate(CONTRASTS)
        assert {text: ratio for text, ratio in contrasts if ratio < 4.5} == {}
    finally:
        show(opened_page, "light")


CONTRASTS = """() => {
  const colour = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const over = (top, below) => top.length < 4 ? top : [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3]));
  const ground = element => {
    const own = colour(getComputedStyle(element).backgroundColor);
    return own.length === 3 ? own : over(own, element.parentElement ? ground(element.parentElement) : [255, 255, 255]);
  };
  const channel = value => value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = rgb => 0.2126 * channel(rgb[0]) + 0.7152 * channel(rgb[1]) + 0.0722 * channel(rgb[2]);
  return [...document.querySelectorAll(".recryst-badge, .recryst-tile")].map(badge => {
    const below = ground(badge);
    const [one, other] = [luminance(below), luminance(over(colour(getComputedStyle(badge).color), below))];
    return [`${badge.className}: ${badge.textContent.trim()}`, (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)];
  });
}"""


def test_what_is_folded_opens_and_closes_with_the_keyboard(opened_page) -> None:
    folded = opened_page.locator("article details:visible").first
    if folded.count() == 0:
        pytest.skip("nothing is folded on this page")
    summary = folded.locator("summary").first
    before = folded.evaluate("folded => folded.open")
    summary.focus()
    opened_page.keyboard.press("Enter")
    assert folded.evaluate("folded => folded.open") is not before
    opened_page.keyboard.press("Space")
    assert folded.evaluate("folded => folded.open") is before
