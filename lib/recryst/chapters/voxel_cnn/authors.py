"""The authors' own training, from the history that they released: its curves, and what Figs. S4 and S7 say of it."""

import math

import numpy as np
import pandas as pd

from recryst.analysis.predictions import mean_absolute_error
from recryst.chapters.evidence import results
from recryst.chapters.voxel_cnn.evidence import Reanalysis
from recryst.chapters.voxel_cnn.training import history_lines, printed_training_crystals
from recryst.datasets import voxel_cnn_predictions
from recryst.report import published

CONVERGED = 0.1
"""Training and validation error that differ by at most this share of the latter have come together."""
AUTHORS = "authors"
EPOCHS = (1, 2, 3, 5, 7, 10, 20, 30, 50, 70, 100, 200, 300, 500)
"""Of the authors' training, whose errors are shown beside ours."""
BLOCK = 20
"""Epochs that are one point of Fig. S4: the error of single images jumps from epoch to epoch by more than the two curves differ."""


def history() -> pd.DataFrame:
    """Their training, a row an epoch: kind, seed, epoch, training_error, validation_error (eV/atom, of single images)."""
    table = voxel_cnn_predictions.training_history().rename(columns={"mae": "training_error", "validation_mae": "validation_error"})
    return table[["epoch", "training_error", "validation_error"]].assign(kind=AUTHORS, seed=0)


def lowest_so_far() -> pd.DataFrame:
    """Their training at some of its epochs: epoch, steps, validation_error (the lowest so far, of single images)."""
    table = history()
    lowest = table.assign(validation_error=table["validation_error"].cummin()).set_index("epoch").loc[list(EPOCHS)].reset_index()
    batch = int(published.load("voxel_cnn").value("text-training", "batch").number)
    return lowest.assign(steps=lowest["epoch"] * math.ceil(printed_training_crystals() / batch))[["epoch", "steps", "validation_error"]]


def error_lines(study: Reanalysis) -> pd.DataFrame:
    """Fig. S4 as the authors trained: errors of training and validation, means over `BLOCK` epochs; x, y, label; none of a stand-in."""
    if not study.is_released:
        return pd.DataFrame()
    blocks = history().assign(epoch=lambda table: np.ceil(table["epoch"] / BLOCK).astype(int) * BLOCK)
    columns = {"training_error": "training", "validation_error": "validation"}
    return history_lines(blocks, list(columns), columns | {AUTHORS: "the authors' network"})


def training_results(study: Reanalysis) -> pd.DataFrame:
    """What the history says of Figs. S4 and S7, by the rules that stand with the printed statements; none of a stand-in.

    The network that made the released predictions is that of the epoch with the lowest validation error. The history has its error
    from single images, the released table that of means, both of the validation crystals.
    """
    if not study.is_released:
        return results()
    errors, averaged = history(), study.part("validation")
    rows = results(
        ("figure-s4", "errors-converge", converge(errors), len(averaged)),
        ("figure-s7", "averaging-helps", mean_absolute_error(averaged) < float(errors["validation_error"].min()), len(averaged)),
    )
    told = (
        "the authors' own training; its errors are of single images, one random orientation of each crystal in each epoch",
        "validation crystals; the error of single images, one random orientation of each, is from the authors' training history at the "
        "epoch whose weights they kept, and that of means of 50 images from their released predictions",
    )
    return rows.assign(split="validation", caveat=told)


def converge(errors: pd.DataFrame) -> bool:
    """Whether training_error and validation_error, means over the last tenth of the epochs, differ by at most `CONVERGED` of the latter."""
    end = errors.tail(max(1, len(errors) // 10))[["training_error", "validation_error"]].mean()
    return bool(abs(end["validation_error"] - end["training_error"]) <= CONVERGED * end["validation_error"])
