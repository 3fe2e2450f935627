from pydantic import Field

from recryst.parameters import ChapterParameters


class StraightLineParameters(ChapterParameters):
    """Parameters of ``nbs/straight_line.ipynb``."""

    degree: int = Field(ge=1, le=5, description="degree of the polynomial; the paper's straight line has 1")
    seed: int = Field(ge=0, le=2**31 - 1, description="fixes which crystals are test crystals")
