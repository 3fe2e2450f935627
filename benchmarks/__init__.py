"""Speeds beside those of the usual libraries, measured in one run: ``make bench``."""

# before the first import of Keras: the backend starts quietly, with one thread
import recryst.models  # noqa: F401
