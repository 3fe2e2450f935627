"""From crystals to what the network of a configuration takes: graphs or voxel clouds."""

import pandas as pd

from recryst.crystals import Crystals
from recryst.features import graphs, voxels
from recryst.training.batches import GraphSource, Source
from recryst.training.configuration import Configuration
from recryst.training.voxel_batches import VoxelSource


def prepare(crystals: Crystals, configuration: Configuration, jobs: int = 1, progress: bool = False) -> tuple[Source, pd.DataFrame]:
    """The crystals that can be used, as the configuration's network takes them; and DataFrame(id, reason) of the others.

    Features are made once and kept, see `recryst.features.store`. Clouds are made of crystals in the authors' orientation.
    """
    if configuration.takes == "graphs":
        made, rejected = graphs.build(crystals, configuration.graph, jobs, progress)
        return GraphSource(made), rejected
    clouds, rejected = voxels.build(crystals, "standard", jobs, progress)
    return VoxelSource(clouds, configuration.rotation, configuration.seed), rejected


def features(configuration: Configuration) -> tuple[str, ...]:
    """What features are made: equal for configurations that share them."""
    return ("graphs", configuration.graph) if configuration.takes == "graphs" else ("voxels",)


def version(configuration: Configuration) -> int:
    """Version of these features."""
    return graphs.VERSION if configuration.takes == "graphs" else voxels.VERSION
