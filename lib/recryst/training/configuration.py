"""What a run is asked to do: everything that changes its result, and nothing else."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from recryst.errors import BadInputError

OF_GRAPHS = ("graph", "atom_features", "units", "convolutions", "hidden_units", "hidden_layers", "dropout")
"""Fields that say something to networks on graphs alone."""

OF_VOXELS = ("filters", "rotation", "channels", "prediction_rotations")
"""Fields that say something to networks on voxel images alone."""

ADDED_LATER = ("warm_up", "huber_delta", "averaged_epochs")
"""Fields that were added when there were runs already: left out at their default, so that those runs keep their keys."""

VOXEL_RECIPE = {"epochs": 500, "batch_size": 32, "optimiser": "adam", "learning_rate": 0.001, "schedule": "constant"}
"""What the voxel CNN's authors did: the defaults for networks on voxel images."""


class Configuration(BaseModel):
    """A network, the crystals it learns from, and the recipe.

    The defaults are those of the released CGCNN models, but for the number of epochs, which the profiles set; for networks on
    voxel images they are `VOXEL_RECIPE`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    task: str = Field(description="name of a data set, see `recryst.datasets.names`, or the path of a folder of one's own")
    network: Literal["gated", "summing", "summing-linear", "voxel-deep", "voxel-plain", "voxel-shallow"] = Field(
        "gated",
        description="CGCNN's Eq. 5; Eq. 4 with the full pooling; Eq. 4 with the linear pooling that gives site energies; the voxel "
        "CNN; the voxel CNN without skip connections; three convolutions on voxel images",
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

    train: int | float = Field(0.6, gt=0, description="training crystals: a number, or a share of all")
    validation: int | float = Field(0.2, gt=0)
    test: int | float = Field(0.2, gt=0)
    n_train: int | None = Field(None, ge=1, description="use only the first so many training crystals: a point of a learning curve")
    n_validation: int | None = Field(None, ge=1)
    n_test: int | None = Field(None, ge=1)
    split_seed: int = Field(0, ge=0)

    epochs: int = Field(30, ge=1)
    batch_size: int = Field(256, ge=1)
    optimiser: Literal["sgd", "adam", "adamw"] = "sgd"
    learning_rate: float = Field(0.02, gt=0)
    momentum: float = Field(0.9, ge=0, lt=1, description="of sgd")
    weight_decay: float = Field(0.0, ge=0)
    schedule: Literal["constant", "step", "cosine"] = Field(
        "step",
        description="step: a tenth of the learning rate in the last fifth of the epochs, as in the released models; cosine: with warm-up",
    )
    warm_up: float = Field(0.05, ge=0, le=0.5, description="share of all steps in which a cosine schedule climbs to the learning rate")
    loss: Literal["mse", "mae", "huber"] = Field("mse", description="on standardised targets; classification always uses cross entropy")
    huber_delta: float = Field(1.0, gt=0, description="standardised error from which the Huber loss grows linearly")
    averaged_epochs: float | None = Field(
        None,
        gt=0,
        description="validate, predict and keep exponential averages of the weights over so many epochs, in place of the weights",
    )
    clip_norm: float | None = Field(None, gt=0, description="largest norm of the gradient of each weight array")
    patience: int | None = Field(None, ge=1, description="stop after so many epochs without a better validation error")
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    seed: int = Field(0, ge=0, description="of the initial weights and of the order of the crystals")

    @model_validator(mode="before")
    @classmethod
    def _with_the_networks_recipe(cls, fields: Any) -> Any:
        return {**VOXEL_RECIPE, **fields} if isinstance(fields, dict) and _takes(fields.get("network")) == "voxels" else fields

    @model_validator(mode="after")
    def _says_nothing_in_vain(self) -> "Configuration":
        for name in OF_VOXELS if self.takes == "graphs" else OF_GRAPHS:
            if name in self.model_fields_set:
                raise ValueError(f"the network {self.network} takes {self.takes} and has no setting {name}")
        return self

    @property
    def takes(self) -> Literal["graphs", "voxels"]:
        """What the network looks at."""
        return _takes(self.network)

    def settings(self) -> dict[str, Any]:
        """Every field that says something to this network; those `ADDED_LATER` only where they differ from their default."""
        fields = type(self).model_fields
        unsaid = {name for name in ADDED_LATER if getattr(self, name) == fields[name].default}
        return self.model_dump(exclude=unsaid | set(OF_VOXELS if self.takes == "graphs" else OF_GRAPHS))

    @classmethod
    def checked(cls, **fields: object) -> "Configuration":
        """A configuration from loose values, with one sentence when one of them is wrong.

        Raises
        ------
        BadInputError : an unknown field, a wrong type, or a value out of bounds
        """
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            problem = error.errors()[0]
            if problem["type"] == "value_error":  # of two fields that don't go together
                raise BadInputError(f"A training run is not possible: {problem['ctx']['error']}.") from None
            # the rest of the place names the types that were tried
            name = problem["loc"][0]
            got = "" if problem["type"] == "missing" else f"; got {problem['input']!r}"
            raise BadInputError(f"{name} of a training run: {problem['msg']}{got}.") from None


def _takes(network: object) -> Literal["graphs", "voxels"]:
    return "voxels" if str(network).startswith("voxel-") else "graphs"
