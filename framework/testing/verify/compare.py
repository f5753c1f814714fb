"""What two tables of the same columns differ in: rows, and the columns in which it shows.

Whether they are equal is decided row by row, each as often as it is there, and by no hash. NaN equals
NaN and 0.0 equals -0.0, as for whoever groups by them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from framework.contract.datatype import identifier

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType

_SIDE = "n"
_CLOSE = {"double": 1e-9, "float": 1e-5}
"""By how much of itself a number may differ to differ in its last bits only: what sums of many rows lose."""
_MOST_ROWS = 10_000
"""Rows that may be brought side by side when no column tells which belong together."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How a second table differs from a first.

    `rows`: of both. `alone`: rows (with a key: keys) that only the first has, and only the second.
    `columns`: in how many rows each column differs, where rows of both belong together. `close`: those of
    them that differ in the last bits of floating numbers and nowhere by more.
    """

    rows: tuple[int, int]
    alone: tuple[int, int] = (0, 0)
    columns: Mapping[str, int] = field(default_factory=dict)
    close: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class _Paired:
    alone: tuple[int, int]
    together: int
    columns: Mapping[int, int]
    far: frozenset[int]


def compare(
    first: "DataFrame", second: "DataFrame", *, key: Sequence[str] = (), suspected: Collection[str] = ()
) -> Difference | None:
    """How `second` differs from `first`; None when they hold the same rows.

    `key`: columns that say which rows belong together. Without one, or when it pairs nothing and is
    `suspected`, that is told by the columns that do not differ; where several columns could be blamed it is
    the suspected ones.
    """
    from pyspark.sql import functions as F

    names = first.columns
    columns = [_plain(number) for number in range(len(names))]
    sides = [_side(frame, sign) for frame, sign in ((first, 1), (second, -1))]
    counts = (first.count(), second.count())
    if not names:
        return None if counts[0] == counts[1] else Difference(rows=counts, alone=_surplus(counts))
    both = sides[0].unionAll(sides[1]).groupBy(*columns).agg(F.sum(_SIDE).alias(_SIDE))
    differing = both.where(f"{_SIDE} <> 0").persist()
    try:
        left, right = _sums(differing)
        if not left and not right:
            return None
        types = [first.schema[name].dataType for name in names]
        pairing = [names.index(name) for name in key]
        blamed = [names.index(name) for name in suspected if name in names]
        paired = _pair(differing, pairing, types) if pairing else None
        # A key that pairs nothing is other rows, unless the key itself may be what differs.
        if paired is None or (not paired.together and not set(pairing).isdisjoint(blamed)):
            unstable = _unstable(differing, len(names), blamed) if counts[0] == counts[1] else None
            if unstable is None or (len(unstable) == len(names) > 1 and left > 1):
                return Difference(rows=counts, alone=(left, right))  # they have nothing in common
            pairing = [number for number in range(len(names)) if number not in unstable]
            if not pairing and left > _MOST_ROWS:
                return Difference(rows=counts, columns=dict.fromkeys(names, left))
            paired = _pair(differing, pairing, types)
        return Difference(
            rows=counts,
            alone=paired.alone,
            columns={names[number]: rows for number, rows in paired.columns.items()},
            close=frozenset(names[number] for number in paired.columns.keys() - paired.far),
        )
    finally:
        differing.unpersist()


def _plain(number: int) -> str:
    return f"c{number}"


def _side(frame: "DataFrame", sign: int) -> "DataFrame":
    from pyspark.sql import functions as F

    fields = enumerate(frame.schema.fields)
    columns = (
        _comparable(F.col(identifier(each.name)), each.dataType).alias(_plain(number))
        for number, each in fields
    )
    return frame.select(*columns, F.lit(sign).cast("bigint").alias(_SIDE))


def _comparable(column: "Column", type_: "DataType") -> "Column":
    """The column itself, or as text where Spark cannot compare it (maps, variants)."""
    from pyspark.sql import functions as F
    from pyspark.sql.types import MapType

    if isinstance(type_, MapType) and not _holds_map(type_.valueType):
        return F.array_sort(F.map_entries(column))
    return F.to_json(F.struct(column.alias("v"))) if _holds_map(type_) else column


def _holds_map(type_: "DataType") -> bool:
    said = type_.simpleString()
    return "map<" in said or "variant" in said


def _surplus(counts: tuple[int, int]) -> tuple[int, int]:
    return max(0, counts[0] - counts[1]), max(0, counts[1] - counts[0])


def _sums(differing: "DataFrame") -> tuple[int, int]:
    """How many rows only the first has, and only the second."""
    from pyspark.sql import functions as F

    n = F.col(_SIDE)
    row = differing.agg(*(F.sum(F.greatest(each, F.lit(0))) for each in (n, -n))).collect()[0]
    return row[0] or 0, row[1] or 0


def _unstable(differing: "DataFrame", number: int, suspected: Collection[int]) -> frozenset[int] | None:
    """The columns without which both sides hold the same rows; None when too many would have to go.

    First those go that have other values on both sides. When the values are the same and only stand in
    other rows, one column more goes, a suspected one if it can be. For this hashes do: it says where a
    difference shows, not whether there is one.
    """
    alone = _balances(differing, [[column] for column in range(number)])
    gone = {column for column, is_balanced in enumerate(alone) if not is_balanced}
    left = [column for column in range(number) if column not in gone]
    if not left or _balances(differing, [left])[0]:
        return frozenset(gone)
    without = [[each for each in left if each != column] for column in left]
    found = _balances(differing, without)
    ones = [column for column, is_balanced in zip(left, found, strict=True) if is_balanced]
    ones = [column for column in ones if column in suspected] or ones
    if not ones and set(suspected) - gone:
        rest = [column for column in left if column not in suspected]
        if not rest or _balances(differing, [rest])[0]:
            return frozenset(gone | set(suspected))
    return frozenset({*gone, *ones[-1:]}) if ones else None


def _balances(differing: "DataFrame", projections: Sequence[Sequence[int]]) -> list[bool]:
    """Whether both sides hold the same rows of each of these columns."""
    from pyspark.sql import functions as F

    hashed = differing.select(_SIDE, *_hashes(differing))
    known = [column for column in hashed.columns if column != _SIDE]
    whole = _mixed(known)

    def of(projection: Sequence[int]) -> "Column":
        few = len(projection) * 2 <= len(known)
        # By exclusive or the others are taken out of all, so that many columns cost no square of them.
        others = [_plain(n) for n in range(len(known)) if n not in projection]
        row = _mixed([_plain(n) for n in projection]) if few else whole.bitwiseXOR(_mixed(others))
        return F.sum(F.col(_SIDE).cast("decimal(17,0)") * F.xxhash64(row).cast("decimal(20,0)"))

    row = hashed.agg(*(of(each) for each in projections)).collect()[0]
    return [value == 0 for value in row]


def _hashes(differing: "DataFrame") -> "Iterator[Column]":
    from pyspark.sql import functions as F

    names = (name for name in differing.columns if name != _SIDE)
    return (F.xxhash64(F.lit(number), name).alias(name) for number, name in enumerate(names))


def _mixed(columns: Sequence[str]) -> "Column":
    from pyspark.sql import functions as F

    mixed = F.lit(0).cast("bigint")
    for name in columns:
        mixed = mixed.bitwiseXOR(F.col(name))
    return mixed


def _pair(differing: "DataFrame", by: Sequence[int], types: "Sequence[DataType]") -> _Paired:
    """The rows of both sides that have the same values of `by`, compared column by column.

    Where several rows of a side have them, values are compared in their order.
    """
    from pyspark.sql import functions as F

    n = F.col(_SIDE)
    rest = [number for number in range(len(types)) if number not in by]

    def values(number: int, sign: int) -> "Column":
        # In a struct, because collect_list leaves NULLs out.
        repeated = F.array_repeat(F.struct(_plain(number)), (n * sign).cast("int"))
        return F.sort_array(F.flatten(F.collect_list(F.when(n * sign > 0, repeated))))

    grouped = differing.groupBy(*map(_plain, by)).agg(
        F.sum(F.greatest(n, F.lit(0))).alias("left"),
        F.sum(F.greatest(-n, F.lit(0))).alias("right"),
        *(
            values(number, sign).alias(f"{side}{number}")
            for number in rest
            for side, sign in (("l", 1), ("r", -1))
        ),
    )
    paired = F.col("left") == F.col("right")

    def differs(number: int, *, far: bool) -> "Column":
        left, right, name = f"l{number}", f"r{number}", _plain(number)

        def test(pair: "Column") -> "Column":
            one, other = pair[left][name], pair[right][name]
            unequal = ~one.eqNullSafe(other)
            return unequal & ~_is_close(one, other, types[number].simpleString()) if far else unequal

        return F.sum(F.when(paired, F.size(F.filter(F.arrays_zip(left, right), test))))

    row = grouped.agg(
        F.sum(F.greatest(F.col("left") - F.col("right"), F.lit(0))),
        F.sum(F.greatest(F.col("right") - F.col("left"), F.lit(0))),
        F.sum(F.when(paired, F.col("left"))),
        *(differs(number, far=False) for number in rest),
        *(differs(number, far=True) for number in rest),
    ).collect()[0]
    told, far = row[3 : 3 + len(rest)], row[3 + len(rest) :]
    return _Paired(
        alone=(row[0], row[1]),
        together=row[2] or 0,
        columns={number: rows for number, rows in zip(rest, told, strict=True) if rows},
        far=frozenset(number for number, rows in zip(rest, far, strict=True) if rows),
    )


def _is_close(one: "Column", other: "Column", type_: str) -> "Column":
    from pyspark.sql import functions as F

    if type_ not in _CLOSE:
        return F.lit(False)  # noqa: FBT003  # a value, no flag
    largest = F.greatest(F.abs(one), F.abs(other))
    return F.coalesce(F.abs(one - other) <= largest * _CLOSE[type_], F.lit(False))  # noqa: FBT003  # likewise
