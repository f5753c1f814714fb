"""Rules that compare with the past: what earlier intervals held, as their table says, and time itself."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from framework import Expectation, Interval, expect
from framework.audit.audit import audit
from framework.audit.past import Looked, earlier_intervals, judge_changes, live_rows
from framework.checks.verdict import Verdict
from framework.contract.window import parse_window
from framework.interval import WHOLE, parse_interval
from tests.storage.publishing import (
    D1,
    D2,
    D3,
    Rows,
    World,
    by_day,
    by_path,
    day,
    delta_world,
    memory_world,
    parquet_world,
    rows_of,
    whole,
)

Make = Callable[..., World]
STARTED = datetime(2013, 1, 3, 12, tzinfo=UTC)
CHANGE = expect.table_row_count_change_to_be_between(0.5, 2)


@pytest.fixture(params=[delta_world, parquet_world, memory_world], ids=["delta", "parquet", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes a world of the format that is tested."""
    return lambda *args, **kwargs: request.param(tmp_path, *args, **kwargs).prepare()


def no_spark() -> NoReturn:
    """The log and the footers tell it all."""
    raise AssertionError("Spark was asked for")


def judge(world: World, rows: Mapping[Interval, Rows], *, alone: bool = False) -> dict[Interval, Verdict]:
    """The verdicts of the one declared rule on these rows, staged and not published."""
    staged = world.stage(rows).staged
    audited = audit(staged, spark=no_spark, started=None if alone else STARTED)
    verdicts = audited.verdicts
    if not alone:
        live = live_rows(world.reader, staged.binding)
        looked = Looked(output=staged.output, rows=audited.rows, verdicts=verdicts, live=live)
        (verdicts,) = judge_changes([looked])
    return {verdict.interval: verdict for verdict in verdicts if not verdict.builtin}


def many(interval: Interval, number: int) -> Rows:
    """So many rows."""
    return rows_of(interval, *(f"n{n}" for n in range(number)))


def told(verdict: Verdict) -> tuple[str, object]:
    """State and observation."""
    return verdict.state, verdict.observed


@pytest.mark.parametrize(
    ("before", "now", "state", "observed"),
    [
        (4, 4, "pass", "4 rows after 4, factor 1"),
        (4, 2, "pass", "2 rows after 4, factor 0.5"),
        (4, 8, "pass", "8 rows after 4, factor 2"),
        (4, 1, "fail", "1 rows after 4, factor 0.25"),
        (4, 9, "fail", "9 rows after 4, factor 2.25"),
        (4, 0, "fail", "0 rows after 4, factor 0"),
        (0, 0, "pass", "0 rows after 0"),
        (0, 1, "fail", "1 rows after 0"),
    ],
)
def test_rows_are_compared_with_the_interval_before(
    make: Make, before: int, now: int, state: str, observed: str
) -> None:
    """Both bounds are inclusive; the count comes from the table, and Spark is not asked."""
    world = make(by_day(expectations=[CHANGE]))
    world.run({D1: many(D1, before)})
    assert told(judge(world, {D2: many(D2, now)})[D2]) == (state, observed)


def test_without_anything_before_there_is_nothing_to_compare_with(make: Make) -> None:
    """The first interval ever, and one after a gap, pass and say why."""
    world = make(by_day(expectations=[CHANGE]))
    assert told(judge(world, {D1: many(D1, 5)})[D1]) == ("pass", "nothing to compare with")
    world.run({D1: many(D1, 5)})
    assert told(judge(world, {D3: many(D3, 500)})[D3]) == ("pass", "nothing to compare with")


def test_nobody_to_ask_is_unknown(make: Make) -> None:
    """A count that was not looked up is no pass."""
    verdict = judge(make(by_day(expectations=[CHANGE])), {D1: many(D1, 5)}, alone=True)[D1]
    assert (verdict.state, verdict.reason, verdict.stops) == ("unknown", "it was not measured", True)


@pytest.mark.parametrize(
    ("median", "observed"),
    [
        (False, "30 rows after the mean of 3 intervals, 4"),
        (True, "30 rows after the median of 3 intervals, 1"),
    ],
)
def test_a_window_is_summed_up(make: Make, median: bool, observed: str) -> None:
    """The mean or the median of the intervals in the window that were published; others are not there."""
    change = expect.table_row_count_change_to_be_between(max_factor=5, window="7 days", median=median)
    world = make(by_day(expectations=[change]))
    days = [day("2012-12-20"), day("2012-12-28"), day("2012-12-30"), D1]
    world.run(dict(zip(days, [many(i, n) for i, n in zip(days, (50, 1, 10, 1), strict=True)], strict=True)))
    verdict = judge(world, {D2: many(D2, 30)})[D2]
    assert verdict.observed.startswith(observed)
    assert verdict.state == "fail"


def test_an_interval_that_another_output_stops_is_compared_as_it_is_published(make: Make) -> None:
    """Its staged rows will not be there: the next interval is compared with the rows that are."""
    world = make(by_day(expectations=[CHANGE]))
    world.run({D1: many(D1, 40)})
    staged = world.stage({D1: many(D1, 30), D2: many(D2, 25)}).staged
    audited = audit(staged, spark=no_spark, started=STARTED)
    live = live_rows(world.reader, staged.binding)
    looked = Looked(output=staged.output, rows=audited.rows, verdicts=audited.verdicts, live=live)
    stopping = replace(audited.verdicts[0], dataset="small.other", interval=D1, state="fail")
    other = replace(looked, output=by_day(), verdicts=(stopping,))
    for outputs in ([looked, other], [other, looked]):
        judged = judge_changes(outputs)[outputs.index(looked)]
        observed = {verdict.interval: verdict.observed for verdict in judged if not verdict.builtin}
        assert observed[D2] == "25 rows after 40, factor 0.625"


def test_in_a_batch_each_is_compared_with_the_one_before_it(make: Make) -> None:
    """What is staged beside it counts, not what it replaces."""
    world = make(by_day(expectations=[CHANGE]))
    world.run({D1: many(D1, 100), D2: many(D2, 100)})
    found = judge(world, {D1: many(D1, 4), D2: many(D2, 5), D3: many(D3, 11)})
    assert [told(found[i]) for i in (D1, D2, D3)] == [
        ("pass", "nothing to compare with"),
        ("pass", "5 rows after 4, factor 1.25"),
        ("fail", "11 rows after 5, factor 2.2"),
    ]


def test_what_will_not_be_published_is_not_compared_with(make: Make) -> None:
    """After a bad day the good ones are compared with what readers will still see of it."""
    world = make(by_day(expectations=[CHANGE]))
    world.run({D2: many(D2, 10)})
    found = judge(world, {D1: many(D1, 10), D2: many(D2, 1), D3: many(D3, 10)})
    assert [found[i].state for i in (D1, D2, D3)] == ["pass", "fail", "pass"]
    assert found[D3].observed == "10 rows after 10, factor 1"


def test_an_interval_that_another_rule_stops_is_not_compared_with(make: Make) -> None:
    """Whatever keeps it from being published, its rows are not the past of the next."""
    world = make(by_day(expectations=[expect.table_row_count_to_be_between(5), CHANGE]))
    world.run({D2: many(D2, 10)})
    found = judge(world, {D1: many(D1, 8), D2: many(D2, 4), D3: many(D3, 10)})
    assert [told(found[i]) for i in (D2, D3)] == [
        ("pass", "4 rows after 8, factor 0.5"),
        ("pass", "10 rows after 10, factor 1"),
    ]


def test_a_warning_lets_its_interval_be_compared_with(make: Make) -> None:
    """It is published all the same."""
    change = expect.table_row_count_change_to_be_between(0.5, 2, severity="warning")
    world = make(by_day(expectations=[change]))
    found = judge(world, {D1: many(D1, 10), D2: many(D2, 1), D3: many(D3, 10)})
    assert [found[i].state for i in (D1, D2, D3)] == ["pass", "fail", "fail"]


def test_a_whole_table_is_compared_with_what_it_is_now(make: Make) -> None:
    """The generation that is to be replaced is the past."""
    world = make(whole(expectations=[CHANGE]), grain=None)
    assert told(judge(world, {WHOLE: many(D1, 5)})[WHOLE]) == ("pass", "nothing to compare with")
    world.run({WHOLE: many(D1, 5)})
    assert told(judge(world, {WHOLE: many(D1, 11)})[WHOLE]) == ("fail", "11 rows after 5, factor 2.2")


@pytest.mark.parametrize(
    ("text", "grain", "zone", "reach", "found"),
    [
        ("2013-01-03", "day", "UTC", None, ["2013-01-02"]),
        ("2013-01-03", "day", "UTC", "2 days", ["2013-01-01", "2013-01-02"]),
        ("2013-01-03", "day", "UTC", "1 hour", ["2013-01-02"]),
        ("2013-03", "month", "UTC", None, ["2013-02"]),
        ("2013-03", "month", "UTC", "5 weeks", ["2013-01", "2013-02"]),
        ("2013-03-31T03:00:00/2013-03-31T04:00:00", "hour", "Europe/Berlin", None, ["2013-03-31T0000Z"]),
        ("2013-04-01", "day", "Europe/Berlin", "2 days", ["2013-03-30", "2013-03-31"]),
    ],
)
def test_earlier_intervals_are_units_of_the_calendar(
    text: str, grain: str, zone: str, reach: str | None, found: list[str]
) -> None:
    """Those that the window touches, oldest first, in the job's own zone."""
    window = None if reach is None else parse_window(reach)
    interval = parse_interval(text, grain=grain, zone=zone)
    assert [unit.label for unit in earlier_intervals(interval, window)] == found


RECENT: list[tuple[Expectation, str, str, str | None]] = [
    (expect.column_max_to_be_recent("at", "1 day"), "2013-01-01T00:00:00", "pass", "2013-01-01T00:00:00Z"),
    (expect.column_max_to_be_recent("at", "2 hours"), "2013-01-01T22:00:00", "pass", "2013-01-01T22:00:00Z"),
    (expect.column_max_to_be_recent("at", "2 hours"), "2013-01-01T21:59:59", "fail", "2013-01-01T21:59:59Z"),
]


@pytest.mark.parametrize(("rule", "newest", "state", "observed"), RECENT)
def test_the_newest_value_is_near_the_end_of_the_interval(
    make: Make, rule: Expectation, newest: str, state: str, observed: str
) -> None:
    """Looked at from the interval's end, so that a backfill says the same; footers tell it."""
    world = make(by_path(expectations=[rule]))
    rows = [(datetime.fromisoformat(f"{text}+00:00"), "a", 1) for text in ("2013-01-01T00:00:00", newest)]
    assert told(judge(world, {D1: rows})[D1]) == (state, observed)


@pytest.mark.parametrize(
    ("within", "newest", "state"),
    [("36 hours", D2, "pass"), ("35 hours", D2, "fail"), ("12 hours", D3, "pass"), ("2 days", D1, "fail")],
)
def test_a_whole_table_is_fresh_at_the_time_of_the_run(
    make: Make, within: str, newest: Interval, state: str
) -> None:
    """There the run's start is all there is to look from; a DATE begins at its midnight."""
    world = make(whole(expectations=[expect.column_max_to_be_recent("day", within)]), grain=None)
    found = judge(world, {WHOLE: [*rows_of(D1, "a"), *rows_of(newest, "b")]})[WHOLE]
    assert told(found) == (state, newest.label)


def test_nothing_is_not_fresh(make: Make) -> None:
    """No row has no newest value: who wants fresh data hears of it."""
    world = make(whole(expectations=[expect.column_max_to_be_recent("day", "2 days")]), grain=None)
    assert told(judge(world, {WHOLE: []})[WHOLE]) == ("fail", "no value")
