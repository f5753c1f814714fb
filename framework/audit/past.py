"""What rules about the past compare an interval with: the table's earlier rows, and a moment."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from framework.checks.compiled import Compiled, Judgement, judge
from framework.checks.measure import ROWS, AsOf, Earlier, Measure, Measured
from framework.environment.environment import Binding
from framework.interval import WHOLE, Interval
from framework.tables.protocol import TableReader


@dataclass(frozen=True, kw_only=True)
class Past:
    """Whom rules about the past ask: who reads the table as it is, and when the run started (aware)."""

    reader: TableReader
    started: datetime


LiveRows = Callable[[Sequence[Interval]], Mapping[Interval, int | None]]
"""Numbers of rows of those intervals that were ever published; None where the table does not say."""

_INSTANT = timedelta(microseconds=1)


def moments(intervals: Iterable[Interval], past: Past | None) -> dict[Interval, Mapping[Measure, Measured]]:
    """From when the rows of each interval are looked at: its end in its zone, or the run's start."""
    found: dict[Interval, Mapping[Measure, Measured]] = {}
    for interval in intervals:
        if not interval.is_whole:
            found[interval] = {AsOf(): interval.end.astimezone(ZoneInfo(interval.zone))}
        elif past is not None:
            found[interval] = {AsOf(): past.started.astimezone(UTC)}
    return found


def earlier_intervals(interval: Interval, reach: timedelta | None) -> tuple[Interval, ...]:
    """The units that lie before, oldest first, of which `reach` touches some; None: the one before.

    Before a whole table lies what it is now.
    """
    if interval.is_whole:
        return (WHOLE,)
    back = interval.lookback(_INSTANT if reach is None else reach)
    covering = back.as_grain(interval.grain, interval.zone)
    return tuple(unit for unit in covering.units() if unit.end <= interval.start)


def judge_changes(
    checks: Mapping[Interval, Sequence[Compiled]],
    judged: Mapping[Interval, list[Judgement]],
    rows: Mapping[Interval, int],
    stopped: AbstractSet[Interval],
    live: LiveRows | None,
) -> None:
    """Judge those of the checks that compare with earlier intervals, in the order of time.

    The judgements of the others are there; where a critical one does not pass, or in `stopped`, the
    interval is not published, and later ones are compared with the rows that are `live` in it.
    `rows`: of the staged intervals.
    """
    reaches = {
        (interval, number): measure.reach
        for interval, listed in checks.items()
        for number, check in enumerate(listed)
        for measure in check.measures
        if isinstance(measure, Earlier)
    }
    if live is None or not reaches:
        return
    compared = {each for (i, _), reach in reaches.items() for each in earlier_intervals(i, reach)}
    held = dict(live(sorted(compared)))
    for interval in sorted(checks):
        for number, check in enumerate(checks[interval]):
            if (interval, number) in reaches:
                reach = reaches[interval, number]
                before = tuple(held[each] for each in earlier_intervals(interval, reach) if each in held)
                values: dict[Measure, Measured] = {ROWS: rows[interval], Earlier(reach=reach): before}
                judged[interval][number] = judge(check, values, {})
        if interval not in stopped and all(map(_lets_through, checks[interval], judged[interval])):
            held[interval] = rows[interval]


def live_rows(past: Past | None, binding: Binding) -> LiveRows | None:
    """Who tells how many rows the published intervals have; None when there is nobody to ask."""

    def read(intervals: Sequence[Interval]) -> Mapping[Interval, int | None]:
        contents = None if past is None else past.reader.contents(binding, intervals)
        told = {} if contents is None else contents.of
        return {interval: None if each is None else each.rows for interval, each in told.items()}

    return None if past is None else read


def _lets_through(check: Compiled, judgement: Judgement) -> bool:
    return check.expectation.severity == "warning" or judgement.state == "pass"
