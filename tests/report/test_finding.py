"""The sentence below an exhibit's title, on tables of printed and found values made by hand."""

import pandas as pd
import pytest

from recryst.notation import NO_BREAK
from recryst.report import comparison, published, results
from recryst.report.finding import NOTHING_FOUND, NOTHING_TO_JUDGE, finding, tally, telling
from recryst.report.results import Results


def plain(sentence: str) -> str:
    """With spaces at which a line may end."""
    return sentence.replace(NO_BREAK, " ")


def rows(*given: tuple) -> pd.DataFrame:
    """Rows (label, printed, found, verdict), each a value of its own; what else a row may hold follows as a dict."""
    table = []
    for label, printed, found, verdict, *more in given:
        row = dict.fromkeys(comparison.COLUMNS)
        row |= {
            "exhibit": "table-1",
            "value_id": label,
            "label": label,
            "role": "result",
            "printed": printed,
            "source": "Table I",
            "unit": "eV",
        }
        row |= {"profile": "laptop", "level": "retrained", "value": found, "verdict": verdict, "reason": "few crystals."}
        row |= more[0] if more else {}
        table.append(row)
    return pd.DataFrame(table, columns=list(comparison.COLUMNS), dtype=object).astype({"n": "Int64", "spread": float})


@pytest.mark.parametrize(
    ("table", "sentence", "verdict"),
    [
        (rows(("Gap", "0.039", 0.123, "falls short")), "Gap: 0.1230 against the printed 0.039 eV.", "falls short"),
        (rows(("Gap", "0.039", 0.0371, "reaches")), "Gap: 0.0371 against the printed 0.039 eV.", "reaches"),
        (rows(("Gap", "3", -4.0, "close")), "Gap: −4.0 against the printed 3 eV.", "close"),
        (
            rows(("Gap", "0.039", 0.123, "not comparable")),
            "Few crystals: Gap (0.1230 beside the printed 0.039 eV).",
            "not comparable",
        ),
        (rows(("Atoms", "8", 8, "matches")), "Atoms: 8 eV, as printed.", "matches"),
        (rows(("The curve falls", "yes", False, "falls short")), "The curve falls: no, where the paper says yes.", "falls short"),
        (rows(("The curve falls", "yes", True, "reaches")), "The curve falls: yes, as the paper says.", "reaches"),
        (rows(("Gap", "0.039", None, None)), NOTHING_FOUND, ""),
        (rows(("Gap", "0.039", 0.04, None, {"role": "setting"})), NOTHING_TO_JUDGE, ""),
        (rows(), "The paper prints no number here.", ""),
    ],
)
def test_one_value(table: pd.DataFrame, sentence: str, verdict: str) -> None:
    found = finding(table)
    assert (plain(found.sentence), found.verdict) == (sentence, verdict)


@pytest.mark.parametrize(
    ("table", "sentence", "verdict"),
    [
        (rows(("A", "1", 1, "matches"), ("B", "2", 2, "matches")), "Both values match.", "matches"),
        (rows(*((name, "1", 1, "matches") for name in "ABC")), "All 3 values match.", "matches"),
        (rows(("A", "yes", True, "matches"), ("B", "yes", True, "matches")), "Both statements hold.", "matches"),
        (rows(("A", "1", 1, "matches"), ("B", "2", 2.0, "reaches")), "Both values agree with the paper.", "matches"),
        (
            rows(("A", "1", 1.0, "reaches"), ("Errors are large", "yes", False, "surpasses"), ("B", "2", 1.5, "surpasses")),
            "1 of 3 values reaches what is printed. The other 2 surpass what is printed: Errors are large (no, where the paper says yes); "
            "B (1.5 against the printed 2 eV).",
            "reaches",
        ),
        (
            rows(("A", "18", 19, "differs"), ("B", "9", 7, "differs"), *((name, "1", 1, "matches") for name in "CDEFGHI")),
            "2 of 9 values differ: A (19 against the printed 18 eV); B (7 against the printed 9 eV). The other 7 match.",
            "differs",
        ),
        (
            rows(*((name, "1", 2, "differs") for name in "ABC"), ("D", "1", None, None)),
            "3 of 4 values differ: A (2 against the printed 1 eV); B (2 against the printed 1 eV); and 1 more. "
            "The other is not reproduced yet.",
            "differs",
        ),
        (
            rows(("A", "1", 1, "reaches"), ("B", "1", 2, "not comparable"), ("C", "1", 2, "close")),
            "1 of 3 values comes close: C (2 against the printed 1 eV). Another reaches what is printed. "
            "The other can't be compared (few crystals).",
            "not comparable",
        ),
        (
            rows(("A", "1", 1, "differs"), ("B", "1", 2, "falls short")),
            "Both values are not as printed: A (1 against the printed 1 eV); B (2 against the printed 1 eV).",
            "differs",
        ),
        (
            rows(("A", "1", 2, "not comparable"), ("B", "1", 3, "not comparable", {"reason": "another target"})),
            "Not comparable: A (2 beside the printed 1 eV); B (3 beside the printed 1 eV).",
            "not comparable",
        ),
    ],
)
def test_several_values(table: pd.DataFrame, sentence: str, verdict: str) -> None:
    found = finding(table)
    assert (plain(found.sentence), found.verdict) == (sentence, verdict)


def test_a_reason_within_a_sentence_begins_small_but_for_names() -> None:
    for reason, inside in (("Only 2 crystals", "only 2 crystals"), ("PBE gaps", "PBE gaps"), ("Fermi levels of 3", "Fermi levels of 3")):
        table = rows(("A", "1", 1, "matches"), ("B", "1", 2, "not comparable", {"reason": reason}))
        assert finding(table).sentence == f"1 of 2 values matches. The other can't be compared ({inside})."


def test_of_two_fair_comparisons_the_one_against_the_paper_counts() -> None:
    table = rows(("A", "1", 1, "matches", {"level": "re-analysed"}), ("A", "1", 3, "falls short"))
    assert plain(finding(table).sentence) == "A: 3 against the printed 1 eV."


def test_a_reduced_run_does_not_hide_a_larger_one() -> None:
    reduced = ("A", "1", 9, "not comparable", {"profile": "reduced", "n": 24})
    assert finding(rows(reduced, ("A", "1", 1, "reaches", {"n": 4168}))).verdict == "reaches"
    # where none is fair, the one with most crystals is told; without numbers of crystals the later one, which is a stored run's
    assert [row["value"] for row in telling(rows(("A", "1", 2, "not comparable", {"n": 4168}), reduced))] == [2]
    told = telling(rows(("A", "yes", False, "not comparable", {"profile": "reduced"}), ("A", "yes", True, "not comparable")))
    assert [row["profile"] for row in told] == ["laptop"]


def test_the_larger_run_is_told_and_no_level_hides_another() -> None:
    better = ("A", "0.054", 0.044, "surpasses", {"profile": "better"})
    laptop = ("A", "0.054", 0.0527, "reaches")
    for table in (rows(better, laptop), rows(laptop, better)):
        assert plain(finding(table).sentence) == "A: 0.0440 against the printed 0.054 eV."
    assert finding(rows(better, ("A", "0.054", 0.1, "differs", {"level": "re-analysed"}))).verdict == "differs"


def test_an_exhibit_of_a_lost_supplement_says_so_where_it_has_nothing_else_to_say() -> None:
    assert finding(rows(), available=False).sentence == (
        "In the supplement, which is not available; the main text prints none of its numbers."
    )
    # a sentence that is also quoted elsewhere begins with what was found
    assert finding(rows(("A", "1", None, None)), available=False).sentence == NOTHING_FOUND


def test_the_tally_counts_each_value_once() -> None:
    table = rows(("A", "1", 1, "matches"), ("B", "1", 2, "differs"), ("C", "1", 2, "not comparable"), ("D", "1", None, None))
    assert tally(pd.concat([table, table])) == (
        "Of 4 printed results 3 have one of ours beside them: 1 agree, come close or are better, 1 do not, and 1 can't be compared."
    )


def test_every_exhibit_of_every_paper_has_a_sentence() -> None:
    for name in published.names():
        paper = published.load(name)
        shown = comparison.findings(paper, [Results(notebook=name, profile="reduced")])
        assert len(shown) == len(paper.exhibits)
        for sentence in shown["finding"]:
            assert sentence.endswith(".")
            assert sentence[0].isupper()
        assert (shown["verdict"] == "").all()


def test_findings_speak_of_recorded_results() -> None:
    found = results.make(exhibit="table-1", value_id="poisson-ratio/mae", level="retrained", value=0.0288, split="test")
    shown = comparison.findings(published.load("cgcnn"), [Results(notebook="cgcnn", profile="laptop", results=(found,))])
    by_id = shown.set_index("exhibit")
    assert by_id.loc["table-1", "verdict"] == "reaches"
    # a panel that only refers to the value in Table I shows it too
    assert by_id.loc["figure-s4f", "finding"] == "Poisson ratio, MAE: 0.0288 against the printed 0.030."
