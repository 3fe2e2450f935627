"""What the charge-density chapter answers, in words made from recorded results: nothing counts as shown whose interval holds zero.

Many questions are asked at once, of which chance would answer some. So "more than chance" is said where the p-value is below 5 % after
Holm's method has adjusted it for all questions to models of that kind, both moduli and both errors; a change whose interval alone holds
no zero is "only by itself more than chance". The texts hold references, which `recryst.report.Report.say` fills.
"""

from collections.abc import Mapping

from recryst.chapters.charge_density import networks
from recryst.chapters.charge_density.forests import COMPOSITION
from recryst.chapters.charge_density.networks import FOREST, FUNCTIONAL, FUSION, GRAPHS, MAGPIE, PROJECTION
from recryst.chapters.charge_density.results import SIGNIFICANCE, SLUGS
from recryst.chapters.charge_density.study import MODULI, Modulus
from recryst.chapters.charge_density.trained import STRUCTURE
from recryst.report import Report
from recryst.report.results import Result

LARGE = "laptop"
"""The profile that learns from real crystals: embedded ones, which stand in for them in other profiles, answer nothing."""
NOT_COMPARED = "not compared"
SHOWN, BY_ITSELF, NOT_SHOWN = "more than chance", "only by itself more than chance", "not shown"
ERRORS = {"rmse": "RMSE", "mae": "MAE"}
"""Changes that are recorded of each question in the cross-validation, by what readers call them."""
CHANGE = {"median-change": ""}
"""The change that is recorded of elements never seen."""
CONTROLS = (
    ("beyond-density-adds", "bonds-add", "random forests", ERRORS),
    ("beyond-network-density", "bonds-alone", "2D CNN", ERRORS),
    ("beyond-network-density", "bonds-add", "fusion", ERRORS),
    ("beyond-network-density", "bonds-in-mean", "mean of two networks", ERRORS),
    ("beyond-network-density", "bonds-in-functional", "semilocal functional", ERRORS),
    ("beyond-left-out", "bonds-add", "random forests on elements never seen", CHANGE),
)
"""Where models with calculated densities are held against the same models with those of free atoms."""
BESIDE_THE_FUSION = {
    FUSION: "fusion of composition and density",
    MAGPIE + STRUCTURE: "network on compositions with volume and distances of the relaxed structure",
    FUNCTIONAL: "semilocal functional of the density, beside composition, volume and distances",
    GRAPHS: "CGCNN, which sees atoms and distances and no electrons",
}
GOALS: dict[Modulus, float] = {"bulk": 0.955, "shear": 0.8}
"""R² that this project wants of its fusion, which the paper's reaches."""


def as_list(report: Report, exhibit: str, questions: Mapping[str, str], measures: Mapping[str, str] = ERRORS) -> str:
    """A list of questions in words: what each changes in the errors of either modulus on real crystals, and whether that is shown.

    Parameters
    ----------
    questions : words by the part of a value id that names them, such as ``{"density-adds": "the density, beside the composition"}``
    measures : words by the end of the value ids of the changes; negative ones are for the better
    """
    lines, open_ones = [], []
    for name, words in questions.items():
        said = [changed(report, exhibit, f"{modulus}/{name}", measures) for modulus in MODULI]
        if set(said) == {NOT_COMPARED}:
            open_ones.append(words)
        else:
            of_moduli = "; ".join(f"{modulus} modulus {what}" for modulus, what in zip(MODULI, said, strict=True))
            lines.append(f"- {words}: {of_moduli}")
    if open_ones:
        lines.append(f"- {NOT_COMPARED} in any stored run, or not trained: {'; '.join(open_ones)}")
    return "\n".join(lines)


def changed(report: Report, exhibit: str, pair: str, measures: Mapping[str, str] = ERRORS) -> str:
    """What one of two models changes in the errors of the other, and whether it is for the better, for the worse, or not shown."""
    said = []
    for measure, words in measures.items():
        found = _result(report, exhibit, f"{pair}/{measure}")
        if found is not None:
            chance = shown(report, exhibit, pair, measure)
            direction = "" if chance == NOT_SHOWN else f"for the {'better' if _number(found) < 0 else 'worse'}, "
            said.append(f"{words} {{found@{LARGE}:{exhibit}:{pair}/{measure}}} ({direction}{chance})".lstrip())
    return ", ".join(said) or NOT_COMPARED


def shown(report: Report, exhibit: str, pair: str, measure: str) -> str:
    """Whether a change is more than chance as one of many questions, or by itself alone, as all are in a run without adjusted p-values."""
    found, adjusted = (_result(report, exhibit, f"{pair}/{measure}{ending}") for ending in ("", "/adjusted-p"))
    if found is not None and found.interval is not None:
        by_itself = found.interval[0] * found.interval[1] > 0
    else:
        alone = _result(report, exhibit, f"{pair}/more-than-chance")
        by_itself = alone is not None and bool(alone.value)
    if not by_itself:
        return NOT_SHOWN
    return SHOWN if adjusted is not None and _number(adjusted) < SIGNIFICANCE else BY_ITSELF


def control(report: Report) -> str:
    """Where models err less with the densities of free atoms, which know no bond, than with calculated ones, and where they err more."""
    less: dict[bool, dict[str, list[str]]] = {True: {}, False: {}}
    for exhibit, name, who, measures in CONTROLS:
        for modulus in MODULI:
            for measure, words in measures.items():
                found = _result(report, exhibit, f"{modulus}/{name}/{measure}")
                if found is not None and _number(found) != 0:
                    chance = shown(report, exhibit, f"{modulus}/{name}", measure)
                    less[_number(found) > 0].setdefault(f"{who}, {modulus} modulus", []).append(f"{words} {chance}".lstrip())
    whose = {
        True: "by the numbers, free atoms' densities err less than calculated ones",
        False: "by the numbers, calculated densities err less than free atoms'",
    }
    lists = {key: "; ".join(f"{who} ({', '.join(said)})" for who, said in models.items()) for key, models in less.items()}
    return "\n".join(f"- {whose[key]}: {models or 'nowhere'}" for key, models in lists.items())


def reached(report: Report) -> str:
    """R² of `BESIDE_THE_FUSION` on real crystals, in words; what is not trained is said to be."""
    lines = []
    for name, words in BESIDE_THE_FUSION.items():
        told = []
        for modulus in MODULI:
            value_id = f"{modulus}/{networks.slug(name)}/r2"
            found = _result(report, "beyond-networks", value_id)
            told.append(f"{modulus} modulus " + (f"{{found@{LARGE}:beyond-networks:{value_id}}}" if found else "not trained yet"))
        lines.append(f"- {words}: {', '.join(told)}")
    return "\n".join(lines)


def goals(report: Report) -> str:
    """Whether the fusion reaches the project's `GOALS` on real crystals, and which networks and forests do."""
    models = [("beyond-networks", key, name) for key, name in networks.names().items()]
    models += [("beyond-features", key, FOREST + name) for name, key in SLUGS.items()]
    lines = []
    for modulus, goal in GOALS.items():
        found = {name: (_result(report, exhibit, f"{modulus}/{key}/r2"), f"{exhibit}:{modulus}/{key}") for exhibit, key, name in models}
        told = {name: (_number(result), f"{{found@{LARGE}:{place}/r2}}") for name, (result, place) in found.items() if result is not None}
        reach = "; ".join(f"{name} ({reference})" for name, (value, reference) in told.items() if value >= goal)
        verdict = "no fusion is trained yet"
        if FUSION in told:
            value, reference = told[FUSION]
            verdict = f"the fusion, with {reference}, {'reaches it' if value >= goal else 'falls short of it'}"
        lines.append(f"- {modulus} modulus, R² of {goal:g}: {verdict}; reached by {reach or 'none'}")
    return "\n".join(lines)


def order(report: Report) -> str:
    """Which of composition and density alone networks and the forest predict better on real crystals, beside the paper's order.

    In the paper both models on Magpie are ahead of the networks on densities for the bulk modulus, and the forest is for both moduli.
    """
    lines = []
    for modulus in MODULI:
        places = {name: f"{modulus}/{networks.slug(name)}" for name in (FOREST + COMPOSITION, MAGPIE, PROJECTION)}
        found = {name: _result(report, "beyond-networks", f"{place}/r2") for name, place in places.items()}
        values = {name: _number(result) for name, result in found.items() if result is not None}
        if len(values) < len(places):
            lines.append(f"- {modulus} modulus: not all of these are trained yet")
            continue
        density, of_magpie = values.pop(PROJECTION), list(values.values())
        verdict = "the density is ahead" if density > max(of_magpie) else "the composition is" if density < min(of_magpie) else "undecided"
        told = ", ".join(f"{name} {{found@{LARGE}:beyond-networks:{place}/r2}}" for name, place in places.items())
        against = changed(report, "beyond-network-density", f"{modulus}/density-alone")
        lines.append(f"- {modulus} modulus, R²: {told}: {verdict}; from the one network to the other: {against}")
    return "\n".join(lines)


def catching_up(report: Report) -> str:
    """Whether the composition comes nearer to structure and density when there are more crystals: of real crystals alone.

    It comes nearer where the relative gap is smaller at the largest size than at the smallest in every fold, falls further behind where it
    is larger in every fold, and else it is undecided. The gap that is left stands there.
    """
    lines = []
    for modulus in MODULI:
        value_id = f"beyond-learning:{modulus}"
        of_fold = [_result(report, "beyond-learning", f"{modulus}/{name}") for name in ("folds-in-which-it-shrinks", "folds")]
        if None in of_fold:
            lines.append(f"- {modulus} modulus: not recorded in the stored run on real crystals yet; its curves are above")
            continue
        shrinks, folds = (_number(found) for found in of_fold if found is not None)
        verdict = "it comes nearer" if shrinks == folds else "it falls further behind" if shrinks == 0 else "undecided"
        begin, end = (
            f"{{found@{LARGE}:{value_id}/{size}/gap}} ({{found@{LARGE}:{value_id}/{size}/relative-gap}} of the latter) "
            f"on {{found@{LARGE}:{value_id}/{size}/training-crystals}} training crystals"
            for size in ("smallest", "largest")
        )
        of_folds = f"{{found@{LARGE}:{value_id}/folds-in-which-it-shrinks}} of {{found@{LARGE}:{value_id}/folds}} folds"
        lines.append(f"- {modulus} modulus: {begin}, {end}: {verdict}; the relative gap shrinks in {of_folds}")
    heading = "The mean absolute error of a forest on the composition less that of one on structure and density too, on real crystals:"
    return "\n".join([heading, "", *lines])


def _number(found: Result) -> float:
    return float(found.value)  # type: ignore[arg-type]


def _result(report: Report, exhibit: str, value_id: str) -> Result | None:
    return next(iter(report.run(LARGE).results.of(exhibit, value_id)), None)
