"""What is inside a trained network: the parts that a prediction is the sum of."""

import keras
import numpy as np
from numpy.typing import NDArray

from recryst.crystals import FloatArray, IntArray
from recryst.errors import BadInputError
from recryst.features.graphs import Graphs
from recryst.models.charge_density import ElasticNetwork
from recryst.training.batches import GraphSource, pack
from recryst.training.fit import Standardisation
from recryst.training.run import Run


def site_values(run: Run) -> tuple[Graphs, FloatArray]:
    """Graphs of all crystals and the contribution of each atom, in the target's unit (linear pooling, Eq. S14 of the CGCNN paper).

    Raises
    ------
    BadInputError : the run's network does not pool linearly
    """
    if run.configuration.network != "summing-linear":
        raise BadInputError(f"Only a network with linear pooling has site energies; run {run.key} has {run.configuration.network}.")
    network, standardisation = run.network(), Standardisation(**run.record()["standardisation"])
    assert isinstance(run.source, GraphSource)  # which all networks with linear pooling take
    graphs = run.source.graphs
    values = [np.asarray(network.site_values(pack(graphs, part)))[:, 0] for part in _parts(run)]
    return graphs, np.concatenate(values) * standardisation.deviation + standardisation.mean


def last_hidden(run: Run) -> tuple[NDArray[np.str_], FloatArray]:
    """Ids of all crystals, and (n, width) what the last hidden layer says of each: its weighted sum is the standardised prediction.

    Raises
    ------
    BadInputError : the run's network is none on densities or compositions
    """
    network = run.network()
    if not isinstance(network, ElasticNetwork):
        raise BadInputError(f"Run {run.key} has the network {run.configuration.network}, which does not tell its last hidden layer.")
    values = [keras.ops.convert_to_numpy(network.penultimate(run.source.batch(part))) for part in _parts(run)]
    return run.source.ids, np.concatenate(values)


def _parts(run: Run) -> list[IntArray]:
    """Positions of all crystals, a batch at a time."""
    step, n = run.configuration.batch_size, len(run.source)
    return [np.arange(i, min(i + step, n)) for i in range(0, n, step)]
