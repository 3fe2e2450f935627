"""Numbers in prose: what counts as one, where it may come from, and that the book's own pages hold no other."""

from pathlib import Path

import nbformat
import pytest

from recryst import storage
from recryst.book import number_sources, passages, typed_numbers
from recryst.book.number_sources import Phrase
from recryst.errors import BadInputError

v4 = nbformat.v4


def test_no_number_on_a_page_of_the_book_comes_from_nowhere() -> None:
    pages = passages.pages()
    assert {path.stem for path in pages} >= {"intro", "references", "cgcnn", "real-data"}
    allowed = number_sources.read(number_sources.listed())
    assert "\n".join(typed_numbers.faults(pages, allowed, storage.PROJECT)) == ""


def found(tmp_path: Path, text: str, *phrases: Phrase) -> list[str]:
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    return typed_numbers.faults([tmp_path / "page.md"], {"page.md": phrases}, tmp_path)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("The error is 0.039 eV/atom.", "0.039 eV/atom"),
        ("An error of 39 meV per atom.", "39 meV"),
        ("between 0.081–0.136 eV/atom", "0.081–0.136 eV/atom"),
        ("0.046 ± 0.002\neV/atom", "0.046 ± 0.002 eV/atom"),
        ("moduli of 10 and 20 GPa", "10 and 20 GPa"),
        ("a radius of 8 Å", "8 Å"),
        ("an 8-Å radius", "8-Å"),
        ("in 90 % of all cases", "90 %"),
        ("90% of them", "90%"),
        ("28,046 of its training crystals", "28,046 of its training crystals"),
        ("18,928 nearly cubic oxide perovskites", "18,928 nearly cubic oxide perovskites"),
        ("33 of 378 candidates", "33 of 378 candidates"),
        ("some 2 × 10^4 data points", "2 × 10^4 data points"),
        ("some 10^4 data points", "10^4 data points"),
        ("It took 35 seconds.", "35 seconds"),
        ("It took 3 h in the end.", "3 h"),
        ("It is 500 times faster.", "500 times"),
        ("An area under the curve of 0.95 is good.", "0.95"),
        ("The mean is $0.039$ here.", "0.039"),
        ("a gap of −1.5 is impossible", "−1.5"),
        ("> in 7 crystals\n", "7 crystals"),
        ("| CGCNN | 0.039 |", "0.039"),
        ("**0.04** is bold", "0.04"),
        ("```{note}\nOnly 12 crystals.\n```", "12 crystals"),
        ("```{image} x.png\n:alt: 7 crystals\n:width: 80 %\n```", "7 crystals"),
        ("images of 32 × 32 pixels", "32"),
        ("shown in 50 orientations", "50"),
        ("on 3,115 hulls", "3,115"),
        ("It is 0.04, see [the table](x.html#0.5).", "0.04"),
    ],
)
def test_a_number_typed_into_prose_is_found(tmp_path: Path, text: str, typed: str) -> None:
    reasons = found(tmp_path, text)
    assert [reason.split("'")[1] for reason in reasons][-1:] == [typed]


@pytest.mark.parametrize(
    "text",
    [
        "Twelve neighbours, some ten thousand crystals, two standard errors, a sum over 4 of them.",
        "Fig. 2b and Table 3, Eq. 4 crystals, Section 2.3, Figs. 1, 2 and 3, Table S4 values.",
        "Physical Review Letters 120, 145301 (2018); J. Appl. Phys. 12(3), e45-e47 (1999); Nature 3 (2020)",
        "Python 3.11 and 3.12; CC BY 4.0; version 1.0.4; v0.2.0",
        "The snapshot of 2017 is not public.",
        "`recryst run -p n_train=2000` trains, `0.5 eV`",
        "```bash\nsleep 10 s  # 0.5 crystals\n```",
        "~~~\n20 crystals\n~~~",
        "```{code-block} python\nx = 0.5\n```",
        "See [here](https://doi.org/10.1103/PhysRevLett.120.145301) or https://example.org/0.5",
        'An <img src="x.png" style="width: 50 %" alt=""> image.',
        "<!-- 30 crystals -->",
        "{{ n }} crystals have {{ share }} %.",
        r"The energy is $E = \sum_i 0.5 v_i$ and $$x = 0.25 \text{ eV}$$",
        "1. First 2. second",
        "CaTiO3 and PbTiO3 crystals; H2O compounds; Fm-3m structures",
        "float32 weights; ISO-8859-1 values",
        "---\ntitle: 3 crystals\n---\nText.",
    ],
)
def test_words_names_code_addresses_and_formulas_are_let_through(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == []


def test_a_fault_names_page_and_line(tmp_path: Path) -> None:
    (reason,) = found(tmp_path, "# Title\n\n```bash\nsleep 10\n```\nIt took 10\nseconds.")
    assert reason.startswith("page.md, line 6: '10 seconds' is typed by hand")


def test_captions_labels_and_sentences_in_code_are_prose_and_what_is_computed_in_them_is_not(tmp_path: Path) -> None:
    code = (
        'report.figure("figure-1", parity, table[table["n"] > 3.5], label=f"{n} crystals at 0.5 eV", bins=60,\n'
        '              labels={"A": "the 7 crystals"}, caption="Of " + str(n) + " crystals 3 " "crystals fail.", alt="Points.")\n'
        'report.say("It was 0.04, now {found:figure-2b:eq-5/mae}, {n@laptop:table-1:x} crystals.")\n'
        'print("8 crystals")'
    )
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("Only 5 crystals."), v4.new_code_cell(code)])
    nbformat.write(notebook, tmp_path / "chapter.ipynb")
    reasons = typed_numbers.faults([tmp_path / "chapter.ipynb"], {}, tmp_path)
    assert [(reason.split(", line")[0], reason.split("'")[1]) for reason in reasons] == [
        ("chapter.ipynb, cell 1", "5 crystals"),
        ("chapter.ipynb, cell 2, label", "0.5 eV"),
        ("chapter.ipynb, cell 2, labels", "7 crystals"),
        ("chapter.ipynb, cell 2, caption", "3 crystals"),
        ("chapter.ipynb, cell 2, say", "0.04"),
    ]


PRINTED = "cgcnn table-1:formation-energy/mae"  # 0.039 eV/atom


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("an error of 0.039 eV/atom", (PRINTED,)),
        ("an error of 0.039", (PRINTED,)),
        ("0.081 to 0.136 eV/atom", ("cgcnn figure-2b:dft-against-experiment", "cgcnn figure-2b:dft-against-experiment")),
        ("90 % are binary", ("cgcnn figure-2a:elements/two-to-four",)),
        ("10^4 training crystals", ("cgcnn text-scope:training-crystals",)),
        ("9,350 test crystals", ("cgcnn figure-2b:test-crystals",)),
        ("75 % of the crystals", ("recryst.report.verdicts:COMPARABLE_SHARE",)),
        ("1,000 resamples with 0.95", ("recryst.analysis.bootstrap:RESAMPLES", "recryst.analysis.bootstrap:LEVEL")),
        ("100 training crystals", ("reduced cgcnn.n_train",)),
    ],
)
def test_a_number_that_its_source_bears_out_may_stand(tmp_path: Path, text: str, sources: tuple[str, ...]) -> None:
    assert found(tmp_path, f"There are {text}.", Phrase(text, sources)) == []


@pytest.mark.parametrize(
    ("text", "sources", "reason"),
    [
        ("an error of 0.04 eV/atom", (PRINTED,), "it says 0.04, and cgcnn table-1:formation-energy/mae is 0.039"),
        ("an error of 0.0390 eV/atom", (PRINTED,), "it says 0.0390"),
        ("an error of 0.039 eV", (PRINTED,), "it gives 0.039 in eV, and .* is in eV/atom"),
        ("an error of 39 meV/atom", (PRINTED,), "it says 39"),
        ("80 % of the crystals", ("recryst.report.verdicts:COMPARABLE_SHARE",), "it says 80, and .* is 0.75"),
        ("33 of 378 candidates", ("cgcnn text-perovskite-search:candidates",), "it holds 2 numbers .33, 378., and 1 sources"),
        ("7 crystals", ("cgcnn table-1:formation-energy/mea",), "no value 'formation-energy/mea'"),
        ("7 crystals", ("cgnn table-1:formation-energy/mae",), "No printed values of 'cgnn'"),
        ("7 crystals", ("recryst.report.verdicts:NOTHING",), "there is no recryst.report.verdicts:NOTHING"),
        ("7 crystals", ("reduced cgcnn.n_training",), "neither a printed value nor a parameter"),
    ],
)
def test_a_number_that_its_source_does_not_bear_out_is_named(tmp_path: Path, text: str, sources: tuple[str, ...], reason: str) -> None:
    (fault,) = found(tmp_path, f"There are {text}.", Phrase(text, sources))
    assert fault.startswith(f"page.md, '{text}': ")
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(fault)


def test_a_phrase_covers_only_itself_and_holds_over_a_line_break(tmp_path: Path) -> None:
    phrase = Phrase("0.039 eV/atom", (PRINTED,))
    assert found(tmp_path, "It was 0.039\neV/atom.", phrase) == []
    (reason,) = found(tmp_path, "It was 0.039 eV/atom, then 10.039 eV/atom.", phrase)
    assert "'10.039 eV/atom' is typed by hand" in reason
    assert found(tmp_path, "For 12 months.", Phrase("12 months", because="that is a year")) == []


def test_what_no_page_says_any_more_is_taken_off_the_list(tmp_path: Path) -> None:
    assert found(tmp_path, "Nothing.", Phrase("0.039 eV/atom", (PRINTED,))) == [
        "page.md does not say '0.039 eV/atom': take it off the list of numbers."
    ]
    assert typed_numbers.faults([], {"gone.md": ()}, tmp_path) == ["gone.md is in the list of numbers, and there is no such page."]


@pytest.mark.parametrize(
    "entry", ["{text: 3 crystals}", "{from: x}", "3 crystals", "{text: 3, because: x}", "{text: a, from: x, because: y}"]
)
def test_an_entry_of_another_form_is_refused(tmp_path: Path, entry: str) -> None:
    (tmp_path / "numbers.yml").write_text(f"page.md:\n  - {entry}\n")
    with pytest.raises(BadInputError, match=r"numbers\.yml, page\.md: an entry has a text, and either 'from' or 'because'"):
        number_sources.read(tmp_path / "numbers.yml")
