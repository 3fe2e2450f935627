"""Which notebooks there are, one a paper, and the parameters of each: a new paper is entered here, in `NOTEBOOKS`."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from recryst.errors import BadInputError


def _known_data(data: str) -> str:
    if data not in ("embedded", "materials-project") and not Path(data).is_dir():
        raise ValueError(f"there is no folder {data}")
    return data


class ChapterParameters(BaseModel):
    """Parameters of every notebook; all that one needs which trains nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    profile: str = Field(
        "reduced",
        description="settings to start from",
        json_schema_extra={"allowed": "reduced, laptop, full or a file of your own in nbs/profiles"},
    )
    output: Annotated[Path, Field(strict=False)] = Field(
        description="where results go; None stands for a folder of this profile and notebook in results",
        json_schema_extra={"allowed": "the path of a folder"},
    )


class CgcnnParameters(ChapterParameters):
    """Parameters of ``nbs/cgcnn.ipynb``."""

    data: Annotated[str, AfterValidator(_known_data)] = Field(
        description="crystals to train on",
        json_schema_extra={"allowed": "embedded, materials-project or the path of a folder with crystals of your own"},
    )
    plan: str | None = Field(
        None,
        description="show the finished runs of this plan in place of trainings of the notebook's own",
        json_schema_extra={"allowed": 'a name in nbs/plans, without .yml; "" trains here, as the parameters below say'},
    )
    n_train: int = Field(ge=10, le=50_000, description="training crystals for each property, at most")
    epochs: int = Field(ge=1, le=10_000, description="passes over the training crystals, at most")
    seeds: int = Field(ge=1, le=100, description="how many times each network is trained, each time from another seed")
    seed: int = Field(ge=0, le=2**31 - 1, description="the first seed; it fixes the split and the initial weights")
    units: int = Field(ge=1, le=1024, description="length of the atom vectors")
    convolutions: int = Field(ge=1, le=20, description="number of convolutions")
    batch_size: int = Field(ge=1, le=4096, description="crystals in one step of the optimiser")
    learning_rate: float = Field(gt=0, le=1, description="step size of the optimiser")
    optimiser: Literal["sgd", "adam"] = Field(description="how weights are updated; the paper uses Adam, its released models SGD")
    precision: Literal["float32", "mixed_bfloat16"] = Field(description="arithmetic of the network")
    jobs: int = Field(ge=1, le=1024, description="processes that work side by side")
    progress: bool = Field(False, description="progress bars below the cells, for work in Jupyter")


class VoxelCnnParameters(ChapterParameters):
    """Parameters of ``nbs/voxel_cnn.ipynb``."""

    data: Literal["embedded", "released"] = Field(
        description="whose predictions are analysed: those that the authors released, or a stand-in's on embedded crystals; networks learn "
        "from the same crystals"
    )
    training: Literal["here", "beforehand"] = Field(
        description="whether networks are trained in the notebook, or only those shown that a plan of the same settings has trained"
    )
    network: Literal["deep", "shallow"] = Field(
        description="network that learning curves and orientations are shown of; the other one is trained once, for comparison"
    )
    filters: int = Field(ge=1, le=256, description="filters of a network's first convolution; the paper's have 32")
    n_train: int = Field(ge=10, le=100_000, description="training crystals, at most")
    epochs: int = Field(ge=1, le=10_000, description="passes over the training crystals")
    seeds: int = Field(ge=1, le=100, description="how many times each network is trained, each time from another seed")
    seed: int = Field(ge=0, le=2**31 - 1, description="the first seed; it fixes the initial weights and the orientations")
    batch_size: int = Field(ge=1, le=4096, description="crystals in one step of the optimiser")
    learning_rate: float = Field(gt=0, le=1, description="largest step size of the optimiser")
    precision: Literal["float32", "mixed_bfloat16"] = Field(description="arithmetic of the convolutions")
    images: int = Field(ge=4, le=1000, description="images of a crystal in one prediction, each in another orientation; the paper takes 50")
    turned: int = Field(ge=10, le=100_000, description="test crystals that are predicted in so many orientations, at most")
    repeats: int = Field(ge=2, le=1000, description="predictions of each of the 20 crystals of Fig. 3; the paper makes 500")
    jobs: int = Field(ge=1, le=1024, description="processes that work side by side")
    progress: bool = Field(False, description="progress bars below the cells, for work in Jupyter")


class ChargeDensityParameters(ChapterParameters):
    """Parameters of ``nbs/charge_density.ipynb``."""

    data: Literal["embedded", "computed"] = Field(
        description="computed: real crystals, with computed densities and the Materials Project's moduli; or embedded ones, with their own"
    )
    plan: str | None = Field(
        None,
        description="show the finished runs of this plan",
        json_schema_extra={"allowed": 'a name in nbs/plans, without .yml; "" shows no trained networks'},
    )
    repeats: int = Field(ge=1, le=100, description="repeats of the cross-validation, each with other folds; the paper has 5")
    trees: int = Field(ge=1, le=10_000, description="trees of a random forest; the paper has 50")
    seed: int = Field(ge=0, le=2**31 - 1, description="the first repeat's; it fixes the folds and the forests")
    jobs: int = Field(ge=1, le=1024, description="processes that work side by side")


class EsnetParameters(ChapterParameters):
    """Parameters of ``nbs/esnet.ipynb``."""

    data: Literal["none", "released"] = Field(
        description="whose predictions are analysed: those that the authors released, or none, as nothing embedded could stand in for them"
    )
    states: Literal["embedded", "computed"] = Field(
        description="computed: models learn the Materials Project's formation energies of real crystals from densities of states computed "
        "for this project; or those of embedded crystals"
    )
    repeats: int = Field(ge=1, le=100, description="repeats of the cross-validation of these models, each with other folds")
    trees: int = Field(ge=1, le=10_000, description="trees of a random forest")
    seed: int = Field(ge=0, le=2**31 - 1, description="the first repeat's; it fixes the folds and the models")
    jobs: int = Field(ge=1, le=1024, description="processes that work side by side")


class Alphacrystal2Parameters(ChapterParameters):
    """Parameters of ``nbs/alphacrystal2.ipynb``."""

    data: Literal["none", "materials-project"] = Field(
        description="public structures that are held against the tables, or none, as those tables are counted again without any"
    )


# in the order of the book
NOTEBOOKS: Mapping[str, type[ChapterParameters]] = MappingProxyType(
    {
        "cgcnn": CgcnnParameters,
        "voxel_cnn": VoxelCnnParameters,
        "charge_density": ChargeDensityParameters,
        "esnet": EsnetParameters,
        "alphacrystal2": Alphacrystal2Parameters,
    }
)


def model(notebook: str) -> type[ChapterParameters]:
    """The class of a notebook's parameters.

    Raises
    ------
    BadInputError : there is no such notebook
    """
    return NOTEBOOKS[known(notebook)]


def known(notebook: str) -> str:
    """The name, where there is such a notebook.

    Raises
    ------
    BadInputError : there is none
    """
    if notebook not in NOTEBOOKS:
        raise BadInputError(f"There is no notebook {notebook}; there are {', '.join(NOTEBOOKS)}.")
    return notebook
