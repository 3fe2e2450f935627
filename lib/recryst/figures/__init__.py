"""From tidy tables to pictures: one function a kind of picture, a DataFrame and options that JSON can hold in, a figure out.

Each returns a still picture. Where pointing and zooming tell more, the function has an attribute ``interactive``: a second function of
the same data and options, which plotly draws.
"""

from recryst.figures.bars import bars, histogram
from recryst.figures.crystals import crystal_3d, structure
from recryst.figures.curves import calibration, error_against_uncertainty, hyperparameters, learning_curve, roc
from recryst.figures.densities import density_clouds, density_slices, localisation_slices
from recryst.figures.diagrams import crystal_graph, network
from recryst.figures.distributions import boxes, densities
from recryst.figures.hulls import hull_diagram
from recryst.figures.pair_hulls import pairs_with_hulls
from recryst.figures.periodic import periodic_table
from recryst.figures.points import lines, points
from recryst.figures.regression import parity_histogram
from recryst.figures.voxels import voxel_images

__all__ = [
    "bars",
    "boxes",
    "calibration",
    "crystal_3d",
    "crystal_graph",
    "densities",
    "density_clouds",
    "density_slices",
    "error_against_uncertainty",
    "histogram",
    "hull_diagram",
    "hyperparameters",
    "learning_curve",
    "lines",
    "localisation_slices",
    "network",
    "pairs_with_hulls",
    "parity_histogram",
    "periodic_table",
    "points",
    "roc",
    "structure",
    "voxel_images",
]
