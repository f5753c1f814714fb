"""`TableReader` for Delta: looks without a JVM, scans a pinned version with Spark."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from framework.contract.types import Input
from framework.environment.environment import Binding
from framework.errors import RetryError
from framework.generation import Generation, Pin
from framework.interval import Interval
from framework.tables.contents import Contents
from framework.tables.delta.contents import read_contents
from framework.tables.delta.generations import has_generation, read_generations, read_numbers
from framework.tables.delta.handle import open_table
from framework.tables.delta.log import Log
from framework.tables.delta.names import OWNER
from framework.tables.protocol import ALL_ROWS, Reading

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class DeltaReader:
    """Reads Delta tables, ours and others'."""

    def published(self, binding: Binding, intervals: Iterable[Interval]) -> Mapping[Interval, Generation]:
        """The current generation of each interval that has one; a table that is not ours has none."""
        table = open_table(binding.location)
        if table is None or OWNER not in table.metadata().configuration:
            return {}
        return read_generations(table, binding, intervals)

    def pin(self, binding: Binding, intervals: Iterable[Interval]) -> Pin:
        """The newest version now; with it the generations of `intervals`, from the same handle.

        `version` is the table's id and the last version that changed data, so that an OPTIMIZE
        makes nobody run again. A table of ours into which nothing was published does not exist:
        it was only created, by a run that is not done.
        """
        table = open_table(binding.location)
        if table is None:
            return Pin(dataset=binding.dataset, exists=False)
        log = Log(binding.location, table.version())
        metadata = table.metadata()
        is_ours = OWNER in metadata.configuration
        return Pin(
            dataset=binding.dataset,
            exists=not is_ours or has_generation(log, binding.dataset),
            table_id=str(metadata.id),
            read_version=log.version,
            version=f"{metadata.id}@{log.last_data_version}",
            generations=read_numbers(log, binding.dataset, intervals) if is_ours else {},
        )

    def contents(self, binding: Binding, intervals: Iterable[Interval]) -> Contents | None:
        """From the log alone: counts of rows and NULLs, bounds of integers and dates."""
        table = open_table(binding.location)
        if table is None or OWNER not in table.metadata().configuration:
            return None
        return read_contents(table, binding, intervals)

    def scan(
        self,
        spark: "SparkSession",
        binding: Binding,
        pin: Pin,
        declared: Input,  # noqa: ARG002 - the protocol's
        reading: Reading = ALL_ROWS,  # noqa: ARG002 - the protocol's
    ) -> "DataFrame":
        """The rows of the pinned version, all columns.

        Raises `RetryError` when the pin says that the table was not there.
        """
        if pin.read_version is None:
            raise RetryError(f"{binding.dataset} is not there yet", where=binding.location.uri)
        reader = spark.read.format("delta").options(**binding.options)
        return reader.option("versionAsOf", pin.read_version).load(binding.location.for_spark)
