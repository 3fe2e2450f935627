"""What is inside a trained network: the parts that a prediction is the sum of."""

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst.crystals import FloatArray, IntArray
from recryst.errors import BadInputError
from recryst.features.graphs import Graphs
from recryst.models.charge_density import ElasticNetwork
from recryst.training.batches import GraphSource
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
    assert isinstance(run.source, GraphSource)  # which all networks with linear pooling take
    graphs = run.source.graphs

    def ask(network: keras.Model, standardisation: Standardisation) -> pd.DataFrame:
        outputs = np.concatenate([np.asarray(network.site_values(run.source.batch(part)))[:, 0] for part in _parts(run)])
        return pd.DataFrame({"value": outputs * standardisation.deviation + standardisation.mean})

    return graphs, run.answer("site-values", ask)["value"].to_numpy()


def last_hidden(run: Run) -> tuple[NDArray[np.str_], FloatArray]:
    """Ids of all crystals, and (n, width) what the last hidden layer says of each: its weighted sum is the standardised prediction.

    Raises
    ------
    BadInputError : the run's network is none on densities or compositions
    """

    def ask(network: keras.Model, _: Standardisation) -> pd.DataFrame:
        if not isinstance(network, ElasticNetwork):
            raise BadInputError(f"Run {run.key} has the network {run.configuration.network}, which does not tell its last hidden layer.")
        values = np.concatenate([keras.ops.convert_to_numpy(network.penultimate(run.source.batch(part))) for part in _parts(run)])
        return pd.DataFrame({str(unit): column for unit, column in enumerate(values.T)})

    return run.source.ids, run.answer("last-hidden", ask).to_numpy()


def _parts(run: Run) -> list[IntArray]:
    """Positions of all crystals, a batch at a time."""
    step, n = run.configuration.batch_size, len(run.source)
    return [np.arange(i, min(i + step, n)) for i in range(0, n, step)]
