"""The pictures of a notebook: each drawn from this run's data and, by the same function, from those of the stored runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from recryst.errors import BadInputError
from recryst.report import pictures
from recryst.report.pictures import Picture, Recipe
from recryst.report.stored import Stored


@dataclass(frozen=True)
class Drawn:
    """One picture of an exhibit.

    Parameters
    ----------
    name : unique on the page
    heading : which run drew it
    file : name of its data, without suffix
    profile : of that run
    """

    exhibit: str
    name: str
    heading: str
    picture: Picture
    recipe: Recipe
    file: str
    profile: str


class Gallery:
    """Pictures drawn so far, in order, and which of them have been shown.

    Parameters
    ----------
    folder : where those of this run are written
    profile : of this run
    stored : the runs whose pictures stand beside
    """

    def __init__(self, folder: Path, profile: str, stored: Sequence[Stored]) -> None:
        self._folder = folder
        self._profile = profile
        self._stored = stored
        self._drawn: dict[str, list[Drawn]] = {}
        self._shown: set[str] = set()

    @property
    def written(self) -> tuple[str, ...]:
        """Names of the pictures that this run has drawn, in order."""
        return tuple(name for name, drawn in self._drawn.items() if any(one.profile == self._profile for one in drawn))

    def draw(
        self, exhibit: str, name: str, drawing: Callable[..., Any], data: pd.DataFrame, caption: str, alt: str, options: Mapping[str, Any]
    ) -> None:
        """Draw one picture and write it down, and draw it again for each stored run that has it; parameters as of `Report.figure`.

        Raises
        ------
        BadInputError : data that is no table, an empty caption or alt, an option that JSON can't hold
        """
        if not isinstance(data, pd.DataFrame):
            raise BadInputError(f"Figure {name} is drawn from a DataFrame, not from {type(data).__name__}; its data are kept as CSV.")
        if not caption.strip() or not alt.strip():
            raise BadInputError(f"Figure {name} needs a caption and alt, the picture in words.")
        drawn: list[Drawn] = []
        if not data.empty:
            recipe = Recipe(data, options, caption, alt)
            picture = pictures.draw(drawing, data, options, name)
            pictures.write(self._folder, name, drawing, recipe, picture)
            drawn.append(Drawn(exhibit, name, f"This run ({self._profile})", picture, recipe, name, self._profile))
        for run in self._stored:
            kept = run.figure(name)
            if kept is None:
                continue
            # under the same name, as the same picture is then the same bytes
            again = pictures.draw(drawing, kept.data, kept.options, name)
            if drawn and again.content == drawn[0].picture.content:
                drawn[0] = replace(drawn[0], heading=f"{drawn[0].heading} and the stored run ({run.profile})")
            else:
                heading = f"Stored run ({run.profile})"
                drawn.append(Drawn(exhibit, f"{name}-{run.profile}", heading, again, kept, name, run.profile))
        self._drawn[name] = drawn
        self._shown.discard(name)

    def show(self, exhibit: str) -> list[Drawn]:
        """The pictures of an exhibit, which count as shown from now on."""
        names = [name for name, drawn in self._drawn.items() if drawn and drawn[0].exhibit == exhibit]
        self._shown.update(names)
        return [one for name in names for one in self._drawn[name]]

    def refuse_forgotten(self) -> None:
        """Refuse to end while a picture was drawn and is nowhere on the page.

        Raises
        ------
        BadInputError : names the first one
        """
        for name, drawn in self._drawn.items():
            if drawn and name not in self._shown:
                raise BadInputError(f"Figure {name} was drawn and never shown; call report.show('{drawn[0].exhibit}') after drawing it.")
