"""Rules about the number of rows, and about the columns that there are: nothing is read for these.

The files have exactly the schema's columns: the built-in check of them stops everything else.
"""

from collections.abc import Callable, Mapping

from framework.checks.between import between_numbers
from framework.checks.compiled import Compiled, Compiler, Judgement
from framework.checks.measure import ROWS, Measured
from framework.contract.schema import Schema
from framework.contract.types import Expectation, texts_of

Decide = Callable[[Measured], Judgement]


def row_count(decide_of: Callable[[Expectation], Decide]) -> Compiler:
    """The number of rows, judged as `decide_of` says."""

    def compile_(expectation: Expectation, _schema: Schema) -> Compiled:
        return Compiled(expectation=expectation, measures=(ROWS,), decide=decide_of(expectation))

    return compile_


def column_count(decide_of: Callable[[Expectation], Decide]) -> Compiler:
    """The number of columns, judged as `decide_of` says."""

    def compile_(expectation: Expectation, schema: Schema) -> Compiled:
        judgement = decide_of(expectation)(len(schema.columns))
        return _known(expectation, judgement)

    return compile_


def match_ordered_list(expectation: Expectation, schema: Schema) -> Compiled:
    """The columns are these, in this order; the first that differs is named."""
    names = schema.names
    wanted = texts_of(expectation.arguments["column_list"])
    longest = max(len(names), len(wanted))
    pairs = zip(_padded(names, longest), _padded(wanted, longest), strict=True)
    differing = next(((place, *pair) for place, pair in enumerate(pairs) if pair[0] != pair[1]), None)
    if differing is None:
        return _judged(expectation, names)
    place, found, expected = differing
    return _judged(expectation, names, f"column {place + 1} is {_words(found)}, not {_words(expected)}")


def match_set(expectation: Expectation, schema: Schema) -> Compiled:
    """The columns are these, in any order; without `exact_match` others may be there."""
    names = schema.names
    wanted = texts_of(expectation.arguments["column_set"])
    missing = [name for name in wanted if name not in names]
    further = [name for name in names if name not in wanted]
    reasons = [f"missing: {', '.join(missing)}"] if missing else []
    if further and expectation.arguments.get("exact_match", True):
        reasons.append(f"unexpected: {', '.join(further)}")
    return _judged(expectation, tuple(sorted(names)), "; ".join(reasons))


def exist(expectation: Expectation, schema: Schema) -> Compiled:
    """A column of this name is there, at this place if one is given."""
    name, names = str(expectation.arguments["column"]), schema.names
    place = expectation.arguments.get("column_index")
    if name not in names:
        return _judged(expectation, None, f"there is no column {_words(name)}")
    if isinstance(place, int) and names.index(name) != place:
        return _judged(expectation, None, f"column {_words(name)} is at place {names.index(name)}")
    return _judged(expectation, None)


def _judged(expectation: Expectation, observed: tuple[str, ...] | None, reason: str = "") -> Compiled:
    state = Judgement(state="fail" if reason else "pass", observed=observed, reason=reason or None)
    return _known(expectation, state)


def _known(expectation: Expectation, judgement: Judgement) -> Compiled:
    return Compiled(expectation=expectation, measures=(), decide=lambda: judgement)


def _equal(expectation: Expectation) -> Decide:
    wanted = expectation.arguments["value"]

    def decide(value: Measured) -> Judgement:
        assert isinstance(value, int), "a count is a number"
        return Judgement(state="pass" if value == wanted else "fail", observed=value)

    return decide


def _between(expectation: Expectation) -> Decide:
    return between_numbers(expectation).judge


def _padded(names: tuple[str, ...], length: int) -> tuple[str | None, ...]:
    return (*names, *[None] * (length - len(names)))


def _words(name: str | None) -> str:
    return "nothing" if name is None else f'"{name}"'


RULES: Mapping[str, Compiler] = {
    "table_row_count_to_equal": row_count(_equal),
    "table_row_count_to_be_between": row_count(_between),
    "table_column_count_to_equal": column_count(_equal),
    "table_column_count_to_be_between": column_count(_between),
    "table_columns_to_match_ordered_list": match_ordered_list,
    "table_columns_to_match_set": match_set,
    "column_to_exist": exist,
}
"""Compilers by type."""
