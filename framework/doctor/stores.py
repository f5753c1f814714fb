"""What runs need of a store, tried in a folder of its own that is removed at the end.

The tries use the very functions by which runs go to a store, so that an answer here is an answer there.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

from framework.doctor.finding import FAULT, WARNING, Finding, State, findings_of, good
from framework.environment.location import Location
from framework.environment.objects import (
    delete_object,
    find_object,
    list_objects,
    put_if_absent,
    put_object,
    read_object,
)
from framework.errors import SparkjobError
from framework.record.ids import new_id

SCRATCH = "_sparkjob_doctor"
"""The folder below a store in which everything is tried; Spark and `clean` pass over such names."""

_RACERS = 8
_ODD, _WRONG = timedelta(seconds=60), timedelta(minutes=10)
"""Differences of clocks. S3 refuses requests that are 15 minutes off (Amazon S3, RequestTimeTooSkewed)."""

_NO_FENCE = "Two runs at once could both publish: use a store or an endpoint with conditional writes."
_STALE = "A run could take what is published for what is not: use a store with strong consistency."


def examine_store(about: str, location: Location) -> Iterator[Finding]:
    """Rights and meaning of all that runs do in a store to which they write, and its clock."""
    try:
        with scratch_in(location) as scratch:
            wrong = list(_try(about, scratch, location.uri))
            yield from wrong
            if not any(each.state == FAULT for each in wrong):
                told = "read, write, list, delete; an object that is there is not written again"
                yield good(about, f"{told} ({location.uri})")
    except SparkjobError as error:
        yield from findings_of(error, about)


def _try(about: str, scratch: Location, where: str) -> Iterator[Finding]:
    """Each try that does not end as it must."""

    def fault(what: str, hint: str) -> Finding:
        return Finding(state=FAULT, about=about, what=f"{what} ({where})", hint=hint)

    with _right("write"):
        put_object(scratch, "object", b"1")
    now = datetime.now(UTC)
    with _right("read"):
        if read_object(scratch, "object") != b"1":
            yield fault("what was just written is not read", _STALE)
    with _right("list"):
        if [each.path for each in list_objects(scratch)] != ["object"]:
            yield fault("what was just written is not listed", _STALE)
    put_object(scratch, "object", b"2")
    if read_object(scratch, "object") != b"2":
        yield fault("an object that was just written anew is read as it was", _STALE)
    with _right("write if absent"):
        if put_if_absent(scratch, "object", b"3") or read_object(scratch, "object") != b"2":
            yield fault("an object that is there was written again (If-None-Match is ignored)", _NO_FENCE)
        elif (winners := _race(scratch)) != 1:
            yield fault(
                f"of {_RACERS} that created one object at once {winners} were told they did", _NO_FENCE
            )
    yield from _compare_clocks(about, scratch, now)
    with _right("delete"):
        for each in list_objects(scratch):
            delete_object(scratch, each.path)
    if read_object(scratch, "object") is not None or list_objects(scratch):
        yield fault("what was just deleted is still there", _STALE)


@contextmanager
def _right(name: str) -> Iterator[None]:
    """Let an error say what was being tried."""
    try:
        yield
    except SparkjobError as error:
        raise type(error)([replace(each, what=f"{name}: {each.what}") for each in error.faults]) from None


def _race(scratch: Location) -> int:
    """How many of several that put different contents at once are told that theirs is there."""
    with ThreadPoolExecutor(_RACERS) as pool:
        told = pool.map(lambda n: put_if_absent(scratch, "raced", b"%d" % n), range(_RACERS))
        return sum(told)


def _compare_clocks(about: str, scratch: Location, now: datetime) -> Iterator[Finding]:
    """The store's clock by the time that it gave to what was written at `now`, to the second."""
    written = find_object(scratch, "raced") or find_object(scratch, "object")
    if written is None:
        return
    off = abs(written.modified - now)
    if off < _ODD:
        return
    state: State = FAULT if off >= _WRONG else WARNING
    yield Finding(
        state=state,
        about=about,
        what=f"its clock and this machine's are {off.total_seconds():.0f} s apart",
        hint="Set this machine's clock (chrony, ntpd): clean goes by ages, and S3 refuses at 15 minutes.",
    )


@contextmanager
def scratch_in(location: Location) -> Iterator[Location]:
    """A new place below a store; it and the folders that were made for it are removed."""
    scratch = location.child(f"{SCRATCH}/{new_id()}")
    made = _missing_folders(scratch)
    try:
        yield scratch
    finally:
        with suppress(SparkjobError):  # what could not be written cannot be deleted either
            for each in list_objects(scratch):
                delete_object(scratch, each.path)
        for folder in made:
            with suppress(OSError):  # somebody else uses it by now
                folder.rmdir()


def _missing_folders(place: Location) -> list[Path]:
    """The folders of a place on a disk that are not there yet, the innermost first."""
    if not place.is_local:
        return []
    path = Path(place.uri)
    return list(takewhile(lambda each: not each.exists(), (path, *path.parents)))


def examine_folder(about: str, location: Location) -> Iterator[Finding]:
    """Who may write where records and intents are kept; only for a folder on a disk."""
    if not location.is_local or not Path(location.uri).is_dir():
        return
    folder = Path(location.uri)
    if folder.stat().st_mode & 0o002:
        yield Finding(
            state=FAULT,
            about=about,
            what=f"everybody on this machine may write there ({folder})",
            hint=f"chmod o-w {folder}",
        )
