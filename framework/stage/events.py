"""Events that no row of a table shows, and that decide what rows of an older batch become.

A batch that comes late meets what was merged since. Most of it the table itself tells: a row holds
the event that it came from. Two kinds of events leave no row: one that a key is gone, and in a
history one that repeats what held already. They are kept beside the table, so that batches come to the
same rows in whatever order they are merged.

    _events/<stage id>/part-….parquet      the events that one publish added
    _events/<number>.json                  a list of such files; the number is of its own text

Which list goes with the table, the commit says that publishes the rows (`names.app_id`, `events`). A
list and its files are written before that commit and never changed, so a killed run leaves some that
nobody looks at. The folder's name begins with `_`, so that VACUUM passes over it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from framework.contract.schema import Schema
from framework.environment.location import Location
from framework.environment.objects import list_objects, put_if_absent, read_object
from framework.errors import FailedError, MisconfiguredError
from framework.generation import digest, short
from framework.stage.committer import choose_committer, require_committed
from framework.stage.live import read_files

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

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


def load_events(location: Location, number: int) -> tuple[EventFile, ...]:
    """The files of a list; none for 0. Raises `MisconfiguredError` when the list is gone or broken."""
    if not number:
        return ()
    path = f"{EVENTS}/{number}.json"
    content = read_object(location, path)
    try:
        return _parse(content)
    except (ValueError, KeyError, TypeError) as error:
        raise MisconfiguredError(
            f"{path} cannot be read: {error}",
            where=location.uri,
            hint="Restore it from a copy, or drop the table and run its intervals again.",
        ) from error


def _parse(content: bytes | None) -> tuple[EventFile, ...]:
    if content is None:
        raise ValueError("it is gone")
    document = json.loads(content)
    if document["version"] != _VERSION:
        raise ValueError("it is of another version of sparkjob")
    return tuple(EventFile(**file) for file in document["files"])


def read_events(
    spark: "SparkSession", location: Location, files: Sequence[EventFile], schema: Schema
) -> "DataFrame":
    """The rows of these files."""
    return read_files(spark, location, [file.path for file in files], schema)


def write_events(
    frame: "DataFrame", location: Location, earlier: Sequence[EventFile], stage_id: str, highest: int | None
) -> int:
    """Add the events of `frame` to the earlier ones; the number of the new list. One Spark action."""
    directory = f"{EVENTS}/{stage_id}"
    committer = choose_committer(frame.sparkSession, location)
    frame.write.mode("error").parquet(location.child(directory).for_spark)
    require_committed(location, directory, committer)
    added = [
        EventFile(path=found.path, highest=highest)
        for found in list_objects(location, directory)
        if not found.path.rpartition("/")[2].startswith(("_", "."))
    ]
    files = [asdict(file) for file in (*earlier, *added)]
    text = json.dumps({"version": _VERSION, "files": files}, indent=1)
    number = short(digest((text,)))
    if not put_if_absent(location, f"{EVENTS}/{number}.json", text.encode()):
        raise FailedError(f"another list of events has the number {number}", where=location.uri)
    return number
