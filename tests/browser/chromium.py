"""Finds a Chromium for the tests in a browser, or installs one: ``python tests/browser/chromium.py`` says which."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium")
MISSING = (
    "The tests in a browser need Chromium, or a browser made from it, and there is none here. Install one, such as with "
    "'apt-get install chromium' on Debian, or name its program in the variable RECRYST_CHROMIUM."
)


def find() -> str | None:
    """Path of the browser's program; None where there is none.

    Raises
    ------
    FileNotFoundError : RECRYST_CHROMIUM names a program that is not there
    """
    named = os.environ.get("RECRYST_CHROMIUM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise FileNotFoundError(f"RECRYST_CHROMIUM names {named}, which is no program on this machine.")
        return found
    return next(filter(None, [*map(shutil.which, NAMES), *(place for place in PLACES if Path(place).is_file())]), None)


def install() -> str | None:
    """Install Chromium where that is possible without a question: as root on a system with apt; the path of its program."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return None
    print("Installing Chromium with apt-get ...", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", "chromium"]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{' '.join(command)} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
    return find()


def main() -> int:
    """Say which browser there is; 1 where there is none and none can be installed."""
    try:
        program = find() or install()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The tests use {program}." if program else MISSING, file=sys.stdout if program else sys.stderr)
    return 0 if program else 1


if __name__ == "__main__":
    sys.exit(main())
