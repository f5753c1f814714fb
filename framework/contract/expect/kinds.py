"""Types of the parameters of expectations; the text in each says what `faults_of` wants of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, TypedDict, get_args

from framework.contract.argument import Family
from framework.contract.types import OnFail, Scope, Severity

Value = str | int | float | bool | Decimal | date | datetime
Column = Annotated[str, "column"]
Columns = Annotated[Sequence[str], "columns"]
Bound = Annotated[str | int | float | Decimal | date | datetime | None, "bound"]
ValueSet = Annotated[Iterable[Value], "set"]
Regex = Annotated[str, "regex"]
Regexes = Annotated[Sequence[str], "regexes"]
Count = Annotated[int | None, "count"]
Flag = Annotated[bool, "flag"]
Number = Annotated[float | Decimal | None, "number"]
Text = Annotated[str | None, "text"]
Texts = Annotated[Sequence[str], "texts"]
Pairs = Annotated[Iterable[tuple[Value | None, Value | None]], "pairs"]
Quantiles = Annotated[Mapping[str, Sequence[object]], "quantiles"]
TypeName = Annotated[str, "type"]
TypeNames = Annotated[Sequence[str], "types"]
Condition = Annotated[str | None, "condition"]
Ignored = Annotated[str | None, "ignored"]
InputName = Annotated[str, "input"]

SCALARS: frozenset[Family] = frozenset(get_args(Family)) - {"nested"}
COMPARED = SCALARS - {"binary"}
ORDERED = COMPARED - {"boolean"}
NUMBERS: frozenset[Family] = frozenset({"integer", "decimal", "float"})
STRINGS: frozenset[Family] = frozenset({"string"})


class Options(TypedDict, total=False):
    """What every rule takes: how bad a failure is, what it looks at.

    `on_fail="quarantine"`, for rules about single rows, splits the rows off that break it.
    """

    severity: Severity
    on_fail: OnFail
    scope: Scope


class RowOptions(Options, total=False):
    """What a rule about rows takes: `mostly` is the fraction that must hold, 0 to 1."""

    mostly: float
