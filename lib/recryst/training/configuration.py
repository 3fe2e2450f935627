"""What a run is asked to do: everything that changes its result, and nothing else."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from recryst.checking import first_problem
from recryst.errors import BadInputError

OF_GRAPHS = ("graph", "atom_features", "units", "convolutions", "hidden_units", "hidden_layers", "dropout")
"""Fields that say something to networks on graphs alone."""

OF_VOXELS = ("filters", "rotation", "channels", "prediction_rotations")
"""Fields that say something to networks on voxel images alone."""

OF_DENSITIES = ("density", "density_values")
"""Fields that say something to networks on charge densities alone."""

OF_COMPOSITIONS = ("structure",)
"""Fields that say something to networks on compositions alone."""

OF_FUSION = ("composition_epochs", "density_epochs", "joined")
"""Fields that say something to networks alone that join trained ones."""

ADDED_LATER = ("warm_up", "huber_delta", "averaged_epochs", "fold", "folds", "left_out", "joined")
"""Fields that were added when there were runs already: left out at their default, so that those runs keep their keys."""

Takes = Literal["graphs", "voxels", "densities", "compositions", "densities and compositions", "points of densities and compositions"]

TAKEN: dict[str, Takes] = {
    "gated": "graphs",
    "summing": "graphs",
    "summing-linear": "graphs",
    "voxel-deep": "voxels",
    "voxel-plain": "voxels",
    "voxel-shallow": "voxels",
    "density-volume": "densities",
    "density-projection": "densities",
    "composition-image": "compositions",
    "density-fusion": "densities and compositions",
    "semilocal-functional": "points of densities and compositions",
}
"""What each network looks at."""

SETTINGS: dict[Takes, tuple[str, ...]] = {
    "graphs": OF_GRAPHS,
    "voxels": OF_VOXELS,
    "densities": OF_DENSITIES,
    "compositions": OF_COMPOSITIONS,
    "densities and compositions": (*OF_DENSITIES, *OF_COMPOSITIONS, *OF_FUSION),
    "points of densities and compositions": ("density", *OF_COMPOSITIONS),
}
"""Fields that say something to networks of one kind and not to all."""

VOXEL_RECIPE: dict[str, object] = {"epochs": 500, "batch_size": 32, "optimiser": "adam", "learning_rate": 0.001, "schedule": "constant"}
_ELASTIC: dict[str, object] = {**VOXEL_RECIPE, "epochs": 60, "loss": "mae"}
RECIPES: dict[str, dict[str, object]] = {
    **dict.fromkeys(("voxel-deep", "voxel-plain", "voxel-shallow"), VOXEL_RECIPE),
    "density-volume": {**_ELASTIC, "learning_rate": 0.0005},
    "density-projection": {**_ELASTIC, "optimiser": "sgd", "schedule": "halving"},
    "composition-image": {**_ELASTIC, "epochs": 200},
    # of the two ways to read the paper, the one whose networks err less on validation crystals: see the chapter
    "density-fusion": {**_ELASTIC, "joined": "fixed"},
    "semilocal-functional": {
        "structure": True,
        "epochs": 100,
        "batch_size": 32,
        "optimiser": "adamw",
        "learning_rate": 0.003,
        "weight_decay": 0.05,
        "schedule": "cosine",
        "loss": "mae",
    },
}
"""What the authors of networks did, for the last one what validation crystals decided: the defaults. The charge-density paper gives no
number of epochs, and one batch size.
"""

OF_FOLDS: dict[str, object] = {"validation": 0.1}
"""Defaults where a fold or an element is the test: its crystals are not to be chosen, and most of the others train."""


class Configuration(BaseModel):
    """A network, the crystals it learns from, and the recipe.

    The defaults are those of the released CGCNN models, but for the number of epochs, which the profiles set; for other networks
    they are in `RECIPES`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    task: str = Field(description="name of a data set, see `recryst.datasets.names`, or the path of a folder of one's own")
    network: Literal[
        "gated",
        "summing",
        "summing-linear",
        "voxel-deep",
        "voxel-plain",
        "voxel-shallow",
        "density-volume",
        "density-projection",
        "composition-image",
        "density-fusion",
        "semilocal-functional",
    ] = Field(
        "gated",
        description="CGCNN's Eq. 5; Eq. 4 with the full pooling; Eq. 4 with the linear pooling that gives site energies; the voxel "
        "CNN; the voxel CNN without skip connections; three convolutions on voxel images; the 3D CNN on charge densities; the 2D CNN along "
        "their three axes; the CNN on Magpie's statistics; the last two joined; and, from no paper, a learned semilocal functional "
        "of the density beside Magpie's statistics",
    )
    graph: Literal["nearest", "nearest-padded", "voronoi"] = Field("nearest", description="which atoms count as neighbours")
    atom_features: Literal["two", "three", "nine", "released"] = Field(
        "nine", description="properties in the atom feature vector: this project's own table of two, three or nine, or the released one"
    )
    units: int = Field(64, ge=1, description="length of the atom vectors")
    convolutions: int = Field(4, ge=1)
    hidden_units: int = Field(32, ge=1)
    hidden_layers: int = Field(1, ge=1)
    dropout: float = Field(0.0, ge=0, lt=1, description="before the output layer (the gated network only)")

    filters: int = Field(32, ge=1, description="of the first convolution on voxel images; the others follow")
    rotation: Literal["haar", "released", "none"] = Field(
        "haar", description="of voxel images in each epoch: uniform, by three uniform Euler angles as the authors did, or none"
    )
    channels: Literal["paper", "released"] = Field("paper", description="lanthanides and actinides have the group 3.5, or 3")
    prediction_rotations: int = Field(1, ge=1, description="orientations that a prediction on voxel images is the average of")

    density: Literal["computed", "free-atoms"] = Field(
        "computed", description="charge densities of the valence electrons from DFT, or sums of densities of free atoms, as a control"
    )
    density_values: Literal["linear", "logarithm"] = Field(
        "logarithm",
        description="what the network is fed: electrons / angstrom^3 or their logarithm, less the mean and divided by the deviation over "
        "all points of the training crystals; the paper does not say",
    )
    structure: bool = Field(False, description="add volume per atom, mass density and the like to Magpie's statistics")
    composition_epochs: int = Field(200, ge=1, description="of the network on compositions, before it is joined")
    density_epochs: int = Field(60, ge=1, description="of the network on densities, before it is joined")
    joined: Literal["trained", "fixed"] = Field(
        "trained",
        description="whether networks go on learning once they are joined, or only the layers that join them do; the paper does not say",
    )

    train: int | float = Field(0.6, gt=0, description="training crystals: a number, or a share of all")
    validation: int | float = Field(0.2, gt=0)
    test: int | float = Field(0.2, gt=0)
    n_train: int | None = Field(None, ge=1, description="use only the first so many training crystals: a point of a learning curve")
    n_validation: int | None = Field(None, ge=1)
    n_test: int | None = Field(None, ge=1)
    split_seed: int = Field(0, ge=0, description="another seed gives another split, or another division into folds: a repeat")
    fold: int | None = Field(None, ge=0, description="the crystals of this fold test, all others train and validate; counted from 0")
    folds: int = Field(5, ge=2, description="into how many folds the crystals are divided")
    left_out: str | None = Field(None, description="the crystals that hold this element test, all others train and validate")

    epochs: int = Field(30, ge=1)
    batch_size: int = Field(256, ge=1)
    optimiser: Literal["sgd", "adam", "adamw"] = "sgd"
    learning_rate: float = Field(0.02, gt=0)
    momentum: float = Field(0.9, ge=0, lt=1, description="of sgd")
    weight_decay: float = Field(0.0, ge=0)
    schedule: Literal["constant", "step", "cosine", "halving"] = Field(
        "step",
        description="step: a tenth of the learning rate in the last fifth of the epochs, as in the released models; cosine: with warm-up; "
        "halving: half the learning rate after every ten epochs, as the charge-density paper's 2D CNN",
    )
    warm_up: float = Field(0.05, ge=0, le=0.5, description="share of all steps in which a cosine schedule climbs to the learning rate")
    loss: Literal["mse", "mae", "huber"] = Field("mse", description="on standardised targets; classification always uses cross entropy")
    huber_delta: float = Field(1.0, gt=0, description="standardised error from which the Huber loss grows linearly")
    averaged_epochs: float | None = Field(
        None,
        gt=0,
        description="validate, predict and keep exponential averages of the weights over so many epochs, in place of the weights; "
        "while the learning rate is large, validation errors of networks with batch normalisation are then too large, as its statistics "
        "are those of the weights themselves",
    )
    clip_norm: float | None = Field(None, gt=0, description="largest norm of the gradient of each weight array")
    patience: int | None = Field(None, ge=1, description="stop after so many epochs without a better validation error")
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    seed: int = Field(0, ge=0, lt=2**32, description="of the initial weights and of the order of the crystals")

    @model_validator(mode="before")
    @classmethod
    def _with_the_networks_recipe(cls, fields: Any) -> Any:
        if not isinstance(fields, dict):
            return fields
        of_folds = OF_FOLDS if fields.get("fold") is not None or fields.get("left_out") is not None else {}
        return {**RECIPES.get(str(fields.get("network")), {}), **of_folds, **fields}

    @model_validator(mode="after")
    def _says_nothing_in_vain(self) -> "Configuration":
        for name in self._of_others:
            if name in self.model_fields_set:
                raise ValueError(f"the network {self.network} takes {self.takes} and has no setting {name}")
        return self

    @model_validator(mode="after")
    def _tests_in_one_way(self) -> "Configuration":
        if self.fold is not None and self.left_out is not None:
            raise ValueError("a fold and an element that is left out are two tests; give one")
        if self.fold is not None and self.fold >= self.folds:
            raise ValueError(f"the last of {self.folds} folds is {self.folds - 1}, and there is no fold {self.fold}")
        if self.fold is None and self.left_out is None:
            return self
        for name in ("train", "test"):
            if name in self.model_fields_set:
                raise ValueError(f"a fold or an element decides what is tested, and {name} says nothing; n_{name} takes fewer crystals")
        return self

    @model_validator(mode="after")
    def _has_as_many_neighbours_as_the_network_takes(self) -> "Configuration":
        if self.network == "gated" and self.graph == "voronoi":
            raise ValueError(
                "the gated network takes equally many neighbours of every atom, and a voronoi graph has not; give graph: nearest"
            )
        return self

    @property
    def takes(self) -> Takes:
        """What the network looks at."""
        return TAKEN[self.network]

    @property
    def _of_others(self) -> set[str]:
        """Fields that say something to other networks alone."""
        return {name for names in SETTINGS.values() for name in names} - {*SETTINGS[self.takes]}

    def settings(self) -> dict[str, Any]:
        """Every field that says something to this run; those `ADDED_LATER` only where they differ from their default."""
        fields = type(self).model_fields
        unsaid = {name for name in ADDED_LATER if getattr(self, name) == fields[name].default}
        decided = {"train", "test"} if self.fold is not None or self.left_out is not None else set()
        return self.model_dump(exclude=unsaid | decided | self._of_others)

    @classmethod
    def of_settings(cls, settings: dict[str, Any]) -> "Configuration":
        """The configuration that has these `settings`; raises what `checked` raises."""
        # what the settings leave out is at its default, and is not to be filled in by the network's recipe
        recipe = RECIPES.get(str(settings.get("network")), {})
        return cls.checked(**{name: cls.model_fields[name].default for name in recipe if name in ADDED_LATER} | settings)

    @classmethod
    def checked(cls, /, **fields: object) -> "Configuration":
        """A configuration from loose values, with one sentence when one of them is wrong.

        Raises
        ------
        BadInputError : an unknown field, a wrong type, or a value out of bounds
        """
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            problem = first_problem(error)
            if problem.kind == "value_error":  # of two fields that don't go together
                raise BadInputError(f"A training run is not possible: {problem.message}.") from None
            got = "" if problem.kind == "missing" else f"; got {problem.given!r}"
            raise BadInputError(f"{problem.place[0]} of a training run: {problem.message}{got}.") from None
