"""What every format can tell about a dataset without a JVM, and how Spark reads a pinned state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from framework.contract.schema import Column, Schema
from framework.environment.environment import Binding
from framework.generation import Generation, Pin
from framework.interval import Interval
from framework.tables.contents import Contents

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from framework.contract.types import Input


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Who scans a dataset, and of what: a reader that has to fetch the rows may leave others out.

    `job` and `run_id`: None when it is no run of a job. `schema`: of the dataset's contract, if it has one.
    `window`: only rows with their `time` in it will be looked at; None: all.
    """

    job: str | None = None
    run_id: str | None = None
    schema: Schema | None = None
    time: Column | None = None
    window: Interval | None = None


ALL_ROWS = Reading()
"""All rows of the dataset, for nobody in particular."""


class TableReader(Protocol):
    """Reads one format.

    Raises `MisconfiguredError` for a table that it must not touch, and `RetryError` when the
    store does not answer.
    """

    def published(self, binding: Binding, intervals: Iterable[Interval]) -> Mapping[Interval, Generation]:
        """The current generation of each interval that has one. No table: empty."""
        ...

    def pin(self, binding: Binding, intervals: Iterable[Interval]) -> Pin:
        """The state to read now.

        `intervals`: the units whose generations are wanted; none when the dataset is read whole.
        """
        ...

    def contents(self, binding: Binding, intervals: Iterable[Interval]) -> Contents | None:
        """What the newest version says of its rows, those of `intervals` apart; None: no table of ours."""
        ...

    def scan(
        self,
        spark: "SparkSession",
        binding: Binding,
        pin: Pin,
        declared: "Input",
        reading: Reading = ALL_ROWS,
    ) -> "DataFrame":
        """The pinned rows, all columns, neither filtered nor selected, but for what `reading` leaves out.

        Malformed, truncated or missing data is an error, never nulls or zero rows.
        """
        ...
