"""How many tables and figures the five papers have: counted by hand in the papers, and found in the published files."""

import re
from collections import Counter

import pytest

from recryst.report import published
from recryst.report.printed import Exhibit

# tables and figures in the main text, in a supplement that is here, and in one that can't be had; panels count as one figure
COUNTED = {
    "cgcnn": {"table": (1, 5, 0), "figure": (3, 6, 0)},
    "voxel_cnn": {"table": (1, 0, 8), "figure": (7, 0, 11)},
    "charge_density": {"table": (3, 0, 0), "figure": (5, 0, 0)},
    "esnet": {"table": (1, 0, 2), "figure": (5, 0, 8)},
    "alphacrystal2": {"table": (5, 0, 0), "figure": (7, 0, 0)},
}


def _whole(exhibit: Exhibit) -> str:
    """Id of the table or figure that a panel belongs to: figure-a8 of figure-a8, figure-3 of figure-3k."""
    found = re.fullmatch(r"((?:table|figure)-[a-z]?\d+)[a-z]?", exhibit.id)
    assert found is not None, exhibit.id
    return found[1]


@pytest.mark.parametrize("paper", COUNTED)
def test_the_tables_and_figures_of_a_paper_are_all_here(paper: str) -> None:
    here: dict[str, set[str]] = {"main": set(), "supplement": set(), "lost": set()}
    for exhibit in published.load(paper).exhibits:
        if exhibit.kind != "text":
            assert exhibit.id.startswith(f"{exhibit.kind}-")
            in_supplement = re.match(r"(table|figure)-[a-z]", exhibit.id) is not None
            here["main" if not in_supplement else "supplement" if exhibit.available else "lost"].add(_whole(exhibit))
    for kind, counted in COUNTED[paper].items():
        assert tuple(sum(name.startswith(kind) for name in names) for names in here.values()) == counted
    # numbered without a gap: 1 to the last in the main text, and so in the supplement
    numbers = Counter(re.match(r"(\w+-[a-z]?)\d+", name)[1] for names in here.values() for name in names)  # type: ignore[index]
    for series, count in numbers.items():
        assert {f"{series}{number}" for number in range(1, count + 1)} <= set.union(*here.values())


def test_five_papers_have_26_tables_and_52_figures_and_29_exhibits_are_lost() -> None:
    assert sum(sum(kinds["table"]) for kinds in COUNTED.values()) == 26
    assert sum(sum(kinds["figure"]) for kinds in COUNTED.values()) == 52
    assert sum(kinds[kind][2] for kinds in COUNTED.values() for kind in ("table", "figure")) == 29
    assert set(COUNTED) == set(published.names())
