"""Two small papers, three runs and where they come from: small enough to count by hand."""

from recryst.report import results
from recryst.report.printed import Paper
from recryst.report.provenance import Provenance
from recryst.report.results import Results

ENVIRONMENT = {
    "code": "0.1.0 (0123456789+changes)",
    "libraries": {"python": "3.11.7", "numpy": "2.4.5", "scipy": "1.17.1"},
    "backend": "tensorflow 2.21.0",
    "device": "a processor, 2 cores",
    "threads": "1",
    "platform": "Linux",
    "peak_memory_bytes": 958_066_688,
}
ORIGIN = Provenance(ENVIRONMENT, 26.3, "2026-11-21T10:09:05+00:00", {"n_train": 100}, (0, 1), {"embedded/metal": "aeb300"})


def papers() -> tuple[Paper, Paper]:
    number = {"source": "Table I", "unit": "eV", "better": "lower", "close": "10 %"}
    first = Paper.model_validate(
        {
            "paper": "first",
            "name": "First",
            "title": "A first paper",
            "authors": ["A"],
            "journal": "J",
            "year": "2018",
            "exhibits": [
                {
                    "id": "table-1",
                    "kind": "table",
                    "title": "Errors",
                    "source": "Table I",
                    "values": [
                        {"id": "mae", "value": "0.10", **number},
                        {"id": "rmse", "value": "0.20", "spread": "0.01", **number, "contradicts": ["text-error:rmse"]},
                        {"id": "epochs", "value": "30", "role": "setting", "source": "Table I"},
                    ],
                },
                {"id": "figure-1", "kind": "figure", "title": "The same error", "source": "Fig. 1", "see": ["table-1:mae"]},
                {
                    "id": "text-error",
                    "kind": "text",
                    "title": "In the text",
                    "source": "Text",
                    "values": [{"id": "rmse", "value": "0.25", **number, "contradicts": ["table-1:rmse"]}],
                },
            ],
            "errata": [{"id": "rmse-twice", "source": "Table I, text", "printed": "0.20 and 0.25", "finding": "Two numbers for one."}],
        }
    )
    second = Paper.model_validate(
        {
            "paper": "second",
            "name": "Second",
            "title": "A second paper",
            "authors": ["B"],
            "journal": "J",
            "year": "2020",
            "exhibits": [
                {
                    "id": "table-s1",
                    "kind": "table",
                    "title": "Grows",
                    "source": "Supplement, Table I",
                    "available": False,
                    "values": [{"id": "grows", "type": "statement", "value": "yes", "quote": "it grows", "source": "Text"}],
                }
            ],
        }
    )
    return first, second


def run(notebook: str, profile: str, *found: dict[str, object]) -> Results:
    return Results(notebook=notebook, profile=profile, results=tuple(results.make(**result) for result in found))


def runs() -> tuple[Results, ...]:
    """A reduced run, comparable in nothing it trained; a laptop run; and a run of the second paper."""
    mae = {"exhibit": "table-1", "value_id": "mae", "unit": "eV"}
    rmse = {"exhibit": "table-1", "value_id": "rmse", "unit": "eV"}
    return (
        run(
            "first",
            "reduced",
            mae | {"level": "retrained", "value": 0.9, "not_comparable": "a reduced run"},
            mae | {"level": "rebuilt", "value": 0.1, "data": "embedded/energy@abc"},
            {"exhibit": "table-1", "value_id": "epochs", "level": "rebuilt", "value": 31},
        ),
        run(
            "first",
            "laptop",
            # 0.25 is 2.5 times 0.10; a second population gives 0.105, within 10 %
            mae | {"level": "retrained", "value": 0.25, "n": 50, "data": "public/energy@def", "caveat": "few crystals"},
            mae | {"level": "retrained", "value": 0.105, "n": 60, "data": "other/energy@fed"},
            rmse | {"level": "re-analysed", "value": 0.1, "n": 50, "spread": 0.02, "seeds": (0, 1)},
        ),
        run("second", "reduced", {"exhibit": "table-s1", "value_id": "grows", "level": "re-analysed", "value": False}),
    )
