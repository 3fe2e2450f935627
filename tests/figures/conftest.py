"""Data of every kind of picture, small, and made by the analysis where that is easy."""

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure

from recryst.analysis import drawing, nacl_kcl, regression
from recryst.crystals import Crystals


@pytest.fixture(scope="session")
def predictions() -> pd.DataFrame:
    generator = np.random.default_rng(4)
    target = generator.uniform(-4, 1, 400)
    return pd.DataFrame({"id": range(400), "target": target, "prediction": target + generator.normal(0, 0.1, 400)})


@pytest.fixture(scope="session")
def perovskite() -> pd.DataFrame:
    """Scene of cubic SrTiO3."""
    faces = [[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    structure = Structure(Lattice.cubic(3.905), ["Sr", "Ti", "O", "O", "O"], [[0, 0, 0], [0.5, 0.5, 0.5], *faces])
    return drawing.scene(Crystals.from_structures(["x"], [structure]))


@pytest.fixture(scope="session")
def every_kind(predictions: pd.DataFrame, perovskite: pd.DataFrame) -> dict[str, tuple[pd.DataFrame, dict]]:
    """Data and options of each drawing function, by its name."""
    bins = regression.histogram2d(predictions, bins=20)
    curve = pd.DataFrame(
        {"label": ["Eq. 4"] * 3 + ["Eq. 5"] * 3, "n_train": [100, 1000, 10000] * 2, "mae": [0.4, 0.2, 0.1, 0.3, 0.1, 0.05]}
    )
    curve = curve.assign(low=curve["mae"] * 0.9, high=curve["mae"] * 1.2)
    shares = pd.DataFrame({"expected": [0.2, 0.8], "observed": [0.3, 0.7], "low": [0.2, 0.6], "high": [0.4, 0.8]})
    layers = pd.DataFrame(
        {
            "name": ["atoms", "bonds", "embedding", "convolution", "output"],
            "shape": ["N × 92", "N × 12 × 41", "N × 64", "N × 64", "1"],
            "parameters": [0, 0, 5952, 22272, 65],
            "kind": ["input", "input", "dense", "convolution", "dense"],
            "inputs": ["", "", "atoms", "embedding, bonds", "convolution"],
        }
    )
    settings = [
        (name, setting, mae, label)
        for name in ("layers", "features", "ln(step)")
        for setting in (1, 2, 3)
        for mae, label in ((0.1, "Eq. 4"), (0.04, "Eq. 5"))
    ]
    values = pd.DataFrame({"element": ["H", "Fe", "La", "U"], "mae": [0.1, 0.2, 0.3, 0.4]})
    groups = pd.DataFrame({"label": ["with a twin", "without"], "value": [0.03, 0.05], "n": [1200, 30]})
    corners = [("corner", kind, x, y) for kind, y in (("DFT", 0), ("predicted", 0.05)) for x, y in ((0, y), (0.5, y - 1), (1, y))]
    entries = [("entry", kind, x, y) for kind in ("DFT", "predicted") for x, y in ((0.25, -0.2), (0.25, 1.5), (0.75, -0.1))]
    hulls = pd.DataFrame(entries + corners, columns=["part", "kind", "fraction", "energy"])
    hulls = pd.concat([hulls.assign(panel=panel) for panel in ("Tm-Pt", "Na-Cl", "Mo-Se")], ignore_index=True)
    pairs = pd.DataFrame(
        {
            "system": ["Na-Cl", "K-Cl", "Mo-Se"],
            "first": ["Na", "K", "Mo"],
            "second": ["Cl", "Cl", "Se"],
            "mae": [0.06, 0.02, 0.09],
            "depth_error": [-14.6, None, 8.2],
            "dft_hull": "0 0;0.5 -1.9;1 0",
            "predicted_hull": ["0 0.1;0.5 -1.7;1 -0.02", "0 0;1 0", "0 0;0.5 0.3;1 0"],
        }
    )
    spread = pd.DataFrame(
        {"label": ["-2 to -1", "-1 to 0"], "minimum": -0.4, "q1": -0.1, "median": 0.01, "q3": 0.05, "maximum": 0.5, "n": 5503}
    )
    axis = np.linspace(-1, 1, 50)
    curves = pd.concat([pd.DataFrame({"label": label, "value": axis, "density": 1 - axis**2, "n": 1867}) for label in ("metal", "ceramic")])
    scattered = pd.DataFrame({"x": [10, 1000, 5000, 5100], "y": [0.1, 67.0, -1.0, -0.9], "name": ["Pu", "C", "F", "Cl"]})
    voxels = pd.DataFrame({"image": ["as given"] * 3 + ["turned"], "element": ["Na", "Cl", "Cl", "Na"], "x": [0, 7, 6, 3]}).assign(y=4, z=2)
    grid = pd.DataFrame([(x, y, z) for x in range(5) for y in range(5) for z in range(5)], columns=list("xyz"))
    cloud = grid.assign(density=0.01 + 0.4 * np.cos(np.pi * grid["x"] / 4) ** 2, crystal="NaCl\n24 GPa")
    slices = grid[grid["x"] == 0].assign(across=grid["y"] / 4, up=grid["z"] / 4, density=0.01 * 2.0 ** grid["z"], element="")
    named = pd.DataFrame({"across": [0.25, 0.75], "up": [0.25, 0.75], "density": float("nan"), "element": ["Na", "Cl"]})
    slices = pd.concat([pd.concat([slices, named]).assign(crystal=name) for name in ("NaCl", "KCl")], ignore_index=True)
    return {
        "density_clouds": (cloud, {}),
        "density_slices": (slices[["crystal", "across", "up", "density", "element"]], {}),
        "localisation_slices": (
            slices.assign(localisation=2 * slices["density"])[["crystal", "across", "up", "localisation", "element"]],
            {},
        ),
        "boxes": (spread, {"axis": "error", "unit": "eV/atom", "groups": "formation energy (eV/atom)", "reach": 0.45}),
        "densities": (curves, {"axis": "depth error", "unit": "%"}),
        "hull_diagram": (hulls, {"notes": {"Tm-Pt": "MAE 0.042 eV/atom"}}),
        "pairs_with_hulls": (
            pairs,
            {"measures": {"mae": {"label": "MAE", "unit": "eV/atom"}, "depth_error": {"label": "depth error", "unit": "%", "centre": 0}}},
        ),
        "points": (scattered, {"x_label": "training crystals", "y_label": "depth error", "x_log": True, "y_linear": 1.0, "zero": True}),
        "lines": (
            pd.DataFrame({"x": [1, 10, 100] * 2, "y": [1, 2, 3, 3, 2, 1], "label": ["one"] * 3 + ["other"] * 3}).assign(low=0, high=4),
            {"x_label": "cut (eV/atom)", "y_label": "percent", "x_log": True},
        ),
        "parity_histogram": (bins, {"unit": "eV/atom", "label": "formation energy", "notes": "MAE 0.08 eV/atom"}),
        "histogram": (pd.DataFrame({"value": [1, 2, 3], "width": 1, "count": [10, 3000, 20]}), {"label": "number of elements"}),
        "learning_curve": (curve, {"unit": "eV/atom", "band": [0.081, 0.136], "band_label": "DFT against experiment"}),
        "roc": (
            pd.DataFrame({"seed": 0, "false_positive_rate": [0, 0.2, 1], "true_positive_rate": [0, 0.9, 1], "auc": 0.85}),
            {},
        ),
        "periodic_table": (values, {"label": "MAE", "unit": "eV/atom", "column": "mae"}),
        "calibration": (shares, {}),
        "error_against_uncertainty": (
            pd.DataFrame({"uncertainty": [0.01, 0.1], "rmse": [0.02, 0.1], "low": [0.01, 0.08], "high": [0.03, 0.2]}),
            {"unit": "eV/atom"},
        ),
        "network": (layers, {}),
        "crystal_graph": (pd.concat([nacl_kcl.graph(s, name) for name, s in nacl_kcl.structures(as_drawn=True).items()]), {}),
        "hyperparameters": (pd.DataFrame(settings, columns=["hyperparameter", "setting", "mae", "label"]), {"unit": "eV/atom"}),
        "bars": (groups.assign(low=[0.02, 0.04], high=[0.04, 0.07]), {"axis": "MAE", "unit": "eV/atom"}),
        "crystal_3d": (perovskite, {}),
        "structure": (perovskite, {"polyhedra": "Ti", "labels": {"Sr": "A site: Sr"}}),
        "voxel_images": (voxels, {}),
    }
