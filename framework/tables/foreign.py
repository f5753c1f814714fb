"""Tables of others, or of ours elsewhere, as rows to be copied: found without a JVM, read by Spark."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from framework.contract.types import Input
from framework.environment.environment import Binding
from framework.errors import Fault, MisconfiguredError, RetryError
from framework.generation import FileVersion, Generation, Pin
from framework.interval import Interval
from framework.tables.history import history_of
from framework.tables.listing import list_files
from framework.tables.readers import reader_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """A table at one moment. `pin`: a version, or pointers; else `files`, plain Parquet.

    `partition`: columns that only the directories tell. `generations`: of a table of ours.
    """

    binding: Binding
    pin: Pin | None
    files: tuple[FileVersion, ...] = ()
    partition: tuple[str, ...] = ()
    generations: Mapping[Interval, Generation] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of plain files."""
        return sum(file.size for file in self.files)


def look(binding: Binding) -> Foreign:
    """What is there now. Raises `MisconfiguredError` when nothing is.

    Raises `RetryError` when a run publishes meanwhile: what is said of generations would be said of
    other rows than those that are read.
    """
    history = history_of(binding)
    intervals = () if history is None else _intervals(binding)
    if intervals or binding.format == "delta":
        reader = reader_of(binding)
        pin = reader.pin(binding, intervals)
        if pin.read_version is None or not pin.exists:
            raise _missing(binding)
        generations = reader.published(binding, intervals)
        if reader.pin(binding, ()).read_version != pin.read_version:
            raise RetryError(
                "the table was published to while it was looked at",
                where=binding.location.uri,
                hint="Try again.",
            )
        return Foreign(binding=binding, pin=pin, generations=generations)
    files = list_files(binding.location)
    if not files:
        raise _missing(binding)
    return Foreign(binding=binding, pin=None, files=files, partition=_directories(binding, files))


def read(spark: "SparkSession", foreign: Foreign) -> "DataFrame":
    """All rows; a column that a directory tells is a STRING. Files of unlike types are an error."""
    if foreign.pin is not None:
        declared = Input(foreign.binding.dataset)
        return reader_of(foreign.binding).scan(spark, foreign.binding, foreign.pin, declared)
    # Otherwise '01' would be read as 1.
    spark.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
    reader = spark.read.format("parquet").option("mergeSchema", "true").option("__globPaths__", "false")
    for name in ("ignoreCorruptFiles", "ignoreMissingFiles"):
        reader = reader.option(name, "false")
    root = foreign.binding.location
    paths = [root.for_spark + file.uri.removeprefix(root.uri) for file in foreign.files]
    return reader.option("basePath", root.for_spark).load(paths)


def require_unchanged(foreign: Foreign) -> None:
    """Raise `RetryError` when plain files have changed since they were looked at."""
    if foreign.pin is None and list_files(foreign.binding.location) != foreign.files:
        raise RetryError(
            "files were changed while they were copied", where=foreign.binding.location.uri, hint="Try again."
        )


def columns_of(frame: "DataFrame") -> dict[str, str]:
    """Names and types of a frame's columns, the types as a contract spells them."""
    return dict(frame.dtypes)


def _intervals(binding: Binding) -> tuple[Interval, ...]:
    history = history_of(binding)
    return () if history is None else history.intervals(binding)


def _directories(binding: Binding, files: tuple[FileVersion, ...]) -> tuple[str, ...]:
    """The columns of `name=value` directories, which every file must have."""
    root = binding.location.uri
    found = [
        tuple(
            unquote(part.partition("=")[0])
            for part in file.uri.removeprefix(root).split("/")[:-1]
            if "=" in part
        )
        for file in files
    ]
    unlike = [file.uri for file, names in zip(files, found, strict=True) if names != found[0]]
    if unlike:
        raise MisconfiguredError(
            [Fault(what="not partitioned as the other files are", where=uri) for uri in unlike[:5]]
        )
    return found[0]


def _missing(binding: Binding) -> MisconfiguredError:
    what = "Delta table" if binding.format == "delta" else "Parquet"
    return MisconfiguredError(f"there is no {what}", where=binding.location.uri)
