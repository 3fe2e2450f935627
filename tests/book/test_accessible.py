"""What is added to the theme's pages for readers with a keyboard or a screen reader."""

from recryst.book.accessible import reachable


def test_folds_of_the_contents_get_a_name_and_other_folds_keep_theirs() -> None:
    fold = '<details><summary><span class="toctree-toggle" role="presentation"><i></i></span></summary></details>'
    assert '<summary aria-label="Pages of this part"><span class="toctree-toggle"' in reachable(fold)
    own = "<details><summary>Where these numbers come from</summary></details>"
    assert reachable(own) == own


def test_tables_that_scroll_are_reached_by_keyboard_once() -> None:
    page = '<div class="pst-scrollable-table-container"><table></table></div>'
    assert reachable(page) == '<div class="pst-scrollable-table-container" tabindex="0"><table></table></div>'
    assert reachable(reachable(page)) == reachable(page)
