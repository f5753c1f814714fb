"""Ways to give a job the same rows: what may not matter to a job that is right.

A frame promises no order and no number of partitions. In production both change with the size of the
cluster, with the files that a compaction left, with a task that is tried again.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_PARTITIONS = "spark.sql.shuffle.partitions"
_COALESCE = "spark.sql.adaptive.coalescePartitions.enabled"
_EXCLUDED = "spark.sql.optimizer.excludedRules"
_OTHERS = (7, 5)
"""Numbers of partitions that few clusters have; the second for those that have the first."""
_POSITION = "__verify_position"
_KEEP_SORTS = "org.apache.spark.sql.catalyst.optimizer.EliminateSorts"
"""The rule by which Spark forgets an order that the next operator does not need to be right."""


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """How the rows of each input come to the job. `settings`: of Spark, given those that are set now."""

    arrange: "Callable[[DataFrame], DataFrame]"
    settings: Callable[[Mapping[str, str]], Mapping[str, str]] = field(default=lambda _: {})

    @contextmanager
    def set_up(self, spark: "SparkSession") -> Iterator[None]:
        """A block with its settings; the earlier ones return after it."""
        names = (_PARTITIONS, _EXCLUDED, _COALESCE)
        earlier = {name: spark.conf.get(name, None) for name in names}
        for name, value in self.settings({k: v for k, v in earlier.items() if v is not None}).items():
            spark.conf.set(name, value)
        try:
            yield
        finally:
            for name, before in earlier.items():
                if before is None:
                    spark.conf.unset(name)
                else:
                    spark.conf.set(name, before)


def _as_it_is(frame: "DataFrame") -> "DataFrame":
    return frame


def _spread(frame: "DataFrame") -> "DataFrame":
    return frame.repartition(_OTHERS[0])


def _reversed(frame: "DataFrame") -> "DataFrame":
    """The last row first: what takes the first of several takes another one, even of two."""
    from pyspark.sql import functions as F

    positioned = frame.withColumn(_POSITION, F.monotonically_increasing_id())
    return positioned.orderBy(F.col(_POSITION).desc()).drop(_POSITION)


def _other_number(earlier: Mapping[str, str]) -> Mapping[str, str]:
    other = next(str(number) for number in _OTHERS if str(number) != earlier.get(_PARTITIONS))
    # Adaptive execution would join so few rows to one partition again.
    return {_PARTITIONS: other, _COALESCE: "false"}


def _with_sorts(earlier: Mapping[str, str]) -> Mapping[str, str]:
    return {_EXCLUDED: ",".join(filter(None, (earlier.get(_EXCLUDED), _KEEP_SORTS)))}


AS_IT_IS = Arrangement(arrange=_as_it_is)
PARTITIONS = Arrangement(arrange=_spread, settings=_other_number)
ORDER = Arrangement(arrange=_reversed, settings=_with_sorts)
