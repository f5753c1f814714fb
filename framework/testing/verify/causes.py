"""What makes a job's rows depend on the clock, on chance, or on how Spark shares the work."""

from dataclasses import dataclass
from typing import Literal

Nature = Literal["chance", "time", "order", "bits", "python"]
"""Why two runs differ: by chance, by the clock, by the order of rows, by the order in which floating
numbers are added, or by what a function of Python does that Spark does not see."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One reason. `classes`: Spark's expressions and operators that have it; `calls`: how it is written.

    A call of `calls` is known by its last name, `limit` of `frame.limit(5)`; with a dot by the whole,
    `time.time`; `random.*` is all of a module.
    """

    name: str
    nature: Nature
    hint: str
    classes: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


_EXACT = "Add up DECIMAL, or round() the result."
_TIES = "Order by columns that are unique together, so that no two rows tie."

CAUSES = (
    Cause(
        name="rand()",
        nature="chance",
        classes=("Rand", "Randn", "RandStr", "Uniform"),
        calls=("rand", "randn", "randstr", "uniform"),
        hint="Make the number of the row's own key, as in pmod(xxhash64(key), 100): a seed alone is the same "
        "only while rows and partitions are.",
    ),
    Cause(
        name="uuid()",
        nature="chance",
        classes=("Uuid",),
        calls=("uuid",),
        hint="Make the id of the row's own key, as in sha2(concat_ws('|', …), 256).",
    ),
    Cause(
        name="sample()",
        nature="chance",
        classes=("Sample",),
        calls=("sample", "sampleBy", "randomSplit", "TABLESAMPLE"),
        hint="Choose rows by their own key, as in where(pmod(xxhash64(key), 100) < 10).",
    ),
    Cause(
        name="shuffle()",
        nature="chance",
        classes=("Shuffle",),
        calls=("shuffle",),
        hint="Sort the array by something of the row's own.",
    ),
    Cause(
        name="the current time",
        nature="time",
        classes=("CurrentTimestamp", "CurrentDate", "CurrentTime", "LocalTimestamp", "Now"),
        calls=("current_timestamp", "current_date", "current_time", "localtimestamp", "now", "curdate"),
        hint="Use the interval that the job is run for, or a column of its inputs; when a row was published "
        "the run record knows.",
    ),
    Cause(
        name="row_number() over rows that tie",
        nature="order",
        classes=("RowNumber", "NTile"),
        calls=("row_number", "ntile"),
        hint=_TIES,
    ),
    Cause(
        name="lag() or lead() over rows that tie",
        nature="order",
        classes=("Lead", "Lag", "NthValue"),
        calls=("lag", "lead", "nth_value"),
        hint=_TIES,
    ),
    Cause(
        name="first() of rows without an order",
        nature="order",
        classes=("First", "Last", "AnyValue"),
        calls=("first", "last", "any_value", "first_value", "last_value"),
        hint="Take min(), max(), or max_by() of something unique.",
    ),
    Cause(
        name="max_by() over rows that tie",
        nature="order",
        classes=("MaxBy", "MinBy", "Mode"),
        calls=("max_by", "min_by", "mode"),
        hint="Compare by columns that are unique together, as in max_by(x, struct(at, id)).",
    ),
    Cause(
        name="a list in the order in which rows came",
        nature="order",
        classes=("CollectList", "CollectSet", "ListAgg"),
        calls=("collect_list", "collect_set", "array_agg", "listagg", "string_agg"),
        hint="Sort it: array_sort(collect_list(…)).",
    ),
    Cause(
        name="dropDuplicates() on some of the columns",
        nature="order",
        classes=("Deduplicate",),
        calls=("dropDuplicates", "drop_duplicates"),
        hint="Say which row stays: row_number() over the same columns, in an order that is unique.",
    ),
    Cause(
        name="limit() of rows without an order",
        nature="order",
        classes=("GlobalLimit", "Tail", "Offset"),
        calls=("limit", "tail", "offset"),
        hint="Order by columns that are unique together before it.",
    ),
    Cause(
        name="a number or name of where Spark has the row",
        nature="order",
        classes=("MonotonicallyIncreasingID", "SparkPartitionID", "InputFileName"),
        calls=("monotonically_increasing_id", "spark_partition_id", "input_file_name"),
        hint="Make the id of the row's own key, as in xxhash64(key).",
    ),
    Cause(
        name="a quantile by approximation",
        nature="order",
        classes=("ApproximatePercentile",),
        calls=("approx_percentile", "percentile_approx"),
        hint="percentile() is exact.",
    ),
    Cause(
        name="a sum of floating numbers",
        nature="bits",
        classes=("Sum", "Average"),
        calls=("sum", "avg", "mean"),
        hint=_EXACT,
    ),
    Cause(
        name="a variance of floating numbers",
        nature="bits",
        classes=("StddevSamp", "StddevPop", "VarianceSamp", "VariancePop", "Corr"),
        calls=("stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop", "corr"),
        hint=_EXACT,
    ),
)
UDF = Cause(
    name="a function of Python",
    nature="python",
    classes=("PythonUDF", "MapInPandas", "MapInArrow", "FlatMapGroupsInPandas", "FlatMapGroupsInArrow"),
    hint="What it returns may depend on its arguments alone: not on chance, on the time, or on earlier rows.",
)
PYTHON = (
    Cause(
        name="chance in Python",
        nature="python",
        calls=("random.*", "uuid4", "uuid1", "secrets.*", "urandom", "default_rng"),
        hint="Make it of the row's own key.",
    ),
    Cause(
        name="the current time in Python",
        nature="python",
        calls=("time.time", "time_ns", "now", "utcnow", "today", "perf_counter", "monotonic"),
        hint="Use the interval that the job is run for.",
    ),
    Cause(
        name="a file or an address that is read beside the inputs",
        nature="python",
        calls=("open", "read_text", "read_bytes", "urlopen", "requests.*", "httpx.*", "getenv", "environ"),
        hint="Declare it: an Input where it changes, uses=[…] for a file of the project.",
    ),
)
"""What a job's Python may do unseen by Spark; looked for in its source when no plan explains a difference."""
