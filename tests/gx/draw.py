"""Draws arguments that hit the edges of a generated table: its own values, its own fractions."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from framework.contract.argument import Family
from framework.contract.rule import Rule
from tests.gx.tables import FAMILY, SPARE, Table

_Any = TypeVar("_Any")
Arguments = dict[str, object]
NUMBERS: frozenset[Family] = frozenset({"integer", "decimal", "float"})
TIMES: frozenset[Family] = frozenset({"date", "timestamp"})
ORDERED = NUMBERS | TIMES
_ALIKE = {
    family: sum(each in (NUMBERS if family in NUMBERS else {family}) for each in FAMILY.values())
    for family in FAMILY.values()
}
CONDITIONS = (
    *("i32 > 1", "b", "word = 'EWR'", "x > 0 AND y < 2", "day >= DATE'2013-01-01'", "i32 IS NULL", "false"),
    *("`größe in cm` LIKE 'E%' OR c", "d9 < 2.5 and i64 <> 3"),
)


@dataclass(frozen=True)
class Draw:
    """Chance, the table that the arguments are for, the families of columns that the rule takes."""

    chance: random.Random
    table: Table
    families: frozenset[Family]

    def one(self, choices: Sequence[_Any]) -> _Any:
        """One of them."""
        return self.chance.choice(choices)

    def often(self, fraction: float) -> bool:
        """True so often."""
        return self.chance.random() < fraction

    def column(self, families: frozenset[Family] | None = None, *, but: Sequence[str] = ()) -> str:
        """A column that the rule takes, of these families."""
        wanted = self.families if families is None else self.families & families
        return self.one([name for name, family in FAMILY.items() if family in wanted and name not in but])

    def alike(self, *, least: int, most: int) -> list[str]:
        """Columns that Spark compares with each other: of the same family, or all of them numbers."""
        first = self.column()
        same = NUMBERS if FAMILY[first] in NUMBERS else frozenset({FAMILY[first]})
        found = [first]
        for _ in range(self.chance.randint(least, most) - 1):
            if len(found) < _ALIKE[FAMILY[first]]:
                found.append(self.column(same, but=found))
        return found if len(found) >= least else self.alike(least=least, most=most)

    def columns(self, *, least: int, most: int) -> list[str]:
        """Some columns that the rule takes."""
        found: list[str] = []
        for _ in range(self.chance.randint(least, most)):
            found.append(self.column(but=found))
        return found

    def value(self, column: str) -> object:
        """A value of the column's type, often one of its own, or one beside it. Never NaN."""
        pool = self.table.values(column) if self.often(0.8) else []
        found = self.one(pool or SPARE[column])
        if isinstance(found, float) and math.isnan(found):
            return 1.5
        return _beside(found, self.chance) if self.often(0.3) else found

    def bounds(self, column: str) -> dict[str, object]:
        """`min_value`, `max_value` or both, inclusive or strict."""
        return self.between(self.value(column), self.value(column))

    def near(self, numbers: Sequence[float]) -> dict[str, object]:
        """Bounds of a statistic: of the numbers that it may be, or beside them."""
        lower, upper = (self.one([*numbers, 0, 1]) + self.one([0, 0, 0, 1, -1, 0.25]) for _ in "ab")
        return self.between(lower, upper)

    def between(self, first: object, second: object) -> dict[str, object]:
        """Bounds in order; now and then strict, now and then one of them."""
        lower, upper = (first, second) if first <= second else (second, first)  # type: ignore[operator]
        given: dict[str, object] = {"min_value": lower, "max_value": upper}
        if self.often(0.4):
            given.pop(self.one(["min_value", "max_value"]))
        for strict in ("strict_min", "strict_max"):
            if self.often(0.3):
                given[strict] = True
        return given

    def values(self, column: str) -> list[object]:
        """Some values without doubles, as a value set is; rarely none."""
        return list(dict.fromkeys(self.value(column) for _ in range(self.one([0, 1, 1, 2, 3, 5, 14]))))

    def mostly(self) -> dict[str, object]:
        """A fraction that some number of this table's rows is exactly, or one beside it."""
        if self.often(0.5):
            return {}
        rows = self.chance.randint(1, max(1, self.table.data.num_rows))
        exact = self.chance.randint(0, rows) / rows
        edges = [exact, exact, math.nextafter(exact, 1), math.nextafter(exact, 0), 0.0, 0, 1, 0.95]
        return {"mostly": self.one(edges)}

    def condition(self) -> dict[str, object]:
        """Now and then a `row_condition`."""
        return {"row_condition": self.one(CONDITIONS)} if self.often(0.25) else {}

    def rows(self) -> dict[str, object]:
        """What every rule over rows takes."""
        return {**self.mostly(), **self.condition()}


def draw_for(table: Table, rule: Rule, number: int) -> Draw:
    """The same arguments for the same table, rule and number, whatever else is drawn."""
    chance = random.Random(f"{table.number} {rule.name} {number}")
    return Draw(chance, table, frozenset(FAMILY.values()) if rule.families is None else rule.families)


def _beside(value: object, chance: random.Random) -> object:
    step = chance.choice([-1, 1])
    match value:
        case bool():
            return not value
        case int():
            return value + step
        case float():
            return math.nextafter(value, math.inf * step)
        case Decimal():
            return value + Decimal(step).scaleb(int(value.as_tuple().exponent))
        case datetime():
            return value + timedelta(microseconds=step)
        case date():
            return value + timedelta(days=step)
        case str():
            return value + "a" if step > 0 else value[:-1]
        case _:
            return value
