"""What the voxel-CNN chapter may say in words of runs on the authors' crystals."""

from recryst.report import Report

LARGE = "laptop"
"""The profile of the authors' crystals that a laptop runs: embedded ones, which stand in for them, answer nothing."""


def is_recorded(report: Report, exhibit: str, value_id: str) -> bool:
    """Whether there is a result on the authors' crystals that a text may name."""
    return bool(report.run(LARGE).results.of(exhibit, value_id))
