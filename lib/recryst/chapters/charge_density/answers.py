"""What the charge-density chapter answers, in words made from recorded results: nothing counts as shown whose interval holds zero.

The texts hold references, which `recryst.report.Report.say` fills.
"""

from collections.abc import Mapping

from recryst.chapters.charge_density.study import MODULI
from recryst.report import Report
from recryst.report.results import Result

LARGE = "laptop"
"""The profile that learns from real crystals."""
NOT_COMPARED = "not compared"


def as_list(report: Report, exhibit: str, questions: Mapping[str, str], measure: str = "rmse") -> str:
    """A list of questions in words: what each changes in the error of either modulus on real crystals, and whether that is shown.

    Parameters
    ----------
    questions : words by the part of a value id that names them, such as ``{"density-adds": "the density, beside the composition"}``
    measure : the end of the value ids of the changes; negative ones are for the better
    """
    lines, open_ones = [], []
    for name, words in questions.items():
        said = [changed(report, exhibit, f"{modulus}/{name}", measure) for modulus in MODULI]
        if set(said) == {NOT_COMPARED}:
            open_ones.append(words)
        else:
            of_moduli = "; ".join(f"{modulus} modulus {what}" for modulus, what in zip(MODULI, said, strict=True))
            lines.append(f"- {words}: {of_moduli}")
    if open_ones:
        lines.append(f"- {NOT_COMPARED} in any stored run, or not trained: {'; '.join(open_ones)}")
    return "\n".join(lines)


def changed(report: Report, exhibit: str, pair: str, measure: str = "rmse") -> str:
    """What one of two models changes in the error of the other, and whether it is for the better, for the worse, or not shown."""
    found = _result(report, exhibit, f"{pair}/{measure}")
    known = _result(report, exhibit, f"{pair}/more-than-chance")
    if found is None or known is None:
        return NOT_COMPARED
    direction = "for the better" if float(found.value) < 0 else "for the worse"  # type: ignore[arg-type]
    verdict = f"{direction}, more than chance" if known.value else "not shown"
    return f"{{found@{LARGE}:{exhibit}:{pair}/{measure}}} ({verdict})"


def catching_up(report: Report) -> str:
    """Whether the composition catches up with the density when there are more crystals: real ones, or this run's until those are there."""
    profile = LARGE if _result(report, "beyond-learning", "bulk/largest/gap") else report.profile
    crystals = "real" if profile == LARGE else "embedded"
    lines = [f"The error of a forest on the composition less that of one on structure and density too, on {crystals} crystals:", ""]
    for modulus in MODULI:
        ends = {size: _result(report, "beyond-learning", f"{modulus}/{size}/relative-gap", profile) for size in ("smallest", "largest")}
        first, last = (float(end.value) for end in ends.values() if end is not None)  # type: ignore[arg-type]
        begin, end = (
            f"{{found@{profile}:beyond-learning:{modulus}/{size}/gap}} "
            f"({{found@{profile}:beyond-learning:{modulus}/{size}/relative-gap}} of the latter) "
            f"on {{found@{profile}:beyond-learning:{modulus}/{size}/training-crystals}} training crystals"
            for size in ends
        )
        folds = f"{{found@{profile}:beyond-learning:{modulus}/folds-in-which-it-shrinks}}"
        verdict = "it catches up" if last < first else "it does not catch up"
        lines.append(f"- {modulus} modulus: {begin}, {end}: {verdict}; the relative gap shrinks in {folds} of the folds")
    return "\n".join(lines)


def _result(report: Report, exhibit: str, value_id: str, profile: str = LARGE) -> Result | None:
    return next(iter(report.run(profile).results.of(exhibit, value_id)), None)
