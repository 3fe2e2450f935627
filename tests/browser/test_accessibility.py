"""What keeps readers out: axe-core looks for it on the book's pages, in light and in dark, with everything unfolded."""

from pathlib import Path

import pytest
from built import names

ONE_FOR_ALL = "library/errors.html"
"""The page of the library that is looked at: all are made by the same template from docstrings, and long."""
LEFT_OUT = {"region": "the theme's logo and title for printing stand outside its landmarks"}
"""Rules that are not looked at, and why."""
CONTRAST = "color-contrast"
"""The rule that takes nearly all of the time on long pages, and is therefore asked about one element of each look."""
NOT_OURS = [".citation-list", ".recryst-plot"]
"""What is not looked at: docutils gives entries of a bibliography a role that is no longer in use; the inside of a plotly figure."""

pytestmark = [pytest.mark.browser, pytest.mark.timeout(500)]


@pytest.fixture(scope="module", params=[name for name in names() if not name.startswith("library/") or name == ONE_FOR_ALL])
def opened_page(browser, request: pytest.FixtureRequest, built: Path):
    from visit import settled

    with settled(browser, (built / request.param).as_uri(), 1440) as (page, _):
        page.evaluate("document.querySelectorAll('article details').forEach(folded => folded.open = true)")
        yield page


def barriers(page, within: tuple[str, ...] = ("html",), **options: object) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    context = {"include": list(within), "exclude": NOT_OURS}
    found = Axe().run(page, context=context, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [f"{one['id']}: {node['target']} {node['html'][:160]}" for one in found for node in one["nodes"][:3]]


def test_a_page_keeps_nobody_out(opened_page) -> None:
    """Alternative texts, names of buttons and links, order of headings, tables, lists, focus, and more: all other rules of axe."""
    assert barriers(opened_page, rules={rule: {"enabled": False} for rule in (*LEFT_OUT, CONTRAST)}) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_its_ground(opened_page, theme: str) -> None:
    from visit import show

    show(opened_page, theme)
    try:
        assert pale(opened_page) == []
    finally:
        show(opened_page, "light")


def pale(page) -> list[str]:
    """Text of too little contrast, as axe finds it: an element of each look, for some pages have ten thousand cells and a dozen looks."""
    assert page.evaluate(LOOKS) > 0
    return barriers(page, within=("[data-look]",), runOnly=[CONTRAST])


LOOKS = """() => {
  // marks the first visible element with text of its own of each look: how its text is set, and what lies behind it
  document.querySelectorAll("[data-look]").forEach(element => element.removeAttribute("data-look"));
  const grounds = new Map([[null, ""]]);
  const ground = element => {
    if (!grounds.has(element)) {
      const style = getComputedStyle(element);
      const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.position].join();
      const below = ground(element.parentElement);
      grounds.set(element, own === "rgba(0, 0, 0, 0),none,1,static" ? below : `${below}|${own}`);
    }
    return grounds.get(element);
  };
  const ownText = element => [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
  const seen = new Set();
  for (const element of document.body.querySelectorAll("*")) {
    if (!ownText(element) && !element.matches("input, select, textarea")) continue;
    if (!element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    if (element.closest(".citation-list, .recryst-plot, script, style")) continue;
    const style = getComputedStyle(element);
    const look = [element.tagName, style.color, style.fontSize, style.fontWeight, style.textShadow, ground(element)].join();
    if (!seen.has(look)) element.setAttribute("data-look", "");
    seen.add(look);
  }
  return seen.size;
}"""


def test_one_pale_cell_of_many_is_found(browser) -> None:
    rows = "".join(f"<tr><td class='{'pale' if row == 700 else ''}'>{row}</td></tr>" for row in range(1000))
    page = browser.new_page()
    try:
        page.set_content(f"<style>td {{color: #333}} .pale {{color: #bbb}}</style><table>{rows}</table>")
        (found,) = pale(page)
        assert "700" in found
        page.set_content(f"<style>td {{color: #333}} .pale {{background: #444}}</style><table>{rows}</table>")
        (found,) = pale(page)
        assert "700" in found
        page.set_content(f"<style>td {{color: #333}}</style><table>{rows}</table>")
        assert pale(page) == []
    finally:
        page.close()


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
