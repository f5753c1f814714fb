"""Tables of hostile values, the predicates to ask them, and how each reader spells a predicate."""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from pathlib import Path
from urllib.parse import quote

import hypothesis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable, QueryBuilder
from deltalake.transaction import AddAction
from hypothesis import strategies as st

from framework.contract.schema import Column, Schema
from framework.publish.delta.statistics import STATISTICS_COLUMNS, file_statistics, render_indexed

ARROW_TYPES: Mapping[str, pa.DataType] = {
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
SCHEMA = Schema(
    (
        *(Column(name=f"a {kind}" if kind == "date" else f"c.{kind}", type=kind) for kind in ARROW_TYPES),
        Column(name="more", type="string"),
        Column(name=PARTITION, type="string"),
    )
)
TYPES = {column.name: column.type for column in SCHEMA.columns}
ARROW = pa.schema([(name, ARROW_TYPES[kind]) for name, kind in TYPES.items()])

_HIGHEST = "\U0010ffff"
_TAILS = ("", "\x00", "a", "\x7e", "\x7f", "\x7fz", "\x80", "\uffff", _HIGHEST, f"{_HIGHEST}z")
_STRINGS = [
    *("", " ", "a", "a\x00", "\x00", "'", '"', "\\", "%", "_", "NULL", "__HIVE_DEFAULT_PARTITION__"),
    *("a" * 31, "a" * 32, "a" * 33, "x" * 10_000, "x" * 9_999 + "y", "x" * 4_000),
    *("é" * 32, "é" * 33, "\uffff" * 32, "\uffff" * 40, "\ufffd" * 33, "\ue000" * 33),
    *("\U0001f600" * 31 + "a", "\U0001f600" * 32 + "a", "\U0001f600" * 33, "\U00010000" * 40),
    *(_HIGHEST, _HIGHEST * 33, _HIGHEST * 63 + "a", _HIGHEST * 80, "\U000dec8d", "\U0004abbe"),
    *("p" * 32 + tail for tail in _TAILS),
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
_BITS = {"tinyint": 7, "smallint": 15, "int": 31, "bigint": 63}


def values(kind: str) -> st.SearchStrategy[object]:
    """Values of a Spark type; those that broke something somewhere come often."""
    if kind.startswith("decimal"):
        precision, scale = (int(n) for n in kind[8:-1].split(","))
        top = 10**precision - 1
        unscaled = st.sampled_from([top, top - 1, -top, 1 - top, 0, 1, -1]) | st.integers(-top, top)
        return unscaled.map(lambda n: Decimal(n).scaleb(-scale, Context(prec=40)))
    if kind in _BITS:
        top = 2 ** _BITS[kind] - 1
        return st.sampled_from([top, -top - 1, top - 1, 0, -1, 1]) | st.integers(-top - 1, top)
    instants = st.sampled_from([datetime.fromisoformat(i) for i in _INSTANTS]) | st.datetimes()
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)
    strategies: dict[str, st.SearchStrategy[object]] = {
        "date": st.sampled_from([date.fromisoformat(d) for d in _DAYS]) | st.dates(),
        "timestamp": instants.map(lambda moment: moment.replace(tzinfo=UTC, fold=0)),
        "string": st.sampled_from(_STRINGS) | text,
        "boolean": st.booleans(),
        "float": st.sampled_from(_FLOATS) | st.floats(width=32),
        "double": st.sampled_from(_FLOATS) | st.floats(),
        "binary": st.binary(max_size=5),
    }
    return strategies[kind]


@dataclass(frozen=True, kw_only=True)
class File:
    """One file of a table: its partition value and, for the columns that it has, its values."""

    rows: int
    part: str | None
    columns: Mapping[str, list[object]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """Files of one table, and literals to compare each column with."""

    files: tuple[File, ...]
    literals: Mapping[str, list[object]]


@st.composite
def st_files(draw: st.DrawFn, *, complete: bool) -> File:
    """Files of one to three rows; in one of ten a column is missing, and a quarter is NULL."""
    rows = draw(st.integers(1, 3))
    columns = {
        name: draw(st.lists(_cell(kind), min_size=rows, max_size=rows))
        for name, kind in TYPES.items()
        if name != PARTITION and (complete or draw(st.integers(0, 9)) < 9)
    }
    return File(rows=rows, part=draw(st.sampled_from(_PARTITIONS)), columns=columns)


def _cell(kind: str) -> st.SearchStrategy[object]:
    return st.integers(0, 3).flatmap(lambda n: values(kind) if n else st.none())


def draw_case(seed: int, *, files: int, complete: bool = False) -> Case:
    """A table of random files, always the same for one seed; `complete` files lack no column.

    Queries cost more than files: one table of many files says as much as many small tables.
    """
    drawn: list[File] = []
    fresh: list[Mapping[str, object]] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=files + 1,  # the first that hypothesis gives is all zeros
        phases=[hypothesis.Phase.generate],
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(
        st_files(complete=complete), st.fixed_dictionaries({n: values(k) for n, k in TYPES.items()})
    )
    def collect(file: File, literals: Mapping[str, object]) -> None:
        drawn.append(file)
        fresh.append(literals)

    collect()
    choose = random.Random(seed).choices
    known = {
        name: [v for f in drawn[1:] for v in ([f.part] if name == PARTITION else f.columns.get(name, ()))]
        for name in TYPES
    }
    pools = {n: [v for v in known[n] if v is not None] + [f[n] for f in fresh[1:3]] for n in TYPES}
    return Case(files=tuple(drawn[1:]), literals={n: choose(pool, k=3) for n, pool in pools.items()})


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
        kind = ARROW_TYPES[TYPES[self.column]]
        first, second = [*(pa.scalar(value, kind) for value in self.literals), None, None][:2]
        comparisons = {
            "=": field == first,
            "<=>": field == first,
            "<>": field != first,
            "<": field < first,
            "<=": field <= first,
            ">": field > first,
            ">=": field >= first,
            "= or null": field.is_null() | (field == first),
            "between": (field >= first) & (field <= second),
            "in": field.isin(pa.array(list(self.literals), kind)),
            "is null": field.is_null(),
            "is not null": ~field.is_null(),
        }
        return comparisons[self.operator]


_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=", "<=>", "= or null")


def predicates(case: Case) -> Iterator[Predicate]:
    """Every kind of predicate on every column, with the case's literals in turn."""
    for name, literals in case.literals.items():
        yield Predicate(column=name, operator="is null")
        yield Predicate(column=name, operator="is not null")
        for number, operator in enumerate(_COMPARISONS):
            literal = literals[number % len(literals)]
            yield Predicate(column=name, operator=operator, literals=(literal,))
        yield Predicate(column=name, operator="between", literals=tuple(literals[:2]))
        yield Predicate(column=name, operator="in", literals=tuple(literals[1:]))


def spark_literal(value: object, kind: str) -> str:
    """A literal of Spark SQL that is folded to exactly this value."""
    match value:
        case str():
            escaped = (c if c.isascii() and c.isalnum() else f"\\U{ord(c):08X}" for c in value)
            return f"'{''.join(escaped)}'"
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
        case Decimal():
            return f"CAST('{value:f}' AS {kind.upper()})"
    return f"CAST('{value}' AS {'REAL' if kind == 'float' else kind.upper()})"


def write_with_pyarrow(file: File, path: Path, *, number: int) -> None:
    """Write the file in row groups of two rows; every other one keeps decimals as integers."""
    filled = {**file.columns, PARTITION: [file.part] * file.rows}
    schema = pa.schema([field for field in ARROW if field.name in filled])
    table = pa.table({f.name: pa.array(filled[f.name], f.type) for f in schema}, schema)
    path.parent.mkdir(parents=True)
    pq.write_table(table, path, row_group_size=2, store_decimal_as_integer=bool(number % 2))


def file_name(file: File, number: int) -> str:
    """Path of a file below the table, its partition value escaped as Hive does."""
    label = "n" if file.part is None else f"v{quote(file.part, safe='')}"
    return f"data/run {number}/sparkjob_p0={label}/part-0.parquet"


def publish(files: Sequence[File], folder: Path, *, statistics: bool, indexed: bool = True) -> DeltaTable:
    """Commit the files below `folder` as a Delta table, with our statistics or with none.

    `indexed`: the table says which columns have statistics, as tables that we create do.
    """
    columns = render_indexed(SCHEMA, partition_columns=[PARTITION]) if indexed else None
    configuration = {} if columns is None else {STATISTICS_COLUMNS: columns}
    table = DeltaTable.create(folder, ARROW, partition_by=[PARTITION], configuration=configuration)
    actions = []
    for number, file in enumerate(files):
        path = folder / file_name(file, number)
        footer = pq.read_metadata(path)
        text = file_statistics(footer, SCHEMA, partition_columns=[PARTITION], indexed=columns)
        stats = text if statistics else "{}"
        name = str(path.relative_to(folder))
        actions.append(AddAction(name, path.stat().st_size, {PARTITION: file.part}, 0, True, stats))
    table.create_write_transaction(actions, "append", table.schema(), [PARTITION])
    return DeltaTable(folder)


def deltalake_answers(table: DeltaTable, asked: Sequence[Predicate]) -> list[tuple[int, int]]:
    """Rows of each predicate by deltalake's two ways of reading: Arrow datasets, and DataFusion."""
    dataset = table.to_pyarrow_dataset()
    by_arrow = [dataset.count_rows(filter=predicate.arrow()) for predicate in asked]
    by_sql = []
    for predicate in asked:
        where = predicate.sql(datafusion_literal, '"').replace("<=>", "IS NOT DISTINCT FROM")
        by_sql.append(int(query(table, f"SELECT count(*) AS n FROM t WHERE {where}")[0]["n"]))
    return list(zip(by_arrow, by_sql, strict=True))


def query(table: DeltaTable, sql: str) -> list[dict[str, object]]:
    """Rows of a DataFusion query over the table `t`."""
    batches = QueryBuilder().register("t", table).execute(sql)
    return pa.RecordBatchReader.from_stream(batches).read_all().to_pylist()
