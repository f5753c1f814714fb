"""Rules that compare rows with what their table held before, and with time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from statistics import median
from typing import Literal

from framework.checks.compiled import Compiled, Compiler, Judgement
from framework.checks.measure import ROWS, AsOf, Earlier, Measured
from framework.checks.numbers import extreme_value
from framework.checks.rows import of_column
from framework.checks.values import decode
from framework.contract.schema import Column
from framework.contract.types import ArgumentValue, Expectation
from framework.contract.window import parse_window

NOTHING = "nothing to compare with"
"""What a rule about change observes where nothing was published before."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND


def row_count_change(expectation: Expectation) -> Compiled:
    """The number of rows by that of earlier intervals lies within the factors, both inclusive."""
    arguments = expectation.arguments
    change = _Change(
        lower=_fraction(arguments.get("min_factor")),
        upper=_fraction(arguments.get("max_factor")),
        summary="median" if arguments.get("median") else "mean",
    )
    window = arguments.get("window")
    earlier = Earlier(reach=None if window is None else _reach(window))
    return Compiled(expectation=expectation, measures=(ROWS, earlier), decide=change.judge)


def newest_is_recent(expectation: Expectation, column: Column) -> Compiled:
    """The largest value is at most so much before the moment from which it is looked at."""
    within = _reach(expectation.arguments["within"]) // _MICROSECOND
    is_date = column.type == "date"

    def decide(newest: Measured, moment: Measured) -> Judgement:
        assert isinstance(moment, datetime), "AsOf is a moment"
        if newest is None:
            return Judgement(state="fail", observed="no value")
        assert isinstance(newest, int), "days or microseconds"
        # A day begins by the calendar of the interval; instants are compared as they are.
        seen_from = moment.replace(tzinfo=UTC) if is_date else moment
        age = (seen_from - _EPOCH) // _MICROSECOND - newest * (_DAY if is_date else 1)
        return Judgement(state="pass" if age <= within else "fail", observed=decode(column, newest))

    newest_value = extreme_value("max", column)
    return Compiled(expectation=expectation, measures=(newest_value, AsOf()), decide=decide)


@dataclass(frozen=True, kw_only=True)
class _Change:
    """Allowed factors; None is no bound."""

    lower: Fraction | None
    upper: Fraction | None
    summary: Literal["mean", "median"]

    def judge(self, rows: Measured, earlier: Measured) -> Judgement:
        assert isinstance(rows, int), "a count is a number"
        assert isinstance(earlier, tuple), "counts by interval"
        if not earlier:
            return Judgement(state="pass", observed=NOTHING)
        counts = [count for count in earlier if isinstance(count, int)]
        if len(counts) < len(earlier):
            reason = "the table does not say how many rows it has in earlier intervals"
            return Judgement(state="unknown", reason=reason)
        before = Fraction(sum(counts), len(counts)) if self.summary == "mean" else Fraction(median(counts))
        held = (self.lower is None or rows >= self.lower * before) and (
            self.upper is None or rows <= self.upper * before
        )
        of = f"the {self.summary} of {len(counts)} intervals, " if len(counts) > 1 else ""
        factor = f", factor {float(rows / before):.3g}" if before else ""
        observed = f"{rows:,} rows after {of}{float(before):,.6g}{factor}"
        return Judgement(state="pass" if held else "fail", observed=observed)


def _fraction(value: ArgumentValue) -> Fraction | None:
    return None if value is None else Fraction(str(value))


def _reach(value: ArgumentValue) -> timedelta:
    reach = parse_window(str(value))
    assert isinstance(reach, timedelta), "contract.catalogue.faults_of comes first"
    return reach


RULES: Mapping[str, Compiler] = {
    "table_row_count_change_to_be_between": lambda e, _: row_count_change(e),
    "column_max_to_be_recent": of_column(newest_is_recent),
}
"""Compilers by type."""
