"""From crystals to what the network of a configuration takes: graphs, voxel clouds, charge densities or compositions."""

import numpy as np
import pandas as pd

from recryst import elements
from recryst.crystals import Crystals
from recryst.features import density_descriptors, density_images, graphs, simple_structure, validity, voxels
from recryst.training.batches import GraphSource, Source
from recryst.training.configuration import Configuration
from recryst.training.density_batches import DensitySource, JointSource, PointSource, VectorSource, vectors
from recryst.training.voxel_batches import VoxelSource

COMPOSITIONS_VERSION = 3
"""Raised when networks see other numbers of the same crystals."""


def prepare(crystals: Crystals, configuration: Configuration, jobs: int = 1, progress: bool = False) -> tuple[Source, pd.DataFrame]:
    """The crystals that can be used, as the configuration's network takes them; and DataFrame(id, reason) of the others.

    Features are made once and kept, see `recryst.features.store`; compositions take no time. Clouds are made of crystals in the
    authors' orientation.
    """
    if configuration.takes == "graphs":
        made, rejected = graphs.build(crystals, configuration.graph, jobs, progress)
        return GraphSource(made), rejected
    if configuration.takes == "voxels":
        clouds, rejected = voxels.build(crystals, "standard", jobs, progress)
        return VoxelSource(clouds, configuration.rotation, configuration.seed), rejected
    if configuration.takes == "compositions":
        # an atom that is listed twice makes another composition
        rejected = validity.reasons(crystals, last=simple_structure.LAST if configuration.structure else elements.LAST)
        crystals = validity.without(crystals, [rejected])
        return VectorSource(crystals.ids, vectors(crystals, configuration.structure)), rejected
    if configuration.takes == "points of densities and compositions":
        descriptors, rejected = density_descriptors.build(crystals, configuration.density, jobs, progress)
        density: DensitySource | PointSource = PointSource(descriptors)
    else:
        images, rejected = density_images.build(crystals, configuration.density, jobs, progress)
        density = DensitySource(images, configuration.density_values)
    if configuration.takes == "densities":
        return density, rejected
    kept = crystals.take(np.flatnonzero(np.isin(crystals.ids, density.ids)))
    return JointSource(density, VectorSource(kept.ids, vectors(kept, configuration.structure))), rejected


def of_new_crystals(crystals: Crystals, configuration: Configuration) -> tuple[Source, pd.DataFrame]:
    """The same of crystals that are asked for once: graphs of them are not kept.

    Parameters
    ----------
    configuration : of a network on graphs or compositions; of one on images see `recryst.training.orientations.of_new_crystals`, on
        charge densities `recryst.training.new_densities`
    """
    if configuration.takes == "graphs":
        made, rejected = graphs.compute(crystals, configuration.graph)
        return GraphSource(made), rejected
    assert configuration.takes == "compositions"
    return prepare(crystals, configuration)


def features(configuration: Configuration) -> tuple[str, ...]:
    """What features are made: equal for configurations that share them."""
    if configuration.takes == "graphs":
        return ("graphs", configuration.graph)
    if configuration.takes in ("voxels", "compositions"):
        return (configuration.takes,)
    if configuration.takes == "points of densities and compositions":
        return ("points of densities", configuration.density)
    return ("densities", configuration.density)


def version(configuration: Configuration) -> int:
    """Version of these features."""
    of_features = {
        "graphs": graphs.VERSION,
        "voxels": voxels.VERSION,
        "compositions": COMPOSITIONS_VERSION,
        "points of densities and compositions": density_descriptors.VERSION,
    }
    return of_features.get(configuration.takes, density_images.VERSION)
