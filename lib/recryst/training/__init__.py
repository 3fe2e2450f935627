"""From a task and a configuration to weights, history and predictions, resumable and reproducible to the bit."""

# before any module of this package imports Keras: the backend starts quietly, and with the threads that runs are made with
import recryst.models  # noqa: F401
