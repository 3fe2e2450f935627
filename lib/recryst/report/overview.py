"""The book at a glance: how many printed values stand, by paper and level, and how each exhibit fares."""

from collections.abc import Sequence

import pandas as pd

from recryst.report.comparison import LEVELS, printed_values
from recryst.report.printed import Paper
from recryst.report.verdicts import NOT_AS_PRINTED, NOT_COMPARABLE, WORST_LAST, worst


def matrix(papers: Sequence[Paper], counting: pd.DataFrame) -> pd.DataFrame:
    """How many values have which verdict, for every paper at every level.

    Parameters
    ----------
    counting : from `scoreboard.standing`

    Returns
    -------
    DataFrame(paper, level, verdict, count): every combination, counts of 0 included, verdicts from best to worst
    """
    every = pd.MultiIndex.from_product([[paper.paper for paper in papers], LEVELS, WORST_LAST], names=["paper", "level", "verdict"])
    counts = counting.groupby(["paper", "level", "verdict"]).size()
    return counts.reindex(every, fill_value=0).rename("count").reset_index()


def agreement(counting: pd.DataFrame) -> pd.DataFrame:
    """Of the values that could be compared, how many are as good as printed.

    Returns
    -------
    DataFrame(level, compared, stand): one row for each level; what is not comparable is not in it
    """
    comparable = counting[counting["verdict"] != NOT_COMPARABLE]
    stand = comparable[~comparable["verdict"].isin(NOT_AS_PRINTED)]
    rows = [
        {"level": level, "compared": int((comparable["level"] == level).sum()), "stand": int((stand["level"] == level).sum())}
        for level in LEVELS
    ]
    return pd.DataFrame(rows)


def coverage(papers: Sequence[Paper], counting: pd.DataFrame) -> pd.DataFrame:
    """How much of each paper is here.

    Returns
    -------
    DataFrame(paper, exhibits, missing, values, judged): its exhibits, those that stand in a supplement that can't be had, its
    printed results, and those among them with a verdict at any level
    """
    compared = counting.drop_duplicates(["paper", "exhibit", "value_id"]).groupby("paper").size()
    rows = [
        {
            "paper": paper.paper,
            "exhibits": len(paper.exhibits),
            "missing": sum(not exhibit.available for exhibit in paper.exhibits),
            "values": sum(value.role == "result" for _, value in paper.values()),
            "judged": int(compared.get(paper.paper, 0)),
        }
        for paper in papers
    ]
    return pd.DataFrame(rows)


def exhibits(papers: Sequence[Paper], counting: pd.DataFrame) -> pd.DataFrame:
    """The verdict on each exhibit over all levels: the worst among its values, and those of others that it refers to.

    A value is judged by its fair comparisons where there are any, as in `finding.telling`: a tile here and the badge to which
    it leads are the same.

    Returns
    -------
    DataFrame(paper, exhibit, title, source, kind, available, verdict): ``verdict`` is "" where nothing was judged
    """
    verdicts = counting.groupby(["paper", "exhibit", "value_id"])["verdict"].agg(list).to_dict()
    rows = []
    for paper in papers:
        for exhibit in paper.exhibits:
            found = [
                worst([name for name in names if name != NOT_COMPARABLE] or names)
                for place, value in printed_values(paper, exhibit.id)
                if (names := verdicts.get((paper.paper, place, value.id), []))
            ]
            row = {"paper": paper.paper, "exhibit": exhibit.id, "title": exhibit.title, "source": exhibit.source, "kind": exhibit.kind}
            rows.append(row | {"available": exhibit.available, "verdict": worst(found)})
    return pd.DataFrame(rows)
