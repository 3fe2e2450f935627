"""Tables on binary hulls as the voxel-CNN chapter shows them: columns named in words, with units, shares and depth errors in percent."""

import numpy as np
import pandas as pd

from recryst.analysis import hull_metrics, stability, structure_order
from recryst.chapters.voxel_cnn.evidence import Reanalysis
from recryst.chapters.voxel_cnn.hulls import SIX, classes, shown_systems
from recryst.report import published

MOST_STRUCTURES = 10
"""Compositions with so many structures and more are one row."""


def example_order(study: Reanalysis, place: int) -> tuple[str, pd.DataFrame]:
    """One of Tables S3 to S8: a system of Fig. 4 by the place of its panel, and the order of its structures at each composition.

    Both readings of the two distances are in it, by what they count, see `recryst.analysis.structure_order`.
    """
    system = shown_systems(study)[place]
    entries = study.hulls.entries
    orders = structure_order.by_composition(entries[entries["system"] == system])
    second = system.split("-")[1]
    return system, pd.DataFrame(
        {
            f"fraction of {second}": orders["fraction"].round(3),
            "element": orders["element"],
            "structures": orders["samples"],
            "MAE (eV/atom)": orders["mae"].round(4),
            "sum of displacements": orders["displacement"],
            "structures out of place": orders["out_of_place"],
            "broken neighbours": orders["broken_neighbours"],
            "exchanges of neighbours": orders["exchanges"],
            "lowest one found": orders["same_ground_state"],
        }
    )


def readings(study: Reanalysis) -> pd.DataFrame:
    """What the printed numbers of Fig. 4 would be by two readings of what the paper leaves open; none where its systems are not there.

    Returns
    -------
    system, quantity, printed, reading (this chapter's) and value, other reading and its value
    """
    entries = study.hulls.entries[study.hulls.entries["system"].isin(SIX)]
    if entries["system"].nunique() < len(SIX):
        return pd.DataFrame()
    at_zero = hull_metrics.compare(entries[hull_metrics.COLUMNS], ends="zero").systems.set_index("system")
    compounds = entries[hull_metrics.is_compound(entries)]
    error = (compounds["prediction"] - compounds["target"]).abs().groupby(compounds["system"]).mean()
    corners = compounds[compounds["on_hull"]]
    found = 100 * corners["predicted_on_hull"].groupby(corners["system"]).mean()
    chosen, alone = study.hulls.systems.set_index("system"), "compounds alone"
    readings_of = {
        "mae": ("MAE (eV/atom)", "all structures", chosen["mae"], alone, error, 4),
        "depth-error": (
            "depth error (%)",
            "lowest structures",
            100 * chosen["depth_error"],
            "elements at zero",
            100 * at_zero["depth_error"],
            1,
        ),
        "hull-accuracy": ("hull accuracy (%)", "ends of the hull counted", chosen["accuracy"], alone, found, 1),
    }
    rows = []
    for value in published.load("voxel_cnn").exhibit("figure-4").values:  # noqa: PD011
        system, _, measure = value.id.partition("/")
        if measure in readings_of:
            name, reading, ours, other, theirs, digits = readings_of[measure]
            rows.append((system, name, float(value.number), reading, round(ours[system], digits), other, round(theirs[system], digits)))
    return pd.DataFrame(rows, columns=["system", "quantity", "printed", "reading", "value", "other reading", "its value"])


def all_systems(study: Reanalysis) -> pd.DataFrame:
    """Every binary system and its numbers, see `recryst.analysis.hull_metrics.compare`, in the order of their names."""
    table = study.hulls.systems.assign(material_class=classes(study.hulls.systems)).sort_values("system", ignore_index=True)
    return pd.DataFrame(
        {
            "system": table["system"],
            "class": table["material_class"],
            "entries": table["entries"],
            "compounds": table["compounds"],
            "MAE (eV/atom)": table["mae"].round(4),
            "range of DFT energies (eV/atom)": table["energy_range"].round(3),
            "area of the DFT hull (eV/atom)": table["area"].round(4),
            "area of the predicted hull (eV/atom)": table["predicted_area"].round(4),
            "depth error (%)": (100 * table["depth_error"]).round(1),
            "MAE of energies above the hull (eV/atom)": table["above_hull_mae"].round(4),
            "corners of the DFT hull": table["corners"],
            "of them found": table["found"],
            "hull accuracy (%)": table["accuracy"].round(1),
        }
    )


def of_classes(classes: pd.DataFrame) -> pd.DataFrame:
    """Statistics of the hulls of each class, from `recryst.analysis.material_classes.by_class` (Table S1)."""
    return pd.DataFrame(
        {
            "class": classes["material_class"],
            "systems": classes["systems"],
            "mean MAE (eV/atom)": classes["mean_mae"].round(4),
            "median MAE (eV/atom)": classes["median_mae"].round(4),
            "most frequent MAE (eV/atom)": classes["peak_mae"].round(4),
            "mean range of energies (eV/atom)": classes["mean_energy_range"].round(3),
            "systems with a depth error within ±100 %": classes["with_depth_error"],
            "their median depth error (%)": (100 * classes["median_depth_error"]).round(2),
            "its skewness": classes["depth_skew"].round(3),
            "mean hull accuracy (%)": classes["mean_accuracy"].round(1),
        }
    )


def of_elements(study: Reanalysis) -> pd.DataFrame:
    """Errors of each element's compounds, own structures and systems (Table S2), the largest average over systems first."""
    table = study.elements
    return pd.DataFrame(
        {
            "rank": table["rank"],
            "element": table["element"],
            "systems": table["systems"],
            "average MAE of systems (eV/atom)": table["average_mae"].round(4),
            "compounds": table["compounds"],
            "MAE of compounds (eV/atom)": table["compound_mae"].round(4),
            "structures of the element": table["structures"],
            "their MAE (eV/atom)": table["element_mae"].round(4),
            "median depth error (%)": (100 * table["median_depth_error"]).round(2),
        }
    )


def errors_by_height(study: Reanalysis) -> pd.DataFrame:
    """Errors of the compounds by how far above the DFT hull they lie; a mean error is prediction less DFT."""
    compounds = study.hulls.entries[hull_metrics.is_compound(study.hulls.entries)]
    error = compounds["prediction"] - compounds["target"]
    place = np.searchsorted(np.add(stability.HEIGHTS, stability.ROUNDING), compounds["above_hull"])
    ends = [f"{1000 * height:g}" for height in stability.HEIGHTS]
    names = ["on the hull", *(f"up to {end}" for end in ends[1:]), f"above {ends[-1]}"]
    groups = error.groupby(place)
    return pd.DataFrame(
        {
            "above the DFT hull (meV/atom)": np.array(names)[np.unique(place)],
            "compounds": groups.size(),
            "MAE (eV/atom)": error.abs().groupby(place).mean().round(4),
            "mean error (eV/atom)": groups.mean().round(4),
        }
    )


def ground_states(study: Reanalysis) -> pd.DataFrame:
    """How often the lowest of several structures of a composition is found, beside picking any; distances as the paper's sentences say."""
    table = structure_order.by_samples(structure_order.by_composition(study.hulls.entries), MOST_STRUCTURES)
    counts = table["samples"].astype(str).where(table["samples"] < MOST_STRUCTURES, f"{MOST_STRUCTURES} and more")
    return pd.DataFrame(
        {
            "structures": counts,
            "compositions": table["n"],
            "lowest one found (%)": table["found"].round(1),
            "found by a guess (%)": table["guess"].round(1),
            "mean number of structures out of place": table["out_of_place"].round(2),
            "mean number of exchanges of neighbours": table["exchanges"].round(2),
        }
    )
