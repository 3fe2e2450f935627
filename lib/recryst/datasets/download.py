"""Downloads: with a time limit, tried again when the server is only busy, checked, and never half there."""

import errno
import logging
import os
from pathlib import Path
from typing import Any

import pooch
import requests
from tqdm import tqdm

from recryst.datasets.source import RemoteFile
from recryst.errors import DownloadError, StorageError

RETRIES = 3
TIMEOUT = (10, 60)  # seconds to connect, and to wait for the next bytes

# 403 and 429 are what busy hosts answer to too many requests, so they are worth another try; other 4xx are final
FINAL = {400, 401, 404, 405, 410, 451}


def mirrored(url: str) -> str:
    """The address that is asked for ``url``: itself, or ``$RECRYST_MIRROR/<host>/<path>`` where that variable is set."""
    mirror = os.environ.get("RECRYST_MIRROR", "").rstrip("/")
    return f"{mirror}/{url.removeprefix('https://')}" if mirror else url


def fetch(remote: RemoteFile, folder: Path, progress: bool = False) -> Path:
    """Download one file into ``folder``, or use the complete copy that an interrupted run left there.

    Parameters
    ----------
    remote : what to download
    folder : where it goes, under its own name
    progress : show a bar, on a terminal only

    Returns
    -------
    path of the file; it is complete, and has the right SHA-256 where that is known

    Raises
    ------
    DownloadError : no connection, an error of the server (after 3 further tries, unless it is final), truncated, or other
        content than expected
    StorageError : the disk is full or the folder can't be written
    """
    url = mirrored(remote.url)
    path = folder / remote.local_name
    # each finished download is announced with a warning to pin its hash, which is not for our users
    pooch.get_logger().setLevel(logging.ERROR)
    manager = pooch.create(
        path.parent, base_url="", registry={path.name: remote.sha256}, urls={path.name: url}, retry_if_failed=RETRIES, allow_updates=True
    )
    try:
        manager.fetch(path.name, downloader=_Downloader(progress))
    except requests.HTTPError as error:
        raise DownloadError(_answered(url, error.response)) from error
    except requests.Timeout as error:
        raise DownloadError(f"Downloading {url} failed: no answer within {TIMEOUT[1]} s; check the connection and try again.") from error
    except requests.RequestException as error:
        raise DownloadError(f"Downloading {url} failed: the connection could not be made or broke off; check it and try again.") from error
    except ValueError as error:
        raise DownloadError(
            f"Downloading {url} failed: its SHA-256 is not {remote.sha256}, so something else or a part of it came."
        ) from error
    except DownloadError:
        raise
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
        raise StorageError(f"Can't write {path}: {reason}; free some space or choose another folder.") from error
    return path


class _Downloader:
    """Pooch's own downloader, with a time limit and without retries of what can't succeed."""

    def __init__(self, progress: bool) -> None:
        self.progress = progress

    def __call__(self, url: str, output_file: Any, manager: pooch.Pooch) -> None:
        bar = _Bar(url.rsplit("/", 1)[-1][:40]) if self.progress else False
        try:
            pooch.HTTPDownloader(progressbar=bar, timeout=TIMEOUT, chunk_size=2**16)(url, output_file, manager)
        except requests.HTTPError as error:
            if error.response is not None and error.response.status_code in FINAL:
                raise DownloadError(_answered(url, error.response)) from error
            raise


class _Bar(tqdm):
    """A bar of bytes, drawn on a terminal only; pooch asks whether it is true before its length is known."""

    def __init__(self, description: str) -> None:
        super().__init__(unit="B", unit_scale=True, desc=description, leave=False, disable=None)

    def __bool__(self) -> bool:
        return True


def _answered(url: str, response: requests.Response | None) -> str:
    if response is None:
        return f"Downloading {url} failed: the server sent no answer; try again later."
    advice = "the file is not there any more" if response.status_code in (404, 410) else "try again later"
    return f"Downloading {url} failed: the server answered {response.status_code} {response.reason}; {advice}."
