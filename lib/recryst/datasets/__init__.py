"""Where crystals and targets come from.

`load` gives a `Task` (crystals with one property each) by name, or from a folder of your own, as `from_folder` does;
`recryst.datasets.registry` knows where the public data are and gets them; `recryst.datasets.files` reads structure files.
"""

from recryst.datasets.catalogue import load, names, own_folder
from recryst.datasets.folder import from_folder
from recryst.datasets.task import Task

__all__ = ["Task", "from_folder", "load", "names", "own_folder"]
