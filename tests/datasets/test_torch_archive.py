"""Files of torch.save, read without PyTorch; the two samples are made by torch_saved/make.py."""

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recryst.datasets.conversion import torch_archive
from recryst.errors import BadInputError

HERE = Path(__file__).parent / "torch_saved"
BOTH = pytest.mark.parametrize("layout", ["legacy", "zip"])


@BOTH
def test_a_checkpoint_reads_as_it_was_saved(layout: str) -> None:
    content = torch_archive.read(HERE / f"{layout}.pth.tar")
    weights = content["state_dict"]
    assert list(weights) == ["fc.weight", "fc.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "bn.num_batches_tracked"]
    np.testing.assert_array_equal(weights["fc.weight"], np.arange(12, dtype=np.float32).reshape(3, 4) / 8)
    np.testing.assert_array_equal(weights["fc.bias"], np.float32([0.5, -0.25, 3.0]))
    assert weights["fc.weight"].dtype == np.float32
    # fc(1, 1, 1, 1) = row sums + bias = (0.75 + 0.5, 2.75 - 0.25, 4.75 + 3); batch norm keeps a tenth of the batch's mean
    np.testing.assert_allclose(weights["bn.running_mean"], np.array([1.25, 2.5, 7.75]) / 10, rtol=1e-6)
    assert weights["bn.num_batches_tracked"] == 1
    assert (content["epoch"], content["best_mae_error"], content["auc"]) == (968, 0.0625, 0.9586)
    assert (content["normalizer"]["mean"], content["normalizer"]["std"]) == (-1.5, 2.0)
    assert content["args"] == {"task": "regression", "lr_milestones": [800], "n_conv": 4, "weight_decay": 0.0, "optim": "SGD"}
    assert len(content["optimizer"]["state"]) == 4


@BOTH
def test_views_types_and_empty_tensors(layout: str) -> None:
    content = torch_archive.read(HERE / f"{layout}.pth.tar")
    np.testing.assert_array_equal(content["transposed"], np.arange(6).reshape(2, 3).T * 2)
    np.testing.assert_array_equal(content["part_of_a_storage"], [4, 5, 6])
    np.testing.assert_array_equal(content["half"], np.float16([0.5, 0.25]))
    np.testing.assert_array_equal(content["flags"], [True, False])
    assert content["empty"].shape == (0, 3)
    np.testing.assert_array_equal(content["parameter"], [7.0])


@BOTH
def test_a_file_cut_off_anywhere_is_refused(layout: str, tmp_path: Path) -> None:
    whole = (HERE / f"{layout}.pth.tar").read_bytes()
    path = tmp_path / "cut.pth.tar"
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(BadInputError, match=r"cut.pth.tar is not a file of torch.save"):
            torch_archive.read(path)


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return eval, ("__import__('pathlib').Path('evil').touch()",)


@pytest.mark.parametrize("place", ["zip", "legacy"])
def test_a_pickle_can_not_run_code(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "evil.pth.tar"
    if place == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps({"weights": Evil()}))
    else:
        path.write_bytes(pickle.dumps(torch_archive.MAGIC) + pickle.dumps(1001) + pickle.dumps({}) + pickle.dumps(Evil()))
    with pytest.raises(BadInputError, match=r"it asks for builtins\.eval"):
        torch_archive.read(path)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("name", ["os system", "torch.serialization load", "torch._utils _rebuild_device_tensor_from_numpy", "numpy load"])
def test_only_the_few_named_functions_are_given(name: str) -> None:
    module, function = name.split()
    pickled = b"\x80\x02c" + f"{module}\n{function}\n".encode() + b"."
    with pytest.raises(pickle.UnpicklingError, match=f"it asks for {module}.{function}"):
        torch_archive._Unpickler(io.BytesIO(pickled)).load()


@pytest.mark.parametrize(
    ("size", "stride", "offset"),
    [((10**9, 10**9), (0, 0), 0), ((4,), (1,), 1), ((2, 2), (4, 1), 0), ((4,), (1,), -1), ((2,), (-1,), 3), ((2, 2), (1,), 0)],
    ids=["a stride of zero", "past the end", "past the end in two directions", "before the start", "backwards", "shape without stride"],
)
def test_a_tensor_must_fit_its_storage(size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> None:
    storage = torch_archive._Storage("0", "<f4", 4)
    with pytest.raises(ValueError, match=r"impossible shape|larger than what was saved"):
        torch_archive._array(torch_archive._Tensor(storage, offset, size, stride), np.zeros(4, np.float32).tobytes())


def test_numpy_objects_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "objects.pth.tar", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(np.str_("text")))
    with pytest.raises(BadInputError, match=r"numpy values of type"):
        torch_archive.read(tmp_path / "objects.pth.tar")
