"""Which recipe of training is best for several properties at once, judged on validation crystals alone."""

import numpy as np
import pandas as pd

from recryst.analysis.predictions import require, require_finite
from recryst.errors import BadInputError

COLUMNS = ["recipe", "property", "validation_error"]


def compare(errors: pd.DataFrame) -> pd.DataFrame:
    """Rank recipes by how far they are, on average, from the best recipe of each property.

    Errors of different properties have different units, so each is taken relative to the smallest error that any recipe reaches for
    the property; a recipe's score is the geometric mean of these ratios, and 1 if it is the best for all.

    Parameters
    ----------
    errors : recipe, property, validation_error: one row a training

    Returns
    -------
    recipe, score, properties (that the recipe was tried on), and for each property its ratio, the best recipe first. A recipe that was not
        tried on all properties has no score and comes last.

    Raises
    ------
    BadInputError : a column is missing, an error is not a positive number, or a recipe was tried twice on a property
    """
    if errors.empty:
        return pd.DataFrame(columns=["recipe", "score", "properties"])
    require(errors, COLUMNS, "validation errors of recipes")
    require_finite(errors, ["validation_error"], "validation errors of recipes")
    if (errors["validation_error"] <= 0).any():
        raise BadInputError("Validation errors of recipes must be positive: they are compared by their ratios.")
    if errors.duplicated(["recipe", "property"]).any():
        twice = errors[errors.duplicated(["recipe", "property"])].iloc[0]
        raise BadInputError(f"The recipe {twice['recipe']} was tried twice on {twice['property']}.")
    table = errors.pivot_table(index="recipe", columns="property", values="validation_error", sort=False)
    ratios = table / table.min()
    complete = ratios.notna().all(axis=1)
    score = np.exp(np.log(ratios).mean(axis=1)).where(complete)
    ranked = ratios.assign(score=score, properties=ratios.notna().sum(axis=1)).rename_axis(columns=None)
    ranked = ranked.sort_values(["score", "properties"], ascending=[True, False], kind="stable", na_position="last").reset_index()
    return ranked[["recipe", "score", "properties", *table.columns]]
