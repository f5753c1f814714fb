"""Rules with `scope="table"`: judged on the table as it will be, and no more is read than that takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from framework import Expectation, Interval, Output, expect
from framework.audit.audit import audit
from framework.audit.audited import Audited
from framework.audit.evaluate import evaluate
from framework.audit.relation import Relation
from framework.audit.table import audit_table
from framework.checks.compile import compile_expectation
from framework.checks.verdict import Verdict
from framework.contract.catalogue import faults_of
from framework.contract.types import Input
from framework.interval import WHOLE
from tests.storage.publishing import (
    D1,
    D2,
    D3,
    Rows,
    World,
    by_day,
    by_path,
    delta_world,
    memory_world,
    rows_of,
    whole,
)

Make = Callable[..., World]
UNIQUE = expect.column_values_to_be_unique("name", scope="table")


@pytest.fixture(params=[delta_world, memory_world], ids=["delta", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes a world of the format that is tested."""
    return lambda *args, **kwargs: request.param(tmp_path, *args, **kwargs).prepare()


def no_spark() -> NoReturn:
    """What must not be called when footers and the log tell it all."""
    raise AssertionError("Spark was asked for")


def look(
    world: World, spark: Callable[[], SparkSession], rows: Mapping[Interval, Rows]
) -> tuple[Audited, list[Verdict]]:
    """Stage, audit, and audit the table with all that passes; the verdicts that this adds."""
    first = audit(world.stage(rows, code=repr(rows)).staged, spark=spark)
    intervals = [target.interval for target in first.publishable]
    audited = audit_table(first, intervals, spark=spark, reader=world.reader)
    return audited, list(audited.verdicts[len(first.verdicts) :])


def test_a_value_of_another_interval_collides(spark: SparkSession, make: Make) -> None:
    """Each interval is unique in itself, the table would not be: nothing is publishable."""
    world = make(by_day(expectations=[UNIQUE]))
    world.run({D1: rows_of(D1, "a", "b")})
    audited, (verdict,) = look(world, lambda: spark, {D2: rows_of(D2, "b", "c")})
    assert (verdict.state, verdict.unexpected, verdict.considered) == ("fail", 2, 4)
    assert verdict.interval == D2
    assert audited.publishable == ()


def test_rows_that_are_replaced_do_not_count(spark: SparkSession, make: Make) -> None:
    """The interval's own old rows go with the publish, and so collide with nothing."""
    world = make(by_day(expectations=[UNIQUE]))
    world.run({D1: rows_of(D1, "a", "b"), D2: rows_of(D2, "c")})
    audited, (verdict,) = look(world, lambda: spark, {D1: rows_of(D1, "b", "d")})
    assert (verdict.state, verdict.unexpected, verdict.considered) == ("pass", 0, 3)
    assert audited.seen is not None
    assert (audited.seen.version, audited.seen.intervals) == (world.version(), {D1})
    assert [receipt.outcome for receipt in world.publish(audited)] == ["published"]


def test_intervals_of_a_batch_collide_with_each_other(spark: SparkSession, make: Make) -> None:
    """One verdict over all that would be published together, and it stops all of it."""
    world = make(by_day(expectations=[UNIQUE]))
    audited, (verdict,) = look(world, lambda: spark, {D1: rows_of(D1, "a"), D2: [], D3: rows_of(D3, "a")})
    assert (verdict.state, verdict.unexpected) == ("fail", 2)
    assert (verdict.interval.start, verdict.interval.end) == (D1.start, D3.end)
    assert audited.publishable == ()


def test_an_interval_that_is_stopped_anyway_takes_no_part(spark: SparkSession, make: Make) -> None:
    """Its new rows will not be there, and its old ones stay: that is the table which is looked at."""
    few = expect.table_row_count_to_be_between(max_value=2)
    world = make(by_day(expectations=[few, UNIQUE]))
    world.run({D1: rows_of(D1, "old")})
    rows = {D1: rows_of(D1, "x", "y", "z"), D2: rows_of(D2, "x")}
    audited, (verdict,) = look(world, lambda: spark, rows)
    assert (verdict.state, verdict.considered, verdict.interval) == ("pass", 2, D2)
    assert [target.interval for target in audited.publishable] == [D2]
    _, (verdict,) = look(world, lambda: spark, {D1: rows_of(D1, "x", "y", "z"), D2: rows_of(D2, "old")})
    assert verdict.state == "fail"


def test_intervals_that_are_told_by_paths(spark: SparkSession, make: Make) -> None:
    """A TIMESTAMP tells the rows of an interval as well, to the microsecond."""
    world = make(by_path(expectations=[UNIQUE]))
    last = datetime.fromisoformat("2013-01-01T23:59:59.999999+00:00")
    world.run({D1: [(last, "a", 1)], D2: [(D2.start, "b", 1)]})
    _, (verdict,) = look(world, lambda: spark, {D1: [(last, "b", 1)]})
    assert (verdict.state, verdict.considered) == ("fail", 2)
    _, (verdict,) = look(world, lambda: spark, {D2: [(D2.start, "c", 1)]})
    assert (verdict.state, verdict.considered) == ("pass", 2)


def test_foreign_rows_of_no_day_stay_in_the_table(spark: SparkSession, tmp_path: Path) -> None:
    """A replaced day takes rows of other days, and of none, along with nothing."""
    world = delta_world(
        tmp_path, by_day(schema="day DATE, name STRING, amount BIGINT", expectations=[UNIQUE])
    )
    world.prepare()
    foreign = pa.table(
        {"day": pa.array([None, D1.first_day], pa.date32()), "name": ["lost", "gone"], "amount": [1, 1]}
    )
    write_deltalake(world.binding.location.uri, foreign, mode="append")
    _, (verdict,) = look(world, lambda: spark, {D1: rows_of(D1, "gone")})
    assert (verdict.state, verdict.considered) == ("pass", 2)
    _, (verdict,) = look(world, lambda: spark, {D1: rows_of(D1, "lost")})
    assert verdict.state == "fail"


def test_a_column_that_the_table_does_not_have_yet(spark: SparkSession, make: Make) -> None:
    """Before it is widened its rows have NULL there, as they will have after."""
    world = make(by_day())
    world.run({D1: rows_of(D1, "a")})
    filled = expect.column_values_to_not_be_null("more", scope="table", mostly=0.5)
    world.output = by_day(
        schema="day DATE NOT NULL, name STRING, amount BIGINT, more STRING", expectations=[filled]
    )
    world.prepare(output=world.output)
    _, (verdict,) = look(world, lambda: spark, {D2: [(D2.first_day, "b", 1, "x")]})
    assert (verdict.state, verdict.unexpected, verdict.considered) == ("pass", 1, 2)


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        (expect.table_row_count_to_be_between(3, 3, scope="table"), "pass"),
        (expect.table_row_count_to_be_between(4, scope="table"), "fail"),
        (expect.column_values_to_not_be_null("amount", mostly=0.6, scope="table"), "pass"),
        (expect.column_values_to_not_be_null("amount", mostly=0.7, scope="table"), "fail"),
        (expect.column_values_to_be_between("amount", -1, 7, scope="table"), "pass"),
        (expect.column_values_to_be_between("day", "2013-01-01", "2013-01-02", scope="table"), "pass"),
    ],
)
def test_what_footers_and_the_log_tell_is_not_read(tmp_path: Path, rule: Expectation, state: str) -> None:
    """Counts of rows and NULLs, and bounds of numbers and dates: no Spark job, whatever the table's size."""
    world = delta_world(tmp_path, by_day(expectations=[rule])).prepare()
    world.run({D1: [(D1.first_day, "a", 7), (D1.first_day, "b", None)], D2: rows_of(D2, "old", "older")})
    audited, (verdict,) = look(world, no_spark, {D2: [(D2.first_day, "c", -1)]})
    assert verdict.state == state
    assert bool(audited.publishable) == (state == "pass")


def test_a_key_with_the_time_column_needs_no_other_interval(spark: SparkSession, tmp_path: Path) -> None:
    """Rows of two days cannot be equal in their day: each interval is judged by itself, staged alone."""
    rule = expect.compound_columns_to_be_unique(["name", "day"], scope="table")
    world = delta_world(tmp_path, by_day(expectations=[rule])).prepare()
    world.run({D1: rows_of(D1, "a")})
    audited, added = look(world, lambda: spark, {D1: rows_of(D1, "a", "a"), D2: rows_of(D2, "a")})
    assert (added, audited.seen) == ([], None)
    states = {v.interval: v.state for v in audited.verdicts if v.expectation == rule}
    assert states == {D1: "fail", D2: "pass"}


def test_a_whole_table_is_all_staged(spark: SparkSession, tmp_path: Path) -> None:
    """There is nothing beside the staged rows."""
    world = delta_world(tmp_path, whole(expectations=[UNIQUE]), grain=None).prepare()
    world.run({WHOLE: rows_of(D1, "a")})
    audited, added = look(world, lambda: spark, {WHOLE: rows_of(D2, "a")})
    assert (added, audited.seen) == ([], None)
    assert [v.state for v in audited.verdicts if v.expectation == UNIQUE] == ["pass"]


def test_a_warning_about_the_table_insists_on_no_version(spark: SparkSession, make: Make) -> None:
    """It stops nothing, so that it should not make a run try again either."""
    world = make(by_day(expectations=[replace(UNIQUE, severity="warning")]))
    world.run({D1: rows_of(D1, "a")})
    audited, (verdict,) = look(world, lambda: spark, {D2: rows_of(D2, "a")})
    assert (verdict.state, audited.seen) == ("fail", None)
    assert [target.interval for target in audited.publishable] == [D2]


AMOUNTS = st.none() | st.integers(0, 3)
NAMES = st.none() | st.sampled_from("abcd")
DAY = st.lists(st.tuples(NAMES, AMOUNTS), max_size=4)
RULES: Sequence[Expectation] = [
    expect.column_values_to_be_unique("name", scope="table", mostly=0.5),
    expect.compound_columns_to_be_unique(["name", "amount"], scope="table"),
    expect.column_values_to_be_between("amount", 0, 2, scope="table", mostly=0.7),
    expect.column_values_to_be_in_set("name", ["a", "b"], scope="table", mostly=0.3),
    expect.column_values_to_not_be_null("name", scope="table"),
    expect.column_values_to_be_null("amount", scope="table", mostly=0.5),
    expect.column_values_to_be_unique("amount", scope="table", mostly=0.2, row_condition="name = 'a'"),
    expect.table_row_count_to_be_between(2, 6, scope="table"),
]


@settings(max_examples=4, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(before=st.tuples(DAY, DAY, DAY), after=st.tuples(DAY, DAY))
def test_the_verdict_is_that_on_the_table_after_the_publish(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, before: tuple, after: tuple
) -> None:
    """Whatever is there and whatever is staged: the same as looking at the table once it is published."""
    rules = [replace(rule, severity="warning") for rule in RULES]
    world = delta_world(tmp_path_factory.mktemp("table"), by_day(expectations=rules)).prepare()
    world.run({day: _rows(day.first_day, rows) for day, rows in zip((D1, D2, D3), before, strict=True)})
    audited, verdicts = look(
        world,
        lambda: spark,
        {day: _rows(day.first_day, rows) for day, rows in zip((D2, D3), after, strict=True)},
    )
    world.publish(audited)
    assert [(v.state, v.observed, v.unexpected, v.considered) for v in verdicts] == _judged(
        spark, world, world.output
    )


def _rows(day: date, rows: Sequence[tuple[object, object]]) -> Rows:
    return [(day, *row) for row in rows]


def _judged(spark: SparkSession, world: World, output: Output) -> list[tuple[object, ...]]:
    """The rules on the published table as it is, read as anybody reads it."""
    assert output.schema is not None
    assert not any(faults_of(rule, output.schema) for rule in output.expectations)
    checks = [compile_expectation(rule, output.schema) for rule in output.expectations]
    pin = world.reader.pin(world.binding, ())
    frame = world.reader.scan(spark, world.binding, pin, Input(output.dataset))
    relation = Relation(frame=frame, labels={"": WHOLE}, name=output.dataset)
    found = evaluate({WHOLE: checks}, {}, lambda: relation)[WHOLE]
    return [(each.state, each.observed, each.unexpected, each.considered) for each in found]
