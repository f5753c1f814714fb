"""Rows that break a rule are split off in the one write, with the names of the rules, and judged."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession

from framework import WHOLE, Expectation, Interval, Job, Output, Quarantine, expect
from framework.audit.audit import audit
from framework.audit.audited import Audited
from framework.audit.quarantine import audit_split
from framework.checks.verdict import Verdict
from framework.contract.quarantine import published_outputs
from framework.contract.validate import validate_job
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.errors import FailedError, Where
from framework.generation import Fingerprint
from framework.interval import parse_interval
from framework.plan.steps import Build, Target
from framework.plan.windows import span_of
from framework.stage.quarantine import render_broken, stage_quarantine
from framework.stage.staged import Staged
from framework.stage.write import stage_output

SCHEMA = "day DATE, at TIMESTAMP, `o``dd` INT, name STRING"
DAYS = tuple(parse_interval("2013-01-01/2013-01-04").units())
HOURS = tuple(parse_interval("2013-01-01T00:00Z/2013-01-01T02:00Z", grain="hour").units())
ODD = expect.column_values_to_be_between("o`dd", 0, 9, on_fail="quarantine")
NAME = expect.column_values_to_not_be_in_set("name", ["bad", "it's"], on_fail="quarantine")
ODD_NAME, NAME_NAME = (
    "column_values_to_be_between(o`dd, 0, 9)",
    "column_values_to_not_be_in_set(name, {bad, it's})",
)
FINGERPRINT = Fingerprint(code="a", contract="b", checks="c", parameters="d", inputs="e")
Row = tuple[str | None, str, int | None, str | None]
ROWS: list[Row] = [
    ("2013-01-01", "2013-01-01T00:10:00Z", 1, "good"),
    ("2013-01-01", "2013-01-01T01:10:00Z", 10, "good"),
    ("2013-01-01", "2013-01-01T01:20:00Z", -1, "it's"),
    ("2013-01-02", "2013-01-01T00:20:00Z", None, None),  # a rule does not look at a missing value
    ("2013-01-02", "2013-01-01T00:30:00Z", 9, "bad"),
]


class Table:
    """One output with a quarantine, staged and audited as a run does it."""

    def __init__(
        self, spark: SparkSession, root: Path, output: Output, intervals: tuple[Interval, ...]
    ) -> None:
        grain = intervals[0].grain
        timed = {"interval": grain, "start": "2013-01-01"} if grain else {}
        job = Job(
            name="j",
            inputs={},
            outputs={"": output},
            sql_file="j.sql",
            where=Where(file="j.py", line=1),
            rerun="always",
            **timed,
        )
        assert validate_job(job) == []
        self.spark = spark
        self.held, self.output = published_outputs(job).values()
        self.bindings = {
            each.dataset: Binding(
                dataset=each.dataset, format="delta", location=Location(uri=str(root / each.dataset))
            )
            for each in (self.held, self.output)
        }
        self.build = Build(
            job=job,
            intervals=intervals,
            interval=span_of(intervals),
            pins={},
            windows={},
            targets=tuple(
                Target(
                    output=each,
                    binding=self.bindings[each.dataset],
                    interval=interval,
                    expected=None,
                    fingerprint=FINGERPRINT,
                )
                for interval in intervals
                for each in (self.held, self.output)
            ),
            parameters={},
            reasons=(),
        )

    def stage(self, frame: DataFrame, stage_id: str = "s") -> tuple[Staged, Staged]:
        """The stage of the quarantine, and that of the output."""
        binding = self.bindings[self.output.dataset]
        broken = render_broken(self.output)
        kept = stage_output(
            frame, self.build, self.output, binding, run_id="r", stage_id=stage_id, broken=broken
        )
        binding = self.bindings[self.held.dataset]
        return stage_quarantine(self.spark, kept, self.build, self.held, binding), kept

    def audit(self, held: Staged, kept: Staged) -> tuple[Audited, Audited]:
        """The same, audited."""
        audited = audit(held, spark=lambda: self.spark)
        both = audit_split(audit(kept, spark=lambda: self.spark), audited, spark=lambda: self.spark)
        return audited, both

    def run(self, frame: DataFrame) -> tuple[Audited, Audited]:
        """Stage and audit."""
        return self.audit(*self.stage(frame))


def frame_of(spark: SparkSession, rows: list[Row]) -> DataFrame:
    """Rows with their types."""
    made = spark.createDataFrame(rows, "day STRING, at STRING, odd INT, name STRING")
    return made.selectExpr("CAST(day AS DATE)", "CAST(at AS TIMESTAMP)", "odd AS `o``dd`", "name")


def daily(**options: object) -> Output:
    """Days in partitions."""
    return Output("d", **{"schema": SCHEMA, "time": "day", "expectations": [ODD, NAME], **options})  # type: ignore[arg-type]


def in_files(audited: Audited, interval: Interval) -> list[dict[str, object]]:
    """The rows that would be published."""
    root = Path(audited.staged.binding.location.uri)
    return [
        row
        for file in audited.staged.of(interval)
        for row in pq.ParquetFile(root / file.path).read().to_pylist()
    ]


def rules(audited: Audited, interval: Interval) -> dict[str, Verdict]:
    """The verdicts on the declared rules, and on the limit."""
    found = [verdict for verdict in audited.verdicts if verdict.interval == interval]
    return {str(v.expectation): v for v in found if not v.builtin or v.expectation.type.endswith("at_most")}


def test_rows_are_split_off_with_the_names_of_the_rules_that_they_break(
    spark: SparkSession, tmp_path: Path
) -> None:
    """Per interval: what is missing holds; a row may break several rules; all rows are in one of the two."""
    table = Table(spark, tmp_path, daily(), DAYS)
    held, kept = table.run(frame_of(spark, ROWS))

    assert [(held.rows[day], kept.rows[day]) for day in DAYS] == [(2, 1), (1, 1), (0, 0)]
    found = {row["o`dd"]: row["broken_rules"] for day in DAYS for row in in_files(held, day)}
    assert found == {10: [ODD_NAME], -1: [ODD_NAME, NAME_NAME], 9: [NAME_NAME]}
    assert [row["o`dd"] for day in DAYS for row in in_files(kept, day)] == [1, None]
    assert list(in_files(held, DAYS[0])[0]) == ["day", "at", "o`dd", "name", "broken_rules"]
    assert held.publishable == held.staged.targets
    assert kept.publishable == kept.staged.targets


def test_a_verdict_counts_the_rows_of_both_parts(spark: SparkSession, tmp_path: Path) -> None:
    """It fails and stops nothing: what breaks the rule is not published."""
    held, kept = Table(spark, tmp_path, daily(), DAYS).run(frame_of(spark, ROWS))
    first = rules(kept, DAYS[0])
    counts = {
        name: (v.state, v.unexpected, v.considered, v.quarantined, v.stops) for name, v in first.items()
    }
    assert counts == {ODD_NAME: ("fail", 2, 3, 2, False), NAME_NAME: ("fail", 1, 3, 1, False)}
    last = rules(kept, DAYS[2])[ODD_NAME]
    assert (last.state, last.unexpected, last.considered, last.quarantined) == ("pass", 0, 0, 0)
    stray = [
        v for v in held.verdicts + kept.verdicts if v.expectation.type == "quarantined_rows_to_break_a_rule"
    ]
    assert [(v.dataset, v.state) for v in stray] == [("d__quarantine", "pass")] * 2


LAYOUTS: Mapping[str, tuple[Output, tuple[Interval, ...]]] = {
    "one day": (daily(), DAYS[:1]),
    "days without partitions": (daily(partition_by=()), DAYS),
    "days with a further partition": (daily(partition_by=("day", "name")), DAYS),
    "hours": (daily(time="at"), HOURS),
    "a whole table": (daily(time=None), (WHOLE,)),
    "a whole table with a time": (daily(), (WHOLE,)),
    "a whole table in partitions": (daily(time=None, partition_by="name"), (WHOLE,)),
}


@pytest.mark.parametrize("case", LAYOUTS)
def test_every_layout_splits_the_same_rows(spark: SparkSession, tmp_path: Path, case: str) -> None:
    """Whatever tells intervals apart, and whatever the table is partitioned by."""
    output, intervals = LAYOUTS[case]
    wanted = [row for row in ROWS if case != "one day" or row[0] == "2013-01-01"]
    held, kept = Table(spark, tmp_path, output, intervals).run(frame_of(spark, wanted))

    bad = {10, -1, 9}
    assert {row["o`dd"] for each in intervals for row in in_files(held, each)} == bad & {r[2] for r in wanted}
    assert {row["o`dd"] for each in intervals for row in in_files(kept, each)} == {r[2] for r in wanted} - bad
    assert sum(held.rows.values()) + sum(kept.rows.values()) == len(wanted)
    assert held.publishable == held.staged.targets
    assert kept.publishable == kept.staged.targets
    assert {frozenset(file.partition) for file in held.staged.files} == {
        frozenset(held.staged.output.partition_columns)
    }


@pytest.mark.parametrize("time", ["2013-01-09", None], ids=["elsewhere", "missing"])
def test_rows_outside_the_intervals_reject_also_when_they_are_bad(
    spark: SparkSession, tmp_path: Path, time: str | None
) -> None:
    """They belong to no interval, so to no quarantine either."""
    rows = [*ROWS, (time, "2013-01-09T00:00:00Z", 77, "bad")]
    held, kept = Table(spark, tmp_path, daily(), DAYS).run(frame_of(spark, rows))
    assert kept.publishable == ()
    assert sum(held.rows.values()) == 3


def test_without_a_bad_row_the_quarantine_is_empty_and_spark_is_not_asked(
    spark: SparkSession, tmp_path: Path
) -> None:
    """Zero rows are published, without a file."""
    table = Table(spark, tmp_path, daily(), DAYS)
    held, kept = table.stage(frame_of(spark, ROWS[:1]))
    assert (held.files, kept.split) == ((), ())
    audited = audit(held, spark=lambda: pytest.fail("Spark was asked"))
    both = audit_split(
        audit(kept, spark=lambda: spark), audited, spark=lambda: pytest.fail("Spark was asked")
    )
    assert audited.rows == dict.fromkeys(DAYS, 0)
    assert audited.publishable == held.targets
    assert both.publishable == kept.targets


def test_all_rows_may_be_bad(spark: SparkSession, tmp_path: Path) -> None:
    """The output is empty then, and publishable, unless a rule wants rows."""
    every = expect.table_row_count_to_be_between(1)
    bad = [row for row in ROWS if row[2] in (10, -1)]
    held, kept = Table(spark, tmp_path, daily(), DAYS[:1]).run(frame_of(spark, bad))
    assert (held.rows, kept.rows) == ({DAYS[0]: 2}, {DAYS[0]: 0})
    assert kept.publishable == kept.staged.targets
    table = Table(spark, tmp_path / "again", daily(expectations=[ODD, NAME, every]), DAYS[:1])
    _, kept = table.run(frame_of(spark, bad))
    assert kept.publishable == ()


def test_what_remains_is_unique_and_not_null(spark: SparkSession, tmp_path: Path) -> None:
    """A key that is missing or doubled only in bad rows is no fault of the others."""
    present = expect.column_values_to_not_be_null("name", on_fail="quarantine")
    output = daily(key=("day", "name"), expectations=[ODD, present])
    rows: list[Row] = [
        ("2013-01-01", "2013-01-01T00:00:00Z", 1, "a"),
        ("2013-01-01", "2013-01-01T00:00:00Z", 99, "a"),
        ("2013-01-01", "2013-01-01T00:00:00Z", 2, None),
    ]
    held, kept = Table(spark, tmp_path, output, DAYS[:1]).run(frame_of(spark, rows))
    assert held.rows == {DAYS[0]: 2}
    assert kept.publishable == kept.staged.targets


@pytest.mark.parametrize(
    ("limits", "stopped"),
    [
        (Quarantine(max_rows=1), [True, False, False]),
        (Quarantine(max_rows=2), [False, False, False]),
        (Quarantine(max_rows=0), [True, True, False]),
        (Quarantine(max_fraction=0.5), [True, False, False]),
        (Quarantine(max_fraction=2 / 3), [False, False, False]),
        (Quarantine(max_fraction=0.0), [True, True, False]),
        (Quarantine(max_rows=5, max_fraction=0.6), [True, False, False]),
    ],
    ids=str,
)
def test_a_limit_rejects_its_interval_alone(
    spark: SparkSession, tmp_path: Path, limits: Quarantine, stopped: list[bool]
) -> None:
    """The first day has two bad rows of three, the second one of two, the third none at all."""
    _, kept = Table(spark, tmp_path, daily(quarantine=limits), DAYS).run(frame_of(spark, ROWS))
    publishable = {target.interval for target in kept.publishable}
    assert [day not in publishable for day in DAYS] == stopped
    (verdict,) = (
        v for name, v in rules(kept, DAYS[0]).items() if name.startswith("quarantined_rows_to_be_at")
    )
    assert (verdict.unexpected, verdict.considered, verdict.stops) == (2, 3, stopped[0])


def test_rows_of_hostile_values_come_through_as_they_were(spark: SparkSession, tmp_path: Path) -> None:
    """In a partition column and in a rule, also one with another rule's quotes in it."""
    names = ["", "a/b=c%20", "${x}", "q", "\\", "'", '"', "\n", "é{*}[?]", "__HIVE_DEFAULT_PARTITION__"]
    rule: Expectation = expect.column_values_to_not_be_in_set("name", names, on_fail="quarantine")
    output = daily(partition_by=("day", "name"), expectations=[rule])
    rows: list[Row] = [
        ("2013-01-01", "2013-01-01T00:00:00Z", n, name) for n, name in enumerate([*names, "ok"])
    ]
    held, kept = Table(spark, tmp_path, output, DAYS[:1]).run(frame_of(spark, rows))
    assert sorted((row["o`dd"], row["name"]) for row in in_files(held, DAYS[0])) == list(enumerate(names))
    assert [row["name"] for row in in_files(kept, DAYS[0])] == ["ok"]
    (name,) = {tuple(row["broken_rules"]) for row in in_files(held, DAYS[0])}  # type: ignore[arg-type]
    assert name[0].startswith("column_values_to_not_be_in_set(name, {")
    assert kept.publishable == kept.staged.targets


def test_a_lost_row_is_an_error(spark: SparkSession, tmp_path: Path) -> None:
    """Published and quarantined rows are all that were staged, or nothing is published."""
    table = Table(spark, tmp_path, daily(), DAYS)
    held, kept = table.stage(frame_of(spark, ROWS))
    _, fewer = table.stage(frame_of(spark, ROWS[:2]), "other")
    with pytest.raises(
        FailedError, match="1 rows of 2013-01-01 break a rule, and 2 are staged for quarantine"
    ):
        audit_split(audit(fewer, spark=lambda: spark), audit(held, spark=lambda: spark), spark=lambda: spark)
    assert kept.split


def test_a_rule_that_does_not_hold_in_the_files_stops(spark: SparkSession, tmp_path: Path) -> None:
    """Rows that were called good and are bad in the file: the function gives other rows each time."""
    table = Table(spark, tmp_path, daily(), DAYS[:1])
    frame, binding = frame_of(spark, ROWS[:3]), table.bindings["d"]
    kept = stage_output(
        frame, table.build, table.output, binding, run_id="r", stage_id="s", broken="`o``dd` > 9"
    )
    held = stage_quarantine(spark, kept, table.build, table.held, table.bindings["d__quarantine"])
    _, audited = table.audit(held, kept)
    verdict = rules(audited, DAYS[0])[ODD_NAME]
    assert (verdict.state, verdict.unexpected, verdict.quarantined, verdict.stops) == ("fail", 2, 1, True)
    assert audited.publishable == ()


def test_a_good_row_is_not_kept_away(spark: SparkSession, tmp_path: Path) -> None:
    """A row that was split off and breaks no rule in its file stops the interval as well."""
    table = Table(spark, tmp_path, daily(), DAYS[:1])
    frame, binding = frame_of(spark, ROWS[:1]), table.bindings["d"]
    kept = stage_output(frame, table.build, table.output, binding, run_id="r", stage_id="s", broken="true")
    held = stage_quarantine(spark, kept, table.build, table.held, table.bindings["d__quarantine"])
    _, audited = table.audit(held, kept)
    stops = [verdict.expectation.type for verdict in audited.verdicts if verdict.stops]
    assert stops == ["quarantined_rows_to_break_a_rule"]
