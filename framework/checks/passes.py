"""How each check of an output will be evaluated, told before anything is read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, assert_never

from framework.checks.compile import compile_expectation
from framework.checks.compiled import Compiled
from framework.checks.measure import (
    Aggregate,
    AsOf,
    Derived,
    Earlier,
    External,
    Grouped,
    Measure,
    OfInput,
    Quantiles,
    Unmatched,
)
from framework.checks.output import undeclared
from framework.checks.scope import reads_table
from framework.contract.argument import Family, Value, family_of
from framework.contract.schema import Schema
from framework.contract.types import Expectation, Output
from framework.interval import Interval

Kind = Literal["schema", "footers", "log", "aggregate", "second aggregate", "pass", "input", "table", "gx"]
"""What is looked at, from the cheapest to the dearest: the contract, the files' footers, the table's log,
the rows in the one aggregate, in one more that needs its values, in a pass of their own, an input, the
rows that are published, the rows by Great Expectations itself."""

_ORDER: tuple[Kind, ...] = (
    "schema",
    "footers",
    "log",
    "aggregate",
    "second aggregate",
    "pass",
    "input",
    "table",
    "gx",
)
_WORDS: dict[Kind, str] = {
    "schema": "by the schema",
    "footers": "by footers",
    "log": "by the table's log",
    "aggregate": "in one aggregate",
    "second aggregate": "in a second aggregate",
    "pass": "in a pass of its own",
    "input": "against an input",
    "table": "with what is published",
    "gx": "by Great Expectations",
}
_BOUNDED: frozenset[Family] = frozenset({"integer", "decimal", "date", "timestamp"})
"""Types whose smallest and largest value footers tell (`audit.statistics`)."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """How one check is evaluated.

    `detail`: the columns of a pass, the input's name; those with equal details share what they read.
    `may_scan`: footers tell it of ordinary files, else the one aggregate does.
    """

    expectation: Expectation
    kind: Kind
    detail: str = ""
    may_scan: bool = False
    builtin: bool = False


def evaluations(output: Output, interval: Interval) -> tuple[Evaluation, ...]:
    """Every check of an output on one interval: the built-in ones, then the declared.

    CHECKs and invariants of the table are not among them: it has to be read to know them.
    """
    schema = output.schema
    assert schema is not None, "contract.validate comes first"
    columns = Expectation(type="table_columns_to_match_ordered_list", arguments={"column_list": schema.names})
    found = [Evaluation(expectation=columns, kind="footers", builtin=True)]
    found += [evaluation_of(check, schema) for check in undeclared(output, interval)]
    for expectation in output.expectations:
        if reads_table(expectation, output, whole=interval.is_whole):
            found.append(Evaluation(expectation=expectation, kind="table"))
        else:
            found.append(evaluation_of(compile_expectation(expectation, schema), schema))
    return tuple(found)


def evaluation_of(check: Compiled, schema: Schema) -> Evaluation:
    """How one compiled check is evaluated over staged rows: as its dearest measure is."""
    kinds = [_kind(measure, schema) for measure in check.measures]
    condition = check.expectation.arguments.get("row_condition")
    kind, detail, may_scan = max(kinds, key=lambda each: _ORDER.index(each[0]), default=("schema", "", False))
    return Evaluation(
        expectation=check.expectation,
        kind=kind,
        detail=f"{detail} where {condition}" if detail and condition is not None else detail,
        may_scan=kind == "footers" and (may_scan or any(scan for _, _, scan in kinds)),
        builtin=check.builtin,
    )


def summarise(found: Iterable[Evaluation]) -> str:
    """`9 checks: 4 by footers, 4 in one aggregate, 1 in a pass of its own (day, carrier)`."""
    listed = list(found)
    parts = []
    for kind in _ORDER:
        among = [each for each in listed if each.kind == kind]
        details = list(dict.fromkeys(each.detail for each in among if each.detail))
        words = f"in {len(details)} passes" if kind == "pass" and len(details) > 1 else _WORDS[kind]
        if among:
            named = f" ({'; '.join(details)})" if details else ""
            parts.append(f"{len(among)} {words}{named}")
    return f"{len(listed)} check{'' if len(listed) == 1 else 's'}: {', '.join(parts) or 'nothing to look at'}"


def _kind(measure: Measure, schema: Schema) -> tuple[Kind, str, bool]:
    """Kind, detail, and whether the one aggregate may be needed all the same."""
    found: tuple[Kind, str]
    match measure:
        case Aggregate():
            return _aggregate(measure, schema)
        case Derived():
            found = "second aggregate", ""
        case Grouped():
            found = "pass", ", ".join(measure.columns)
        case Quantiles():
            found = "pass", f"quantiles of {measure.column}"
        case Unmatched() | OfInput():
            found = "input", measure.input
        case Earlier():
            found = "log", ""
        case AsOf():
            found = "schema", ""  # a moment is known before
        case External():
            found = "gx", ""
        case _:
            assert_never(measure)
    return *found, False


def _aggregate(measure: Aggregate, schema: Schema) -> tuple[Kind, str, bool]:
    probe = _Ordinary(schema=schema)
    told = measure.footer(probe) is not None
    if told or probe.bounded:
        return "footers", "", not told
    return "second aggregate" if measure.apart else "aggregate", "", False


@dataclass(kw_only=True)
class _Ordinary:
    """Footers of one row without NULL, of which only the types are known: who asks for bounds may be told."""

    schema: Schema
    rows: int = 1
    bounded: bool = field(default=False, init=False)

    def nulls(self, column: str) -> int | None:
        """None in a column that is not nested."""
        return None if self._family(column) in (None, "nested") else 0

    def bounds(self, column: str) -> tuple[Value, Value] | None:
        """Not known yet."""
        self.bounded = self.bounded or self._family(column) in _BOUNDED
        return None

    def _family(self, column: str) -> Family | None:
        found = self.schema.find(column)
        return None if found is None or found.datatype is None else family_of(found.datatype)
