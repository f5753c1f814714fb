"""Rules about all rows together."""

from collections.abc import Callable, Mapping

from framework.checks.compiled import Compiled, Compiler, Judgement
from framework.checks.measure import ROWS, Measured
from framework.contract.types import ArgumentValue, Expectation


def row_count_between(expectation: Expectation) -> Compiled:
    """The number of rows lies within the bounds, both inclusive."""
    lower, upper = (_count(expectation.arguments.get(name)) for name in ("min_value", "max_value"))
    return Compiled(expectation=expectation, measures=(ROWS,), decide=_judge_between(lower, upper))


def _judge_between(lower: int | None, upper: int | None) -> Callable[[Measured], Judgement]:
    def decide(value: Measured) -> Judgement:
        assert isinstance(value, int), "a count is a number"
        held = (lower is None or lower <= value) and (upper is None or value <= upper)
        return Judgement(state="pass" if held else "fail", observed=value)

    return decide


def _count(argument: ArgumentValue) -> int | None:
    return argument if isinstance(argument, int) else None


RULES: Mapping[str, Compiler] = {"table_row_count_to_be_between": lambda e, _: row_count_between(e)}
"""Compilers by type."""
