"""Model cards of kept models, for people: every number comes from the model's facts."""

import shlex
from collections.abc import Mapping
from typing import Any

from recryst.elements import LAST, symbols
from recryst.features import channels, simple_structure

LIMITS = (
    "Relaxed, ordered, bulk inorganic crystals only; no force field, and no surfaces, molecules, defects or disorder.",
    "The reference is DFT as in the data set, at 0 K and zero pressure, not experiment.",
)
OWN_LIMITS = ("Crystals like those that it learned from only; the reference is whatever their targets are.",)
ANY_ELEMENT = "It answers for every element up to {last}, also for those that no training crystal held; its answer says so."
OF_IMAGES = (
    "A prediction depends on the orientation of the crystal; one that is larger than the cube, or with two atoms in a voxel, is refused."
)
OF_DENSITIES = (
    "Densities of valence electrons with their all-electron waves, which are smoothed as those were that it learned from. Its answer says "
    "where a density or its crystal is unlike those."
)
OF_UNCERTAINTY = "The uncertainty was fitted to crystals like those of the data set; for others it tends to be too small."
PUBLISHED = "by the published split"
INSIDE_TWICE = 0.954
"""Share of crystals that should lie within twice the uncertainty."""
TOO_SHORT = "Large errors are more frequent than it says: fewer test crystals than should lie within twice of it."


def card(name: str, facts: Mapping[str, Any]) -> str:
    """Markdown: aim, data, training, performance, uncertainty, limits, licence."""
    told = facts["uncertainty"]
    images, densities = facts["orientations"] is not None, "learned" in facts
    general = [
        *(OWN_LIMITS if facts["licence"] is None else LIMITS),
        ANY_ELEMENT.format(last=symbols()[channels.LAST if images else simple_structure.LAST if densities else LAST]),
        *([OF_IMAGES] if images else []),
        *([OF_DENSITIES] if densities else []),
    ]
    limits = [*general, *([OF_UNCERTAINTY] if told else []), *([TOO_SHORT] if told and told["inside_95"] < INSIDE_TWICE else [])]
    # Eq. 4 has no normalisations
    statistics = ", the running statistics of its normalisations among them" if facts["configuration"]["network"] == "gated" else ""
    unit, crystals, settings, test = facts["unit"], facts["crystals"], facts["configuration"], facts["test"]
    # shares and seed of a split say nothing where somebody published it
    unsaid = {"task", "seed", *(("train", "validation", "test", "split_seed") if facts["split"] == PUBLISHED else ())}
    shown = {key: value for key, value in settings.items() if key not in unsaid and value is not None}
    looks_at = f"{settings['graph']} neighbours" if "graph" in settings else "charge densities and compositions"
    if images:
        looks_at = "voxel images" + turned(facts["orientations"])
    part = "; these, and as many validation crystals, are the first by the hash of their ids" if test["crystals"] < crystals["test"] else ""
    members = "\n".join(
        f"- run {member['run']}, seed {member['seed']}: epoch {member['best_epoch']} of {member['epochs']}, validation error "
        f"{member['validation_error']:.4g}, test {test['measure']} {score:.4g}"
        for member, score in zip(facts["members"], test["members"], strict=True)
    )
    return f"""# recryst/{name}

Ask it with `recryst predict {"CHGCAR" if densities else "my_crystal.cif"} --model {shlex.quote("recryst/" + name)}`.

- **Predicts** {facts["predicts"]}
- **Unit** {unit or "none"}
- **Network** {settings["network"]} on {looks_at}, {facts["parameters"]:,} numbers each{statistics}
- **Data** {facts["data"]}: {crystals["train"]:,} crystals for training, {crystals["validation"]:,} for validation,
  {crystals["test"]:,} for the test, {facts["split"]}; {len(facts["elements"].split())} elements
- **Recipe** {", ".join(f"{key} {value}" for key, value in shown.items())}

## Performance

{test["measure"]} of the members' mean on {test["crystals"]:,} test crystals: {test["ensemble"]:.4g} {unit}{part}

{members}

## Uncertainty

{_uncertainty(told, test["crystals"], "the members in all orientations" if images else "the members")}

## Limits

{"".join(f"- {limit}" + chr(10) for limit in limits)}
## Licence

{_licence(facts["licence"])}
Made with recryst {facts["environment"]["code"]}, {facts["environment"]["backend"]}, {facts["environment"]["device"]}.
"""


def _licence(licence: str | None) -> str:
    if licence is None:
        return "What may be done with the weights follows from the data, which are one's own; cite the paper whose network this is."
    return f"Weights: {licence}, the recryst authors; cite the paper whose network this is, and the source of the data."


def turned(orientations: int) -> str:
    """In which orientations networks on images are asked: what stands after "voxel images"."""
    return f", the mean over {orientations} orientations" if orientations > 1 else " in the standard orientation"


def _uncertainty(told: Mapping[str, float] | None, crystals: int, of: str) -> str:
    if told is None:
        return "None: a classification, a single answer, or members that agree on every crystal exactly."
    agreed = int(told.get("left_out", 0))
    left_out = f"; the members agree exactly on {agreed} more, which have no such uncertainty" if agreed else ""
    one, two = (f"{100 * told[name]:.1f} %" for name in ("inside_68", "inside_95"))
    return (
        f"One standard deviation: that of {of} times {told['factor']:.3g}, the factor that is right for validation crystals. Of the "
        f"{crystals - agreed:,} test crystals {one} lie within one (68.3 % should) and {two} within two (95.4 % should); miscalibration "
        f"area {told['miscalibration_area']:.3f} (0 is perfect, 0.5 worst){left_out}."
    )
