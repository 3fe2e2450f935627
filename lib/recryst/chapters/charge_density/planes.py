"""Planes of crystals by their compositions and by their densities, and where an element's crystals lie in them (Fig. 4)."""

from functools import cache
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from recryst.analysis import mixing
from recryst.chapters.charge_density.study import Study, expanded, holding
from recryst.chapters.evidence import results
from recryst.crystals import FloatArray
from recryst.features import magpie

Features = Literal["Magpie", "density"]
POOL = 6
"""Points along each edge of the blocks of an image of which the largest value is kept."""
EMBEDDED_ELEMENT = {"Cl": "F", "Tl": "Ca"}
"""Elements that stand in for the paper's among embedded crystals, which hold few with chlorine and none with thallium."""


def pooled(image: FloatArray) -> FloatArray:
    """(1000,) the largest value of each block of 6 x 6 x 6 points of a density (60, 60, 60)."""
    n = image.shape[0] // POOL
    return np.asarray(image.reshape(n, POOL, n, POOL, n, POOL).max(axis=(1, 3, 5)).ravel())


@cache
def place(study: Study, features: Features) -> FloatArray:
    """(n, 2) crystals with a bulk modulus in the plane of t-SNE, by raw Magpie vectors or by pooled densities, as in the paper."""
    return plane(vectors(study, features), study.settings.seed)


def element(study: Study, name: str) -> str:
    """The element whose crystals are shown where the paper shows those with ``name``."""
    return name if study.real else EMBEDDED_ELEMENT[name]


def shown(study: Study, name: str) -> str:
    """The element of `element` in a caption, with the one that it stands in for."""
    symbol = element(study, name)
    return name if symbol == name else f"{symbol}, which stands in for {name}"


def points(study: Study, features: Features, name: str) -> pd.DataFrame:
    """Points x, y, group, about of `place`, those with an element apart."""
    task, symbol = study.task("bulk"), element(study, name)
    places, tested = place(study, features), holding(task, (symbol,))
    rows = {"x": places[:, 0].round(2), "y": places[:, 1].round(2), "about": task.crystals.formulas()}
    groups = np.where(tested, f"with {symbol} ({tested.sum():,})", f"without ({(~tested).sum():,})")
    # those with the element are drawn last
    return pd.DataFrame(rows).assign(group=groups).iloc[np.argsort(tested, kind="stable")].reset_index(drop=True)


def mixed(study: Study, elements: tuple[str, ...], fewest: int) -> pd.DataFrame:
    """How well the crystals with each element are mixed with the others, in the plane and in the space of features itself.

    Returns
    -------
    element, crystals, features ("Magpie", "density"), in the plane, in all dimensions : see `recryst.analysis.mixing`; 1 is as at random
    """
    task, rows = study.task("bulk"), []
    for symbol in elements:
        tested = holding(task, (symbol,))
        if tested.sum() >= fewest:
            for features in ("Magpie", "density"):
                whole = mixing.share_of_training(vectors(study, features), tested)
                rows.append((symbol, int(tested.sum()), features, mixing.share_of_training(place(study, features), tested), whole))
    return pd.DataFrame(rows, columns=["element", "crystals", "features", "in the plane", "in all dimensions"])


def plane_results(study: Study) -> pd.DataFrame:
    """Fig. 4: who is better mixed than whom; rows exhibit, value_id, value, n. None of embedded crystals, which hold other elements.

    Mostly mixed: in the plane, more than half of the share of training crystals that neighbours would have at random. Without isolated
    clusters: likewise. Closer or better mixed than in Fig. 4(a): a larger share than there.
    """
    if not study.real:
        return results()
    share: dict[tuple[str, str], float] = {}
    task = study.task("bulk")
    for name in ("Cl", "Tl"):
        tested = holding(task, (element(study, name),))
        for features in ("Magpie", "density"):
            share[name, features] = mixing.share_of_training(place(study, features), tested)
    n = len(task)
    return results(
        ("figure-4b", "mixed", share["Cl", "density"] > 0.5, n),
        ("figure-4c", "closer-than-chlorine", share["Tl", "Magpie"] > share["Cl", "Magpie"], n),
        ("figure-4c", "no-isolated-clusters", share["Tl", "Magpie"] > 0.5, n),
        ("figure-4d", "better-mixed", share["Tl", "density"] > share["Cl", "Magpie"], n),
    )


def settings_results() -> pd.DataFrame:
    """Section 3.3: how the vectors of the planes are made."""
    side = 60 // POOL
    found: dict[str, Any] = {"pooling": (str(POOL),) * 3, "pooled": (str(side),) * 3, "elements": side**3, "dimensions": 2}
    return results(*(("text-visualisation", name, value, None) for name, value in found.items()))


def plane(vectors: FloatArray, seed: int) -> FloatArray:
    """(n, 2) where t-SNE puts vectors (n, columns); the same plane on any machine with the same libraries."""
    # as large a perplexity as scikit-learn's default, or what few crystals allow
    perplexity = min(30.0, (len(vectors) - 1) / 3)
    # threads wait for each other for longer than they work, and one gives the same plane on any machine
    with threadpool_limits(1):
        return np.asarray(TSNE(2, perplexity=perplexity, random_state=seed, init="pca").fit_transform(vectors))


@cache
def vectors(study: Study, features: Features) -> FloatArray:
    """(n, columns) raw Magpie vectors, or pooled densities, of the crystals with a bulk modulus (Section 3.3)."""
    if features == "Magpie":
        return magpie.of_crystals(study.task("bulk").crystals)
    images = study.images("bulk")
    return np.array([pooled(expanded(images, index)) for index in range(len(images))])
