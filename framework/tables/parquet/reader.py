"""`TableReader` for Parquet tables: resolves pointers without a JVM, scans exactly the pinned files."""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from framework.contract.types import Input
from framework.environment.environment import Binding
from framework.errors import Fault, RejectedError, RetryError
from framework.generation import Generation, Pin, Snapshot, digest
from framework.interval import Interval
from framework.tables.contents import Contents
from framework.tables.parquet.contents import PointedStatistics, statistics_of
from framework.tables.parquet.generations import find_changed, read_generations
from framework.tables.parquet.table import (
    Names,
    PointerTable,
    open_table,
    read_names,
    read_pointers,
    read_schema,
    require_no_files,
)
from framework.tables.protocol import ALL_ROWS, Reading

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_ID = 16
"""Hex digits of a version: 64 bits over all generations."""


class ParquetReader:
    """Reads the Parquet tables that we publish."""

    def published(self, binding: Binding, intervals: Iterable[Interval]) -> Mapping[Interval, Generation]:
        """The current generation of each interval that has one; `live` is by the sizes of its files."""
        table = _open(binding)
        if table is None:
            return {}
        asked = list(intervals)
        return read_generations(table, read_names(table, asked), asked)

    def pin(self, binding: Binding, intervals: Iterable[Interval]) -> Pin:
        """All current pointers by one look at their names. Pointers and their files never change.

        Raises `MisconfiguredError` for files that are there without pointers.
        """
        table = _open(binding)
        if table is None:
            require_no_files(binding.location)
            return Pin(dataset=binding.dataset, exists=False)
        return _pin(table, read_names(table), intervals)

    def contents(self, binding: Binding, intervals: Iterable[Interval]) -> Contents | None:
        """From the pointers: the number of rows."""
        table = _open(binding)
        if table is None:
            return None
        names, asked = read_names(table), list(intervals)
        pin = _pin(table, names, asked)
        assert pin.snapshot is not None, "the table is there"
        rest = {each: number for each, number in pin.snapshot.numbers.items() if each not in asked}
        generations = read_generations(table, names, asked)
        return Contents(
            pin=pin,
            of={interval: statistics_of(table, found) for interval, found in generations.items()},
            rest=PointedStatistics(table, rest),
        )

    def scan(
        self,
        spark: "SparkSession",
        binding: Binding,
        pin: Pin,
        declared: Input,
        reading: Reading = ALL_ROWS,  # noqa: ARG002 - the protocol's
    ) -> "DataFrame":
        """The rows of the pinned generations; a column that was added after a file was written is NULL.

        Raises `RetryError` when the table was not there, or is another now, or files of it are gone, and
        `RejectedError` for files that somebody else has changed.
        """
        from pyspark.sql.types import StructType

        table = _open(binding)
        if pin.snapshot is None:
            raise RetryError(f"{binding.dataset} is not there yet", where=binding.location.uri)
        if table is None or table.id != pin.table_id:
            raise RetryError(f"{binding.dataset} was dropped since it was pinned", where=declared.where)
        schema = StructType.fromJson(json.loads(pin.snapshot.schema))
        pointers = list(read_pointers(table, pin.snapshot.numbers).values())
        _require_unchanged(binding, *find_changed(pointers, binding.location))
        paths = [binding.location.child(file.path).for_spark for each in pointers for file in each.files]
        if not paths:
            return spark.createDataFrame([], schema)
        reader = spark.read.format("parquet").schema(schema)
        for name in ("ignoreCorruptFiles", "ignoreMissingFiles", "mergeSchema"):
            reader = reader.option(name, "false")
        # Directories are names that we gave and hold no column; a `[` in one is no pattern.
        return reader.option("recursiveFileLookup", "true").option("__globPaths__", "false").load(paths)


def _open(binding: Binding) -> PointerTable | None:
    """The table, if it is the dataset's; publishing refuses another's by name."""
    table = open_table(binding.location)
    return None if table is None or table.dataset != binding.dataset else table


def _pin(table: PointerTable, names: Names, intervals: Iterable[Interval]) -> Pin:
    numbers = {
        interval: number
        for folder, number in sorted(names.pointed.items())
        if (interval := table.interval_of(folder)) is not None
    }
    state = digest(f"{interval.key}#{number}" for interval, number in numbers.items())
    return Pin(
        dataset=table.dataset,
        exists=bool(numbers),
        table_id=table.id,
        read_version=names.version,
        version=f"{table.id}@{state[:_ID]}",
        generations={each: number for each in intervals if (number := names.of(each))},
        snapshot=Snapshot(numbers=numbers, schema=read_schema(table, names)),
    )


def _require_unchanged(binding: Binding, gone: list[str], changed: list[str]) -> None:
    if gone:
        raise RetryError(
            [
                Fault(
                    what=f"{binding.dataset}: a published file is gone",
                    where=binding.location.child(path).uri,
                    hint="If it was replaced while this run went on, the next one reads the new files; "
                    "else run the job that makes the dataset.",
                )
                for path in gone
            ]
        )
    if changed:
        raise RejectedError(
            [
                Fault(
                    what=f"{binding.dataset}: a published file was changed by somebody else",
                    where=binding.location.child(path).uri,
                    hint="Run the job that makes the dataset: it makes the interval anew.",
                )
                for path in changed
            ]
        )
