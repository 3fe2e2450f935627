"""What the voxel-CNN chapter finds on binary hulls: rows exhibit, value_id, value, n, and what it records beyond the paper.

Where the paper's words leave room, the reading stands in the docstring.
"""

from typing import Any

import numpy as np
import pandas as pd

from recryst.analysis import hull_metrics, material_classes, stability, structure_order
from recryst.chapters.evidence import results
from recryst.chapters.voxel_cnn_evidence import UNIT, Reanalysis
from recryst.chapters.voxel_cnn_hulls import SIX, classes
from recryst.report import Report, published

LOW_DEPTH_ERROR, WEAK = 0.2, 0.3
"""A depth error that is low, and a rank correlation that is no clear one."""
NAMED = {"carbides": ("carbon", "C"), "nitrides": ("nitrogen", "N"), "fluorides": ("fluorine", "F")}


def example_results(study: Reanalysis) -> pd.DataFrame:
    """Fig. 4: numbers of the six systems, and what the text says of them; none where these systems are not there.

    Among the lowest or largest: in the outer tenth of all systems. Agrees well, low: a depth error of at most a tenth. Extremely
    shallow: an area among the lowest hundredth. Moderate: neither the best nor the worst of the six in any measure.
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
        "Mo-Se-and-V-Se/depth-errors-low": (depth[["Mo-Se", "V-Se"]] <= 0.1).all(),
        "Tm-Pt/low-and-accurate": tm["mae"] < systems["mae"].median() and depth["Tm-Pt"] <= 0.1 and tm["accuracy"] >= 90,
        "Na-Cl/moderate": between.all(),
        "Tm-Pt-and-V-Se/most-accurate": best["accuracy"].min() > others["accuracy"].max(),
        "Tm-Pt-and-V-Se/larger-hulls": best["corners"].min() > others["corners"].max(),
    }
    return _rows("figure-4", found, systems["entries"].to_dict())


def order_example() -> pd.DataFrame:
    """The example of Section II.D, by the definitions in its sentences; see `recryst.analysis.structure_order`."""
    first, second = [1, 2, 3], [2, 1, 3]
    return results(
        ("text-hulls", "example/positional-distance", structure_order.out_of_place(first, second), None),
        ("text-hulls", "example/adjacency-distance", structure_order.exchanges(first, second), None),
    ).assign(split="all")


def order_results(orders: pd.DataFrame, study: Reanalysis) -> pd.DataFrame:
    """Tables S5 and S8, from `voxel_cnn_hulls.order_tables`: the distances that give the printed numbers, see `analysis.structure_order`.

    Nitrogen-rich crystals are poorly predicted: with a larger error than the system's others.
    """
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
    nitrogen = orders[orders["system"] == "Tb-N"]
    if len(nitrogen):
        rich = nitrogen["fraction"] > 0.5
        mean = [np.average(part["mae"], weights=part["samples"]) for part in (nitrogen[rich], nitrogen[~rich])]
        rows.append(("table-s5", "nitrogen-rich-poor", bool(mean[0] > mean[1]), int(nitrogen["samples"].sum())))
    table = results(*rows).assign(split="all")
    told = study.evidence(structures=True)
    # a count of a part is smaller by that alone
    counts = [study.is_released and name.endswith("/crystals") for name in table["value_id"]]
    return table.assign(
        caveat=pd.Series([None if count else told.get("caveat") for count in counts], table.index, dtype=object),
        not_comparable=pd.Series([told.get("caveat" if count else "not_comparable") for count in counts], table.index, dtype=object),
    )


def depth_results(study: Reanalysis) -> pd.DataFrame:
    """Fig. 5 and Section II.D on all systems; the rules stand with the printed statements."""
    every = study.hulls.systems
    systems = every.dropna(subset=["depth_error"])
    size, lower = systems["depth_error"].abs(), systems["mae"] < systems["mae"].median()
    largest = size.nlargest(max(1, len(size) // 100)).index
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
    return pd.concat([_rows(exhibit, values, {}, counted[exhibit]) for exhibit, values in found.items()], ignore_index=True)


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
            "semiconductors-positive-skewness": skew["semiconductor"] > 0,
        },
        "figure-s8": {
            "wider-range": spread["nonmetal"] > spread["metal"],
            "fewer-compounds": of_class.size()["nonmetal"] < 0.5 * of_class.size()["metal"],
        },
    }
    return pd.concat([_rows(exhibit, values, {}, len(systems)) for exhibit, values in found.items()], ignore_index=True)


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
    return pd.concat([_rows(exhibit, values, {}, len(systems)) for exhibit, values in found.items() if values], ignore_index=True)


def record_stability(report: Report, study: Reanalysis, repeats: int = 50) -> pd.DataFrame:
    """Record how well stable compounds are found, beside errors of the same size that know no chemistry.

    Returns
    -------
    what `recryst.analysis.stability.against_errors_of_the_same_size` does
    """
    entries = study.hulls.entries
    compounds = int(hull_metrics.is_compound(entries).sum())
    context = {**study.evidence(structures=True), "n": compounds}
    for row in stability.scores(entries).to_dict("records"):
        name = f"{row['metric'].replace('_', '-')}/within-{row['threshold']:g}"
        report.record("beyond-stability", name, value=float(row["value"]), unit="%", interval=_interval(row), **context)
    table = stability.against_errors_of_the_same_size(entries, repeats=repeats)
    for row in table[table["metric"].isin(["f1", "hull_accuracy"])].to_dict("records"):
        name = f"{row['predictions'].replace(' ', '-')}/{row['metric'].replace('_', '-')}"
        report.record("beyond-errors-of-the-same-size", name, value=float(row["value"]), unit="%", interval=_interval(row), **context)
    return table


def record_summary(report: Report, study: Reanalysis) -> None:
    """Record what all hulls together say."""
    units = {"mean_mae": UNIT, "median_mae": UNIT, "mean_above_hull_mae": UNIT, "median_depth_error": "", "median_absolute_depth_error": ""}
    for row in hull_metrics.summary(study.hulls.systems).dropna(subset=["value"]).to_dict("records"):
        name, unit = row["metric"].replace("_", "-"), units.get(row["metric"], "%")
        context = {**study.evidence(structures=True), "n": int(row["n"]), "interval": _interval(row)}
        report.record("beyond-all-hulls", name, value=float(row["value"]), unit=unit, **context)


def _rank(table: pd.DataFrame, x: str, y: str) -> float:
    return float(table[x].corr(table[y], method="spearman"))


def _rows(exhibit: str, found: dict[str, Any], sizes: dict[Any, int], n: int | None = None) -> pd.DataFrame:
    """Results of one exhibit, in the units printed; ``sizes`` has the number of crystals behind those that begin with a system."""
    paper = published.load("voxel_cnn")
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in found.items()}
    table = results(*((exhibit, name, value, sizes.get(name.partition("/")[0], n)) for name, value in plain.items()))
    return table.assign(unit=[paper.value(exhibit, name).unit for name in plain], split="all")


def _interval(row: dict[Any, Any]) -> tuple[float, float] | None:
    ends = (float(row["low"]), float(row["high"]))
    return ends if np.isfinite(ends).all() else None
