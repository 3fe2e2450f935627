"""What the voxel-CNN chapter finds on binary hulls: rows exhibit, value_id, value, n.

Where the paper's words leave room, the reading stands in the docstring.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from recryst.analysis import bootstrap, hull_metrics, material_classes, structure_order
from recryst.chapters.evidence import results
from recryst.chapters.voxel_cnn.evidence import UNIT, Reanalysis
from recryst.chapters.voxel_cnn.hulls import SIX, classes
from recryst.notation import listed
from recryst.report import published
from recryst.report.verdicts import half_digit

LOW_DEPTH_ERROR, WEAK = 0.2, 0.3
"""A depth error that is low, and a rank correlation that is no clear one."""
NAMED = {"carbides": ("carbon", "C"), "nitrides": ("nitrogen", "N"), "fluorides": ("fluorine", "F")}


def example_results(study: Reanalysis) -> pd.DataFrame:
    """Fig. 4: numbers of the six systems, and what the text says of them; none where these systems are not there.

    Among the lowest or largest: in the outer tenth of all systems. Agrees well, low: a depth error of at most a tenth; which crystals are
    at the corners is noted beside it. Extremely shallow: an area among the lowest hundredth. Moderate: neither the best nor the worst of
    the six in any measure. Large errors of the Se-rich crystals: larger ones than the system's others have.
    """
    systems = study.hulls.systems.set_index("system")
    if not set(SIX) <= set(systems.index):
        return results()
    depth, rank = systems["depth_error"].abs(), systems["mae"].rank(pct=True)
    deep = systems.loc[systems["area"] > 0, "area"]
    six = systems.loc[list(SIX)]
    one = six.to_dict("index")
    measures = pd.DataFrame({"mae": six["mae"], "depth": depth[list(SIX)], "accuracy": -six["accuracy"]})
    between = (measures.loc["Na-Cl"] > measures.min()) & (measures.loc["Na-Cl"] < measures.max())
    best, others = six.loc[["Tm-Pt", "V-Se"]], six.drop(["Tm-Pt", "V-Se"])
    selenides = [_richer_is_worse(study.hulls.entries[study.hulls.entries["system"] == name]) for name in ("Mo-Se", "V-Se")]
    tm, tb, nd = (one[name] for name in ("Tm-Pt", "Tb-N", "Nd-Y"))
    found: dict[str, Any] = {
        "Tm-Pt/mae": tm["mae"],
        "Tb-N/mae": tb["mae"],
        "Tb-N/depth-error": 100 * tb["depth_error"],
        "Tb-N/on-the-hull": tb["corners"],
        "Nd-Y/mae": nd["mae"],
        "Nd-Y/depth-error": 100 * nd["depth_error"],
        "Nd-Y/hull-accuracy": nd["accuracy"],
        "Tm-Pt/among-lowest-errors": rank["Tm-Pt"] <= 0.1,
        "Tb-N/among-largest-errors": rank["Tb-N"] >= 0.9,
        "Nd-Y/among-lowest-errors": rank["Nd-Y"] <= 0.1,
        "both-agree-well": (depth[["Tm-Pt", "Tb-N"]] <= 0.1).all(),
        "Nd-Y/shallow": (deep <= deep["Nd-Y"]).mean() <= 0.01,
        "Mo-Se-and-V-Se/depth-errors-low": (depth[["Mo-Se", "V-Se"]] <= 0.1).all() and all(selenides),
        "Tm-Pt/low-and-accurate": tm["mae"] < systems["mae"].median() and depth["Tm-Pt"] <= 0.1 and tm["accuracy"] >= 90,
        "Na-Cl/moderate": between.all(),
        "Tm-Pt-and-V-Se/most-accurate": best["accuracy"].min() > others["accuracy"].max(),
        "Tm-Pt-and-V-Se/larger-hulls": best["corners"].min() > others["corners"].max(),
    }
    table = _rows("figure-4", found, systems["entries"].to_dict())
    gone = _is_nitrogen_gone(study)
    found_corners = ", ".join(f"{one[name]['found']} of {one[name]['corners']} in {name}" for name in ("Tm-Pt", "Tb-N", "Nd-Y"))
    told = f"corners of the DFT hull that are found: {found_corners}, of which the text says that it deviates, by its hull accuracy too"
    return _noted(_not_compared(table, (table["value_id"] == "Tb-N/mae") & gone, study), {"both-agree-well": told}, study)


def order_example() -> pd.DataFrame:
    """The example of Section II.D, by the definitions in its sentences; see `recryst.analysis.structure_order`."""
    first, second = [1, 2, 3], [2, 1, 3]
    return results(
        ("text-hulls", "example/positional-distance", structure_order.out_of_place(first, second), None),
        ("text-hulls", "example/adjacency-distance", structure_order.exchanges(first, second), None),
    ).assign(split="all")


def order_results(study: Reanalysis) -> pd.DataFrame:
    """Tables S5 and S8: the distances that give the printed numbers, see `analysis.structure_order`; none where the systems are not there.

    Nitrogen-rich crystals are poorly predicted: with a larger error than the system's others. A number of crystals that is smaller than
    the printed one, as some have no structure any more, is not compared.
    """
    entries = study.hulls.entries[study.hulls.entries["system"].isin(["Tb-N", "Mo-Se"])]
    if entries.empty:
        return results()
    orders = structure_order.by_composition(entries)
    rows: list[tuple[str, str, Any, int | None]] = []
    for exhibit, system, element, name in (("table-s5", "Tb-N", "N", "nitrogen"), ("table-s8", "Mo-Se", "Mo", "molybdenum")):
        found = orders[(orders["system"] == system) & (orders["element"] == element)]
        for row in found.to_dict("records"):
            n = int(row["samples"])
            rows += [
                (exhibit, f"{name}/crystals", n, n),
                (exhibit, f"{name}/positional-distance", int(row["displacement"]), n),
                (exhibit, f"{name}/adjacency-distance", int(row["broken_neighbours"]), n),
                (exhibit, f"{name}/hull-match", bool(row["same_ground_state"]), n),
            ]
    nitrides = entries[entries["system"] == "Tb-N"]
    if len(nitrides):
        rows.append(("table-s5", "nitrogen-rich-poor", _richer_is_worse(nitrides), len(nitrides)))
    table = results(*rows).assign(split="all")
    short = [
        name.endswith("/crystals") and value < published.load("voxel_cnn").value(exhibit, name).number
        for exhibit, name, value in zip(table["exhibit"], table["value_id"], table["value"], strict=True)
    ]
    return _not_compared(table, short, study)


def depth_results(study: Reanalysis) -> pd.DataFrame:
    """Fig. 5 and Section II.D on all systems; the rules stand with the printed statements."""
    every = study.hulls.systems
    systems = every.dropna(subset=["depth_error"])
    size, lower = systems["depth_error"].abs(), systems["mae"] < systems["mae"].median()
    largest = size.nlargest(max(1, len(size) // 10)).index
    poor = size > 0.5
    narrow = systems["energy_range"] < systems["energy_range"].median()
    found: dict[str, dict[str, Any]] = {
        "figure-5a": {
            "most-depth-errors-low": all((size[half] <= LOW_DEPTH_ERROR).mean() > 0.5 for half in (lower, ~lower)),
            "no-correlation": abs(_rank(systems, "mae", "depth_error")) < WEAK,
            "largest-depth-errors-at-low-error": lower[largest].mean() > 0.5,
        },
        "figure-5b": {"poor-depths-at-small-ranges": narrow[poor].mean() > 0.5},
        "text-hulls": {
            "binary-systems": len(every),
            "depth-error/least": float(systems["depth_error"].min()),
            "error-is-not-enough": abs(_rank(every.dropna(subset=["accuracy"]), "mae", "accuracy")) < WEAK,
        },
    }
    counted = {"figure-5a": len(systems), "figure-5b": len(systems), "text-hulls": len(every)}
    behind = {"largest-depth-errors-at-low-error": len(largest)}
    rows = pd.concat([_rows(exhibit, values, behind, counted[exhibit]) for exhibit, values in found.items()], ignore_index=True)
    first = systems.loc[largest[:2]]
    told = (
        f"{lower[largest].sum()} of these {len(largest)} systems have an MAE below the median; the largest depth errors of all, which the "
        f"eye sees, are those of {listed(list(first['system']))}, with MAEs of {listed([f'{mae:.3f}' for mae in first['mae']])} {UNIT}"
    )
    return _noted(rows, {"largest-depth-errors-at-low-error": told}, study)


def class_results(study: Reanalysis, statistics: pd.DataFrame, depths: pd.DataFrame) -> pd.DataFrame:
    """Figs. 6 and S8, by the rules that stand with the printed statements; none where a class has no density."""
    table = statistics.set_index("material_class")
    five = list(material_classes.CLASSES)
    if not set(five) <= set(table.index) or not set(five) <= set(depths["label"]):
        return results()
    systems = study.hulls.systems.assign(material_class=classes(study.hulls.systems))
    shallow = systems[systems["depth_error"].between(-1, 1)].groupby("material_class")["depth_error"]
    peaks = depths.loc[depths.groupby("label")["density"].idxmax()].set_index("label")
    mae = table.loc[five, "peak_mae"]
    skew, middle = table["depth_skew"], table["median_depth_error"]
    compounds = study.hulls.entries[hull_metrics.is_compound(study.hulls.entries)]
    of_class = compounds["target"].groupby(compounds["system"].map(systems.set_index("system")["material_class"]))
    spread = of_class.quantile(0.95) - of_class.quantile(0.05)
    # densities are over percent
    even = 0.5 / 100
    found: dict[str, dict[str, Any]] = {
        "figure-6a": {
            "peaks-differ": mae.nunique() == len(five) and bool(np.ptp(mae) > mae.min()),
            "metals-lowest": mae.idxmin() == "metal",
            "nonmetals-highest": mae.idxmax() == "nonmetal",
            "others-between": mae.is_monotonic_increasing,
        },
        "figure-6b": {
            "no-distinction": shallow.quantile(0.25)[five].max() <= shallow.quantile(0.75)[five].min(),
            "semimetals-and-ceramics-near-zero": (peaks.loc[["semimetal", "ceramic"], "value"].abs() <= 5).all(),
            "metals-and-semiconductors-uniform": (peaks.loc[["metal", "semiconductor"], "density"] <= 2 * even).all(),
            "nonmetals-too-shallow": skew["nonmetal"] < 0 and middle["nonmetal"] < 0,
            "semiconductors-positive-skewness": 0 < skew["semiconductor"] < abs(skew["nonmetal"]),
        },
        "figure-s8": {
            "wider-range": spread["nonmetal"] > spread["metal"],
            "fewer-compounds": of_class.size()["nonmetal"] < 0.5 * of_class.size()["metal"],
        },
    }
    of_five, compounds_of = shallow.size()[five], of_class.size()
    counted = {
        "figure-6a": int(table.loc[five, "systems"].sum()),
        "figure-6b": int(of_five.sum()),
        "figure-s8": int(compounds_of[["metal", "nonmetal"]].sum()),
    }
    # systems, of which those behind a statement on few classes are few
    behind = {
        "semimetals-and-ceramics-near-zero": int(of_five[["semimetal", "ceramic"]].sum()),
        "metals-and-semiconductors-uniform": int(of_five[["metal", "semiconductor"]].sum()),
        "nonmetals-too-shallow": int(of_five["nonmetal"]),
        "semiconductors-positive-skewness": int(of_five["semiconductor"]),
    }
    rows = pd.concat([_rows(exhibit, values, behind, counted[exhibit]) for exhibit, values in found.items()], ignore_index=True)
    # another estimate of the skewness of a handful gives another answer
    few = (rows["value_id"] == "semiconductors-positive-skewness") & (of_five["semiconductor"] < bootstrap.FEWEST)
    return _not_compared(rows, few, study, f"{of_five['semiconductor']} semiconductors in this range, of which no skewness can be told")


def pair_results(study: Reanalysis) -> pd.DataFrame:
    """Figs. 7 and S9 and Table S2.

    Elevated: an average above that of all elements. Whatever the other element: nine in ten systems are above the median system.
    Among the highest: in the highest quarter of the elements.
    """
    systems, table = study.hulls.systems, study.elements.set_index("element")
    found: dict[str, dict[str, Any]] = {"figure-7": {}, "figure-s9": {}, "table-s2": {}}
    if {"C", "F", "H", "S", "N", "Cl", "O"} <= set(table.index) and study.is_released:
        worse = bool((table.loc[["C", "F", "H", "S", "N", "Cl"], "average_mae"] > table["average_mae"].mean()).all())
        high = [
            (systems.loc[(systems["first"] == one) | (systems["second"] == one), "mae"] > systems["mae"].median()).mean()
            for one in ("C", "F")
        ]
        found["figure-7"]["nonmetals-and-halogens-worse"] = worse
        found["figure-s9"] = {"carbon-and-fluorine-high": min(high) >= 0.9, "nonmetals-and-halogens-worse": worse}
        found["table-s2"] = {
            **{f"{name}/mae": table["compound_mae"][symbol] for name, (_, symbol) in NAMED.items()},
            **{f"{name}/average-mae": table["average_mae"][symbol] for name, symbol in NAMED.values()},
            "among-highest": bool((table.loc[["C", "N", "F"], "rank"] <= 0.25 * len(table)).all()),
            "oxygen/rank": int(table["rank"]["O"]),
        }
    found["figure-7"]["no-correspondence"] = abs(_rank(systems.dropna(subset=["depth_error"]), "mae", "depth_error")) < WEAK
    behind = {f"{name}/mae": int(table["compounds"].get(symbol, 0)) for name, (_, symbol) in NAMED.items()}
    behind |= {f"{name}/average-mae": int(table["systems"].get(symbol, 0)) for name, symbol in NAMED.values()}
    behind |= {"no-correspondence": int(systems["depth_error"].notna().sum()), "among-highest": len(table), "oxygen/rank": len(table)}
    rows = pd.concat([_rows(exhibit, values, behind, len(systems)) for exhibit, values in found.items() if values], ignore_index=True)
    return _noted(rows, {"nitrogen/average-mae": with_lost_nitrogen(systems)} if _is_nitrogen_gone(study) else {}, study)


def with_lost_nitrogen(systems: pd.DataFrame) -> str:
    """What the structure of nitrogen that is gone takes from the average error of the systems with N, in words.

    Its error is what the printed MAE of Tb-N leaves for it, which the last printed digit bounds on both sides.
    """
    known = systems.set_index("system")
    printed = published.load("voxel_cnn").value("figure-4", "Tb-N/mae").number
    half = float(half_digit(printed))
    entries, mae = (float(known[column]["Tb-N"]) for column in ("entries", "mae"))
    errors = [(entries + 1) * (float(printed) + end) - entries * mae for end in (-half, half)]
    of_nitrogen = known[(known["first"] == "N") | (known["second"] == "N")]
    sums = of_nitrogen["mae"] * of_nitrogen["entries"]
    means = [float(((sums + error) / (of_nitrogen["entries"] + 1)).mean()) for error in errors]
    return (
        "a structure of nitrogen, which is in all of these systems, is not among them; with the error that the printed MAE of Tb-N leaves "
        f"for it, {errors[0]:.3f} to {errors[1]:.3f} {UNIT}, the average would be {means[0]:.4f} to {means[1]:.4f} {UNIT}"
    )


def _is_nitrogen_gone(study: Reanalysis) -> bool:
    """Whether a structure of nitrogen, and its error with it, is missing in Tb-N."""
    nitrogen = study.hulls.entries.query("system == 'Tb-N' and fraction == 1")
    return 0 < len(nitrogen) < published.load("voxel_cnn").value("table-s5", "nitrogen/crystals").number


def _noted(rows: pd.DataFrame, notes: dict[str, str], study: Reanalysis) -> pd.DataFrame:
    """Rows of which some have a note beside what must be known of all; a stand-in's have none, being no answer."""
    if not study.is_released:
        return rows
    caveats = rows["caveat"] if "caveat" in rows else [study.evidence(structures=True)["caveat"]] * len(rows)
    told = ["; ".join(filter(None, (caveat, notes.get(name)))) or None for caveat, name in zip(caveats, rows["value_id"], strict=True)]
    return rows.assign(caveat=pd.Series(told, rows.index, dtype=object))


def _not_compared(rows: pd.DataFrame, which: Sequence[bool] | pd.Series, study: Reanalysis, reason: str | None = None) -> pd.DataFrame:
    """Rows of which some can't be compared, as not all of the paper's crystals have a structure or for ``reason``; none of a stand-in."""
    told = study.evidence(structures=True)
    if not study.is_released:
        return rows
    reasons = [(reason or told["caveat"]) if refused else None for refused in which]
    return rows.assign(
        caveat=pd.Series([None if reason else told["caveat"] for reason in reasons], rows.index, dtype=object),
        not_comparable=pd.Series(reasons, rows.index, dtype=object),
    )


def _richer_is_worse(entries: pd.DataFrame) -> bool:
    """Whether a system's crystals that are rich in its second element are farther off than its others."""
    error, rich = (entries["prediction"] - entries["target"]).abs(), entries["fraction"] > 0.5
    return bool(error[rich].mean() > error[~rich].mean())


def _rank(table: pd.DataFrame, x: str, y: str) -> float:
    return float(table[x].corr(table[y], method="spearman"))


def _rows(exhibit: str, found: dict[str, Any], sizes: dict[Any, int], n: int | None = None) -> pd.DataFrame:
    """Results of one exhibit, in the units printed.

    ``sizes`` : the number of crystals or systems behind a value, by its name or by what that begins with, a system; ``n`` of the others
    """
    paper = published.load("voxel_cnn")
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in found.items()}
    counted = {name: sizes.get(name, sizes.get(name.partition("/")[0], n)) for name in plain}
    table = results(*((exhibit, name, value, counted[name]) for name, value in plain.items()))
    return table.assign(unit=[paper.value(exhibit, name).unit for name in plain], split="all")
