"""Splits as lists: written as they are used, read as they were written, and those that are committed hold for the plans."""

import lzma

import numpy as np
import pytest
from made_runs import RECIPE, made_folder, made_run

from recryst.errors import BadInputError, DamagedFileError, MissingDataError
from recryst.storage import PROJECT
from recryst.training import plans, split_lists, splits
from recryst.training.run import Run

BENCHMARK = PROJECT / "nbs" / "plans" / "cgcnn_matbench.yml"
PLAN = PROJECT / "nbs" / "plans" / "cgcnn.yml"


def test_a_list_holds_the_whole_split_in_the_order_of_the_ranks(tmp_path):
    run = made_run(n_train=5, n_test=2)
    path = split_lists.write(run, tmp_path)
    table = split_lists.read("made", tmp_path)
    assert table["part"].value_counts().to_dict() == {"train": 36, "validation": 12, "test": 12}
    # the first five are those of a run on five
    assert table["id"][:5].tolist() == run.data.source.ids[run.split.train].tolist()
    first = path.read_bytes()
    assert split_lists.write(made_run(), tmp_path).read_bytes() == first


def test_a_list_of_another_split_is_not_written_over(tmp_path):
    path = split_lists.write(made_run(), tmp_path)
    before = path.read_bytes()
    with pytest.raises(BadInputError, match="lists another split of made; write to another --folder, or remove it first"):
        split_lists.write(made_run(train=0.5), tmp_path)
    assert path.read_bytes() == before


def test_an_id_that_reads_like_nothing_and_a_folder_of_ones_own(tmp_path):
    folder = made_folder(tmp_path / "pairs")
    (folder / "LiF.vasp").rename(folder / "NaN.vasp")
    table = (folder / "id_prop.csv").read_text().replace("LiF,", "NaN,")
    (folder / "id_prop.csv").write_text(table)
    run = Run.of(**RECIPE | {"task": str(folder)})
    path = split_lists.write(run, tmp_path / "lists")
    assert path == tmp_path / "lists" / "own" / "pairs.csv.xz"
    assert "NaN" in split_lists.read("own/pairs", tmp_path / "lists")["id"].tolist()
    assert split_lists.write(run, tmp_path / "lists") == path


def test_a_list_that_is_missing_or_damaged_is_one_sentence(tmp_path):
    with pytest.raises(MissingDataError, match="no list of the split of made; write one with"):
        split_lists.read("made", tmp_path)
    path = split_lists.path_of("made", tmp_path)
    for content in (b"nonsense", lzma.compress(b"id,part\na,train\na,test\n"), lzma.compress(b"id,part\na,training\n")):
        path.write_bytes(content)
        with pytest.raises(DamagedFileError, match="is damaged"):
            split_lists.read("made", tmp_path)


def test_a_plan_that_splits_a_data_set_in_two_ways_is_refused(tmp_path):
    folder, path = made_folder(tmp_path / "pairs"), tmp_path / "plan.yml"
    path.write_text(f"runs: [{{task: {folder}, seed: [0, 1]}}, {{task: {folder}, network: summing, graph: voronoi}}]")
    assert [run.configuration.network for run in plans.one_run_a_task(path)] == ["gated"]
    path.write_text(f"runs: [{{task: {folder}}}, {{task: {folder}, train: 0.5}}]")
    with pytest.raises(BadInputError, match="in two ways"):
        plans.one_run_a_task(path)


def test_a_list_of_folds_holds_the_fold_in_which_each_crystal_tests(tmp_path):
    split_lists.write(made_run(fold=2, split_seed=3), tmp_path)
    table = split_lists.read("made", tmp_path).set_index("id")
    for fold in range(5):
        run = made_run(fold=fold, split_seed=3)
        tested = run.data.source.ids[run.split.test]
        assert sorted(table.index[table["repeat_3"] == str(fold)]) == sorted(tested)
    for content in (b"id,repeat_0\na,0\n", b"id,repeat_0,repeat_1,repeat_2,repeat_3,repeat_4\na,0,1,2,3,x\n"):
        split_lists.path_of("made", tmp_path).write_bytes(lzma.compress(content))
        with pytest.raises(DamagedFileError, match="is damaged"):
            split_lists.read("made", tmp_path)


@pytest.mark.shared
def test_the_committed_folds_are_those_of_the_plan(shared):
    runs = plans.one_run_a_task(PROJECT / "nbs" / "plans" / "charge_density.yml")
    assert [run.configuration.task for run in runs] == ["charge-density/bulk-modulus", "charge-density/shear-modulus"]
    for run in runs:
        ids = run.task.crystals.ids.tolist()
        table = split_lists.read(run.configuration.task)
        assert table["id"].tolist() == ids
        for repeat in range(5):
            np.testing.assert_array_equal(table[f"repeat_{repeat}"].astype(int), splits.fold_of(ids, 5, repeat))


@pytest.mark.shared
@pytest.mark.slow
def test_the_committed_lists_are_the_splits_of_the_plans(shared):
    elastic = [run for run in plans.one_run_a_task(BENCHMARK) if run.configuration.task.endswith("-all")]
    assert len(elastic) == 3
    for run in (*plans.one_run_a_task(PLAN), *elastic):
        table = split_lists.read(run.configuration.task)
        expected = split_lists.of_run(run)
        assert np.array_equal(table.to_numpy(), expected.to_numpy()), run.configuration.task


def test_there_is_a_committed_list_of_the_papers_size_for_each_data_set_of_the_plan():
    for configuration in plans.read(PLAN):
        parts = split_lists.read(configuration.task)["part"].value_counts()
        shares = np.array([configuration.train, configuration.validation, configuration.test])
        expected = shares if configuration.train > 1 else shares * parts.sum()
        np.testing.assert_allclose(parts[["train", "validation", "test"]], expected, atol=2)
