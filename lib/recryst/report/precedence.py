"""Which of several results counts for a printed value: that of the largest run which can be compared.

A run on a hundredth of the crystals says little where one on all of them has been made, be it in the paper's favour or not. So
results that can be compared come before those that can't, and among them those of the profile that comes first in `PROFILES`, then
those of one's own profiles, and of the profile ``reduced`` last. Of two runs on all crystals, that by the better recipe counts: it
comes to its end in the epochs that it is given, while the papers' own recipes have a fraction of theirs here, and what more epochs
would mend says nothing against a network. Where one run has several results for a value, the worst of them counts. Where none can
be compared, the one with the most crystals behind it does.
"""

from collections.abc import Sequence

import pandas as pd

from recryst.report.verdicts import NOT_COMPARABLE, WORST_LAST

PROFILES = ("better", "full", "laptop")
"""Profiles from that which counts first: a better recipe on all crystals, the paper's own on them in fewer epochs, part of them."""


def rank(profile: str) -> int:
    """Place of a profile, that which counts first before the others."""
    own = len(PROFILES)
    return own + 1 if profile == "reduced" else PROFILES.index(profile) if profile in PROFILES else own


def counting(judged: pd.DataFrame, of: Sequence[str]) -> pd.DataFrame:
    """The row that counts for each value.

    Parameters
    ----------
    judged : rows with a verdict: verdict, profile, n (crystals) and, where it is known, deviation, of which of two equal verdicts the
        larger one counts
    of : columns that name a value; rows that are equal in them are results for the same

    Returns
    -------
    one row of ``judged`` for each value, in their order
    """
    fair = judged["verdict"] != NOT_COMPARABLE
    ranked = judged.assign(
        fair=fair,
        crystals=judged["n"].fillna(0).where(~fair, 0).astype(int),
        larger=-judged["profile"].map(rank),
        worse=judged["verdict"].map(WORST_LAST.index),
    )
    keys = ["fair", "crystals", "larger", "worse", *(["deviation"] if "deviation" in judged else [])]
    # a stable sort keeps the order of the rest
    ranked = ranked.sort_values(keys, kind="stable", na_position="first").drop_duplicates(list(of), keep="last")
    return judged.loc[ranked.index].sort_index()
