"""Model cards: numbers come from results, every model has a card, and what a card says of a network is true of it."""

import json
from pathlib import Path
from typing import get_args

import pytest
import yaml

from recryst import prediction
from recryst.datasets import published_models
from recryst.errors import BadInputError
from recryst.report import cards, published, results
from recryst.report.cards import Family, Model
from recryst.storage import PROJECT
from recryst.training.configuration import Configuration

FILES = sorted((PROJECT / "book" / "models").glob("*.yml"))
FAMILIES = {path.stem: cards.load(path) for path in FILES}
MODELS = [model for family in FAMILIES.values() for model in family.models]
PRINTED_OR_FOUND = {"label": "MAE", "printed": "table-1:formation-energy/mae", "found": "beyond-published-models:formation-energy/mae"}


def a_model(**changes: object) -> Model:
    about = {
        "id": "cgcnn/formation-energy-per-atom",
        "name": "Formation energy",
        "kind": "published",
        "predicts": "Formation energy",
        "unit": "eV/atom",
        "network": {},
        "parameters": 1,
        "scores": [{**PRINTED_OR_FOUND, "level": "re-analysed"}],
        "limits": ["some"],
    }
    return Model.model_validate({**about, **changes})


def a_run(profile: str, *found: results.Result) -> results.Results:
    return results.Results(notebook="cgcnn", profile=profile, results=found)


def an_error(value: float, exhibit: str = "beyond-published-models", level: str = "re-analysed", **more: object) -> results.Result:
    return results.make(exhibit=exhibit, value_id="formation-energy/mae", level=level, value=value, unit="eV/atom", **more)


def test_a_score_stands_beside_every_run_that_recorded_it_at_its_level() -> None:
    first = a_run(
        "laptop", an_error(0.03, n=7, interval=(0.02, 0.04), not_comparable="seen", caveat="few"), an_error(9.0, level="retrained")
    )
    table = cards.scores(a_model(), published.load("cgcnn"), [first, a_run("full", an_error(0.02)), a_run("other")])
    assert table[["label", "printed", "source", "value", "profile"]].to_numpy().tolist() == [
        ["MAE", "0.039", "Table I, row 1", 0.03, "laptop"],
        ["MAE", "0.039", "Table I, row 1", 0.02, "full"],
    ]
    assert table.loc[0, ["low", "high", "n", "note"]].tolist() == [0.02, 0.04, 7, "seen; few"]


def test_a_score_of_which_no_run_has_any_shows_what_is_printed() -> None:
    (row,) = cards.scores(a_model(), published.load("cgcnn"), []).to_dict("records")
    assert (row["printed"], row["value"], row["profile"], row["unit"]) == ("0.039", None, None, "eV/atom")


def test_a_score_of_a_value_that_the_paper_does_not_print_is_refused() -> None:
    for score in ({"printed": "table-1:formation-energy/mad"}, {"found": "table-1:formation-energy/mad"}):
        with pytest.raises(BadInputError, match="no value 'formation-energy/mad'; did you mean formation-energy/mae"):
            cards.scores(a_model(scores=[{"label": "MAE", "level": "retrained", **score}]), published.load("cgcnn"), [])


def test_a_population_is_the_largest_that_was_counted() -> None:
    family = FAMILIES["cgcnn"].model_copy(update={"population": ("text-database:elements",)})
    small, large = (
        results.make(exhibit="text-database", value_id="elements", level="re-analysed", value=value, n=n)
        for value, n in ((8, 134), (87, 36382))
    )
    table = cards.population(family, published.load("cgcnn"), [a_run("laptop", large), a_run("other", small)])
    assert table.to_numpy().tolist() == [["elements", "87", 87]]
    # a count that can't be compared, in other cells than the paper's, gives way however large it is
    other = large.model_copy(update={"value": 304, "not_comparable": "not all cells are primitive ones"})
    assert cards.population(family, published.load("cgcnn"), [a_run("better", other), a_run("laptop", large)])["value"].tolist() == [87]
    assert cards.population(family, published.load("cgcnn"), []).to_numpy().tolist() == [["elements", "87", None]]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"limits": []}, "limits: "),
        ({"licence": None}, "licence: "),
        ({"author": "me"}, "author: there is no such field"),
        ({"models": [{"id": "x"}]}, "models 0 name: this field is missing"),
    ],
)
def test_a_wrong_field_is_named_with_its_file(tmp_path: Path, change: dict[str, object], sentence: str) -> None:
    (tmp_path / "mine.yml").write_text(yaml.safe_dump(yaml.safe_load(FILES[0].read_text()) | change))
    with pytest.raises(BadInputError, match=rf"mine\.yml, {sentence}"):
        cards.load(tmp_path / "mine.yml")


@pytest.mark.parametrize("content", [b"paper: \xe9", b"paper: a\npaper: b\n", b"paper: [", None])
def test_a_file_that_is_no_yaml_or_not_there_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "mine.yml").write_bytes(content)
    with pytest.raises(BadInputError, match=r"mine\.yml (is not valid YAML.*: |can't be read: ).+\.$"):
        cards.load(tmp_path / "mine.yml")


@pytest.mark.parametrize("name", FAMILIES)
def test_every_score_of_a_committed_card_names_values_that_there_are(name: str) -> None:
    family: Family = FAMILIES[name]
    assert family.paper == name
    for model in family.models:
        assert len(cards.scores(model, published.load(name), [])) == len(model.scores)


def test_every_published_model_and_every_network_has_one_card() -> None:
    of_others = [model for model in prediction.models() if not model.startswith(prediction.KEPT)]  # whose cards lie beside their weights
    assert sorted(name for model in MODELS for name in model.asked_as) == sorted(of_others)
    trained = [model.id for model in MODELS if model.kind == "trained"]
    assert sorted(trained) == sorted(get_args(Configuration.model_fields["network"].annotation))
    assert all(model.network["network"] == model.id for model in MODELS if model.kind == "trained")


def test_a_card_states_how_many_numbers_its_network_learns() -> None:
    from recryst.training import networks

    counted: dict[str, int] = {}
    for model in MODELS:
        size = repr((model.network, model.target))
        if size not in counted:
            # the networks that a fusion joins have learned before it does
            joined = {"joined": "trained"} if model.network["network"] == "density-fusion" else {}
            configuration = Configuration.checked(task="embedded/formation-energy", **model.network, **joined)
            network = networks.build(configuration, model.target == "classification")
            counted[size] = sum(int(variable.numpy().size) for variable in network.trainable_variables)
        assert model.parameters == counted[size], model.id


@pytest.mark.shared
@pytest.mark.parametrize("model", [model for model in MODELS if model.kind == "published"], ids=lambda model: model.id)
def test_a_card_states_what_was_released(model: Model, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECRYST_DATA", str(shared / "data"))
    released = published_models.load(model.id.removeprefix("cgcnn/"))
    about = json.loads((shared / "data" / published_models.PACK / "models.json").read_text())[released.name]
    hyper = about["hyper"]
    assert model.target == released.kind
    assert model.recipe == {
        "training crystals": hyper["train_size"],
        "validation crystals": hyper["val_size"],
        "test crystals": hyper["test_size"],
        "epochs": hyper["epochs"],
        "epoch of these weights": about["epoch"],
        "learning rate": hyper["lr"],
        "batch size": hyper["batch_size"],
    }
    assert [model.network[name] for name in ("units", "convolutions", "hidden_units", "hidden_layers")] == [
        hyper[name] for name in ("atom_fea_len", "n_conv", "h_fea_len", "n_h")
    ]
    learned = {name: array for name, array in released.weights.items() if "running" not in name and "num_batches" not in name}
    assert model.parameters == sum(array.size for array in learned.values())
