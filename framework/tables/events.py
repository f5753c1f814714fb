"""Lists of events that no row of a table shows, and that decide what rows of an older batch become.

A batch that comes late meets what was merged since. Most of it the table itself tells: a row holds
the event that it came from. Two kinds of events leave no row: one that a key is gone, and in a
history one that repeats what held already. They are kept beside the table, so that batches come to the
same rows in whatever order they are merged.

    _events/<stage id>/part-….parquet      the events that one publish added
    _events/<number>.json                  its list: these files and those of the list before

Which list goes with the table, the commit says that publishes the rows (`names.app_id`, `events`). A
list and its files are written before that commit and never changed. Those of a run that did not come to
publish, and lists that another has followed, are for `clean`; they share the fate of the stage whose id
they have. The folder's name begins with `_`, so that VACUUM passes over it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from framework.environment.location import Location
from framework.environment.objects import put_if_absent, read_object
from framework.errors import FailedError, MisconfiguredError
from framework.generation import digest, short

EVENTS = "_events"
_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class EventFile:
    """A file of events. `highest`: their largest `merging.ordinal`, None where there is no such number."""

    path: str
    highest: int | None

    def is_near(self, lowest: int | None) -> bool:
        """Whether an event in it may be at or after the ordinal `lowest`."""
        return self.highest is None or lowest is None or self.highest >= lowest


def number_of(stage_id: str) -> int:
    """The number of the list that a stage writes: what an app transaction can hold, and not 0."""
    return short(digest((EVENTS, stage_id))) or 1


def list_path(number: int) -> str:
    """Where the list of this number lies, below the table's root."""
    return f"{EVENTS}/{number}.json"


def load_events(location: Location, number: int) -> tuple[EventFile, ...]:
    """The files of a list; none for 0. Raises `MisconfiguredError` when the list is gone or broken."""
    if not number:
        return ()
    path = list_path(number)
    content = read_object(location, path)
    try:
        return _parse(content)
    except (ValueError, KeyError, TypeError) as error:
        raise MisconfiguredError(
            f"{path} cannot be read: {error}",
            where=location.uri,
            hint="Restore it from a copy, or drop the table and run its intervals again.",
        ) from error


def write_list(location: Location, files: Sequence[EventFile], stage_id: str) -> int:
    """Write the list of a stage; its number."""
    number = number_of(stage_id)
    text = json.dumps({"version": _VERSION, "files": [asdict(file) for file in files]}, indent=1)
    if not put_if_absent(location, list_path(number), text.encode()):
        raise FailedError(f"another list of events has the number {number}", where=location.uri)
    return number


def _parse(content: bytes | None) -> tuple[EventFile, ...]:
    if content is None:
        raise ValueError("it is gone")
    document = json.loads(content)
    if document["version"] != _VERSION:
        raise ValueError("it is of another version of sparkjob")
    return tuple(EventFile(**file) for file in document["files"])
