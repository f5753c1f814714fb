"""Tables of hostile values, the predicates to ask them, and how each reader spells a predicate."""

import math
import os
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.transaction import AddAction
from hypothesis import strategies as st

from framework.contract.schema import Column, Schema
from framework.publish.delta.statistics import STATISTICS_COLUMNS, file_statistics, render_indexed

type_names: Mapping[str, pa.DataType] = {
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "decimal(9,2)": pa.decimal128(9, 2),
    "decimal(18,18)": pa.decimal128(18, 18),
    "decimal(38,0)": pa.decimal128(38, 0),
    "decimal(38,19)": pa.decimal128(38, 19),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "float": pa.float32(),
    "double": pa.float64(),
    "binary": pa.binary(),
}
PARTITION = "part"
COLUMNS = {("c." if kind == "int" else "c_") + kind.translate({40: "_", 41: "", 44: "_"}): kind for kind in type_names}
SCHEMA = Schema(
    (
        *(Column(name=name, type=kind) for name, kind in COLUMNS.items()),
        Column(name="more", type="string"),
        Column(name=PARTITION, type="string"),
    )
)
TYPES = {column.name: column.type for column in SCHEMA.columns}
ARROW = pa.schema([(name, type_names[kind]) for name, kind in TYPES.items()])

_STRINGS = [
    *("", " ", "a", "a\x00", "\x00", "'", '"', "\\", "%", "_", "NULL", "__HIVE_DEFAULT_PARTITION__"),
    *("a" * 31, "a" * 32, "a" * 33, "x" * 10_000, "x" * 9_999 + "y", "x" * 4_000),
    *("é" * 32, "é" * 33, "\uffff" * 32, "\uffff" * 40, "\ufffd" * 33, "\ue000" * 33),
    *("\U0001f600" * 31 + "a", "\U0001f600" * 32 + "a", "\U0001f600" * 33, "\U00010000" * 40),
    *("\U0010ffff", "\U0010ffff" * 33, "\U0010ffff" * 63 + "a", "\U0010ffff" * 80),
    *("p" * 32 + tail for tail in ("", "\x00", "a", "\x7e", "\x7f", "\x7fz", "\x80", "\uffff", "\U0010ffff", "\U0010ffffz")),
    *("\u2028", "e\u0301", "\u0130", "\u202eabc", "line\nbreak", "tab\t"),
]
_INSTANTS = [
    *("0001-01-01T00:00:00", "1582-10-04T23:59:59.999999", "1582-10-15T00:00:00", "1883-11-18T17:00:00"),
    *("1899-12-31T23:59:59.999999", "1969-12-31T23:59:59.999999", "1970-01-01T00:00:00"),
    *("2013-03-10T06:59:59.999999", "2013-03-10T07:00:00", "2013-03-31T01:00:00"),
    *("2013-11-03T05:30:00", "2013-11-03T06:30:00", "2013-10-27T00:30:00", "2013-10-27T01:30:00"),
    *("2013-01-01T00:00:00.123456", "2013-01-01T00:00:00.123457", "2013-01-01T00:00:00.123999"),
    *("2013-01-01T00:00:00.124", "1960-01-01T00:00:00.000001", "9999-12-31T23:59:59.999999"),
]
_DAYS = ["0001-01-01", "1582-10-04", "1582-10-15", "1900-02-28", "1969-12-31", "1970-01-01", "9999-12-31"]
_PARTITIONS = [None, "plain", "a/b=c%", "ü é", "%2F", "it's", "\U0001f600", "a:b?c#d", "2013-01-01"]
_FLOATS = [math.nan, math.inf, -math.inf, -0.0, 0.0, 1.5, -1.5]


def values(kind: str) -> st.SearchStrategy[object]:
    """Values of a type, the ones that broke something somewhere among them often."""
    if kind.startswith("decimal"):
        precision, scale = (int(n) for n in kind[8:-1].split(","))
        top = 10**precision - 1
        unscaled = st.sampled_from([top, top - 1, -top, 1 - top, 0, 1, -1]) | st.integers(-top, top)
        return unscaled.map(lambda n: Decimal(n).scaleb(-scale, Context(prec=40)))
    bits = {"tinyint": 7, "smallint": 15, "int": 31, "bigint": 63}
    if kind in bits:
        top = 2 ** bits[kind] - 1
        return st.sampled_from([top, -top - 1, top - 1, 0, -1, 1]) | st.integers(-top - 1, top)
    return {
        "date": st.sampled_from([date.fromisoformat(d) for d in _DAYS]) | st.dates(),
        "timestamp": (st.sampled_from([datetime.fromisoformat(i) for i in _INSTANTS]) | st.datetimes()).map(
            lambda moment: moment.replace(tzinfo=UTC)
        ),
        "string": st.sampled_from(_STRINGS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=70),
        "boolean": st.booleans(),
        "float": st.sampled_from(_FLOATS) | st.floats(width=32),
        "double": st.sampled_from(_FLOATS) | st.floats(),
        "binary": st.binary(max_size=5),
    }[kind]


@dataclass(frozen=True, kw_only=True, repr=False)
class Case:
    """Files of one table: each a partition value and, for the columns it has, values of its rows."""

    files: tuple[tuple[str | None, Mapping[str, list[object]]], ...]
    literals: Mapping[str, list[object]]


@st.composite
def cases(draw: st.DrawFn, *, files: int = 4, complete: bool = False, literals: int = 3) -> Case:
    """Tables of `files` files; `complete` files lack no column. Some columns have few distinct values."""
    made: list[tuple[str | None, dict[str, list[object]]]] = []
    for _ in range(files):
        rows = draw(st.integers(1, 3))
        columns = {
            name: draw(st.lists(_cell(kind), min_size=rows, max_size=rows))
            for name, kind in TYPES.items()
            if name != PARTITION and (complete or draw(st.integers(0, 9)) > 0)
        }
        made.append((draw(st.sampled_from(_PARTITIONS)), columns))
    asked: dict[str, list[object]] = {}
    for name, kind in TYPES.items():
        present = [v for part, columns in made for v in ([part] if name == PARTITION else columns.get(name, []))]
        known = [value for value in present if value is not None]
        wanted = st.sampled_from(known) | values(kind) if known else values(kind)
        asked[name] = draw(st.lists(wanted, min_size=literals, max_size=literals))
    return Case(files=tuple(made), literals=asked)


def _cell(kind: str) -> st.SearchStrategy[object]:
    return st.integers(0, 3).flatmap(lambda n: values(kind) if n else st.none())


@dataclass(frozen=True, kw_only=True)
class Predicate:
    """A comparison of a column with literals."""

    column: str
    operator: str
    literals: tuple[object, ...] = ()

    def sql(self, literal: Callable[[object, str], str], quoted: str) -> str:
        """SQL, for the dialect that spells literals so and quotes names with `quoted`."""
        name = f"{quoted}{self.column}{quoted}"
        texts = [literal(value, TYPES[self.column]) for value in self.literals]
        match self.operator:
            case "= or null":
                return f"({name} IS NULL OR {name} = {texts[0]})"
            case "between":
                return f"{name} BETWEEN {texts[0]} AND {texts[1]}"
            case "in":
                return f"{name} IN ({', '.join(texts)})"
            case "is null" | "is not null":
                return f"{name} {self.operator}"
        return f"{name} {self.operator} {texts[0]}"

    def arrow(self) -> pc.Expression:
        """The same as an Arrow expression. `<=>` is `=`: no literal is NULL."""
        field = pc.field(self.column)
        scalars = [pa.scalar(value, type_names[TYPES[self.column]]) for value in self.literals]
        match self.operator:
            case "= or null":
                return field.is_null() | (field == scalars[0])
            case "between":
                return (field >= scalars[0]) & (field <= scalars[1])
            case "in":
                return field.isin(pa.array(list(self.literals), type_names[TYPES[self.column]]))
            case "is null":
                return field.is_null()
            case "is not null":
                return ~field.is_null()
            case "=" | "<=>":
                return field == scalars[0]
            case "<>":
                return field != scalars[0]
            case "<":
                return field < scalars[0]
            case "<=":
                return field <= scalars[0]
            case ">":
                return field > scalars[0]
        return field >= scalars[0]


def predicates(case: Case) -> Iterator[Predicate]:
    """Every kind of predicate on every column, with the case's literals."""
    for name, (first, *others) in case.literals.items():
        yield Predicate(column=name, operator="is null")
        yield Predicate(column=name, operator="is not null")
        for operator in ("=", "<>", "<", "<=", ">", ">=", "<=>"):
            yield from (Predicate(column=name, operator=operator, literals=(v,)) for v in (first, *others))
        yield Predicate(column=name, operator="= or null", literals=(first,))
        yield Predicate(column=name, operator="between", literals=tuple(others))
        yield Predicate(column=name, operator="in", literals=(first, *others))


def spark_literal(value: object, kind: str) -> str:
    """A literal of Spark SQL that is folded to exactly this value."""
    match value:
        case str():
            return "'" + "".join(c if c.isascii() and c.isalnum() else f"\\U{ord(c):08X}" for c in value) + "'"
        case bytes():
            return f"X'{value.hex()}'"
        case float() if math.isinf(value):
            return f"CAST('{'-' if value < 0 else ''}Infinity' AS {kind})"
        case Decimal():
            return f"CAST('{value:f}' AS {kind})"
    return f"CAST('{value}' AS {kind})"


def datafusion_literal(value: object, kind: str) -> str:
    """A literal of DataFusion SQL, which deltalake's QueryBuilder speaks."""
    match value:
        case str():
            return "'" + value.replace("'", "''") + "'"
        case bytes():
            return f"arrow_cast(X'{value.hex()}', 'Binary')"
        case datetime():
            return f"arrow_cast('{value.isoformat()}', 'Timestamp(Microsecond, Some(\"UTC\"))')"
    arrow = {"tinyint": "TINYINT", "float": "REAL"}.get(kind, kind.upper())
    return f"CAST('{value:f}' AS {arrow})" if isinstance(value, Decimal) else f"CAST('{value}' AS {arrow})"


def write_with_pyarrow(case: Case, folder: Path) -> list[Path]:
    """One Parquet file for each of the case's, in row groups of two rows, columns missing as drawn."""
    paths = []
    for number, (part, columns) in enumerate(case.files):
        path = folder / file_name(number, part)
        path.parent.mkdir(parents=True)
        rows = len(next(iter(columns.values()), [None]))
        filled = {**columns, PARTITION: [part] * rows}
        schema = pa.schema([field for field in ARROW if field.name in filled])
        table = pa.table({name: pa.array(filled[name], schema.field(name).type) for name in schema.names}, schema)
        pq.write_table(table, path, row_group_size=2, store_decimal_as_integer=bool(number % 2))
        paths.append(path)
    return paths


def file_name(number: int, part: str | None) -> str:
    """Path of a file below the table, its partition value escaped as Hive does."""
    return f"data/run {number}/__p0={'n' if part is None else 'v' + quote(part, safe='')}/part-0.parquet"


def publish(case: Case, folder: Path, *, statistics: bool, indexed: bool = True) -> DeltaTable:
    """Commit the files below `folder` as a Delta table, with our statistics or with none.

    `indexed`: the table says which columns have statistics, as tables that we create do.
    """
    property_ = render_indexed(SCHEMA, partition_columns=[PARTITION]) if indexed else None
    configuration = {STATISTICS_COLUMNS: property_} if indexed else {}
    table = DeltaTable.create(folder, ARROW, partition_by=[PARTITION], configuration=configuration)
    actions = []
    for number, (part, _) in enumerate(case.files):
        name = file_name(number, part)
        path = folder / name
        footer = pq.read_metadata(path)
        text = file_statistics(footer, SCHEMA, partition_columns=[PARTITION], indexed=property_) if statistics else "{}"
        actions.append(AddAction(name, path.stat().st_size, {PARTITION: part}, 0, True, text))
    table.create_write_transaction(actions, "append", table.schema(), [PARTITION])
    return DeltaTable(folder)


def link(files: Sequence[Path], source: Path, target: Path) -> None:
    """The same files below another root."""
    for path in files:
        linked = target / path.relative_to(source)
        linked.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, linked)


def nan_payload() -> float:
    """A NaN that is not the canonical one."""
    return struct.unpack("<d", struct.pack("<Q", 0xFFF8_0000_0000_0001))[0]
