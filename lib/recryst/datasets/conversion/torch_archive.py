"""Files written by ``torch.save``, read without PyTorch and without running any code of theirs.

Both layouts are read: the zip archive of PyTorch 1.6 and later, and the older row of pickles followed by raw numbers.
A pickle may ask for any function; only those that rebuild tensors, numpy scalars and ordered dictionaries are given, in
harmless versions of our own, and everything else is refused by name.
"""

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recryst.errors import BadInputError

MAGIC = 0x1950A86A20F9469CFC6C
STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "|i1",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}


def read(path: Path) -> Any:
    """What was saved, with every tensor as a numpy array.

    Raises
    ------
    BadInputError : the file is no such archive, is cut off, or asks for something other than numbers in plain containers
    """
    try:
        content, storages = _read_zip(path) if zipfile.is_zipfile(path) else _read_legacy(path)
        return _resolved(content, storages)
    except (pickle.UnpicklingError, EOFError, zipfile.BadZipFile, ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadInputError(f"{path.name} is not a file of torch.save that holds only numbers: {error or type(error).__name__}") from error


@dataclass(frozen=True)
class _Storage:
    key: str
    dtype: str
    size: int


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


def _read_zip(path: Path) -> tuple[Any, dict[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        pickles = [name for name in archive.namelist() if name.rsplit("/", 1)[-1] == "data.pkl"]
        if len(pickles) != 1:
            raise ValueError("there is no data.pkl in it")
        prefix = pickles[0].removesuffix("data.pkl")
        if f"{prefix}byteorder" in archive.namelist() and archive.read(f"{prefix}byteorder") != b"little":
            raise ValueError("its numbers are big-endian")
        content = _Unpickler(io.BytesIO(archive.read(pickles[0]))).load()
        storages = {
            name.removeprefix(f"{prefix}data/"): archive.read(name) for name in archive.namelist() if name.startswith(f"{prefix}data/")
        }
    return content, storages


def _read_legacy(path: Path) -> tuple[Any, dict[str, bytes]]:
    with open(path, "rb") as file:
        if _Unpickler(file).load() != MAGIC:
            raise ValueError("it does not start with PyTorch's magic number")
        _Unpickler(file).load()  # version of the layout
        if not _Unpickler(file).load().get("little_endian", True):
            raise ValueError("its numbers are big-endian")
        unpickler = _Unpickler(file)
        content = unpickler.load()
        storages = {}
        for key in _Unpickler(file).load():
            count = int.from_bytes(file.read(8), "little")
            length = count * np.dtype(unpickler.dtypes[key]).itemsize
            storages[key] = file.read(length)
            if len(storages[key]) != length:
                raise EOFError("it is cut off")
    return content, storages


class _Unpickler(pickle.Unpickler):
    """Gives a pickle nothing but the means to describe numbers in plain containers."""

    def __init__(self, file: Any) -> None:
        super().__init__(file, encoding="latin1")
        self.dtypes: dict[str, str] = {}

    def find_class(self, module: str, name: str) -> Any:
        if module in ("torch", "torch.cuda") and name in STORAGES:
            return STORAGES[name]
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return ALLOWED[module, name]

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _, size = pid[:5]
        if kind != "storage" or dtype not in STORAGES.values() or (len(pid) > 5 and pid[5] is not None):
            raise pickle.UnpicklingError("it refers to something other than a plain storage")
        self.dtypes[key] = dtype
        return _Storage(key, dtype, size)


class _Dtype:
    """Stands for a numpy type in a pickled scalar; only plain numbers are taken."""

    def __init__(self, name: str, *_: Any) -> None:
        self.dtype = np.dtype(name)
        if self.dtype.kind not in "biuf":
            raise pickle.UnpicklingError(f"it holds numpy values of type {name}")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.dtype = self.dtype.newbyteorder(state[1] if state[1] in "<>" else "=")


def _numpy_scalar(kind: _Dtype, value: bytes) -> float:
    return np.frombuffer(value, kind.dtype)[0].item()


def _encode(text: str, _: str) -> bytes:
    return text.encode("latin1")


def _tensor(storage: _Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> _Tensor:
    return _Tensor(storage, offset, tuple(size), tuple(stride))


def _parameter(data: _Tensor, *_: Any) -> _Tensor:
    return data


ALLOWED: dict[tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch", "Size"): tuple,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("numpy", "dtype"): _Dtype,
    ("numpy.core.multiarray", "scalar"): _numpy_scalar,
    ("numpy._core.multiarray", "scalar"): _numpy_scalar,
    ("_codecs", "encode"): _encode,
}


def _resolved(content: Any, storages: dict[str, bytes]) -> Any:
    """The same containers with arrays in place of tensors."""
    if isinstance(content, _Tensor):
        return _array(content, storages[content.storage.key])
    if isinstance(content, dict):
        return {key: _resolved(value, storages) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_resolved(value, storages) for value in content]
    return content


def _array(tensor: _Tensor, storage: bytes) -> NDArray[np.generic]:
    values = np.frombuffer(storage, tensor.storage.dtype)
    if len(tensor.size) != len(tensor.stride) or min((tensor.offset, *tensor.size, *tensor.stride)) < 0:
        raise ValueError("a tensor has an impossible shape")
    last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.size, tensor.stride, strict=True))
    count = int(np.prod(tensor.size, dtype=object))
    if count == 0:
        return np.zeros(tensor.size, values.dtype)
    # a stride of 0 could make a few bytes into more numbers than memory holds
    if count > len(values) or last >= len(values):
        raise ValueError("a tensor is larger than what was saved of it")
    strides = [step * values.itemsize for step in tensor.stride]
    return np.lib.stride_tricks.as_strided(values[tensor.offset :], tensor.size, strides, writeable=False).copy()
