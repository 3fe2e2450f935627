"""The parameters of every notebook: their names, types, bounds and meaning, in this one place.

`papers` says which notebooks there are and what parameters each has, `cells` writes a notebook's parameters cell, and
`settling` turns what was given, with the profile's values for the rest, into checked parameters.

A notebook has one cell tagged ``parameters``, which is exactly what `cell` returns for it. Its first code cell after that
calls `settle`, which fills every parameter that is None from the profile (``nbs/profiles/<profile>.yml``), checks all of them,
and refuses what is misspelt, of the wrong type or out of bounds, in one sentence. The command line checks in the
same way before a notebook starts.
"""

from recryst.parameters.cells import allowed, cell
from recryst.parameters.papers import (
    NOTEBOOKS,
    Alphacrystal2Parameters,
    CgcnnParameters,
    ChapterParameters,
    ChargeDensityParameters,
    EsnetParameters,
    VoxelCnnParameters,
    known,
)
from recryst.parameters.settling import from_text, profile_file, profiles, results_folder, settle

__all__ = [
    "NOTEBOOKS",
    "Alphacrystal2Parameters",
    "CgcnnParameters",
    "ChapterParameters",
    "ChargeDensityParameters",
    "EsnetParameters",
    "VoxelCnnParameters",
    "allowed",
    "cell",
    "from_text",
    "known",
    "profile_file",
    "profiles",
    "results_folder",
    "settle",
]
