"""The statements that put the loaded rows into the table."""

from collections.abc import Iterator, Sequence

from framework.contract.schema import Schema
from framework.contract.types import Output
from framework.plan.steps import Target
from framework.tables.redshift.ledger import LedgerTable
from framework.tables.redshift.quoting import identifier
from framework.tables.redshift.rows import spans, within


def render_change(table: LedgerTable, output: Output, targets: Sequence[Target], stage: str) -> Iterator[str]:
    """Their number is the same however many rows, files and intervals there are.

    Never TRUNCATE, which commits by itself; nothing is dropped or renamed, so that a reader finds the
    table, with the old rows or with the new ones.
    """
    assert output.schema is not None, "contract.validate comes first"
    names = [identifier(name) for name in output.schema.names]
    if table.merged:
        yield from _merge(table, output, names, stage)
        return
    ranges = " OR ".join(within(table, each) for each in spans(sorted(t.interval for t in targets)))
    yield f"DELETE FROM {table.names.sql} WHERE {ranges}"
    listed = ", ".join(names)
    yield f"INSERT INTO {table.names.sql} ({listed}) SELECT {listed} FROM {stage}"


def _merge(table: LedgerTable, output: Output, names: Sequence[str], stage: str) -> Iterator[str]:
    """Rows that are no older take the place of those with their key; the others with a new key are added.

    What is newer `sequence_by` tells, and time where that is equal; a NULL is older than everything.
    (Redshift's MERGE has one arm for each case and no condition, so it cannot do this.)
    """
    target = table.names.sql
    same = " AND ".join(_is_same(target, stage, output.schema, name) for name in output.key)
    order = [identifier(name) for name in (output.sequence_by, output.time) if name is not None]
    yield f"DELETE FROM {target} USING {stage} WHERE {same} AND {_is_older(target, stage, order)}"
    listed = ", ".join(f"{stage}.{name}" for name in names)
    first = identifier(output.key[0])
    yield (
        f"INSERT INTO {target} ({', '.join(names)}) SELECT {listed} FROM {stage} "
        f"LEFT JOIN {target} ON {same} WHERE {target}.{first} IS NULL"
    )


def _is_same(target: str, stage: str, schema: Schema | None, key: str) -> str:
    """Whether two rows have the same value of a key.

    Redshift does not look at blanks at the end of texts when it compares them (Amazon Redshift Database
    Developer Guide, «Character types»); for Spark, and so for the audit, they make another key.
    """
    column = None if schema is None else schema.find(key)
    there, ours = (f"{each}.{identifier(key)}" for each in (target, stage))
    if column is None or column.type != "string":
        return f"{there} = {ours}"
    return f"{there} = {ours} AND octet_length({there}) = octet_length({ours})"


def _is_older(target: str, stage: str, order: Sequence[str]) -> str:
    """Whether a row of the target is older than that of the stage, or equal, by these columns in turn."""
    if not order:
        return "true"
    there, ours = (f"{each}.{order[0]}" for each in (target, stage))
    equal = f"({there} = {ours} OR ({there} IS NULL AND {ours} IS NULL))"
    older = f"({there} < {ours} OR ({there} IS NULL AND {ours} IS NOT NULL))"
    return f"({older} OR ({equal} AND {_is_older(target, stage, order[1:])}))"
