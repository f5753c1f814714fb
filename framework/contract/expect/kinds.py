"""Types of the parameters of expectations; the text in each says what `faults_of` wants of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, TypedDict, get_args

from framework.contract.argument import Family
from framework.contract.types import OnFail, Scope, Severity

Value = str | int | float | bool | Decimal | date | datetime
Column = Annotated[str, "column"]
Columns = Annotated[Sequence[str], "columns"]
Bound = Annotated[str | int | float | Decimal | date | datetime | None, "bound"]
ValueSet = Annotated[Iterable[Value], "set"]
Regex = Annotated[str, "regex"]
Regexes = Annotated[Sequence[str], "regexes"]
Like = Annotated[str, "like"]
Likes = Annotated[Sequence[str], "likes"]
MatchOn = Annotated[Literal["any", "all"], "choice"]
Count = Annotated[int | None, "count"]
Length = Annotated[int, "count"]
Flag = Annotated[bool, "flag"]
Number = Annotated[float | Decimal | None, "number"]
Total = Annotated[float | Decimal, "number"]
Method = Annotated[Literal["iqr", "std"], "choice"]
Text = Annotated[str | None, "text"]
Texts = Annotated[Sequence[str], "texts"]
Pairs = Annotated[Iterable[tuple[Value | None, Value | None]], "pairs"]
PairIgnored = Annotated[Literal["both_values_are_missing", "either_value_is_missing", "neither"], "choice"]
ListIgnored = Annotated[Literal["all_values_are_missing", "any_value_is_missing", "never"], "choice"]
Quantiles = Annotated[Mapping[str, Sequence[object]], "quantiles"]
TypeName = Annotated[str, "type"]
TypeNames = Annotated[Sequence[str], "types"]
Condition = Annotated[str | None, "condition"]
InputName = Annotated[str, "input"]
Reach = Annotated[str | None, "reach"]
TimeFormat = Annotated[str, "strftime"]
Query = Annotated[str, "query"]
Fraction = Annotated[float, "number"]
JsonDocument = Annotated[Mapping[str, object] | str, "json"]

SCALARS: frozenset[Family] = frozenset(get_args(Family)) - {"nested"}
COMPARED = SCALARS - {"binary"}
ORDERED = COMPARED - {"boolean"}
NUMBERS: frozenset[Family] = frozenset({"integer", "decimal", "float"})
TIMES: frozenset[Family] = frozenset({"date", "timestamp"})
STRINGS: frozenset[Family] = frozenset({"string"})


class Options(TypedDict, total=False):
    """What every rule takes: how bad a failure is, what it looks at.

    `on_fail="quarantine"`, for rules about single rows, splits the rows off that break it.
    """

    severity: Severity
    on_fail: OnFail
    scope: Scope


class PastOptions(TypedDict, total=False):
    """What a rule about the past takes; it looks at each interval as a whole."""

    severity: Severity


class DomainOptions(Options, total=False):
    """What a rule about values takes: a Spark SQL predicate; rows for which it is not true are left out.

    `condition_parser="spark"` may stand beside it, as Great Expectations wants it; there is no other.
    """

    row_condition: str | None
    condition_parser: Literal["spark"]


class RowOptions(DomainOptions, total=False):
    """What a rule about rows takes: `mostly` is the fraction that must hold, 0 to 1."""

    mostly: float
