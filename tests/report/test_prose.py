"""References in prose: what they become, and one sentence where they name nothing."""

import pytest

from recryst.errors import BadInputError
from recryst.notation import NO_BREAK
from recryst.report import published, results
from recryst.report.prose import fill
from recryst.report.results import Results

PAPER = published.load("cgcnn")


def made(profile: str, *fields: dict) -> Results:
    return Results(notebook="cgcnn", profile=profile, results=tuple(results.make(level="retrained", **one) for one in fields))


RUNS = {
    "reduced": made(
        "reduced",
        {"exhibit": "table-1", "value_id": "formation-energy/mae", "value": 0.38, "unit": "eV/atom", "not_comparable": "few crystals"},
        {"exhibit": "table-1", "value_id": "formation-energy/training-crystals", "value": 73},
        {"exhibit": "figure-2b", "value_id": "eq-5-better-than-eq-4", "value": False, "unit": "eV/atom"},
    ),
    "laptop": made(
        "laptop",
        {"exhibit": "table-1", "value_id": "poisson-ratio/mae", "value": 0.02876, "spread": 0.0007, "seeds": (0, 1), "n": 5713},
        {"exhibit": "table-1", "value_id": "bulk-modulus/mae", "value": 0.0527, "unit": "log10(GPa)"},
        {"exhibit": "beyond-twins", "value_id": "share", "value": 12.5, "unit": "%"},
    ),
}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{printed:table-1:formation-energy/mae}", "0.039 eV/atom"),
        ("{printed:table-1:formation-energy/dft-against-experiment}", "0.081–0.136 eV/atom"),
        ("{printed:figure-2b:eq-5-better-than-eq-4}", "yes"),
        ("{printed:table-1:formation-energy/training-crystals}", "28,046"),
        ("{found:table-1:formation-energy/mae}", "0.3800 eV/atom"),
        ("{found:table-1:formation-energy/training-crystals}", "73"),
        ("{found@reduced:figure-2b:eq-5-better-than-eq-4}", "no"),
        ("{found@laptop:table-1:poisson-ratio/mae}", "0.0288 ± 0.0007"),
        ("{found@laptop:table-1:poisson-ratio/mae:retrained}", "0.0288 ± 0.0007"),
        ("{found@laptop:table-1:bulk-modulus/mae}", "0.0527 log₁₀(GPa)"),
        ("{found@laptop:beyond-twins:share}", "12.50 %"),
        ("{n@laptop:table-1:poisson-ratio/mae}", "5,713"),
        ("{verdict:table-1:formation-energy/mae}", "not comparable"),
        ("{verdict@laptop:table-1:poisson-ratio/mae}", "reaches"),
        ("{finding:figure-s4f}", "Poisson ratio, MAE: 0.0288 against the printed 0.030."),
        (r"$\frac{1}{2}$ stays, and so does {this}", r"$\frac{1}{2}$ stays, and so does {this}"),
    ],
)
def test_a_reference_becomes_what_it_names(text: str, filled: str) -> None:
    assert fill(f"Here: {text}!", PAPER, RUNS, "reduced").replace(NO_BREAK, " ") == f"Here: {filled}!"


def test_the_tally_is_over_the_whole_paper() -> None:
    total = sum(value.role == "result" for _, value in PAPER.values())
    assert fill("{tally}", PAPER, RUNS, "reduced") == (
        f"Of {total} printed results 4 have one of ours beside them: 2 agree, come close or are better, 1 do not, and 1 can't be compared."
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "{fond:table-1:formation-energy/mae}",
            "{fond:table-1:formation-energy/mae} names nothing: .* begins with printed, found, .* or tally",
        ),
        ("{found@full:table-1:formation-energy/mae}", "there is no run 'full'; there are reduced, laptop"),
        ("{found:table-9:mae}", "no exhibit 'table-9'"),
        ("{found:table-1:formation/mae}", "no value 'formation/mae'; did you mean formation-energy/mae"),
        ("{found:table-1:band-gap/mae}", "the run 'reduced' has no such result; record it before the text names it"),
        ("{found@laptop:table-1:poisson-ratio/mae:rebuilt}", "has no such result at level 'rebuilt'"),
        ("{verdict:table-1:formation-energy/training-crystals}", "it is no result of the paper, so it has no verdict"),
        ("{printed:beyond-twins:share}", "the paper prints nothing of what is ours"),
        ("{n@laptop:table-1:bulk-modulus/mae}", "no number of crystals was recorded"),
        ("{finding:table-9}", "no exhibit 'table-9'"),
    ],
)
def test_a_reference_that_names_nothing_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(BadInputError, match=words) as error:
        fill(text, PAPER, RUNS, "reduced")
    assert "\n" not in str(error.value)


def test_a_value_found_at_two_levels_needs_its_level() -> None:
    value = {"exhibit": "text-elasticity", "value_id": "new-crystals/bulk-modulus/mae", "unit": "log10(GPa)"}
    both = (results.make(level="retrained", value=0.08, **value), results.make(level="re-analysed", value=0.07, **value))
    runs = {"laptop": Results(notebook="cgcnn", profile="laptop", results=both)}
    name = "found:text-elasticity:new-crystals/bulk-modulus/mae"
    assert fill(f"{{{name}:re-analysed}}", PAPER, runs, "laptop").replace(NO_BREAK, " ") == "0.0700 log₁₀(GPa)"
    with pytest.raises(BadInputError, match="has 2 such results; end the reference with :re-analysed or another of its levels"):
        fill(f"{{{name}}}", PAPER, runs, "laptop")
