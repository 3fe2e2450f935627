"""Every error a user can cause or meet, as one sentence: what, where, what to do.

The command line and the notebooks print the message of a `RecrystError` alone; any other exception is a defect of
this project and keeps its traceback.
"""


class RecrystError(Exception):
    """Base of all errors that a user can act on; its message is one full sentence."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback: the sentence."""
        return [str(self)]


class BadInputError(RecrystError, ValueError):
    """A value, a parameter or an array that a function can't take."""


class BadCrystalError(BadInputError):
    """A structure that can't be represented: disordered, empty, overlapping atoms, unknown element, too large."""


class MissingDataError(RecrystError, FileNotFoundError):
    """A data set is not on this machine; the message names the command that gets it."""


class DownloadError(RecrystError, OSError):
    """A download failed, was truncated or has the wrong checksum."""


class DamagedFileError(RecrystError, OSError):
    """A file that this project wrote earlier is not what was written; the message says how to remove or redo it."""


class StorageError(RecrystError, OSError):
    """Nothing can be written: disk full, or folder not writable."""


class BusyError(StorageError):
    """Another process holds the lock."""


class TrainingError(RecrystError, RuntimeError):
    """Training can't go on: the loss is not finite."""


class MissingProgramError(RecrystError, RuntimeError):
    """A program that a command hands its work to is not on this machine; the message says how to get it."""


class CalculationError(RecrystError, RuntimeError):
    """A calculation from first principles did not end with a result; the message says why."""
