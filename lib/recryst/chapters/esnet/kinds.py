"""How large the errors are for compounds of a kind, beside how far their energies are spread, and for compounds with an element."""

import pandas as pd

from recryst.chapters.esnet.compounds import METALS
from recryst.chapters.esnet.errors import chosen
from recryst.chapters.esnet.study import SPOKEN, UNIT, row, slug

OF_THE_TARGETS = ("standard_deviation", "mae_of_the_median")
"""Statistics of the energies alone, the same for both tasks."""


def kind_results(kinds: pd.DataFrame) -> pd.DataFrame:
    """Of every kind how far its energies are spread, and MAE and R² of both tasks; ``kinds`` from `recryst.chapters.esnet.errors`."""
    rows = []
    for one in chosen(kinds, (*OF_THE_TARGETS, "mae", "r2")):
        if one["metric"] not in OF_THE_TARGETS:
            name = slug(one["group"], SPOKEN[one["task"]], one["metric"])
            rows.append(row("beyond-kinds", name, one, "" if one["metric"] == "r2" else UNIT))
        elif one["task"] == "is2re":
            rows.append(row("beyond-kinds", slug(one["group"], one["metric"]), one))
    return pd.DataFrame(rows)


def bars(kinds: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute errors, kind by kind, of the median of its energies and of both tasks: label, value, low, high, n.

    Without those of metals alone, which are among those of metals and metalloids.
    """
    rows = []
    for one in chosen(kinds, ("mae_of_the_median", "mae")):
        about = f"from {SPOKEN[one['task']]} structures" if one["metric"] == "mae" else "their median"
        if one["group"] != METALS and (one["metric"] == "mae" or one["task"] == "is2re"):
            rows.append({"label": f"{one['group']}: {about}", **{name: one[name] for name in ("value", "low", "high", "n")}})
    return pd.DataFrame(rows)


def nonmetal_results(groups: pd.DataFrame) -> pd.DataFrame:
    """MAE from unrelaxed structures of the compounds with each nonmetal or halogen; ``groups`` from `errors.by_nonmetal`."""
    found = [one for one in chosen(groups, ("mae",)) if one["task"] == "is2re"]
    return pd.DataFrame([row("beyond-elements", slug(one["group"], one["metric"]), one) for one in found])


def by_element(table: pd.DataFrame) -> pd.DataFrame:
    """MAE from unrelaxed structures over the compounds with an element: element, value, n."""
    error = (table["is2re"] - table["target"]).abs()
    long = pd.concat([pd.DataFrame({"element": table[side], "error": error}) for side in ("first", "second")])
    return long.groupby("element")["error"].agg(value="mean", n="size").reset_index()
