"""What only a started Spark can tell: its session, the Python of its executors, their way to the stores."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from framework.doctor.finding import FAULT, Finding, findings_of, good
from framework.doctor.stores import scratch_in
from framework.environment.location import Location
from framework.environment.objects import put_object
from framework.errors import SparkjobError
from framework.stage.committer import choose_committer
from framework.stage.sparkerror import is_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_TEXT = b"what the driver wrote\n"


def examine_executors(spark: "SparkSession", stores: Mapping[str, Location]) -> Iterator[Finding]:
    """Whether executors read what the driver has written in each store.

    `spark`: from `open_session`, which has looked at their Python.
    """
    yield good("session", f"Spark {spark.version}, executors with the driver's Python")
    yield from _committer(spark, stores.values())
    for about, location in stores.items():
        try:
            yield _read(spark, about, location)
        except SparkjobError as error:
            yield from findings_of(error, about)


def _committer(spark: "SparkSession", places: Iterable[Location]) -> Iterator[Finding]:
    """By which committer tasks hand in what they stage on S3."""
    place = next((each for each in places if each.is_s3), None)
    if place is None:
        return
    try:
        name = choose_committer(spark, place) or "platform's"
    except SparkjobError as error:
        yield from findings_of(error, "session")
    else:
        yield good("session", f"what is staged on S3 is handed in by the {name} committer")


def _read(spark: "SparkSession", about: str, location: Location) -> Finding:
    with scratch_in(location) as scratch:
        put_object(scratch, "object.txt", _TEXT)
        try:
            read = [row[0] for row in spark.read.text(scratch.child("object.txt").for_spark).collect()]
        except Exception as error:
            if not is_spark(error):
                raise
            what = f"Spark does not read what the driver has written there ({type(error).__name__})"
            hint = "docs/s3.md: endpoint, keys and jars of s3a; a folder must be one that all nodes see."
            return Finding(state=FAULT, about=about, what=what, hint=hint)
    if read != [_TEXT.decode().strip()]:
        return Finding(state=FAULT, about=about, what="Spark reads something else there than the driver")
    return good(about, "Spark reads what the driver writes")
