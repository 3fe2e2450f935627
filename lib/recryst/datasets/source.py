"""What this project knows of a public data set: where it is, who made it, under which licence, and what is made of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RemoteFile:
    """One file, or the archive, of a GitHub repository at one commit; it can't change behind our back.

    Parameters
    ----------
    repository : "owner/name"
    commit : 40 hexadecimal digits
    path : path within the repository, or None for the whole repository as a .tar.gz archive
    sha256 : of the file's bytes, where it is known
    """

    repository: str
    commit: str
    path: str | None = None
    sha256: str | None = None

    @property
    def url(self) -> str:
        """Where GitHub serves it."""
        if self.path is None:
            return f"https://codeload.github.com/{self.repository}/tar.gz/{self.commit}"
        return f"https://raw.githubusercontent.com/{self.repository}/{self.commit}/{self.path}"

    @property
    def local_name(self) -> str:
        """Name under which it is kept while a pack is made of it."""
        return f"{self.repository}/{self.commit[:8]}/{self.path or 'repository.tar.gz'}"


Convert = Callable[[Mapping[str, Path], Path, Mapping[str, Path]], None]


@dataclass(frozen=True)
class Source:
    """One public data set.

    Parameters
    ----------
    name : name of the pack and of its folder
    serves : what it is for, one line
    files : what is downloaded, by the name that the conversion knows it by
    download_bytes : size of the download, roughly
    convert : ``convert(files, folder, packs)`` writes the pack into ``folder`` from the downloaded files and from the folders
        of the packs in ``needs``
    pack : files of the pack
    pack_bytes : size of the pack, roughly
    content : hash of the pack's content (`recryst.datasets.pack.pack_hash`)
    licence, citation : of the data
    needs : other packs that the conversion reads
    derived : arrays of the pack left out of ``content``, since they depend on the version of a library
    """

    name: str
    serves: str
    files: Mapping[str, RemoteFile]
    download_bytes: int
    convert: Convert
    pack: tuple[str, ...]
    pack_bytes: int
    content: str
    licence: str
    citation: str
    needs: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
