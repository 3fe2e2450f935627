"""The layers of ESNet, counted by hand where a hand can, and in all as the paper prints them."""

from recryst.chapters.esnet import network
from recryst.chapters.esnet.network import Count
from recryst.report import published


def test_layers_have_the_parameters_that_one_counts_by_hand() -> None:
    # twenty energies of nine orbitals in each of 64 kernels, and as many biases
    assert network.convolution(20, 9, 64) == Count(20 * 9 * 64 + 64)
    assert network.dense(3, 2) == Count(8)
    # scale and shift; mean and variance
    assert network.normalisation(64) == Count(128, 128)
    # 64 to 8 and back, 520 + 576, and 7 times 2
    assert network.attention(64) == Count(1110)


def test_a_unit_has_a_shortcut_where_its_width_changes() -> None:
    # twice 3 * 64 * 64 + 64, twice 128, and the attention
    assert network.unit(64, 64) == Count(2 * 12352 + 2 * 128 + 1110, 2 * 128)
    # 3 * 64 * 128 + 128, 3 * 128 * 128 + 128, twice 256, attention of 128 to 16 and back, and the shortcut with its normalisation
    attention = (128 * 16 + 16) + (16 * 128 + 128) + 14
    assert network.unit(64, 128) == Count(24704 + 49280 + 2 * 256 + attention + (64 * 128 + 128) + 256, 3 * 256)


def test_all_parts_together_have_as_many_as_printed() -> None:
    paper = published.load("esnet")
    found = network.parameter_results().set_index("value_id")["value"]
    for name in ("parameters", "trainable-parameters"):
        assert found[name] == int(paper.value("text-network", name).shown)


def test_the_printed_vector_of_elements_does_not_give_that_number() -> None:
    paper = published.load("esnet")
    total, trainable = (int(paper.value("text-network", name).shown) for name in ("parameters", "trainable-parameters"))
    places, embedded = (
        int(paper.value("text-features", "composition/length").shown),
        int(paper.value("text-network", "composition/units").shown),
    )
    for one in ((places, embedded), (places, network.EMBEDDED), (network.PLACES, embedded)):
        sums = network.parts(*one)[["parameters", "trainable"]].sum()
        assert sums["parameters"] != total
        # what is not trained is the same whatever the vector
        assert sums["parameters"] - sums["trainable"] == total - trainable
