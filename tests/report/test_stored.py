from pathlib import Path

import pandas as pd
import pytest

from recryst.errors import BadInputError, DamagedFileError, MissingDataError
from recryst.report import pictures, published, results, stored
from recryst.report.pictures import Picture, Recipe
from recryst.report.results import Results
from recryst.report.verdicts import verdict


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return make(tmp_path / "output", 0.0368)


def make(folder: Path, value: float, profile: str = "laptop", rows: int = 3) -> Path:
    found = results.make(exhibit="table-1", value_id="formation-energy/mae", level="retrained", value=value, unit="eV/atom")
    results.write(Results(notebook="cgcnn", profile=profile, results=(found,), figures=("figure-2c",), tables=("rejected",)), folder)
    (folder / "provenance.json").write_text("{}")
    data = pd.DataFrame({"x": range(rows)})
    pictures.write(folder / "figures", "figure-2c", make, Recipe(data, {"unit": "eV"}, "caption", "alt"), Picture(b"<svg/>", "svg"))
    (folder / "tables").mkdir(exist_ok=True)
    for name in ("rejected", "left-over"):
        (folder / "tables" / f"{name}.csv").write_text("id\n1\n")
    (folder / "figures" / "left-over.csv").write_text("x\n")
    return folder


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_table_is_read_as_it_was_written(output: Path) -> None:
    """A formula NaN and a text that says None are no missing values; an empty cell is."""
    path = output / "tables" / "rejected.csv"
    pd.DataFrame({"formula": ["NaN", None], "reason": ["None", "NA"], "error": [0.5, None]}).to_csv(path, index=False)
    table = stored.Stored(results.read(output), output).table("rejected")
    assert table is not None
    assert table["formula"].fillna("missing").tolist() == ["NaN", "missing"]
    assert table["reason"].tolist() == ["None", "NA"]
    assert table["error"].fillna(-1).tolist() == [0.5, -1]
    assert stored.Stored(results.read(output), output).table("left-over") is None


def test_a_table_that_is_missing_or_none_is_damaged(output: Path) -> None:
    path, run = output / "tables" / "rejected.csv", stored.Stored(results.read(output), output)
    for content in (b"", b'a\n"1', b"\xff\xfe\x00"):
        path.write_bytes(content)
        with pytest.raises(DamagedFileError, match=r"rejected\.csv is damaged \(.+\); store the results of that run again\.$"):
            run.table("rejected")
    path.unlink()
    with pytest.raises(DamagedFileError, match=r"rejected\.csv is damaged"):
        run.table("rejected")


def test_what_belongs_to_the_results_is_kept_and_nothing_else(output: Path, tmp_path: Path) -> None:
    target = stored.store(output, tmp_path / "kept")
    assert target == tmp_path / "kept" / "laptop" / "cgcnn"
    assert files(tmp_path / "kept") == {
        f"laptop/cgcnn/{name}"
        for name in ("results.json", "provenance.json", "figures/figure-2c.csv", "figures/figure-2c.json", "tables/rejected.csv")
    }
    (found,) = stored.find("cgcnn", besides="reduced", folder=tmp_path / "kept")
    assert found.profile == "laptop"
    assert found.results == results.read(output)
    figure = found.figure("figure-2c")
    assert figure is not None
    assert figure.options == {"unit": "eV"}
    assert list(figure.data["x"]) == [0, 1, 2]
    assert found.figure("figure-2d") is None


def test_storing_again_replaces(output: Path, tmp_path: Path) -> None:
    stored.store(output, tmp_path / "kept")
    (tmp_path / "kept" / "laptop" / "cgcnn" / "old.csv").write_text("")
    stored.store(make(tmp_path / "output", 0.0351), tmp_path / "kept")
    (found,) = stored.find("cgcnn", besides="reduced", folder=tmp_path / "kept")
    assert found.results.results[0].value == 0.0351
    assert "laptop/cgcnn/old.csv" not in files(tmp_path / "kept")
    assert [path.name for path in (tmp_path / "kept" / "laptop").iterdir()] == ["cgcnn"]


def test_storing_refuses_to_lose_what_the_stored_run_alone_has(tmp_path: Path) -> None:
    target = stored.store(make(tmp_path / "whole", 0.0368), tmp_path / "kept")
    half = make(tmp_path / "half", 0.0351)
    other = results.make(exhibit="table-1", value_id="band-gap/mae", level="retrained", value=0.3, unit="eV")
    results.write(Results(notebook="cgcnn", profile="laptop", results=(other,), figures=("figure-2c",)), half)
    lost = r"would lose 2 values, figures and tables of .*laptop/cgcnn .*, such as table-1 formation-energy/mae retrained; .* --overwrite"
    with pytest.raises(BadInputError, match=lost):
        stored.store(half, tmp_path / "kept")
    assert results.read(target).results[0].value == 0.0368
    stored.store(half, tmp_path / "kept", overwrite=True)
    assert [result.value_id for result in results.read(target).results] == ["band-gap/mae"]


def test_storing_more_than_there_was_loses_nothing(tmp_path: Path) -> None:
    stored.store(make(tmp_path / "first", 0.0368), tmp_path / "kept")
    more = make(tmp_path / "more", 0.0351)
    found = results.read(more)
    other = results.make(exhibit="table-1", value_id="band-gap/mae", level="retrained", value=0.3, unit="eV")
    results.write(found.model_copy(update={"results": (*found.results, other)}), more)
    assert len(results.read(stored.store(more, tmp_path / "kept")).results) == 2


def test_an_interrupted_store_leaves_the_old_results(output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored.store(output, tmp_path / "kept")
    before = files(tmp_path / "kept")
    copies = []

    def interrupted(source: Path, target: Path) -> None:
        copies.append(target)
        if len(copies) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(stored.shutil, "copyfile", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stored.store(make(tmp_path / "output", 0.0351), tmp_path / "kept")
    assert files(tmp_path / "kept") == before
    (found,) = stored.find("cgcnn", besides="reduced", folder=tmp_path / "kept")
    assert found.results.results[0].value == 0.0368


def test_too_much_is_refused_and_the_largest_file_named(tmp_path: Path) -> None:
    output = make(tmp_path / "output", 0.0368, rows=600_000)  # 4 MB of numbers
    with pytest.raises(BadInputError, match=r"take 4\.\d MB, more than the 3 MB .* data of figures/figure-2c\.csv"):
        stored.store(output, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_a_file_that_is_named_but_missing_is_one_sentence(output: Path, tmp_path: Path) -> None:
    (output / "tables" / "rejected.csv").unlink()
    with pytest.raises(BadInputError, match=r"names tables/rejected\.csv but does not have it"):
        stored.store(output, tmp_path / "kept")


def test_a_folder_without_results_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"has no results\.json"):
        stored.store(tmp_path, tmp_path / "kept")


def test_found_are_the_other_profiles_of_this_notebook(tmp_path: Path) -> None:
    for profile in ("laptop", "full", "reduced"):
        stored.store(make(tmp_path / profile, 0.04, profile), tmp_path / "kept")
    (tmp_path / "kept" / "laptop" / "esnet").mkdir()
    found = stored.find("cgcnn", besides="reduced", folder=tmp_path / "kept")
    assert [run.profile for run in found] == ["full", "laptop"]
    assert stored.find("esnet", besides="reduced", folder=tmp_path / "kept") == []
    assert stored.find("cgcnn", besides="reduced", folder=tmp_path / "nowhere") == []


def test_damaged_stored_results_are_named(output: Path, tmp_path: Path) -> None:
    path = stored.store(output, tmp_path / "kept") / "results.json"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(DamagedFileError, match="damaged"):
        stored.find("cgcnn", besides="reduced", folder=tmp_path / "kept")


def test_what_the_project_keeps_can_still_be_shown_beside_the_printed_values() -> None:
    kept = list(stored.default_folder().glob("*/*/results.json"))
    assert kept
    for path in kept:
        run = stored.Stored(results.read(path.parent), path.parent)
        paper = published.load(run.results.notebook)
        for result in run.results.results:
            if not result.exhibit.startswith(results.BEYOND):
                verdict(paper.value(result.exhibit, result.value_id), result)  # raises where exhibit, value, type or unit is another now
        for name in run.results.figures:
            assert run.figure(name) is not None


def test_every_statement_that_is_answered_says_by_which_rule() -> None:
    """Else a reader could not tell what "yes" means."""
    silent = set()
    for path in stored.default_folder().glob("*/*/results.json"):
        found = results.read(path.parent)
        for result in found.results:
            if isinstance(result.value, bool) and not result.exhibit.startswith(results.BEYOND):
                value = published.load(found.notebook).value(result.exhibit, result.value_id)
                silent |= {f"{found.notebook} {result.exhibit}:{result.value_id}"} if value.rule is None else set()
    assert not silent
