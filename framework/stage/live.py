"""Rows of chosen live files, each with the file that it lies in: what merging reads of a table."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING
from urllib.parse import unquote

from framework.contract.columns import INTERVAL_DIRECTORY
from framework.contract.datatype import identifier
from framework.contract.schema import Schema
from framework.environment.location import Location
from framework.errors import FailedError
from framework.tables.rewritable import Bounds, Rewritable, WholeFile

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FILE = "sparkjob_m_file"
"""Column: Spark's own address of the file of a row."""

_OURS = re.compile(rf"data/(?!.*/{INTERVAL_DIRECTORY}=)")
"""Files that a merge wrote hold all columns. Other writers leave partition columns out, and what `compact`
makes of theirs, in a directory of an interval, lacks them too."""


@dataclass(frozen=True, kw_only=True)
class LiveRows:
    """The rows of `table`, with the columns of `schema`; those that a file lacks are NULL."""

    spark: "SparkSession"
    table: Rewritable
    schema: Schema

    def may_hold(self, bounds: Bounds) -> tuple[WholeFile, ...]:
        """Files that may hold rows with these values."""
        return tuple(file for file in self.table.files if file.may_hold(bounds))

    def read(self, files: Sequence[WholeFile]) -> "DataFrame":
        """All rows of some files: the columns, and `FILE`."""
        groups: dict[tuple[tuple[str, object], ...], list[WholeFile]] = {}
        for file in files:
            values = () if _OURS.match(file.path) else tuple(file.partition.items())
            groups.setdefault(values, []).append(file)
        frames = [self._read(of, dict(values)) for values, of in groups.items()]
        return reduce(lambda one, other: one.unionByName(other), frames)

    def find(self, addresses: Iterable[str]) -> tuple[WholeFile, ...]:
        """The files of these values of `FILE`. Raises `FailedError` for one that is not live."""
        files = {file.path: file for file in self.table.files}
        root = _plain(self.table.location.for_spark) + "/"
        paths = sorted(_plain(unquote(address)).removeprefix(root) for address in addresses)
        if lost := [path for path in paths if path not in files]:
            raise FailedError(f"{lost[0]} is no live file", where=self.table.location.uri)
        return tuple(files[path] for path in paths)

    def _read(self, files: Sequence[WholeFile], constant: dict[str, object]) -> "DataFrame":
        from pyspark.sql import functions as F

        held = Schema(tuple(column for column in self.schema.columns if column.name not in constant))
        frame = read_files(self.spark, self.table.location, [file.path for file in files], held)
        values = {
            name: F.lit(value).cast(column.type)
            for name, value in constant.items()
            if (column := self.schema.find(name)) is not None
        }
        frame = frame.withColumn(FILE, F.col("_metadata.file_path")).withColumns(values)
        return frame.select(*map(identifier, self.schema.names), FILE)


def read_files(
    spark: "SparkSession", location: Location, paths: Sequence[str], schema: Schema
) -> "DataFrame":
    """Exactly these Parquet files below `location`, every column nullable; damage is an error."""
    columns = (f"{identifier(column.name)} {column.type}" for column in schema.columns)
    reader = spark.read.schema(", ".join(columns))
    for name in ("ignoreCorruptFiles", "ignoreMissingFiles", "mergeSchema"):
        reader = reader.option(name, "false")
    # Directories are names that we gave and hold no column; a `[` in one is no pattern.
    reader = reader.option("recursiveFileLookup", "true").option("__globPaths__", "false")
    return reader.format("parquet").load([location.child(path).for_spark for path in paths])


def _plain(address: str) -> str:
    """Without the scheme, which has one slash or three where there is no host."""
    scheme, _, rest = address.partition(":")
    return "/" + rest.lstrip("/") if scheme else address
