"""What the ESNet chapter says of its built network, against what is printed and what one counts by hand."""

import pytest

from recryst.chapters.esnet import network
from recryst.report import published


@pytest.fixture(scope="module")
def built():
    return network.build()


def test_the_built_network_has_what_is_printed_but_for_the_elements(built) -> None:
    paper = published.load("esnet")
    found = network.network_results(built).set_index(["exhibit", "value_id"])["value"]
    printed = {key: paper.value(*key).value for key in found.index}
    found = found.replace({True: "yes"})
    differs = {key: (found[key], printed[key]) for key in found.index if str(printed[key]) != str(found[key])}
    assert differs == {("text-network", "composition/units"): (64, "50"), ("text-features", "composition/length"): (111, "110")}


def test_the_printed_vector_of_elements_does_not_give_the_printed_number_of_parameters(built) -> None:
    paper = published.load("esnet")
    printed = {name: int(paper.value("text-network", name).shown) for name in ("parameters", "trainable-parameters")}
    not_trained = printed["parameters"] - printed["trainable-parameters"]
    for places, embedded in ((110, 50), (110, 64), (111, 50)):
        sums = network.parts(network.build(places, embedded))[["parameters", "of these trained"]].sum()
        assert sums["parameters"] != printed["parameters"]
        # what is not trained is the same whatever the vector
        assert sums["parameters"] - sums["of these trained"] == not_trained


def test_no_parameter_is_left_out_of_a_drawing_or_counted_twice(built) -> None:
    total = built.count_params()
    assert network.layers(built)["parameters"].sum() == network.parts(built)["parameters"].sum() == total
    unit = built.branches["up"].blocks[network.DRAWN - 1][1]
    drawn = network.unit_layers(built)
    assert drawn["parameters"].sum() == unit.count_params()
    of_attention = drawn.loc[drawn["kind"] == "attention", "parameters"].sum()
    assert network.attention_layers(built)["parameters"].sum() == of_attention


def test_drawn_shapes_are_those_of_energies_halved_five_times(built) -> None:
    drawn = network.layers(built).set_index("name")["shape"]
    # 1500 energies at every second one, then halved before each block; an odd one out at the end is kept
    expected = ["1500 × 9", "750 × 64", "375 × 64", "188 × 128", "94 × 256", "47 × 512"]
    assert drawn[[name for name in drawn.index if name.endswith("spin down")]].tolist() == expected
    assert drawn["convolution over both spins"] == "47 × 512"


def test_the_shortcut_of_the_drawn_unit_starts_at_its_input_and_ends_in_the_sum(built) -> None:
    inputs = network.unit_layers(built).set_index("name")["inputs"]
    assert inputs["shortcut convolution"] == inputs["convolution 1"] == "input of the unit"
    assert inputs["sum and ReLU"] == "attention over energies, shortcut batch normalisation"
