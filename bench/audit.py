"""What do 20 checks cost, beside the plain write of the rows that they look at?

Looks at TPC-H lineitem in six ways, alternating in one Spark session with a plain Parquet write:

footers             those 15 of the checks that footers answer: Spark is not asked for
ours                the 20 checks over the staged files: footers, then one aggregate
ours+unique         the same with an exact compound uniqueness check
gx                  Great Expectations on the DataFrame as it comes: it caches the rows, format SUMMARY
gx boolean          Great Expectations on the staged files: no cache, format BOOLEAN_ONLY
separate counts     a `where(…).count()` for each check on the staged files

`--expectations` instead: 10, 100 and 500 expectations on the same staged files; what Spark logs of
code that it cannot generate stops it with an error.

Prints a table and, as its last line, one JSON object of ratios of medians to the plain write.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from _lineitem import LEAST, RANGES, REGEX, REQUIRED, SETS, Stager, declare, expectations, lineitem, session
from py4j.java_gateway import JVMView
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from framework import Expectation, expect
from framework.audit.audit import audit
from framework.contract.frozen import thaw
from framework.stage.staged import Staged

KEY = ("l_orderkey", "l_linenumber")
TEXTS = {"l_comment": 43, "l_shipinstruct": 17, "l_shipmode": 7, "l_returnflag": 1, "l_linestatus": 1}
"""Columns of text, and how many characters they have at most."""
FOOTERS = ("table_row_count_to_be_between", "column_values_to_not_be_null", "column_values_to_be_between")
"""Types of the 20 checks that footers answer on these columns."""
COUNTS = (10, 100, 500)
BROKEN_CODE = (
    "grows beyond 64 KB",
    "codegen disabled",
    "Failed to compile",
    "huge method",
    "too long generated",
)
Way = Callable[[], None]


def ours(
    spark: Callable[[], SparkSession], staged: Staged, rows: DataFrame, rules: Sequence[Expectation]
) -> Way:
    """Our audit of these rules, which all hold."""
    checked = replace(staged, output=declare(rows, rules))

    def check() -> None:
        audited = audit(checked, spark=spark)
        assert audited.publishable, [v for v in audited.verdicts if v.state != "pass"]

    return check


def great_expectations(frame: Callable[[], DataFrame], *, cached: bool) -> Way:
    """A validation of the 20 checks by Great Expectations."""
    import great_expectations as gx
    from great_expectations.expectations.registry import get_expectation_impl

    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    built = [
        get_expectation_impl(f"expect_{rule.type}")(**{k: thaw(v) for k, v in rule.arguments.items()})
        for rule in expectations()
    ]
    suite = gx.ExpectationSuite(name="bench", expectations=built)
    source = context.data_sources.add_spark("rows", persist=cached)
    definition = source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("rows")

    def check() -> None:
        batch = definition.get_batch({"dataframe": frame()})
        result = batch.validate(suite, result_format="SUMMARY" if cached else "BOOLEAN_ONLY")
        assert result.success, [each.to_json_dict() for each in result.results if not each.success]

    return check


def separate_counts(frame: Callable[[], DataFrame]) -> Way:
    """The same 20 checks by hand, one after the other."""
    rules = [
        *(F.col(name).isNotNull() for name in REQUIRED),
        *(F.col(name).between(low, high) for name, (low, high) in RANGES.items()),
        *(F.col(name).isin(*values) for name, values in SETS.items()),
        F.col("l_comment").rlike(REGEX),
        F.col("l_receiptdate").between("1992-01-01", "1999-12-31"),
    ]

    def check() -> None:
        rows = frame()
        assert rows.count() >= LEAST
        assert not any(rows.where(~rule).count() for rule in rules)

    return check


def many() -> Iterator[Expectation]:
    """Ever more different rules that hold: ranges, lengths, sets, patterns, pairs, conditions."""
    ranges, sets, texts = cycle(RANGES.items()), cycle(SETS.items()), cycle(TEXTS.items())
    required = cycle(REQUIRED)
    number = 0
    while True:
        number += 1
        name, (low, high) = next(ranges)
        yield expect.column_values_to_be_between(name, low - number, high + number)
        condition = f"l_linenumber <= {number % 7 + 1}"
        yield expect.column_values_to_be_between(name, low, high + number, row_condition=condition)
        text, longest = next(texts)
        yield expect.column_value_lengths_to_be_between(text, 1, longest + number)
        yield expect.column_values_to_be_between(text, " ", f"~{number}")
        yield expect.column_values_to_not_be_null(next(required), mostly=1 / (1 + number / 1000))
        name, values = next(sets)
        yield expect.column_values_to_be_in_set(name, [*values, f"other {number}"])
        if number % 4 == 0:
            yield expect.column_values_to_not_match_regex("l_comment", f"{number}$")
            yield expect.column_pair_values_a_to_be_greater_than_b(
                "l_receiptdate", "l_shipdate", row_condition=f"l_orderkey > {number}"
            )


def measure(
    ways: Mapping[str, Way], rounds: int, spark: SparkSession
) -> Mapping[str, list[tuple[float, float]]]:
    """Seconds and processor seconds of the JVM of each, in turn, forwards and backwards."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for number in range(-1, rounds):
        for name, way in ways.items() if number % 2 else reversed(ways.items()):
            processor, start = _processor(spark), time.perf_counter()
            way()
            taken = time.perf_counter() - start, _processor(spark) - processor
            spark.catalog.clearCache()
            if number >= 0:  # the first round warms up the JVM
                spent[name].append(taken)
    return spent


def _jvm(spark: SparkSession) -> JVMView:
    """Java's classes."""
    view = spark._jvm  # noqa: SLF001  # pyspark has no public way
    assert view is not None
    return view


def _processor(spark: SparkSession) -> float:
    """Seconds that the JVM has been on a processor, by Linux (proc(5), «/proc/pid/stat»)."""
    pid = _jvm(spark).java.lang.ProcessHandle.current().pid()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(spent: Mapping[str, list[tuple[float, float]]]) -> dict[str, float]:
    """Print the table; ratios of the medians to the plain write."""
    medians = {
        n: [statistics.median(each) for each in zip(*times, strict=True)] for n, times in spent.items()
    }
    plain = medians["plain write"]
    print(f"{'':20} {'median':>7} {'least':>7} {'most':>7} {'CPU':>7}  ÷ write  CPU ÷ write")
    for name, times in spent.items():
        (wall, processor), seconds = medians[name], [second for second, _ in times]
        cells = f"{wall:7.2f} {min(seconds):7.2f} {max(seconds):7.2f} {processor:7.2f}"
        print(f"{name:20} {cells}  {wall / plain[0]:7.2f}  {processor / plain[1]:11.2f}")
    return {name: round(wall / plain[0], 3) for name, (wall, _) in medians.items() if name != "plain write"}


@contextmanager
def watched_log() -> Iterator[None]:
    """Stops when Spark, started meanwhile, logs of code that it could not generate or the JVM not compile."""
    with tempfile.TemporaryFile() as log:
        kept = os.dup(2)
        os.dup2(log.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            log.seek(0)
            text = log.read().decode(errors="replace")
            sys.stderr.write("".join(line for line in text.splitlines(keepends=True) if " INFO " not in line))
        found = [line for line in text.splitlines() if any(words in line for words in BROKEN_CODE)]
        assert not found, found


def log_generated_code(spark: SparkSession) -> None:
    """Let Spark say what it generates no code for."""
    log4j = _jvm(spark).org.apache.logging.log4j
    package = "org.apache.spark.sql"
    for name in ("catalyst.expressions.codegen.CodeGenerator", "execution.WholeStageCodegenExec"):
        log4j.core.config.Configurator.setLevel(f"{package}.{name}", log4j.Level.INFO)


def no_spark() -> SparkSession:
    """What the audit of rules that footers answer does not call."""
    raise AssertionError("footers answer these")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rows and rounds; within a minute")
    parser.add_argument("--expectations", action="store_true", help="10, 100 and 500 expectations instead")
    options = parser.parse_args()
    scale, rounds = (0.03, 3) if options.quick else (0.3, 5)
    source = lineitem(scale)
    with watched_log(), session() as (spark, lake):
        log_generated_code(spark)
        numbers = iter(range(1_000_000))

        def rows() -> DataFrame:
            return spark.read.parquet(str(source)).withColumn("day", F.lit("2024-01-01").cast("date"))

        staged = Stager(rows, lake).stage(0)
        files = staged.binding.location.child(staged.directory).for_spark

        def staged_rows() -> DataFrame:
            return spark.read.parquet(files)

        count = staged_rows().count()
        ways: dict[str, Way] = {
            "plain write": lambda: rows().write.parquet(str(lake / "plain" / f"{next(numbers)}"))
        }
        if options.expectations:
            ways |= {
                str(number): ours(lambda: spark, staged, rows(), list(islice(many(), number)))
                for number in COUNTS
            }
        else:
            by_footers = [rule for rule in expectations() if rule.type in FOOTERS]
            unique = expect.compound_columns_to_be_unique(list(KEY))
            ways |= {
                "footers": ours(no_spark, staged, rows(), by_footers),
                "ours": ours(lambda: spark, staged, rows(), expectations()),
                "ours+unique": ours(lambda: spark, staged, rows(), [*expectations(), unique]),
                "gx": great_expectations(rows, cached=True),
                "gx boolean": great_expectations(staged_rows, cached=False),
                "separate counts": separate_counts(staged_rows),
            }
        spent = measure(ways, rounds, spark)
    print(f"lineitem, {count:,} rows, {rounds} rounds, local[2], seconds")
    print(json.dumps({"rows": count, **report(spent)}))


if __name__ == "__main__":
    main()
