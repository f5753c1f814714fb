"""Opening a Delta table without a JVM, with errors that name the table and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from framework.environment.location import Location
from framework.environment.objects import away_of, refusal_of
from framework.errors import MisconfiguredError, RetryError

if TYPE_CHECKING:
    from deltalake import DeltaTable

# How object_store (the Rust library in deltalake) words a store that does not answer, in 1.6.
_AWAY = ("error sending request", "timed out", "timeout", "connection", "slow down", "retries", "dispatch")


def open_table(location: Location) -> "DeltaTable | None":
    """A fresh handle on the newest version; None when there is no Delta table.

    Raises `MisconfiguredError` for a log that cannot be read (corrupt, or of an unknown feature)
    and `RetryError` when the store does not answer.
    """
    from deltalake import DeltaTable
    from deltalake.exceptions import TableNotFoundError

    uri, options = location.for_deltalake
    with table_errors(location):
        try:
            return DeltaTable(uri, storage_options=options or None)
        except TableNotFoundError:
            return None


def open_version(location: Location, version: int) -> "DeltaTable | None":
    """A handle on an earlier version; None when its log has expired."""
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    uri, options = location.for_deltalake
    try:
        return DeltaTable(uri, version=version, storage_options=options or None)
    except (DeltaError, OSError):
        return None


@contextmanager
def table_errors(location: Location) -> Iterator[None]:
    """Give deltalake's errors as ours, in one line."""
    from deltalake.exceptions import DeltaError

    try:
        yield
    except (DeltaError, OSError) as error:
        # Its whole text may hold addresses and the server's reply: it is read, and its first line told.
        said = first_line(error)
        refusal = refusal_of(error)
        if refusal is not None:
            raise MisconfiguredError(
                f"the table may not be read: {refusal.what}", where=location.uri, hint=refusal.hint
            ) from error
        if isinstance(error, OSError) or any(mark in str(error).lower() for mark in _AWAY):
            raise RetryError(f"the store did not answer: {away_of(error)}", where=location.uri) from error
        raise MisconfiguredError(
            f"the Delta log cannot be read: {said}",
            where=location.uri,
            hint="Look at _delta_log of this table; restore it from a copy, or drop the table and run again.",
        ) from error


def first_line(error: BaseException) -> str:
    """An error's own words, without the backtrace that deltalake appends, at most 300 characters."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
