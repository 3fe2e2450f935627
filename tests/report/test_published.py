"""The rules that the files of printed values obey, and what is said when one breaks them."""

from decimal import Decimal

import pytest

from recryst.errors import BadInputError
from recryst.report import published

GOOD = """
paper: demo
name: Demo
title: A paper
authors: [A. Author]
journal: Journal
year: 2018
exhibits:
  - id: table-1
    kind: table
    title: Errors
    source: Table I
    defaults: {unit: eV, better: lower, close: 10 %}
    values:
      - {id: gap/mae, value: 0.530, split: test, source: "Table I, row 1"}
      - {id: gap/best, value: 0.30, close: 0.02, source: "Table I, row 2", contradicts: ["figure-1:band"]}
  - id: figure-1
    kind: figure
    title: A figure without numbers of its own
    source: Fig. 1
    see: ["table-1:gap/mae"]
    values:
      - {id: band, type: interval, role: reference, value: [0.081, 0.136], source: caption}
      - {id: grows, type: statement, value: yes, source: text, quote: It grows.}
errata:
  - {id: typo, source: Table I, printed: 1, finding: It is 2.}
departures:
  - {id: data, paper: all, ours: some, why: The rest is gone.}
"""


def test_printed_digits_and_shared_fields_survive() -> None:
    paper = published.parse(GOOD, "demo.yml")
    mae = paper.exhibit("table-1").value("gap/mae")
    assert mae.shown == "0.530"
    assert mae.numbers == (Decimal("0.530"),)
    assert mae.numbers[0].as_tuple().exponent == -3
    assert (mae.unit, mae.better, str(mae.close)) == ("eV", "lower", "10 %")
    best = paper.value("table-1", "gap/best")
    assert best.shown == "0.30"
    assert str(best.close) == "0.02"  # its own, not the shared one
    assert paper.value("figure-1", "band").shown == "0.081–0.136"
    assert mae.name == "gap, MAE"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("value: 0.530", "value: 0.53O", ["demo.yml, exhibit table-1, value gap/mae: '0.53O' is no number"]),
        ("value: 0.530", "value: .inf", ["value gap/mae", "is no number"]),
        ("value: 0.530", "value: [0.5, 0.6]", ["value gap/mae", "not a list"]),
        ("value: 0.530, ", "", ["exhibit table-1, value gap/mae, field value: this field is missing"]),
        ("close: 0.02", "close: about", ["exhibit table-1, value gap/best, field close", "'about' is no tolerance"]),
        ("better: lower", "better: smaller", ["exhibit table-1, value gap/mae, field better", "not 'smaller'"]),
        ("split: test", "split: testing", ["field split", "not 'testing'"]),
        ("split: test", "spilt: test", ["value gap/mae, field spilt: there is no such field"]),
        (", better: lower", "", ["value gap/mae: a printed result needs 'better'"]),
        ("id: gap/best", "id: gap/mae", ["exhibit table-1: the value id 'gap/mae' occurs more than once"]),
        ("id: figure-1", "id: table-1", ["the exhibit id 'table-1' occurs more than once"]),
        ("id: figure-1", "id: Figure 1", ["exhibit Figure 1, field id"]),
        ("kind: table", "kind: list", ["exhibit table-1, field kind"]),
        ('see: ["table-1:gap/mae"]', 'see: ["table-1:mae"]', ["exhibit figure-1 names 'table-1:mae', which does not exist"]),
        ('contradicts: ["figure-1:band"]', 'contradicts: ["figure-9:band"]', ["exhibit table-1 names 'figure-9:band'"]),
        ("[0.081, 0.136]", "[0.136, 0.081]", ["value band: an interval has two ends, the lower one first"]),
        ("[0.081, 0.136]", "0.081", ["value band: a value of type interval is written as a list"]),
        ("value: yes", "value: true", ["value grows: a statement has the value yes or no"]),
        (", quote: It grows.", "", ["value grows: a statement has the value yes or no, and a quote"]),
        ("split: test", "rule: it is small", ["value gap/mae: only a statement has a rule by which it is answered"]),
        ("year: 2018", "year: last", ["demo.yml, field year"]),
        ("title: A paper\n", "", ["demo.yml, field title: this field is missing"]),
        ("title: A paper\n", "title: A paper\ntitle: B\n", ["demo.yml is not valid YAML (line 5)", "the key 'title' occurs twice"]),
        ("authors: [A. Author]", "authors: [A. Author", ["demo.yml is not valid YAML"]),
        ("exhibits:", "exhibit:", ["demo.yml needs a list 'exhibits'"]),
        ("finding: It is 2.", "why: x", ["erratum typo, field finding: this field is missing"]),
        ("why: The rest is gone.", "why: ''", ["departure data, field why"]),
        ("defaults: {unit: eV, better: lower, close: 10 %}", "defaults: [eV]", ["exhibit table-1: 'defaults' holds fields"]),
    ],
)
def test_a_broken_file_is_one_sentence_with_file_exhibit_and_field(old: str, new: str, words: list[str]) -> None:
    assert old in GOOD
    with pytest.raises(BadInputError) as error:
        published.parse(GOOD.replace(old, new, 1), "demo.yml")
    for word in words:
        assert word in str(error.value)
    assert "\n" not in str(error.value)


def test_unknown_names_are_met_with_similar_ones() -> None:
    paper = published.parse(GOOD, "demo.yml")
    with pytest.raises(BadInputError, match="no exhibit 'table-2'; did you mean table-1"):
        paper.exhibit("table-2")
    with pytest.raises(BadInputError, match="no value 'gap/maee'; did you mean gap/mae"):
        paper.exhibit("table-1").value("gap/maee")
    with pytest.raises(BadInputError, match=r"No printed values of 'cgnn' are here; there are .*cgcnn"):
        published.load("cgnn")


def test_every_paper_here_is_sound() -> None:
    assert "cgcnn" in published.names()
    for paper in published.names():
        assert published.load(paper).paper == paper


def test_a_single_number_can_be_asked_for() -> None:
    paper = published.parse(GOOD, "demo.yml")
    assert paper.value("table-1", "gap/mae").number == Decimal("0.53")
    with pytest.raises(BadInputError, match=r"'band' is printed as 0\.081–0\.136, which is no single number"):
        paper.value("figure-1", "band").number  # noqa: B018
    assert paper.referred("table-1:gap/mae") is paper.value("table-1", "gap/mae")
