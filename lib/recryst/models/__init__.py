"""Networks in Keras: one module per paper. Only `keras` and `keras.ops`, so each runs on TensorFlow, JAX and PyTorch.

Importing this package imports the backend, with one thread unless ``RECRYST_THREADS`` says otherwise: the same seed
gives the same bits only for the same number of threads, and two runs side by side with a thread each finish sooner
than one after the other with two.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from recryst.errors import MissingProgramError


@contextmanager
def without_native_messages() -> Iterator[None]:
    """Drop what a backend's C++ writes to standard error at first use, whatever its log level; it would end up in the book."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _start_backend() -> None:
    threads = os.environ.get("RECRYST_THREADS", "1")
    for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, threads)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # the same kernels on every processor: left to itself, TensorFlow takes oneDNN's on newer ones alone, and on others multiplies by large
    # transposed matrices at a seventh of the speed
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    # TensorFlow keeps memory for its next tensors; where the system gets it back after each, fetching it anew takes up to half the time
    os.environ.setdefault("TF_CPU_ALLOCATOR_USE_BFC", "true")
    # its warnings about re-tracing are meant for one network trained for long, not for many small ones
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with without_native_messages():
        try:
            import keras
        except (ImportError, ValueError) as error:
            raise MissingProgramError(
                f"Keras can't load its backend ({error}); KERAS_BACKEND must be tensorflow or jax, and that one be installed: "
                "pip install 'recryst[cpu]' or 'recryst[jax]'."
            ) from error

        # the first operation starts the device, which also talks
        keras.ops.zeros(1)


_start_backend()
