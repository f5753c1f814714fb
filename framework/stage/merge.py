"""`merge`: of each key the newest row, by `sequence_by` and then by time.

What a live row holds against a row of the batch is decided by the two together. Rows that are equal
in both are of one interval, so that the batch is a later run of it, and has the last word. That an
older batch does not bring a deleted key back, the events say (`tables.events`).
"""

from typing import TYPE_CHECKING

from framework.contract.datatype import identifier
from framework.contract.types import Output
from framework.stage.live import FILE, LiveRows
from framework.stage.rewrite import GONE, NUMBER, Extent, Rewrite, ordinal

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_ORDER = "sparkjob_m_order"
_THERE = "sparkjob_m_there"
_STANDING = "sparkjob_m_standing"
"""How a row of the batch stands against the live one of its key: new, newer, again (equal), older."""
_FEW = 100_000
"""Rows of a batch whose keys each executor can hold; how few live rows they meet Spark does not foresee."""
_NEW, _NEWER, _AGAIN, _OLDER = "new", "newer", "again", "older"


def merge_rows(
    batch: "DataFrame",
    extent: Extent,
    live: LiveRows,
    events: "DataFrame | None",
    output: Output,
    number: int,
) -> Rewrite:
    """What becomes of the table. `batch`: one row a key at most, with `GONE`. `number`: of new events.

    A few Spark actions; none over rows of files that hold no key of the batch, as far as the log tells.
    """
    from pyspark.sql import functions as F

    assert output.schema is not None, "contract.validate comes first"
    names = [identifier(name) for name in output.schema.names]
    judged = _judge(batch, extent, live, events, output).persist()
    highest = F.expr(f"max({ordinal(output)})").alias(_ORDER)
    counted = judged.groupBy(FILE, _STANDING, GONE).agg(highest).collect()
    touched = {row[FILE] for row in counted if row[_STANDING] == _NEWER}
    again = {row[FILE] for row in counted if row[_STANDING] == _AGAIN} - touched
    touched |= _changed_again(judged, again, live, output)
    won = [
        row
        for row in counted
        if row[_STANDING] == _NEW or (row[_STANDING] != _OLDER and row[FILE] in touched)
    ]
    winners = judged.where(
        (F.col(_STANDING) == _NEW) | ((F.col(_STANDING) != _OLDER) & F.col(FILE).isin(sorted(touched)))
    )
    replaced = live.find(touched)
    rows = None
    if replaced:
        kept = live.read(replaced).join(winners.select(*_keys(output)), _names(output), "left_anti")
        rows = kept.select(*names)
    if any(not row[GONE] for row in won):
        fresh = winners.where(~F.col(GONE)).select(*names)
        rows = fresh if rows is None else fresh.unionByName(rows)
    gone = [row[_ORDER] for row in won if row[GONE]]
    return Rewrite(
        rows=rows,
        replaces=replaced,
        events=_events(winners.where(GONE), output, number) if gone else None,
        highest=max(gone) if gone and None not in gone else None,
        cached=(judged,),
    )


def _judge(
    batch: "DataFrame", extent: Extent, live: LiveRows, events: "DataFrame | None", output: Output
) -> "DataFrame":
    """The batch with `_STANDING`, and the `FILE` of the live row of its key."""
    from pyspark.sql import functions as F

    files = live.may_hold(extent.bounds)
    keys, order = _keys(output), _order(output)
    batch = batch.withColumn(_ORDER, order)
    if files:
        asked = batch.select(*keys)
        # The inner join is first: a small batch can be sent to the live rows, in an outer one it cannot.
        there = live.read(files).select(*keys, FILE, order.alias(_THERE)).join(asked, _names(output))
        there = F.broadcast(there) if extent.rows <= _FEW else there
        batch = batch.join(there, _names(output), "left")
    else:
        batch = batch.withColumn(FILE, F.lit(None).cast("string")).withColumn(_THERE, F.lit(None))
    if events is not None:
        known = events.groupBy(*keys).agg(F.max(order).alias(NUMBER))
        batch = batch.join(known, _names(output), "left")
        # What is live has come after every event of its key that it was merged with.
        batch = batch.withColumn(_THERE, F.expr(f"CASE WHEN {FILE} IS NULL THEN {NUMBER} ELSE {_THERE} END"))
    if not files and events is None:
        return batch.withColumn(_STANDING, F.lit(_NEW))
    return batch.withColumn(
        _STANDING,
        F.expr(
            f"CASE WHEN {_THERE} IS NULL THEN '{_NEW}' WHEN {_ORDER} < {_THERE} THEN '{_OLDER}' "
            f"WHEN {FILE} IS NULL THEN '{_NEW}' WHEN {_ORDER} = {_THERE} THEN '{_AGAIN}' ELSE '{_NEWER}' END"
        ),
    )


def _changed_again(judged: "DataFrame", addresses: set[str], live: LiveRows, output: Output) -> set[str]:
    """Those of the files in which a row is not what the batch says again."""
    from pyspark.sql import functions as F

    assert output.schema is not None, "contract.validate comes first"
    if not addresses:
        return set()
    columns = output.schema.columns
    if any("map<" in column.type for column in columns):
        return addresses  # maps cannot be compared
    said = judged.where((F.col(_STANDING) == _AGAIN) & F.col(FILE).isin(sorted(addresses)))
    renamed = [F.col(identifier(c.name)).alias(f"sparkjob_m_{n}") for n, c in enumerate(columns)]
    named = {column.name: f"sparkjob_m_{n}" for n, column in enumerate(columns)}
    same = " AND ".join(f"{identifier(name)} <=> {ours}" for name, ours in named.items())
    on = F.expr(" AND ".join(f"{identifier(name)} = {named[name]}" for name in output.key))
    rows = live.read(live.find(addresses)).join(said.select(*renamed, GONE), on)
    return {row[FILE] for row in rows.where(f"{GONE} OR NOT ({same})").select(FILE).distinct().collect()}


def _events(gone: "DataFrame", output: Output, number: int) -> "DataFrame":
    from pyspark.sql import functions as F

    named = dict.fromkeys((*output.key, output.sequence_by, *([output.time] if output.time else [])))
    return gone.select(*(identifier(n) for n in named if n), GONE, F.lit(number).alias(NUMBER))


def _order(output: Output) -> "Column":
    """What newer is told by; time decides where `sequence_by` is equal, and NULL is before all."""
    from pyspark.sql import functions as F

    named = (output.sequence_by, output.time)
    fields = [F.col(identifier(name)).alias(f"o{n}") for n, name in enumerate(named) if name]
    return F.struct(*fields)


def _names(output: Output) -> list[str]:
    return list(output.key)


def _keys(output: Output) -> list[str]:
    return [identifier(name) for name in output.key]
