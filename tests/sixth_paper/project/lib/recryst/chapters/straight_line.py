"""What the toy chapter fits, from the notebook's parameters."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from recryst import datasets
from recryst.analysis import regression
from recryst.crystals import FloatArray
from recryst.datasets.task import Task
from recryst.features import electronegativity
from recryst.parameters.papers import StraightLineParameters
from recryst.training import splits


@dataclass(frozen=True)
class Study:
    """A polynomial in one feature, fitted by least squares on the training crystals."""

    settings: StraightLineParameters

    @cached_property
    def task(self) -> Task:
        """Crystals and formation energies, eV/atom."""
        return datasets.load("embedded/formation-energy")

    def predictions(self) -> pd.DataFrame:
        """Rows id, split, target, prediction, seed of the test crystals."""
        feature = electronegativity.spread(self.task.crystals)
        split = splits.by_hash(self.task.crystals.ids.tolist(), seed=self.settings.seed)
        line = np.polynomial.Polynomial.fit(feature[split.train], self.task.targets[split.train], self.settings.degree)
        columns = {"id": self.task.crystals.ids[split.test], "split": "test", "target": self.task.targets[split.test]}
        return pd.DataFrame({**columns, "prediction": line(feature[split.test]), "seed": self.settings.seed})

    def parity(self) -> pd.DataFrame:
        """What a parity plot shows of them: every crystal by name."""
        return regression.named_parity(self.predictions(), self.task.crystals)

    def slope(self) -> float:
        """Slope of the straight line through all crystals, eV/atom per unit of electronegativity."""
        feature: FloatArray = electronegativity.spread(self.task.crystals)
        return float(np.polyfit(feature, self.task.targets, 1)[0])
