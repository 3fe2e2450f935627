"""A second reading of what the voxel CNN paper prints: entries against the text, and the text against the entries."""

import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from paper_text import NUMBER, plain, rows, stands_in, texts

from recryst.report import published
from recryst.report.printed import Paper

# numbers of the text that belong to no exhibit: addresses, awards, citations such as [18–25]
ELSEWHERE = {"2095", "842", "60607", "2119308", "1828265", "18", "25", "38", "44", "47", "48", "51"}


@pytest.fixture(scope="module")
def paper() -> Paper:
    return published.load("voxel_cnn")


@pytest.fixture(scope="module")
def raw(shared: Path) -> str:
    """The paper without its list of references, which stands between the text and the table and captions."""
    text = (shared / "papers" / "voxel-cnn.txt").read_text(encoding="utf-8")
    before, _, after = text.partition("## REFERENCES")
    return before + "\n".join(line for line in after.splitlines() if not re.match(r"- \[\d+\]|- vol\.", line))


@pytest.fixture(scope="module")
def text(raw: str) -> str:
    return plain(raw)


@pytest.mark.shared
def test_every_number_stands_in_the_paper(paper: Paper, text: str) -> None:
    missing = [
        f"{exhibit.id} {value.id}: {token}"
        for exhibit, value in paper.values()
        if value.type in ("number", "interval", "list")
        for token in ([plain(value.printed)] if value.printed else texts(value))
        if not (stands_in(token, text) or (not NUMBER.fullmatch(token) and token in text))
    ]
    assert missing == []


@pytest.mark.shared
def test_every_text_and_every_quotation_stands_in_the_paper(paper: Paper, text: str) -> None:
    for exhibit, value in paper.values():
        if value.type == "text":
            assert plain(value.shown) in text, (exhibit.id, value.id)
        if value.quote:
            assert plain(value.quote) in text, (exhibit.id, value.id)


@pytest.mark.shared
def test_every_number_of_the_paper_has_its_place(paper: Paper, text: str) -> None:
    placed = {
        number
        for _, value in paper.values()
        for words in (*texts(value), value.printed or "", value.quote or "")
        for number in (words, *NUMBER.findall(plain(words)))
    }
    assert set(NUMBER.findall(text)) - placed == ELSEWHERE


@pytest.mark.shared
def test_every_supplement_that_the_text_names_is_here(paper: Paper, raw: str) -> None:
    figures = set(re.findall(r"Supplementary Figures? S(\d+)", raw)) | {"7"}  # "Supplementary Figures S6 and S7"
    first_and_last = [tuple(map(int, span)) for span in re.findall(r"Supplementary Tables S(\d)-S(\d)", raw)]
    tables = set(re.findall(r"Supplementary Table S(\d)", raw)) | {str(n) for low, high in first_and_last for n in range(low, high + 1)}
    assert figures == {str(number) for number in range(1, 12)}
    assert tables == {str(number) for number in range(1, 9)}
    assert _numbers(paper, "figure", available=False) == figures
    assert _numbers(paper, "table", available=False) == tables


@pytest.mark.shared
def test_every_caption_has_its_exhibit(paper: Paper, raw: str) -> None:
    assert _numbers(paper, "figure", available=True) == set(re.findall(r"FIG\. (\d)\.", raw)) == set("1234567")
    assert _numbers(paper, "table", available=True) == {"1"}
    assert re.findall(r"TABLE (\w+)\.", raw) == ["I"]


@pytest.mark.shared
def test_table_1_column_by_column(paper: Paper, raw: str) -> None:
    head, errors = rows(raw, "\tShallow CNN (this work)")
    assert errors[0] == "MAE (eV per atom)"
    keys = [name.removesuffix("(this work)").strip().lower().replace(" ", "-") for name in head[1:]]
    table = paper.exhibit("table-1")
    assert {key: table.value(f"{key}/mae").shown for key in keys} == dict(zip(keys, errors[1:], strict=True))
    own = [name.endswith("(this work)") for name in head[1:]]
    assert [table.value(f"{key}/mae").role == "result" for key in keys] == own


@pytest.mark.shared
def test_the_quarters_in_order(paper: Paper, raw: str) -> None:
    sentence = raw[raw.index("four equally populated subsets") :]
    ranges = re.findall(r"\[(-[\d.]+),(-?[\d.]+)\)", sentence)[:4]
    errors = re.search(r"MAEs of ([\d.]+), ([\d.]+), ([\d.]+), and ([\d.]+) eV", sentence)
    assert errors is not None
    for number, (span, error) in enumerate(zip(ranges, errors.groups(), strict=True), start=1):
        assert paper.value("figure-2b", f"quarter-{number}/range").value == span
        assert paper.value("figure-2b", f"quarter-{number}/mae").shown == error


@pytest.mark.shared
def test_carbides_nitrides_and_fluorides_in_order(paper: Paper, raw: str) -> None:
    own = re.search(r"carbides, nitrides, and fluorides .*? values of ([\d.]+), ([\d.]+), and ([\d.]+) eV", raw)
    average = re.search(r"containing C, N, and F .*? values of ([\d.]+), ([\d.]+), and ([\d.]+) eV", raw)
    assert own is not None
    assert average is not None
    table = paper.exhibit("table-s2")
    assert tuple(table.value(f"{name}/mae").shown for name in ("carbides", "nitrides", "fluorides")) == own.groups()
    assert tuple(table.value(f"{name}/average-mae").shown for name in ("carbon", "nitrogen", "fluorine")) == average.groups()


def test_supplements_that_are_not_at_hand_say_where_their_values_stand(paper: Paper) -> None:
    for exhibit in paper.exhibits:
        if not exhibit.available:
            assert exhibit.source.startswith("Supplement, ")
            assert exhibit.values or exhibit.note or exhibit.see, exhibit.id
        assert not any(value.source.startswith("Supplement") for value in exhibit.values)  # nothing was read in it


def test_sums_that_the_text_rests_on(paper: Paper) -> None:
    def number(exhibit: str, value: str) -> Decimal:
        return paper.value(exhibit, value).number

    crystals = number("text-data", "crystals")
    assert round(crystals * number("text-data", "training-share") / 100) - number("text-data", "excluded-from-training") == 74445
    assert sum(number("text-data", f"{part}-share") for part in ("training", "validation", "test")) == 100
    # Decimal keeps printed digits: four equal parts average to the printed error of the test set
    quarters = [number("figure-2b", f"quarter-{part}/mae") for part in range(1, 5)]
    assert abs(sum(quarters) / 4 - number("figure-s7", "ensemble/median")) < Decimal("0.0005")
    assert round(number("figure-s7", "ensemble/median"), 3) == number("figure-2a", "test/mae") == number("table-1", "deep-cnn/mae")
    assert round(17 / 32 * 3**0.5, 2) == float(number("text-representation", "diagonal"))
    assert round(50**0.5) == paper.value("figure-s6", "spread-ratio").numbers[1]  # independent images


def test_the_network_adds_up(paper: Paper) -> None:
    network, layers = paper.exhibit("text-network"), paper.exhibit("figure-s11")

    def number(value: str) -> int:
        return int(layers.value(value).number)

    blocks = [number(f"segment-{segment}/blocks") for segment in (1, 2, 3)]
    assert sum(blocks) == int(network.value("skip-connections").number) == int(paper.value("figure-1", "residual-blocks").number)
    assert 1 + number("convolutions-in-a-block") * sum(blocks) == int(network.value("convolutions").number)
    before = [1 + 2 * sum(blocks[: segment + 1]) for segment in range(3)]
    assert before == [int(paper.value("figure-1", f"{place}-pooling").number) for place in ("first", "second", "third")]
    assert [number(f"segment-{segment}/image") for segment in (1, 2, 3)] == [32 // 2, 32 // 4, 32 // 8]
    assert number("flattened") == number("segment-3/image") ** 3 * number("segment-3/channels")
    # weights and biases, counted by hand: convolutions of 3 x 3 x 3, blocks at 32, 64 and 128 channels, then 16-16-1
    first = 27 * 3 * 32 + 32
    convolutions = sum(2 * count * (27 * width * width + width) for count, width in zip(blocks, (32, 64, 128), strict=True))
    dense = (8192 * 16 + 16) + (16 * 16 + 16) + (16 + 1)
    assert first + convolutions + dense == int(network.value("parameters").number)


def test_the_example_of_two_orders(paper: Paper) -> None:
    hulls = paper.exhibit("text-hulls")
    first, second = (np.array([int(number) for number in hulls.value(f"example/{name}").numbers]) for name in ("first", "second"))
    moved = int((first != second).sum())
    inversions = sum(second[i] > second[j] for i in range(3) for j in range(i + 1, 3))
    assert (moved, inversions) == (
        int(hulls.value("example/positional-distance").number),
        int(hulls.value("example/adjacency-distance").number),
    )
    # the erratum: by that reading no more samples can be out of place than there are
    molybdenum, nitrogen = paper.exhibit("table-s8"), paper.exhibit("table-s5")
    assert molybdenum.value("molybdenum/positional-distance").number > molybdenum.value("molybdenum/crystals").number
    assert nitrogen.value("nitrogen/positional-distance").number <= nitrogen.value("nitrogen/crystals").number


@pytest.mark.shared
def test_errata_that_the_released_predictions_show(paper: Paper, shared: Path) -> None:
    import pandas as pd

    table = pd.read_parquet(shared / "data" / "xie_spp" / "xie_predictions.parquet")
    assert len(table) == 124_022
    assert int(paper.value("text-data", "crystals").number) - len(table) == 15_345
    test = table[table["xie_split"] == "test"]
    errors = (test["xie_e_form_pred"] - test["xie_e_form"]).astype(float)
    assert round(errors.median(), 4) == 0.0034
    assert round(errors.mean(), 4) == -0.0029
    assert round(errors.skew(), 1) == -3.6


def _numbers(paper: Paper, kind: str, *, available: bool) -> set[str]:
    """Numbers of the exhibits without the letter of their panel."""
    return {
        re.sub(r"^(s?)(\d+)[a-z]?$", r"\2", exhibit.id.partition("-")[2])
        for exhibit in paper.exhibits
        if exhibit.kind == kind and exhibit.available == available
    }
