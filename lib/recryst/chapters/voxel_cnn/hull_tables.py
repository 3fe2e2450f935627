"""Tables on binary hulls as the voxel-CNN chapter shows them: columns named in words, with units, shares and depth errors in percent."""

import pandas as pd

from recryst.analysis import structure_order
from recryst.chapters.voxel_cnn.evidence import Reanalysis
from recryst.chapters.voxel_cnn.hulls import shown_systems

MOST_STRUCTURES = 10
"""Compositions with so many structures and more are one row."""


def example_order(study: Reanalysis, place: int) -> tuple[str, pd.DataFrame]:
    """One of Tables S3 to S8: a system of Fig. 4 by the place of its panel, and the order of its structures at each composition.

    Both readings of the two distances are in it, see `recryst.analysis.structure_order`.
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
            "positional distance, as printed": orders["displacement"],
            "positional distance, as defined": orders["out_of_place"],
            "adjacency distance, as printed": orders["broken_neighbours"],
            "adjacency distance, as defined": orders["exchanges"],
            "lowest one found": orders["same_ground_state"],
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


def ground_states(study: Reanalysis) -> pd.DataFrame:
    """How often the lowest of several structures of a composition is found, beside picking any; distances as the paper defines them."""
    table = structure_order.by_samples(structure_order.by_composition(study.hulls.entries), MOST_STRUCTURES)
    counts = table["samples"].astype(str).where(table["samples"] < MOST_STRUCTURES, f"{MOST_STRUCTURES} and more")
    return pd.DataFrame(
        {
            "structures": counts,
            "compositions": table["n"],
            "lowest one found (%)": table["found"].round(1),
            "found by a guess (%)": table["guess"].round(1),
            "mean positional distance": table["out_of_place"].round(2),
            "mean adjacency distance": table["exchanges"].round(2),
        }
    )
