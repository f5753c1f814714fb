"""The ledger of a table: a row for each generation of each interval, in a table beside it.

Each table has a ledger of its own, so that jobs that have nothing to do with one another neither wait
for each other nor conflict. The comment of the table holds the id under which its rows in the ledger
count: a table that is dropped and created anew has another id, and none of the old generations.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from framework.generation import Fingerprint, Generation
from framework.interval import WHOLE, Interval
from framework.tables.history import PastGeneration
from framework.tables.redshift.connection import Connection, Row, Value
from framework.tables.redshift.names import Names
from framework.tables.redshift.rows import count_rows, rows_hash

MARK = "sparkjob:"
"""What the comment of a table of ours begins with; its id follows."""

COLUMNS = (
    ("table_id", "VARCHAR(32) NOT NULL"),
    ("interval_key", "VARCHAR(64) NOT NULL"),
    ("number", "BIGINT NOT NULL"),
    ("version", "BIGINT NOT NULL"),
    ("fingerprint", "BIGINT NOT NULL"),
    ("row_count", "BIGINT NOT NULL"),
    ("restored", "BIGINT"),
    ("run_id", "VARCHAR(512) NOT NULL"),
    ("stage_id", "VARCHAR(512) NOT NULL"),
    ("details", "VARCHAR(4096) NOT NULL"),
    ("published_at", "TIMESTAMP DEFAULT getdate()"),
)
"""`version` counts the publishes of the table. `row_count`: of the interval; where rows are merged, of
the whole table. `details`: the parts of the fingerprint as JSON. A row with the interval "" says whose
table it is.
"""

_AT_ONCE = 3000
"""Rows of one INSERT: the driver binds at most 32,767 values, and ten are of each."""

_MARKED = """
SELECT d.description FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_description d ON d.objoid = c.oid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass
WHERE n.nspname = %s AND c.relname = %s"""


@dataclass(frozen=True, kw_only=True)
class LedgerTable:
    """A table of ours, as it was created. `grain`: "whole" without intervals; `time`, `time_type`: "" then.

    `merged`: the mode by which rows are merged into it, or "".
    """

    names: Names
    id: str
    owner: str
    dataset: str
    grain: str
    zone: str
    time: str
    time_type: str
    merged: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One generation, as it is written into the ledger."""

    interval: Interval
    number: int
    version: int
    fingerprint: Fingerprint
    rows: int
    run_id: str
    stage_id: str
    restored: int | None = None


def find_table_id(connection: Connection, names: Names) -> tuple[bool, str | None]:
    """Whether there is a table of this name, and its id if it is one of ours."""
    found = connection.execute(_MARKED, (names.schema, names.table))
    if not found:
        return False, None
    comment = str(found[0][0] or "")
    marked = comment.startswith(MARK)
    return True, comment.removeprefix(MARK).split()[0] if marked and comment != MARK else None


def read_table(connection: Connection, names: Names) -> LedgerTable | None:
    """The table and whose it is; None when there is none, or none of ours."""
    _, table_id = find_table_id(connection, names)
    if table_id is None:
        return None
    found = connection.execute(
        f"SELECT details FROM {names.ledger} WHERE table_id = %s AND interval_key = ''",
        (table_id,),
    )
    if not found:
        return None
    said: dict[str, Any] = json.loads(str(found[0][0]))
    return LedgerTable(names=names, id=table_id, **said)


def create_ledger(names: Names) -> str:
    """The statement that creates a ledger where there is none, sorted as it is asked."""
    columns = ", ".join(f"{name} {type_}" for name, type_ in COLUMNS)
    return f"CREATE TABLE IF NOT EXISTS {names.ledger} ({columns}) COMPOUND SORTKEY (interval_key, number)"


def insert_table(table: LedgerTable) -> tuple[str, tuple[Value, ...]]:
    """The statement that says whose a new table is."""
    said = {name: value for name, value in asdict(table).items() if name not in ("names", "id")}
    row = (table.id, "", 0, 0, 0, 0, None, "", "", json.dumps(said))
    return _insert(table.names, 1), row


def insert_entries(table: LedgerTable, entries: Sequence[Entry]) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """The statements that write generations: one, but for thousands of them."""
    for at in range(0, len(entries), _AT_ONCE):
        part = entries[at : at + _AT_ONCE]
        yield _insert(table.names, len(part)), tuple(value for each in part for value in _row(table, each))


def read_version(connection: Connection, table: LedgerTable) -> int:
    """How often the table was published to."""
    (row,) = connection.execute(
        f"SELECT max(version) FROM {table.names.ledger} WHERE table_id = %s",
        (table.id,),
    )
    return _integer(row[0])


def read_numbers(
    connection: Connection, table: LedgerTable, intervals: Iterable[Interval] | None = None
) -> Mapping[str, int]:
    """The current generation's number by the key of its interval; of these intervals, or of all."""
    return {str(row[0]): _integer(row[1]) for row in _current(connection, table, intervals)}


def read_generations(
    connection: Connection, table: LedgerTable, intervals: Iterable[Interval]
) -> Mapping[Interval, Generation]:
    """The current generation of each interval that has one.

    What is live is told by the number of rows: a foreign change that keeps it is not noticed. Where rows
    are merged it is the whole table's, and `WHOLE` has the number 0 if the table has intervals.
    """
    asked = {interval.key: interval for interval in intervals}
    current = [row for row in _current(connection, table, asked.values()) if row[0] in asked]
    if table.merged and WHOLE.key in asked and table.grain != "whole":
        current.append((WHOLE.key, 0, 0, 0, None, "", "", "null"))
    if not current:
        return {}
    published = {asked[str(row[0])]: _integer(row[3]) for row in current}
    if table.merged:
        published = dict.fromkeys(published, _rows_of_last(connection, table))
    live = count_rows(connection, table, published)
    return {
        interval: Generation(
            dataset=table.dataset,
            interval=interval,
            number=_integer(row[1]),
            fingerprint=_integer(row[2]),
            files=rows_hash(published[interval]),
            live=rows_hash(live[interval]),
            table_id=table.id,
            restored=None if row[4] is None else _integer(row[4]),
            run_id=str(row[5]),
            stage_id=str(row[6]),
            parts=_parts(str(row[7])),
        )
        for row in current
        for interval in (asked[str(row[0])],)
    }


def read_past(
    connection: Connection, table: LedgerTable, intervals: Iterable[Interval]
) -> Mapping[Interval, Sequence[PastGeneration]]:
    """All generations of each interval that has one, the current first."""
    asked = {interval.key: interval for interval in intervals}
    if not asked:
        return {}
    found: dict[Interval, list[PastGeneration]] = {}
    for row in connection.execute(
        "SELECT interval_key, number, fingerprint, row_count, restored, run_id, stage_id, details, "
        f"published_at FROM {table.names.ledger} WHERE table_id = %s AND interval_key >= %s "
        "AND interval_key <= %s AND interval_key <> '' ORDER BY number DESC",
        (table.id, min(asked), max(asked)),
    ):
        interval = asked.get(str(row[0]))
        if interval is None:
            continue
        moment = row[8]
        found.setdefault(interval, []).append(
            PastGeneration(
                interval=interval,
                number=_integer(row[1]),
                published=moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else None,
                run_id=str(row[5]),
                stage_id=str(row[6]),
                fingerprint=_integer(row[2]),
                parts=_parts(str(row[7])),
                rows=None if table.merged else _integer(row[3]),
                restored=None if row[4] is None else _integer(row[4]),
            )
        )
    return found


def _current(connection: Connection, table: LedgerTable, intervals: Iterable[Interval] | None) -> list[Row]:
    """The last row of each interval; keys sort as their intervals do."""
    keys = [""] if intervals is None else sorted(interval.key for interval in intervals)
    if not keys:
        return []
    last = "~" if intervals is None else keys[-1]
    ledger = table.names.ledger
    return connection.execute(
        "SELECT l.interval_key, l.number, l.fingerprint, l.row_count, l.restored, l.run_id, l.stage_id, "
        f"l.details FROM {ledger} l JOIN "
        f"(SELECT interval_key, max(number) AS number FROM {ledger} WHERE table_id = %s "
        "AND interval_key >= %s AND interval_key <= %s AND interval_key <> '' GROUP BY interval_key) c "
        "ON c.interval_key = l.interval_key AND c.number = l.number WHERE l.table_id = %s",
        (table.id, keys[0], last, table.id),
    )


def _rows_of_last(connection: Connection, table: LedgerTable) -> int:
    """The rows that a table had after its last publish."""
    ((rows,),) = connection.execute(
        f"SELECT row_count FROM {table.names.ledger} WHERE table_id = %s ORDER BY version DESC LIMIT 1",
        (table.id,),
    )
    return _integer(rows)


def _row(table: LedgerTable, each: Entry) -> tuple[Value, ...]:
    now = (table.id, each.interval.key, each.number, each.version, each.fingerprint.value, each.rows)
    return *now, each.restored, each.run_id, each.stage_id, json.dumps(asdict(each.fingerprint))


def _parts(text: str) -> Fingerprint | None:
    said = json.loads(text)
    return None if said is None else Fingerprint(**said)


def _insert(names: Names, rows: int) -> str:
    written = [name for name, _ in COLUMNS if name != "published_at"]
    marks = ", ".join(["(" + ", ".join(["%s"] * len(written)) + ")"] * rows)
    return f"INSERT INTO {names.ledger} ({', '.join(written)}) VALUES {marks}"


def _integer(value: Value) -> int:
    return 0 if value is None else int(str(value))
