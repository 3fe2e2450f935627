import hashlib

import numpy as np
import pytest

from recryst.errors import BadInputError
from recryst.training import splits

IDS = [f"mp-{i}" for i in range(1000)]


def test_parts_have_the_asked_sizes_and_share_no_crystal():
    split = splits.by_hash(IDS, 0.6, 0.2, 0.2)
    assert [len(part) for part in (split.train, split.validation, split.test)] == [600, 200, 200]
    assert len(set(np.concatenate([split.train, split.validation, split.test]))) == 1000


def test_membership_hangs_on_the_id_alone():
    # the same ids in another order give the same parts: a re-packed data set keeps its split
    split, order = splits.by_hash(IDS, 600, 200, 200), np.random.default_rng(0).permutation(1000)
    shuffled = splits.by_hash([IDS[i] for i in order], 600, 200, 200)
    assert {IDS[i] for i in split.test} == {IDS[order[i]] for i in shuffled.test}


def test_first_crystal_is_the_one_with_the_smallest_hash():

    digests = {name: hashlib.sha256(f"0:{name}".encode()).hexdigest() for name in "abc"}
    expected = sorted(digests, key=digests.get)
    split = splits.by_hash(list("abc"), 1, 1, 1)
    assert ["abc"[split.train[0]], "abc"[split.validation[0]], "abc"[split.test[0]]] == expected


def test_smaller_training_sets_are_nested_and_leave_the_test_set_alone():
    split = splits.by_hash(IDS)
    small, large = split.limited(train=50), split.limited(train=400, validation=100)
    assert set(small.train) < set(large.train)
    np.testing.assert_array_equal(small.test, large.test)
    assert len(large.validation) == 100


def test_seeds_give_independent_splits():
    # two independent 20 % test sets of 1,000 crystals share about 40; five standard deviations are about 28
    one, two = splits.by_hash(IDS, seed=0), splits.by_hash(IDS, seed=1)
    assert 12 < len(set(one.test) & set(two.test)) < 68


@pytest.mark.parametrize(("train", "validation", "test"), [(900, 100, 100), (0.6, 0.2, 0.0001), (1000, 0.1, 0.1)])
def test_impossible_sizes_are_refused(train, validation, test):
    with pytest.raises(BadInputError, match="1000 crystals can't be split"):
        splits.by_hash(IDS, train, validation, test)


def test_a_published_split_is_kept_and_its_parts_are_nested_by_hash():
    parts = np.where(np.arange(1000) % 5 == 0, "test", np.where(np.arange(1000) % 5 == 1, "validation", "train"))
    split, order = splits.as_given(IDS, parts), np.random.default_rng(0).permutation(1000)
    assert set(split.test) == set(range(0, 1000, 5))
    assert set(split.validation) == set(range(1, 1000, 5))
    assert len(split.train) == 600
    shuffled = splits.as_given([IDS[i] for i in order], parts[order])
    assert [IDS[i] for i in split.train[:50]] == [IDS[order[i]] for i in shuffled.train[:50]]
    other = splits.as_given(IDS, parts, seed=1)
    assert set(other.train) == set(split.train)
    assert other.train[:50].tolist() != split.train[:50].tolist()


def test_a_published_split_without_a_part_is_refused():
    with pytest.raises(BadInputError, match="has 1000 for training, 0 for validation and 0"):
        splits.as_given(IDS, np.full(1000, "train"))
