"""What rules about the past compare an interval with: the table's earlier rows, and a moment."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from framework.audit.evaluate import build_verdict
from framework.checks.compile import compile_expectation
from framework.checks.compiled import Compiled, judge
from framework.checks.measure import ROWS, AsOf, Earlier, Measure, Measured
from framework.checks.verdict import Verdict
from framework.contract.types import Output
from framework.environment.environment import Binding
from framework.interval import WHOLE, Interval
from framework.tables.protocol import TableReader

LiveRows = Callable[[Sequence[Interval]], Mapping[Interval, int | None]]
"""Numbers of rows of those intervals that were ever published; None where the table does not say."""

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Looked:
    """One output with all its verdicts but those about change, which are unknown as yet.

    `rows`: of its staged intervals. `live`: who tells how many rows the published ones have.
    """

    output: Output
    rows: Mapping[Interval, int]
    verdicts: tuple[Verdict, ...]
    live: LiveRows


def moments(
    intervals: Iterable[Interval], started: datetime | None
) -> dict[Interval, Mapping[Measure, Measured]]:
    """From when the rows of each interval are looked at: its end in its zone, or the run's start (aware)."""
    found: dict[Interval, Mapping[Measure, Measured]] = {}
    for interval in intervals:
        if not interval.is_whole:
            found[interval] = {AsOf(): interval.end.astimezone(ZoneInfo(interval.zone))}
        elif started is not None:
            found[interval] = {AsOf(): started.astimezone(UTC)}
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


def judge_changes(outputs: Sequence[Looked]) -> tuple[tuple[Verdict, ...], ...]:
    """The verdicts of each output, with those on rules about change, in the order of time.

    An interval that any output stops is not published: later ones are compared with what is live of it.
    """
    changes = [_changes(each.output) for each in outputs]
    if not any(changes):
        return tuple(each.verdicts for each in outputs)
    held = [_held(each, change) for each, change in zip(outputs, changes, strict=True)]
    judged: list[list[Verdict]] = [[] for _ in outputs]
    for interval in sorted({interval for each in outputs for interval in each.rows}):
        stopped = False
        for number, each in enumerate(outputs):
            for verdict in each.verdicts:
                if verdict.interval == interval:
                    found = _judge(verdict, changes[number], held[number], each.rows[interval])
                    stopped = stopped or found.stops
                    judged[number].append(found)
        if not stopped:
            for number, each in enumerate(outputs):
                held[number][interval] = each.rows.get(interval)
    return tuple(map(tuple, judged))


def live_rows(reader: TableReader, binding: Binding) -> LiveRows:
    """Who tells how many rows the published intervals have."""

    def read(intervals: Sequence[Interval]) -> Mapping[Interval, int | None]:
        contents = reader.contents(binding, intervals)
        told = {} if contents is None else contents.of
        return {interval: None if each is None else each.rows for interval, each in told.items()}

    return read


def _changes(output: Output) -> list[Compiled]:
    """The rules that compare with earlier intervals."""
    assert output.schema is not None, "contract.validate comes first"
    compiled = [compile_expectation(rule, output.schema) for rule in output.expectations]
    return [check for check in compiled if _earlier(check) is not None]


def _earlier(check: Compiled) -> Earlier | None:
    return next((measure for measure in check.measures if isinstance(measure, Earlier)), None)


def _held(looked: Looked, changes: Sequence[Compiled]) -> dict[Interval, int | None]:
    compared = {
        earlier
        for check in changes
        if (measure := _earlier(check)) is not None
        for interval in looked.rows
        for earlier in earlier_intervals(interval, measure.reach)
    }
    return dict(looked.live(sorted(compared))) if compared else {}


def _judge(
    verdict: Verdict, changes: Sequence[Compiled], held: Mapping[Interval, int | None], rows: int
) -> Verdict:
    check = next((each for each in changes if each.expectation == verdict.expectation), None)
    measure = None if check is None else _earlier(check)
    if check is None or measure is None:
        return verdict
    before = tuple(held[i] for i in earlier_intervals(verdict.interval, measure.reach) if i in held)
    found = judge(check, {ROWS: rows, measure: before}, {})
    return build_verdict(verdict.dataset, check, verdict.interval, found)
