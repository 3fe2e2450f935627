"""Tables behind the voxel-CNN chapter's pictures of binary hulls; its results on them are in `hull_results`."""

from typing import Any

import numpy as np
import pandas as pd

from recryst.analysis import element_pairs, hull_metrics, material_classes, stability
from recryst.chapters.voxel_cnn.evidence import UNIT, Reanalysis

SIX = ("Tm-Pt", "Na-Cl", "Tb-N", "V-Se", "Nd-Y", "Mo-Se")
"""The systems of Fig. 4, in the order of its panels (a) to (f)."""
MEASURES = {
    "mae": {"label": "MAE", "unit": UNIT},
    "depth_error": {"label": "depth error", "unit": "%", "centre": 0},
    "accuracy": {"label": "hull accuracy", "unit": "%"},
}
"""What the heatmaps show."""


def shown_systems(study: Reanalysis) -> list[str]:
    """The systems of Fig. 4; on embedded crystals the six with most entries."""
    systems = study.hulls.systems
    if set(SIX) <= set(systems["system"]):
        return list(SIX)
    return systems.sort_values(["compounds", "entries"], ascending=False, kind="stable")["system"].head(len(SIX)).tolist()


def hull_diagrams(study: Reanalysis) -> dict[str, Any]:
    """Data and options of Fig. 4."""
    shown = shown_systems(study)
    entries, lines = (table[table["system"].isin(shown)] for table in (study.hulls.entries, study.hulls.lines))
    parts = [lines.assign(part="corner")]
    for kind, column in (("DFT", "target"), ("predicted", "prediction")):
        parts.append(entries[["system", "fraction"]].assign(energy=entries[column], kind=kind, part="entry"))
    data = pd.concat(parts, ignore_index=True).rename(columns={"system": "panel"}).round({"fraction": 4, "energy": 3})
    data = data.sort_values("panel", key=lambda panels: panels.map(shown.index), kind="stable", ignore_index=True)
    systems = study.hulls.systems.set_index("system")
    notes = {
        str(name): f"MAE {row['mae']:.3f} {UNIT}\ndepth error {_percent(row['depth_error'])}, accuracy {row['accuracy']:.0f} %"
        for name, row in systems.loc[shown].to_dict("index").items()
    }
    return {"data": data[["panel", "part", "kind", "fraction", "energy"]], "notes": notes}


def depth_points(study: Reanalysis, column: str) -> pd.DataFrame:
    """Fig. 5: depth error (percent) of every system against its MAE or energy range; x, y, name (of the six systems), about."""
    systems = study.hulls.systems.dropna(subset=["depth_error"])
    data = {"x": systems[column], "y": 100 * systems["depth_error"], "about": systems["system"]}
    return pd.DataFrame(data).assign(name=systems["system"].where(systems["system"].isin(shown_systems(study)), "")).round(4)


def class_densities(study: Reanalysis, column: str, low: float, high: float, scale: float = 1.0) -> pd.DataFrame:
    """Fig. 6: smooth densities of one number of the systems in each class; label, value, density, n."""
    systems = study.hulls.systems
    values = pd.DataFrame({"material_class": classes(systems), "value": scale * systems[column].to_numpy()})
    return material_classes.densities(values, low, high).rename(columns={"material_class": "label"}).round(5)


def class_energies(study: Reanalysis) -> pd.DataFrame:
    """Fig. S8: smooth densities of the DFT formation energies of the compounds in each class; label, value, density, n (compounds)."""
    entries = study.hulls.entries[hull_metrics.is_compound(study.hulls.entries)]
    systems = study.hulls.systems
    of_system = dict(zip(systems["system"], classes(systems), strict=True))
    values = pd.DataFrame({"material_class": entries["system"].map(of_system), "value": entries["target"]})
    return material_classes.densities(values).rename(columns={"material_class": "label"}).round(5)


def pairs(study: Reanalysis) -> pd.DataFrame:
    """Figs. 7 and S9: every system with its numbers and the corners of both hulls, three digits each."""
    lines = study.hulls.lines
    corners = pd.Series([f"{x:.3g} {y:.3g}" for x, y in zip(lines["fraction"], lines["energy"], strict=True)], index=lines.index)
    by_kind = {kind: corners[lines["kind"] == kind].groupby(lines["system"]).agg(";".join) for kind in ("DFT", "predicted")}
    systems = study.hulls.systems
    table = systems[["system", "first", "second", "mae", "accuracy"]].assign(depth_error=100 * systems["depth_error"])
    return table.assign(**{f"{kind.lower()}_hull": table["system"].map(texts) for kind, texts in by_kind.items()}).round(4)


def bars_of(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Rows label, value, low, high of one metric of `record_stability`'s table, for `recryst.figures.bars`."""
    rows = table[table["metric"] == metric]
    return rows.rename(columns={"predictions": "label"})[["label", "value", "low", "high"]].reset_index(drop=True)


def screening_lines(study: Reanalysis) -> pd.DataFrame:
    """Precision and recall of stable compounds against the cut above the predicted hull; x, y, label."""
    table = stability.screening(study.hulls.entries)
    return pd.concat(
        [pd.DataFrame({"x": table["cut"], "y": table[name], "label": name}) for name in ("precision", "recall")], ignore_index=True
    )


def most_frequent_pairs(study: Reanalysis, elements_shown: int = 30) -> pd.DataFrame:
    """The systems of Fig. 7: both elements among those in most systems."""
    kept = set(element_pairs.heatmap(study.hulls.systems, elements_shown)["system"])
    table = pairs(study)
    return table[table["system"].isin(kept)].reset_index(drop=True)


def classes(systems: pd.DataFrame) -> np.ndarray:
    """The class of each system, as an array."""
    return material_classes.assign(systems["first"], systems["second"]).to_numpy()


def _percent(value: float) -> str:
    return f"{100 * value:,.0f} %" if np.isfinite(value) else "undefined"
