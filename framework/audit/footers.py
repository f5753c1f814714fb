"""Footers of staged Parquet files, read from their store: what is not a whole file is an error."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from framework.environment.location import Location
from framework.environment.objects import store_errors
from framework.errors import FailedError, Fault
from framework.stage.staged import StagedFile

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData

_MAGIC = b"PAR1"
_END = 8
"""The last bytes: the footer's length (4, little endian) and the magic (Parquet format, «File format»)."""
_GUESS = 64 * 1024
_AT_ONCE = 16


def read_footers(location: Location, files: Sequence[StagedFile]) -> dict[str, "FileMetaData"]:
    """The footer of every file, by its path below `location`.

    Raises `FailedError` that names every file that is gone, of another size than when it was staged, or
    not a whole Parquet file; `RetryError` when the store does not answer.
    """
    if not files:
        return {}
    with ThreadPoolExecutor(min(_AT_ONCE, len(files))) as pool:
        found = list(pool.map(lambda file: _read(location, file), files))
    faults = [each for each in found if isinstance(each, Fault)]
    if faults:
        raise FailedError(faults)
    return {
        file.path: footer for file, footer in zip(files, found, strict=True) if not isinstance(footer, Fault)
    }


def _read(location: Location, file: StagedFile) -> "FileMetaData | Fault":
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        tail = _tail(location, file)
        return pq.read_metadata(pa.BufferReader(tail))
    except FileNotFoundError:
        what = "the staged file is gone"
    except (_BrokenError, pa.ArrowException, ValueError, OSError) as error:
        what = f"the staged file is not a whole Parquet file of {file.size} bytes ({type(error).__name__})"
    return Fault(what=what, where=location.child(file.path).uri, hint="Run the job again.")


class _BrokenError(Exception):
    """The end of the file is not that of a Parquet file of its size."""


def _tail(location: Location, file: StagedFile) -> bytes:
    """The file's last bytes, from the footer's first on."""
    if file.size <= _END + len(_MAGIC):
        raise _BrokenError
    tail = _last(location, file, min(file.size, _GUESS))
    if tail[-len(_MAGIC) :] != _MAGIC:
        raise _BrokenError
    length = int.from_bytes(tail[-_END : -len(_MAGIC)], "little") + _END
    if length + len(_MAGIC) > file.size:
        raise _BrokenError
    if length > len(tail):
        tail = _last(location, file, length)
    # Arrow wants the magic in front, too.
    return _MAGIC + tail[-length:]


def _last(location: Location, file: StagedFile, length: int) -> bytes:
    start = file.size - length
    if location.is_local:
        with Path(location.child(file.path).uri).open("rb") as opened:
            if opened.seek(0, 2) != file.size:
                raise _BrokenError
            opened.seek(start)
            return opened.read(length)
    with store_errors(location):
        try:
            if location.store().head(file.path)["size"] != file.size:
                raise _BrokenError
            return bytes(location.store().get_range(file.path, start=start, length=length))
        except FileNotFoundError:
            raise _BrokenError from None
