"""COPY of the audited files into a temporary table, and whether they arrived as the audit saw them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from framework.audit.audited import Audited
from framework.audit.statistics import FooterStatistics
from framework.contract.schema import Schema
from framework.environment.objects import put_object
from framework.errors import FailedError, SparkjobError
from framework.generation import digest
from framework.plan.steps import Target
from framework.stage.staged import StagedFile
from framework.tables.redshift.connection import Connection, Value
from framework.tables.redshift.ddl import (
    create_loading_table,
    lengthen_column,
    read_columns,
    short_columns,
)
from framework.tables.redshift.errors import StatementError, explain
from framework.tables.redshift.names import Names
from framework.tables.redshift.quoting import identifier, literal, role_clause
from framework.tables.redshift.types import column_type, roomy_length

_AT_ONCE = 300
"""Columns that one statement looks at: a SELECT has at most 1,600 expressions, and four are of each."""
_WHY = """
SELECT query_id, column_name, error_message, file_name, line_number FROM sys_load_error_detail
WHERE query_id = pg_last_copy_id() ORDER BY start_time DESC LIMIT 1"""
"""Of the COPY of this session that has begun to load last; numbers of processes are used again."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A temporary table of the session with the rows of these targets.

    `lengths`: the bytes of the longest text in each column of texts.
    """

    table: str
    targets: tuple[Target, ...]
    lengths: Mapping[str, int]


def load(connection: Connection, audited: Audited, targets: Sequence[Target], *, number: int) -> Loaded:
    """Load the files of `targets` into a temporary table of its own (`number` in this session).

    Raises `StatementError` for conflicts, what `explain_copy` says of everything else that COPY
    refuses, and `FailedError` when other rows arrived than the audit saw.
    """
    stage = identifier(f"sparkjob_stage_{number}")
    schema = audited.staged.output.schema
    assert schema is not None, "contract.validate comes first"
    connection.execute(create_loading_table(stage, schema))
    files = [file for target in targets for file in audited.staged.of(target.interval)]
    if files:
        statement = _copy(stage, audited, _put_manifest(audited, files))
        try:
            connection.execute(statement)
        except StatementError as error:
            if error.conflict is not None:
                raise
            raise explain_copy(connection, error, audited.staged.binding.location.uri) from error
    _compare(connection, stage, audited, files)
    return Loaded(table=stage, targets=tuple(targets), lengths=_measure(connection, stage, schema))


def lengthen(connection: Connection, names: Names, loaded: Loaded) -> bool:
    """Give text columns of the table the bytes that the loaded rows need; whether one was too short.

    No text is cut. The audit has seen that none has more bytes than the configuration says for its column.
    """
    if not loaded.lengths:
        return False
    short = short_columns(read_columns(connection, names), loaded.lengths)
    for name, length in short.items():
        connection.execute(lengthen_column(names, name, roomy_length(length)))
    return bool(short)


def explain_copy(connection: Connection, error: StatementError, where: str) -> SparkjobError:
    """Why a COPY failed, with column, reason, file and line where SYS_LOAD_ERROR_DETAIL has them.

    Neither its message, which may quote a value, nor folders, which may be named by one, are told.
    """
    try:
        found = connection.execute(_WHY)
    except StatementError:  # a user may not be allowed to look
        found = []
    if not found:
        return explain(error, doing="COPY", where=where)
    query, column, words, file, line = (str(value or "").strip() for value in found[0])
    cause = StatementError(error.state, error.text, f"{error.detail} {words}")
    told = explain(cause, doing="COPY", where=where)
    fault = told.faults[0]
    places = (
        f"column {column}" if column else "",
        file.rpartition("/")[2],
        f"line {line}" if line.isdecimal() and line != "0" else "",  # -1: of Parquet there are none
        f"query {query}",
    )
    place = ", ".join(filter(None, places))
    return type(told)(f"{fault.what} ({place})", where=where, hint=fault.hint)


def _copy(stage: str, audited: Audited, manifest: str) -> str:
    schema, binding = audited.staged.output.schema, audited.staged.binding
    assert schema is not None, "contract.validate comes first"
    columns = ", ".join(identifier(name) for name in schema.names)
    role = None if binding.database is None else binding.database.copy_role
    nested = any(c.datatype is not None and column_type(c.datatype) == "super" for c in schema.columns)
    return (
        f"COPY {stage} ({columns}) FROM {literal(manifest)} "
        f"{role_clause(role)} "
        f"FORMAT AS PARQUET MANIFEST{' SERIALIZETOJSON' if nested else ''}"
    )


def _put_manifest(audited: Audited, files: Sequence[StagedFile]) -> str:
    """Write the list of files beside them; its URI. COPY fails when one is missing or has another size."""
    staged = audited.staged
    place = staged.binding.stage
    entries = [
        {"url": place.child(file.path).uri, "mandatory": True, "meta": {"content_length": file.size}}
        for file in files
    ]
    content = json.dumps({"entries": entries}, indent=1)
    path = f"{staged.directory}/_manifest-{digest([content])[:16]}.json"
    put_object(place, path, content.encode())
    return place.child(path).uri


def _compare(connection: Connection, stage: str, audited: Audited, files: Sequence[StagedFile]) -> None:
    """Raise `FailedError` when rows, NULLs, smallest or largest values are not those of the footers."""
    schema = audited.staged.output.schema
    assert schema is not None, "contract.validate comes first"
    statistics = FooterStatistics([audited.footers[file.path] for file in files], schema)
    wanted: list[tuple[str, str, Value]] = [("rows", "count(*)", statistics.rows)]
    for name in schema.names if files else ():
        column, nulls, bounds = identifier(name), statistics.nulls(name), statistics.bounds(name)
        if nulls is not None:
            wanted.append((f"values of {name}", f"count({column})", statistics.rows - nulls))
        if bounds is not None:
            wanted.append((f"smallest value of {name}", f"min({column})", _plain(bounds[0])))
            wanted.append((f"largest value of {name}", f"max({column})", _plain(bounds[1])))
    wrong = []
    for at in range(0, len(wanted), 4 * _AT_ONCE):
        part = wanted[at : at + 4 * _AT_ONCE]
        (found,) = connection.execute(f"SELECT {', '.join(sql for _, sql, _ in part)} FROM {stage}")
        wrong += [what for (what, _, value), there in zip(part, found, strict=True) if _plain(there) != value]
    if wrong:
        raise FailedError(
            f"COPY loaded other rows than the audit saw; these differ: {', '.join(wrong)}",
            where=audited.staged.binding.location.uri,
            hint="Nothing was published. Please report this.",
        )


def _measure(connection: Connection, stage: str, schema: Schema) -> Mapping[str, int]:
    texts = [column.name for column in schema.columns if column.type == "string"]
    if not texts:
        return {}
    longest = ", ".join(f"max(octet_length({identifier(name)}))" for name in texts)
    (measured,) = connection.execute(f"SELECT {longest} FROM {stage}")
    return {name: int(str(length or 0)) for name, length in zip(texts, measured, strict=True)}


def _plain(value: object) -> Value:
    """An instant as the wall clock of UTC, which is how a column holds it."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value  # type: ignore[return-value]  # a value of a footer or of a column
