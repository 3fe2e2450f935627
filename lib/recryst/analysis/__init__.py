"""From predictions to tidy tables: arrays and DataFrames in, DataFrames out; nothing here reads, writes or draws."""

from recryst.analysis import (
    chemistry,
    classification,
    drawing,
    duplicates,
    learning_curve,
    nacl_kcl,
    perovskites,
    population,
    regression,
    site_energies,
    uncertainty,
)

__all__ = [
    "chemistry",
    "classification",
    "drawing",
    "duplicates",
    "learning_curve",
    "nacl_kcl",
    "perovskites",
    "population",
    "regression",
    "site_energies",
    "uncertainty",
]
