"""What the voxel-CNN chapter says of the networks that were trained on the authors' crystals, from the stored tables of such runs."""

from recryst.chapters.voxel_cnn.training import NETWORKS, printed_training_crystals
from recryst.notation import listed
from recryst.report import Report
from recryst.report.precedence import PROFILES

LARGE = "laptop"
"""The profile of the authors' crystals that a laptop runs: embedded ones, which stand in for them, answer nothing."""
CLAIMS = {
    ("table-1", "depth-matters"): "depth",
    ("figure-s4", "gap-narrows"): "turned images",
    ("figure-s5", "skip-connections-help"): "skip connections",
}
"""Statements on what made the paper's network work, by what it owes that to."""


def is_recorded(report: Report, exhibit: str, value_id: str) -> bool:
    """Whether there is a result on the authors' crystals that a text may name."""
    return bool(report.run(LARGE).results.of(exhibit, value_id))


def trained_again(report: Report) -> str:
    """Which networks have been trained on how many of the authors' crystals, and what they have not tested of `CLAIMS`."""
    told = []
    for profile in PROFILES:
        table = report.run(profile).table("networks")
        if table is not None:
            sizes = table.groupby("network", sort=False)["training crystals"].unique()
            networks = "; ".join(f"{network} on {listed([f'{size:,}' for size in on])}" for network, on in sizes.items())
            told.append(f"{networks} ({profile})")
    untested = [
        words
        for (exhibit, value_id), words in CLAIMS.items()
        if not any(report.run(profile).results.of(exhibit, value_id) for profile in PROFILES)
    ]
    text = f"Of the paper's {printed_training_crystals():,} training crystals: {'; '.join(told) or 'no network yet'}."
    if untested:
        text += (
            f" That {listed(untested)} made the paper's network work is untested on these crystals: the networks that would show it have "
            "not been trained, or not on the same ones."
        )
    return text


def harder(report: Report) -> str:
    """How hard the test crystals are of which means over many images are made, beside all: by single images of three convolutions."""
    table = report.run(LARGE).table("networks")
    rows = [] if table is None else table[table["network"] == NETWORKS["shallow"]].to_dict("records")
    if not rows:
        return ""
    first = next(str(name) for name in rows[0] if str(name).startswith("MAE of the first"))
    return (
        f"By single images they err by {rows[0][first]:.3f} eV/atom on these crystals and by "
        f"{rows[0]['MAE of test crystals (eV/atom)']:.3f} eV/atom on all {int(rows[0]['test crystals']):,} of that run."
    )
