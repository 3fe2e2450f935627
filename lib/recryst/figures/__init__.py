"""From tidy tables to pictures: one function a kind of picture, a DataFrame and options that JSON can hold in, a figure out."""

from recryst.figures.bars import bars, histogram
from recryst.figures.crystals import crystal_3d, structure
from recryst.figures.curves import calibration, error_against_uncertainty, hyperparameters, learning_curve, roc
from recryst.figures.diagrams import crystal_graph, network
from recryst.figures.periodic import periodic_table
from recryst.figures.regression import error_by_target, parity, parity_histogram

__all__ = [
    "bars",
    "calibration",
    "crystal_3d",
    "crystal_graph",
    "error_against_uncertainty",
    "error_by_target",
    "histogram",
    "hyperparameters",
    "learning_curve",
    "network",
    "parity",
    "parity_histogram",
    "periodic_table",
    "roc",
    "structure",
]
