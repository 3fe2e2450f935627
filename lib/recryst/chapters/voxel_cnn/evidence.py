"""What the voxel-CNN chapter re-analyses: the authors' released predictions, and what they say of the formation energy's errors."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from recryst import elements
from recryst.analysis import binary_systems, element_pairs, error_distribution, hull_metrics, population, regression, training_frequency
from recryst.analysis.predictions import mean_absolute_error
from recryst.chapters.evidence import record_all, results
from recryst.crystals import Crystals
from recryst.datasets import embedded, voxel_cnn_predictions
from recryst.datasets.voxel_cnn_predictions import ReleasedPredictions
from recryst.parameters import VoxelCnnParameters
from recryst.report import Report, published

UNIT = "eV/atom"
STAND_IN = (
    "A stand-in, not the paper's network: 121 crystals computed for this project, each predicted from properties of its elements by a "
    "kernel ridge regression on all others"
)
NOT_COMPARABLE = "a stand-in's predictions of embedded crystals"
CELL_ENERGY, CELL_ERROR = 0.05, 0.02
"""eV/atom; crystals that lie in one cell of so much are one point of Fig. 2(c)."""
SPLITS = ("train", "validation", "test")
PROPERTIES = ["electronegativity", "covalent_radius", "group", "period", "valence_electrons"]


@dataclass(frozen=True)
class Reanalysis:
    """The released predictions, or embedded crystals with a stand-in's, and all that is computed of them once.

    Raises
    ------
    MissingDataError : the profile asks for the released predictions and they are not on this machine
    """

    settings: VoxelCnnParameters

    @property
    def is_released(self) -> bool:
        """Whether these are the authors' own predictions."""
        return self.settings.data == "released"

    @cached_property
    def predictions(self) -> ReleasedPredictions:
        """Every crystal with its split, target and prediction."""
        return voxel_cnn_predictions.load() if self.is_released else stand_in()

    def part(self, split: str) -> pd.DataFrame:
        """The predictions of the training, validation or test crystals."""
        table = self.predictions.table
        return table[table["split"] == split].reset_index(drop=True)

    @cached_property
    def hulls(self) -> hull_metrics.HullComparison:
        """The calculated and the predicted hull of every binary system."""
        crystals = self.predictions.crystals
        entries = binary_systems.of_crystals(crystals.take(binary_systems.up_to_two_elements(crystals)))
        return hull_metrics.compare(entries.merge(self.predictions.table, on="id"))

    @cached_property
    def elements(self) -> pd.DataFrame:
        """Errors of each element's binary systems, see `recryst.analysis.element_pairs.by_element`."""
        return element_pairs.by_element(self.hulls.systems, self.hulls.entries)

    @property
    def subject(self) -> str:
        """What the pictures show, as the beginning of a caption."""
        return "The authors' predictions" if self.is_released else STAND_IN

    def evidence(self, structures: bool = False) -> dict[str, Any]:
        """What every value is recorded with: level, data, and why it can't be compared; ``structures`` where compositions are needed."""
        if not self.is_released:
            return {"level": "re-analysed", "data": self.predictions.label, "not_comparable": NOT_COMPARABLE}
        known, of = len(self.predictions.crystals), len(self.predictions.table)
        caveat = f"{known:,} of the {of:,} crystals have a structure" if structures else None
        return {"level": "re-analysed", "data": self.predictions.label, "caveat": caveat}

    def with_structure(self, split: str) -> tuple[pd.DataFrame, Crystals]:
        """Predictions of those crystals of a split that have a structure, and the crystals."""
        table = self.predictions.with_structure
        table = table[table["split"] == split].reset_index(drop=True)
        return table, self.predictions.crystals.select(table["id"])

    def record(self, report: Report, rows: pd.DataFrame, structures: bool = False) -> None:
        """Record rows of this chapter's tables of results."""
        record_all(report, rows, **self.evidence(structures))


def stand_in() -> ReleasedPredictions:
    """Embedded crystals, each predicted by kernel ridge regression on all others (leave one out).

    Features are mean and mean absolute deviation of `PROPERTIES` over the atoms, so that structures of one composition have one
    prediction.
    """
    task = embedded.task("formation-energy")
    crystal, share = np.repeat(np.arange(len(task)), task.crystals.n_atoms), 1 / np.repeat(task.crystals.n_atoms, task.crystals.n_atoms)
    values = elements.properties()[PROPERTIES].fillna(0).to_numpy(float)[task.crystals.numbers - 1]
    mean, deviation = (np.zeros((len(task), len(PROPERTIES))) for _ in range(2))
    np.add.at(mean, crystal, values * share[:, None])
    np.add.at(deviation, crystal, np.abs(values - mean[crystal]) * share[:, None])
    model = make_pipeline(StandardScaler(), KernelRidge(kernel="rbf", alpha=0.01, gamma=0.05))
    prediction = cross_val_predict(model, np.column_stack([mean, deviation]), task.targets, cv=LeaveOneOut())
    table = pd.DataFrame({"id": task.crystals.ids.astype(object), "split": "test", "target": task.targets, "prediction": prediction})
    return ReleasedPredictions(table, task.crystals, task.label)


def parity_bins(study: Reanalysis) -> dict[str, Any]:
    """Data and options of Fig. 2(a): a 2D histogram of each split there is; the paper has none of the validation crystals."""
    parts = {split: study.part(split) for split in SPLITS}
    tables = [regression.histogram2d(part, bins=60).assign(panel=split) for split, part in parts.items() if len(part)]
    notes = {split: f"MAE {mean_absolute_error(part):.4f} {UNIT}" for split, part in parts.items() if len(part)}
    return {"data": pd.concat(tables, ignore_index=True), "unit": UNIT, "label": "formation energy", "notes": notes}


def accuracy_results(study: Reanalysis) -> pd.DataFrame:
    """Table I and Fig. 2(a): errors of the deep network, and beside those that the table takes from other papers.

    On par: within a tenth of the other error; slightly worse: above it by up to a quarter.
    """
    test = study.part("test")
    mae = mean_absolute_error(test)
    paper = published.load("voxel_cnn")
    others = {name: float(paper.value("table-1", f"{name}/mae").number) for name in ("alignn", "cgcnn", "elemnet", "roost")}
    rows = [
        ("table-1", "deep-cnn/mae", mae, len(test)),
        ("table-1", "better-than-composition-models", mae < min(others["elemnet"], others["roost"]), len(test)),
        ("table-1", "on-par-with-cgcnn", abs(mae - others["cgcnn"]) <= 0.1 * others["cgcnn"], len(test)),
        ("table-1", "worse-than-alignn", others["alignn"] < mae <= 1.25 * others["alignn"], len(test)),
    ]
    for split in ("train", "test"):
        part = study.part(split)
        if len(part):
            rows.append(("figure-2a", f"{split}/mae", mean_absolute_error(part), len(part)))
    table = results(*rows).assign(unit=UNIT, split="test")
    table.loc[table["value_id"] == "train/mae", "split"] = "train"
    return table


def merged_errors(study: Reanalysis, energy: float = CELL_ENERGY, error: float = CELL_ERROR) -> pd.DataFrame:
    """Fig. 2(c): error of the test crystals against their energy, those in one cell of so many eV/atom as one point; x, y, about."""
    test = study.part("test")
    places = pd.DataFrame({"x": test["target"] / energy, "y": (test["prediction"] - test["target"]) / error}).round().astype(int)
    counts = places.value_counts(sort=False).rename("n").reset_index()
    about = [f"{n:,} crystal{'s' if n > 1 else ''}" for n in counts["n"]]
    return pd.DataFrame({"x": (counts["x"] * energy).round(3), "y": (counts["y"] * error).round(3), "about": about})


def energy_histogram(study: Reanalysis, width: float = 0.1) -> pd.DataFrame:
    """Fig. S2(a): crystals by formation energy; value (centre of a bar), width, count."""
    bars = np.floor(study.predictions.table["target"] / width).astype(int).value_counts().sort_index()
    every = bars.reindex(range(bars.index[0], bars.index[-1] + 1), fill_value=0)
    return pd.DataFrame({"value": ((every.index + 0.5) * width).round(4), "width": width, "count": every.to_numpy()})


def quarter_results(study: Reanalysis) -> pd.DataFrame:
    """Figs. 2(b) and 2(c): the four equally populated parts of the test set, and whether their errors grow."""
    quarters = error_distribution.equal_groups(study.part("test"))
    grows = bool(np.all(np.diff(quarters["mae"]) > 0))
    rows: list[tuple[str, str, Any, int | None]] = []
    for quarter in quarters.to_dict("records"):
        name, n = f"quarter-{quarter['group']}", int(quarter["n"])
        rows.append(("figure-2b", f"{name}/range", (float(quarter["target_low"]), float(quarter["target_high"])), n))
        rows.append(("figure-2b", f"{name}/mae", float(quarter["mae"]), n))
    n = int(quarters["n"].sum())
    rows += [("figure-2b", "grows-with-energy", grows, n), ("figure-2c", "grows-with-energy", grows, n)]
    return results(*rows).assign(unit=UNIT, split="test")


def distribution_results(study: Reanalysis) -> pd.DataFrame:
    """Figs. S2(a) and S2(b): positive formation energies, and the shape of the errors."""
    every, test = study.predictions.table, study.part("test")
    shape = error_distribution.shape(test).set_index("metric")["value"]
    within = regression.errors_within(test, [0.1, 0.2])["fraction"]
    rows = [
        ("figure-s2a", "positive", 100 * float((every["target"] > 0).mean()), len(every), "%", "all"),
        ("figure-s2b", "below-0.1", 100 * float(within[0]), len(test), "%", "test"),
        ("figure-s2b", "above-0.2", 100 * (1 - float(within[1])), len(test), "%", "test"),
        ("figure-s2b", "median", float(shape["median_error"]), len(test), UNIT, "test"),
        ("figure-s2b", "mean", float(shape["mean_error"]), len(test), UNIT, "test"),
        ("figure-s2b", "positive-skew", bool(shape["skewness"] > 0), len(test), "", "test"),
    ]
    return results(*(row[:4] for row in rows)).assign(unit=[row[4] for row in rows], split=[row[5] for row in rows])


def census_results(study: Reanalysis) -> pd.DataFrame:
    """Section II.A: crystals left out, from the printed number of crystals and the released tables; none of a stand-in."""
    if not study.is_released:
        return results()
    paper = published.load("voxel_cnn")
    crystals = int(paper.value("text-data", "crystals").number)
    share = float(paper.value("text-data", "training-share").number) / 100
    counts = study.predictions.table["split"].value_counts()
    left = int(counts.sum())
    return results(
        ("text-data", "excluded", crystals - left, left),
        ("text-data", "excluded-from-training", round(share * crystals) - int(counts["train"]), int(counts["train"])),
    ).assign(caveat="the printed number of crystals less those in the released tables", split=["all", "train"])


def frequencies(study: Reanalysis) -> pd.DataFrame:
    """How many training crystals hold each element (Fig. S10): element, value; of a stand-in, of all its crystals."""
    _, crystals = study.with_structure("train" if study.is_released else "test")
    counts = np.asarray(population.element_membership(crystals).sum(axis=0)).astype(np.int64)
    present = np.flatnonzero(counts)
    return pd.DataFrame({"element": [elements.symbols()[number] for number in present], "value": counts[present]})


def frequency_results(study: Reanalysis) -> pd.DataFrame:
    """Fig. S10's statements; more frequent: in more training crystals than the median element."""
    counts = frequencies(study).set_index("element")["value"]
    some = [symbol for symbol in ("C", "N", "F") if symbol in counts]
    return results(
        ("figure-s10", "carbon-nitrogen-fluorine-frequent", bool((counts[some] > counts.median()).all()), len(counts)),
        ("figure-s10", "oxygen-most-frequent", bool(counts.idxmax() == "O"), len(counts)),
    ).assign(split="train")


def errors_by_frequency(study: Reanalysis) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test errors beside training crystals, by element and by number of elements; empty for a stand-in, which has no training set."""
    if not study.is_released:
        return pd.DataFrame(), pd.DataFrame()
    _, training = study.with_structure("train")
    table, crystals = study.with_structure("test")
    by_element = training_frequency.by_element(table, training, crystals)
    return by_element, training_frequency.by_number_of_elements(table, training, crystals)


def frequency_points(by_element: pd.DataFrame) -> pd.DataFrame:
    """Points x, y, name, about of `errors_by_frequency`'s elements, named from the largest error on; empty where it is."""
    if by_element.empty:
        return by_element
    rows = by_element.sort_values("mae", ascending=False, kind="stable")
    return pd.DataFrame({"x": rows["n_train"], "y": rows["mae"].round(4), "name": rows["element"], "about": rows["element"]})


def record_frequency(report: Report, study: Reanalysis, by_element: pd.DataFrame, by_number: pd.DataFrame) -> None:
    """Record how errors go with the number of training crystals: a rank correlation over elements, errors by number of elements."""
    exhibit, context = "beyond-training-crystals", {**study.evidence(structures=True), "split": "test"}
    if len(by_element):
        found = training_frequency.association(by_element)
        interval = (float(found["low"]), float(found["high"]))
        report.record(
            exhibit,
            "rank-correlation-of-error-and-training-crystals/over-elements",
            value=float(found["value"]),
            n=int(found["n"]),
            interval=interval,
            **context,
        )
    for row in by_number.to_dict("records"):
        interval = (float(row["low"]), float(row["high"]))
        name = f"crystals-of-{int(row['elements'])}-element{'s' if row['elements'] > 1 else ''}/mae"
        report.record(exhibit, name, value=float(row["mae"]), unit=UNIT, n=int(row["n"]), interval=interval, **context)
