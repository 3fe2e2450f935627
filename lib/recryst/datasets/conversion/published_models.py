"""The eight published CGCNN models: PyTorch checkpoints to plain arrays, and their description as JSON."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recryst import storage
from recryst.datasets.conversion import torch_archive
from recryst.datasets.conversion.write import write_arrays, write_csv
from recryst.errors import BadInputError

MODELS = (
    "formation-energy-per-atom",
    "final-energy-per-atom",
    "band-gap",
    "efermi",
    "bulk-moduli",
    "shear-moduli",
    "poisson-ratio",
    "semi-metal-classification",
)
ARCHITECTURE = ("atom_fea_len", "h_fea_len", "n_conv", "n_h")
OPTIMISATION = ("optim", "lr", "lr_milestones", "momentum", "weight_decay", "batch_size", "epochs", "train_size", "val_size", "test_size")


def cgcnn_pretrained(files: Mapping[str, Path], folder: Path, packs: Mapping[str, Path]) -> None:
    """Keep weights and batch-norm statistics under their original names; drop the optimiser's state."""
    descriptions: dict[str, Any] = {}
    for name in MODELS:
        checkpoint = torch_archive.read(files[name])
        weights = {key: array for key, array in checkpoint["state_dict"].items() if not key.endswith("num_batches_tracked")}
        if any(array.dtype != np.float32 for array in weights.values()):
            raise BadInputError(f"the weights of {name} are not all single-precision numbers")
        write_arrays(folder / f"{name}.npz", weights)
        descriptions[name] = _description(files[name], checkpoint, weights)
    storage.write_json(folder / "models.json", descriptions)
    storage.write_text(folder / "atom_init.json", files["atom_init"].read_text())
    ids = [pd.read_csv(files[f"ids_{count}"], header=None)[0] for count in (46744, 27430, 3402)]
    table = pd.DataFrame({"material_id": ids[0], "in_27430": ids[0].isin(ids[1]).astype(int), "in_3402": ids[0].isin(ids[2]).astype(int)})
    write_csv(folder / "cgcnn_mp_ids.csv.gz", table)


def _description(path: Path, checkpoint: Mapping[str, Any], weights: Mapping[str, np.ndarray]) -> dict[str, Any]:
    arguments = checkpoint["args"]
    return {
        "epoch": int(checkpoint["epoch"]),
        "best_val_metric": _number(checkpoint["best_mae_error"]),
        "normalizer": {key: _number(checkpoint["normalizer"][key]) for key in ("mean", "std")},
        "hyper": {
            "task": arguments.get("task", "regression"),
            "n_out": len(weights["fc_out.bias"]),
            **{key: arguments[key] for key in (*ARCHITECTURE, *OPTIMISATION) if key in arguments},
        },
        "source_sha256": storage.file_hash(path),
        "source_bytes": path.stat().st_size,
        "parameters": sum(int(array.size) for array in weights.values()),
    }


def _number(value: Any) -> float:
    """A number that may come as an array with one element."""
    return float(np.asarray(value).item())
