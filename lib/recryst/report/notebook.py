"""The one object through which a notebook reports: it records, shows, draws and finally writes everything down."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import display

from recryst.errors import BadInputError
from recryst.report import comparison, page, pictures, provenance, published, results, stored
from recryst.report.results import BEYOND, Level, Result, Results
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
    >>> report.show("table-1")
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
        self._results: dict[tuple[str, ...], Result] = {}
        self._figures: list[str] = []
        self._tables: list[str] = []

    @property
    def results(self) -> Results:
        """Everything recorded so far."""
        return Results(
            notebook=self.paper.paper,
            profile=self.profile,
            results=tuple(self._results.values()),
            figures=tuple(self._figures),
            tables=tuple(self._tables),
        )

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
        metrics : DataFrame(metric, value, n, spread, low, high), from `recryst.analysis`
        context : what else `record` takes: data, split, run, seeds, caveat, not_comparable

        Raises
        ------
        BadInputError : a metric is not in the table, or occurs twice
        """
        for value_id, metric in values.items():
            rows = metrics[metrics["metric"] == metric]
            if len(rows) != 1:
                raise BadInputError(
                    f"The table of metrics has {len(rows)} rows '{metric}', not one; it has {', '.join(metrics['metric'])}."
                )
            row = rows.iloc[0]
            measured = {"value": float(row["value"]), "n": int(row["n"]), "spread": row["spread"], "interval": (row["low"], row["high"])}
            self.record(exhibit, value_id, level=level, unit=unit, **measured, **context)

    def show(self, exhibit: str) -> None:
        """Show the exhibit: printed values, ours, those of stored runs, verdicts and notes.

        Raises
        ------
        BadInputError : no such exhibit
        """
        compared = comparison.compare(self.paper, exhibit, [self.results, *(run.results for run in self.stored)])
        name = f"{exhibit}-compared"
        self._write_table(name, compared)
        if exhibit.startswith(BEYOND):
            title, notes, quotes = exhibit.removeprefix(BEYOND).replace("-", " ").capitalize() + " (beyond the paper)", [], {}
        else:
            entry = self.paper.exhibit(exhibit)
            title, notes = f"{entry.source}. {entry.title}", comparison.exhibit_notes(self.paper, entry)
            quotes = {value.name: value.quote for _, value in comparison.printed_values(self.paper, exhibit) if value.quote}
        _display(page.exhibit(title, compared, self.profile, notes, quotes, self._link(f"tables/{name}.csv")), title)

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
        """Draw a figure, write it down, and show it; beside it the same figure of each stored run.

        Parameters
        ----------
        exhibit : the exhibit it belongs to
        drawing : ``drawing(data, **options)`` returns a matplotlib or plotly figure; also draws the stored runs' data
        data : a tidy table; empty where this run has nothing to draw, and then only stored runs are shown
        caption : what is seen
        alt : the picture in words, for those who can't see it
        picture : a name of its own where an exhibit has several pictures; by default that of the exhibit
        options : numbers, texts, lists or dicts for ``drawing``

        Raises
        ------
        BadInputError : no such exhibit, data that is no table, an empty caption or alt, an option that JSON can't hold
        """
        name = self._checked_name(exhibit, picture)
        if not isinstance(data, pd.DataFrame):
            raise BadInputError(f"Figure {name} is drawn from a DataFrame, not from {type(data).__name__}; its data are kept as CSV.")
        if not caption.strip() or not alt.strip():
            raise BadInputError(f"Figure {name} needs a caption and alt, the picture in words.")
        shown = []
        if not data.empty:
            recipe = pictures.Recipe(data, options, caption, alt)
            drawn = pictures.draw(drawing, data, options, name)
            pictures.write(self.output / "figures", name, drawing, recipe, drawn)
            _remember(self._figures, name)
            shown.append(page.figure(drawn, recipe, f"This run ({self.profile})", self._link(f"figures/{name}.csv")))
        for run in self.stored:
            kept = run.figure(name)
            if kept is not None:
                redrawn = pictures.draw(drawing, kept.data, kept.options, f"{name}-{run.profile}")
                link = self._link(f"figures/{name}.csv", run.profile)
                shown.append(page.figure(redrawn, kept, f"Stored run ({run.profile})", link))
        if shown:
            _display(page.beside(shown), caption)

    def table(self, name: str, frame: pd.DataFrame, *, caption: str) -> None:
        """Write any table as CSV and show its first rows, and those of the same table of each stored run.

        An empty table, where this run has nothing to list, is not written; stored ones are still shown.

        Raises
        ------
        BadInputError : the name is not made of lower-case letters, digits and hyphens
        """
        _refuse_bad_name(name)
        if not frame.empty:
            self._write_table(name, frame)
            _remember(self._tables, name)
            heading = f"This run ({self.profile}). {caption}"
            _display(page.table(frame, heading, self._link(f"tables/{name}.csv")), heading)
        for run in self.stored:
            kept = run.table(name)
            if kept is not None:
                heading = f"Stored run ({run.profile}). {caption}"
                _display(page.table(kept, heading, self._link(f"tables/{name}.csv", run.profile)), heading)

    def errata(self) -> None:
        """Show where the paper errs or contradicts itself."""
        caption = "Where the paper errs, or contradicts itself."
        _display(page.table(comparison.errata(self.paper), caption), caption)

    def departures(self) -> None:
        """Show where our reading, data or code differ from the paper."""
        caption = "Where our reading, data or code differ from the paper."
        _display(page.table(comparison.departures(self.paper), caption), caption)

    def finish(self) -> Path:
        """Write ``results.json`` and ``provenance.json``, and show the verdict on every exhibit; returns the path of the results."""
        found = self.results
        summary = comparison.summary(self.paper, found)
        self._write_table("summary", summary)
        origin = provenance.collect(
            self._began,
            settings=self.settings,
            seeds=tuple(sorted({seed for result in found.results for seed in result.seeds})),
            data=dict(sorted(result.data.split("@", 1) for result in found.results if result.data and "@" in result.data)),
        )
        provenance.write(origin, self.output)
        path = results.write(found, self.output)
        if found.results:
            caption = f"Verdicts of this run ({self.profile}): the worst among the values of each exhibit."
            _display(page.summary(summary, caption, origin), caption)
        else:
            _display(page.nothing_compared(origin), "No value of this paper has been compared yet.")
        for run in self.stored:
            caption = f"Verdicts of the stored run ({run.profile})."
            _display(page.summary(comparison.summary(self.paper, run.results), caption), caption)
        return path

    def _checked_name(self, exhibit: str, picture: str | None) -> str:
        if not exhibit.startswith(BEYOND):
            self.paper.exhibit(exhibit)
        name = picture if picture is not None else exhibit
        _refuse_bad_name(name)
        return name

    def _link(self, file: str, profile: str | None = None) -> str:
        return f"{self._links}/{profile or self.profile}/{self.paper.paper}/{file}"

    def _write_table(self, name: str, frame: pd.DataFrame) -> None:
        write_text(self.output / "tables" / f"{name}.csv", frame.to_csv(index=frame.index.name is not None))


def _display(content: str, text: str) -> None:
    # the plain text is what a terminal and a search see
    display({"text/html": content, "text/plain": text}, raw=True)


def _remember(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)


def _refuse_bad_name(name: str) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise BadInputError(f"'{name}' can't name a file; use lower-case letters, digits and hyphens.")
