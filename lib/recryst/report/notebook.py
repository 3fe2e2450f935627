"""The one object through which a notebook reports: it records, draws, shows, says and finally writes everything down."""

import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from recryst import environment
from recryst.errors import BadInputError
from recryst.report import comparison, display, page, prose, provenance, published, results, stored, tables
from recryst.report.gallery import Gallery
from recryst.report.results import BEYOND, Level, Result, Results
from recryst.report.section import section
from recryst.report.stored import Stored
from recryst.report.verdicts import verdict
from recryst.storage import write_text


class Report:
    """What one notebook finds about one paper.

    Parameters
    ----------
    paper : name of the paper, and of the notebook
    profile : name of the profile of this run
    output : folder of this run, by convention ``results/<profile>/<paper>``
    settings : parameters of the run, for its provenance
    links : address of the folder ``results`` as seen from the chapter's page
    stored_results : where results of large runs are kept; by default ``data/results`` of the project

    Raises
    ------
    BadInputError : no such paper
    DamagedFileError : a stored ``results.json`` is damaged

    Examples
    --------
    >>> report = Report("cgcnn", profile="reduced", output=Path("results/reduced/cgcnn"))
    >>> report.record("table-1", "formation-energy/mae", level="retrained", value=0.0368, unit="eV/atom", n=7276)
    >>> report.figure("table-1", figures.bars, errors, axis="MAE", caption="Errors of seven networks.", alt="Seven bars.")
    >>> report.show("table-1")
    >>> report.say("The error is {found:table-1:formation-energy/mae}, printed is {printed:table-1:formation-energy/mae}.")
    >>> report.finish()
    """

    def __init__(
        self,
        paper: str,
        *,
        profile: str,
        output: Path,
        settings: Mapping[str, Any] | None = None,
        links: str = "../results",
        stored_results: Path | None = None,
    ) -> None:
        self.paper = published.load(paper)
        self.profile = profile
        self.output = Path(output)
        # where results lie on this machine is no part of where they come from
        self.settings = {name: value for name, value in (settings or {}).items() if name != "output"}
        self.stored = stored.find(paper, besides=profile, folder=stored_results)
        self._links = links
        self._began = time.monotonic()
        self._code = environment.loaded_code()
        self._results: dict[tuple[str, ...], Result] = {}
        self._gallery = Gallery(self.output / "figures", profile, self.stored)
        self._captions: dict[str, str] = {}

    @property
    def results(self) -> Results:
        """Everything recorded so far."""
        return Results(
            notebook=self.paper.paper,
            profile=self.profile,
            results=tuple(self._results.values()),
            figures=self._gallery.written,
            tables=tuple(self._captions),
            captions=self._captions,
        )

    def run(self, profile: str) -> Stored:
        """What the run under a profile found: this one so far, or a stored one; nothing where there is none."""
        return self._all.get(profile, Stored(Results(notebook=self.paper.paper, profile=profile), self.output))

    def record(
        self,
        exhibit: str,
        value_id: str,
        *,
        level: Level,
        value: object,
        unit: str = "",
        n: int | None = None,
        spread: float | None = None,
        seeds: Sequence[int] = (),
        interval: tuple[float, float] | None = None,
        data: str | None = None,
        split: str | None = None,
        run: str | None = None,
        caveat: str | None = None,
        not_comparable: str | None = None,
    ) -> None:
        """Record one value beside the printed one; a second call for the same value, level, data and split replaces the first.

        An exhibit whose id begins with ``beyond-`` is ours, and its values need no printed counterpart. What was retrained
        under the profile ``reduced`` is never comparable. Parameters are those of `results.Result`.

        Raises
        ------
        BadInputError : no such exhibit or value, a value that is not finite, another type or unit than the printed one
        """
        if not_comparable is None and self.profile == "reduced" and level == "retrained" and not exhibit.startswith(BEYOND):
            not_comparable = "a reduced run: few crystals, short training"
        result = results.make(
            exhibit=exhibit,
            value_id=value_id,
            level=level,
            value=value,
            unit=unit,
            n=n,
            spread=spread,
            seeds=seeds,
            interval=interval,
            data=data,
            split=split,
            run=run,
            caveat=caveat,
            not_comparable=not_comparable,
        )
        if not exhibit.startswith(BEYOND):
            verdict(self.paper.exhibit(exhibit).value(value_id), result)  # refuses a wrong type or unit here, not when shown
        self._results[result.key] = result

    def record_metrics(
        self, exhibit: str, values: Mapping[str, str], metrics: pd.DataFrame, *, level: Level, unit: str = "", **context: Any
    ) -> None:
        """Record several values from a table of metrics.

        Parameters
        ----------
        values : metric for each value id, such as ``{"formation-energy/mae": "mae"}``
        metrics : DataFrame(metric, value, n, spread, low, high), from `recryst.analysis`; of an empty one nothing is recorded
        context : what else `record` takes: data, split, run, seeds, caveat, not_comparable

        Raises
        ------
        BadInputError : a metric is not in the table, or occurs twice
        """
        for value_id, metric in values.items() if len(metrics) else ():
            self.record(exhibit, value_id, level=level, unit=unit, **results.measured(metrics, metric), **context)

    def figure(
        self,
        exhibit: str,
        drawing: Callable[..., Any],
        data: pd.DataFrame,
        *,
        caption: str,
        alt: str,
        picture: str | None = None,
        **options: Any,
    ) -> None:
        """Draw a figure of an exhibit and write it down; beside it the same figure of each stored run. `show` puts them on the page.

        Parameters
        ----------
        exhibit : the exhibit it belongs to
        drawing : ``drawing(data, **options)`` returns a matplotlib figure; also draws the stored runs' data
        data : a tidy table; empty where this run has nothing to draw, and then only stored runs are shown
        caption : what is seen, so that it stands alone
        alt : the picture in words, for those who can't see it
        picture : a name of its own where an exhibit has several pictures; by default that of the exhibit
        options : numbers, texts, lists or dicts for ``drawing``

        Raises
        ------
        BadInputError : no such exhibit, data that is no table, an empty caption or alt, an option that JSON can't hold
        """
        self._gallery.draw(exhibit, self._checked_name(exhibit, picture), drawing, data, caption, alt, options)

    def show(self, exhibit: str, title: str | None = None, otherwise: str = "") -> None:
        """Show the exhibit: what it finds, its figures, printed values, ours, those of stored runs, verdicts and notes.

        Parameters
        ----------
        title : of an exhibit of ours; those of the paper have their own
        otherwise : of an exhibit of ours, what to say in its place where neither this run nor a stored one has a value or figure of it

        Raises
        ------
        BadInputError : no such exhibit
        """
        compared = comparison.compare(self.paper, exhibit, list(self._runs.values()))
        drawn = self._gallery.show(exhibit)
        if otherwise and compared.empty and not drawn:
            return self.say(otherwise)
        name = f"{exhibit}-compared"
        self._write_table(name, compared)
        told = section(
            self.paper,
            exhibit,
            title,
            compared,
            profile=self.profile,
            link=self._link(f"tables/{name}.csv"),
            figures=[page.figure(one, self._link(f"figures/{one.file}.csv", one.profile)) for one in drawn],
            origins=self._origins({*compared["profile"].dropna(), *(one.profile for one in drawn)}),
        )
        display.html(page.exhibit(told), f"{told.title}. {told.finding.sentence}".strip())
        for one in drawn:
            if one.picture.interactive:
                display.interactive(one.name, one.picture.interactive, one.heading, one.recipe.caption)

    def say(self, text: str) -> None:
        """Show Markdown whose ``{found:...}``, ``{printed:...}`` and other references are looked up; see `recryst.report.prose`.

        Raises
        ------
        BadInputError : a reference names nothing, or something that was not found
        """
        display.markdown(prose.fill(text, self.paper, self._runs, self.profile))

    def table(self, name: str, frame: pd.DataFrame, *, caption: str, otherwise: str = "") -> None:
        """Write any table as CSV and show its first rows, and those of the same table of each stored run.

        An empty table, where this run has nothing to list, is not written; stored ones are still shown, and ``otherwise`` is said where
        there are none.

        Raises
        ------
        BadInputError : the name is not made of lower-case letters, digits and hyphens
        """
        _refuse_bad_name(name)
        text = "" if frame.empty else self._write_table(name, frame)
        if text:
            self._captions[name] = caption
        shown = tables.with_stored(name, frame, text, caption, self.profile, self.stored)
        for told in shown:
            words = f"{told.heading}. {told.caption}"
            display.html(page.table(told.rows, words, self._link(f"tables/{name}.csv", told.profile)), words)
        if otherwise and not shown:
            self.say(otherwise)

    def errata(self) -> None:
        """Show where the paper errs or contradicts itself."""
        caption = "Where the paper errs, or contradicts itself."
        display.html(page.table(comparison.errata(self.paper).reset_index(drop=True), caption), caption)

    def departures(self) -> None:
        """Show where our reading, data or code differ from the paper."""
        caption = "Where our reading, data or code differ from the paper."
        display.html(page.table(comparison.departures(self.paper).reset_index(drop=True), caption), caption)

    def finish(self) -> Path:
        """Write ``results.json`` and ``provenance.json``, and show what every exhibit found; returns the path of the results.

        Raises
        ------
        BadInputError : a figure was drawn and never shown
        """
        self._gallery.refuse_forgotten()
        found = self.results
        self._write_table("summary", comparison.summary(self.paper, found))
        origin = provenance.collect(
            self._began,
            settings=self.settings,
            seeds=tuple(sorted({seed for result in found.results for seed in result.seeds})),
            data=dict(sorted(one.split("@", 1) for one in found.data)),
        )
        provenance.write(origin, self.output)
        path = results.write(found, self.output)
        caption = f"What every exhibit shows: for each value the result that counts of the runs under {', '.join(self._runs)}."
        display.html(page.findings(comparison.findings(self.paper, list(self._runs.values())), caption, origin), caption)
        return path

    @property
    def _all(self) -> dict[str, Stored]:
        """Runs by profile, this one first."""
        return {self.profile: Stored(self.results, self.output), **{run.profile: run for run in self.stored}}

    @property
    def _runs(self) -> dict[str, Results]:
        """Results by profile, those of this run first."""
        return {profile: run.results for profile, run in self._all.items()}

    def _origins(self, profiles: Collection[str]) -> dict[str, str]:
        """Code and parameters of the runs under these profiles, by what readers call the run."""
        ours = {f"this run ({self.profile})": page.origin(self._code, self.settings)} if self.profile in profiles else {}
        kept = {f"stored run ({run.profile})": run.provenance() for run in self.stored if run.profile in profiles}
        return ours | {run: page.origin(origin.environment["code"], origin.settings) for run, origin in kept.items()}

    def _checked_name(self, exhibit: str, picture: str | None) -> str:
        if not exhibit.startswith(BEYOND):
            self.paper.exhibit(exhibit)
        name = picture if picture is not None else exhibit
        _refuse_bad_name(name)
        return name

    def _link(self, file: str, profile: str | None = None) -> str:
        return f"{self._links}/{profile or self.profile}/{self.paper.paper}/{file}"

    def _write_table(self, name: str, frame: pd.DataFrame) -> str:
        text = frame.to_csv(index=frame.index.name is not None)
        write_text(self.output / "tables" / f"{name}.csv", text)
        return text


def _refuse_bad_name(name: str) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise BadInputError(f"'{name}' can't name a file; use lower-case letters, digits and hyphens.")
