"""What the filters of the voxel CNN see: how far each layer looks, and how the first one tells elements apart (beyond the paper)."""

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from recryst import elements
from recryst.chapters.voxel_cnn.training import Trained
from recryst.crystals import FloatArray
from recryst.features import channels, voxels
from recryst.models.voxel_cnn import Block, VoxelNetwork

LAST = 94
"""Plutonium; few crystals hold heavier elements."""


def receptive_fields(network: VoxelNetwork) -> pd.DataFrame:
    """How much of the image one output of each layer depends on, up to where the image is flattened.

    Notes
    -----
    A kernel of k voxels adds k - 1 steps of its input; so does pooling by k, which makes the step k times as long
    (Araujo, Norris and Sim, Distill 2019, e21, Eq. 2). A skip connection looks no farther than what it goes past.

    Returns
    -------
    layer, voxels (edge of the cube that an output sees), angstrom
    """
    seen, step, rows = 1, 1, []
    for layer in network.feature_layers:
        if layer.name == "flatten":
            break
        if hasattr(layer, "pool_size"):
            seen, step = seen + (layer.pool_size[0] - 1) * step, layer.pool_size[0] * step
        else:
            kernels = (layer.first, layer.second) if isinstance(layer, Block) else (layer,)
            seen += sum(kernel.kernel_size[0] - 1 for kernel in kernels) * step
        rows.append((layer.name.replace("_", " "), seen, seen * voxels.EDGE / voxels.BINS))
    return pd.DataFrame(rows, columns=["layer", "voxels", "angstrom"])


def responses(network: VoxelNetwork) -> FloatArray:
    """(94, filters) strongest output of each filter of the first convolution at a lone atom, less that at an empty place, H to Pu."""
    layer = network.feature_layers[0]
    reach = layer.kernel_size[0] // 2
    # as far as the atom is seen, and a rim about it, where zeros beyond the image would be seen as well
    images = np.zeros((LAST + 1, *3 * [4 * reach + 1], 3), np.float32)
    # row 0 of the table is the colour of an empty voxel
    images[:, 2 * reach, 2 * reach, 2 * reach] = channels.table()[: LAST + 1]
    answers = np.asarray(layer(images), dtype=np.float64)[:, reach:-reach, reach:-reach, reach:-reach]
    strongest = answers.max(axis=(1, 2, 3))
    return strongest[1:] - strongest[0]


def element_axis(trained: Trained) -> tuple[pd.DataFrame, float, int]:
    """Along what the trained filters tell elements apart: the first principal component of their responses.

    Returns
    -------
    table : element, value (its sign is such that heavier elements have larger values on average); empty where no network is trained
    share : of the variance over elements and filters that this component explains, in percent
    answering : filters that answer to some element at all
    """
    if not trained.has(trained.turning):
        return pd.DataFrame(), np.nan, 0
    run = trained.runs(trained.turning)[0]
    found = run.answer("filter-responses", lambda network, _: pd.DataFrame(responses(network)).rename(columns=str)).to_numpy()
    analysis = PCA(1)
    values = analysis.fit_transform(found)[:, 0]
    values *= np.sign(np.corrcoef(values, np.arange(LAST))[0, 1])
    table = pd.DataFrame({"element": elements.symbols()[1 : LAST + 1], "value": values.round(5)})
    return table, 100 * float(analysis.explained_variance_ratio_[0]), int((found.max(axis=0) > 0).sum())


def element_caption(trained: Trained, share: float, answering: int) -> str:
    """What the picture of `element_axis` shows."""
    if not trained.has(trained.turning):
        return "How the filters of the first convolution tell elements apart."
    filters = trained.runs(trained.turning)[0].configuration.filters
    return (
        f"First principal component of the responses of the first convolution's filters to single atoms, {share:.0f} % of the variance; "
        f"{answering} of {filters} filters answer to an atom more than to nothing.{trained.about(trained.turning)}"
    )
