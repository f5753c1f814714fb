"""Writes and reads the events of a table into which rows are merged (`tables.events`)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from framework.contract.schema import Schema
from framework.environment.location import Location
from framework.environment.objects import list_objects
from framework.stage.committer import choose_committer, require_committed
from framework.stage.live import read_files
from framework.tables.events import EVENTS, EventFile, write_list

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


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
    return write_list(location, (*earlier, *added), stage_id)
