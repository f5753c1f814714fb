"""`scd2`: of each key a row for every stretch of time in which its tracked columns held.

An event says of one key what holds from a moment on, or that it is gone. A history is a function of
all events of a key: of one moment counts the event of the latest time and then of the latest run, one
that repeats what held already is passed over, and each row holds until the next event. So whatever
came when, the rows are the same. Which events there were, the rows of the table tell, together with
those that no row shows (`tables.events`): the repeated ones, and that a key was gone. Of these only what
lies behind the first moment of a batch is needed: before it nothing changes.
"""

from typing import TYPE_CHECKING

from framework.contract.datatype import identifier
from framework.contract.modes import tracked_columns
from framework.contract.types import Output
from framework.stage.live import FILE, LiveRows
from framework.stage.rewrite import GONE, NUMBER, Extent, Rewrite, ordinal

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_RANK = "sparkjob_m_rank"
_UNTIL = "sparkjob_m_until"
"""Of an event that a row shows: until when the row said that it holds."""
_SAID = "sparkjob_m_said"
_LOST = "sparkjob_m_lost"
"""The file of a row whose event no longer counts."""
_SHOWN = "sparkjob_m_shown"
_STAYS = "sparkjob_m_stays"

_CLOSED, _UNSEEN, _ROW, _BATCH = 0, 1, 2, 3
"""Who says an event: the end of a row, if nothing else explains it; an event that no row shows; a row;
the batch. Of equal time the last of these counts."""


def history_rows(
    batch: "DataFrame",
    extent: Extent,
    live: LiveRows,
    events: "DataFrame | None",
    output: Output,
    number: int,
) -> Rewrite:
    """What becomes of the table. `batch`: one row a key and moment at most. `number`: of new events.

    A few Spark actions; of live rows only those in files that may hold a key of the batch.
    """
    from pyspark.sql import functions as F

    keys = list(output.key)
    asked = batch.select(*map(identifier, keys))
    files = live.may_hold(extent.bounds)
    known = _events(batch, output, rank=_BATCH)
    if files:
        rows = live.read(files).join(asked, keys, "left_semi")
        known = known.unionByName(_row_events(rows, output))
    if events is not None:
        near = events.join(asked, keys, "left_semi")
        if extent.lowest is not None:
            near = near.where(f"{ordinal(output)} >= {extent.lowest}L")
        known = known.unionByName(_events(near, output, rank=_UNSEEN))
    told = _tell(known, output).persist()
    counted = told.groupBy(_LOST, FILE, _SHOWN, _STAYS, _RANK).agg(
        F.expr(f"max({ordinal(output)})").alias(NUMBER)
    )
    counts = counted.collect()
    touched = {row[_LOST] for row in counts if row[_LOST] is not None}
    touched |= {row[FILE] for row in counts if row[_RANK] == _ROW and not row[_STAYS]}
    replaced = live.find(touched)
    assert output.schema is not None, "contract.validate comes first"
    names = [identifier(name) for name in output.schema.names]
    found = None
    if any(row[_SHOWN] and (not row[_STAYS] or row[FILE] in touched) for row in counts):
        written = F.col(_SHOWN) & (~F.col(_STAYS) | F.col(FILE).isin(sorted(touched)))
        found = told.where(written).select(*names)
    if replaced:
        others = live.read(replaced).join(asked, keys, "left_anti").select(*names)
        found = others if found is None else found.unionByName(others)
    # What is kept already is not kept again.
    unseen = [row[NUMBER] for row in counts if not row[_SHOWN] and row[_RANK] in (_ROW, _BATCH)]
    return Rewrite(
        rows=found,
        replaces=replaced,
        events=_forgotten(told, output, number) if unseen else None,
        highest=max(unseen) if unseen and None not in unseen else None,
        cached=(told,),
    )


def _tell(known: "DataFrame", output: Output) -> "DataFrame":
    """The events that count, one a key and moment: the columns of the table, and our own."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    keys, moment = [identifier(name) for name in output.key], identifier(output.sequence_by or "")
    time = F.col(identifier(output.time)) if output.time else F.lit(None)
    same_moment = Window.partitionBy(*keys, moment).orderBy(
        time.desc_nulls_last(), F.desc(_RANK), F.desc(NUMBER)
    )
    # All windows go by the key, so that rows are sent to their place once.
    known = known.repartition(*keys).withColumn(_SAID, _said(output))
    # Who says again what a row shows, or what is kept, says nothing.
    is_again = F.col(_SAID).eqNullSafe(F.lead(_SAID).over(same_moment))
    again = (F.col(_RANK) == _BATCH) & (F.expr("false") if _has_maps(output) else is_again)
    names = (_RANK, FILE, _UNTIL)
    later = {name: F.lead(name).over(same_moment) for name in names}
    lost = F.when(later[_RANK] == _ROW, later[FILE])
    first = (
        known.select(
            "*",
            F.row_number().over(same_moment).alias("sparkjob_m_place"),
            again.alias("sparkjob_m_again"),
            lost.alias(_LOST),
            *(later[name].alias(f"{name}_later") for name in names),
        )
        .where("sparkjob_m_place = 1")
        .withColumns(
            {
                _LOST: F.expr(f"CASE WHEN NOT sparkjob_m_again THEN {_LOST} END"),
                **{n: F.expr(f"CASE WHEN sparkjob_m_again THEN {n}_later ELSE {n} END") for n in names},
            }
        )
    )
    by_moment = Window.partitionBy(*keys).orderBy(moment)
    tracked = F.struct(
        F.col(GONE), *(F.when(~F.col(GONE), F.col(identifier(n))) for n in tracked_columns(output))
    )
    first = first.withColumn("sparkjob_m_tracked", tracked)
    before = F.lag("sparkjob_m_tracked").over(by_moment)
    first = first.withColumn(
        "sparkjob_m_turn",
        F.when(before.isNull(), ~F.col(GONE)).otherwise(~F.col("sparkjob_m_tracked").eqNullSafe(before)),
    )
    # The next turn lies behind this event: of those that are no turn nobody asks.
    turns = Window.partitionBy(*keys, "sparkjob_m_turn").orderBy(moment)
    until = F.lead(moment).over(turns)
    since, till, still = output.validity
    told = first.withColumns({since: F.col(moment), till: until, still: until.isNull()})
    shown = F.col("sparkjob_m_turn") & ~F.col(GONE)
    stays = shown & (F.col(_RANK) == _ROW) & F.col(identifier(till)).eqNullSafe(F.col(_UNTIL))
    return told.withColumns({_SHOWN: shown, _STAYS: stays})


def _row_events(rows: "DataFrame", output: Output) -> "DataFrame":
    """What each row says: what held from when on; and that its key was gone at its end.

    That is so unless another event says what held from then on, who knows better: so it has no time.
    """
    from pyspark.sql import functions as F

    types, till = _types(output), F.col(identifier(output.validity[1]))
    moment = output.sequence_by or ""

    def event(*, end: bool) -> "Column":
        said = {name: F.col(identifier(name)) for name in _returned(output)}
        if end:
            said |= {n: F.lit(None).cast(types[n]) for n in said if n not in output.key} | {moment: till}
        nothing = F.lit(None).cast("string")
        own = {
            GONE: F.expr(str(end).lower()),
            NUMBER: F.lit(None).cast("int"),
            _RANK: F.lit(_CLOSED if end else _ROW),
            FILE: nothing if end else F.col(FILE),
            _UNTIL: F.lit(None).cast(types[moment]) if end else till,
        }
        return F.struct(*(value.alias(name) for name, value in (said | own).items()))

    both = F.array(event(end=False), event(end=True))
    events = F.when(till.isNotNull(), both).otherwise(F.slice(both, 1, 1))
    return rows.select(F.explode(events).alias("sparkjob_m_event")).select("sparkjob_m_event.*")


def _events(frame: "DataFrame", output: Output, *, rank: int) -> "DataFrame":
    """The columns that the job returns, and our own; what `frame` does not have is NULL."""
    from pyspark.sql import functions as F

    own = {FILE: "string", _UNTIL: _types(output)[output.sequence_by or ""], NUMBER: "int"}
    lacking = {name: F.lit(None).cast(type_) for name, type_ in own.items() if name not in frame.columns}
    frame = frame.withColumns({**lacking, _RANK: F.lit(rank)})
    return frame.select(*map(identifier, _returned(output)), GONE, NUMBER, _RANK, FILE, _UNTIL)


def _forgotten(told: "DataFrame", output: Output, number: int) -> "DataFrame":
    """Events that are to be kept: that a key was gone without what else its row said."""
    from pyspark.sql import functions as F

    kept = told.where(~F.col(_SHOWN) & F.col(_RANK).isin(_ROW, _BATCH))
    blanked = _others(output)
    columns = [
        F.when(~F.col(GONE), F.col(identifier(n))).alias(n) if n in blanked else F.col(identifier(n))
        for n in _returned(output)
    ]
    return kept.select(*columns, GONE, F.lit(number).alias(NUMBER))


def _said(output: Output) -> "Column":
    """All that an event says; of one that a key is gone nothing but that."""
    from pyspark.sql import functions as F

    fields = (F.when(~F.col(GONE), F.col(identifier(n))) for n in _others(output))
    time = [F.col(identifier(output.time))] if output.time else []
    return F.struct(F.col(GONE), *time, *fields)


def _others(output: Output) -> dict[str, str]:
    """Columns, with their types, that say neither whose event it is nor when."""
    named = {*output.key, output.sequence_by, output.time}
    types = _types(output)
    return {name: types[name] for name in _returned(output) if name not in named}


def _has_maps(output: Output) -> bool:
    """Maps cannot be compared: what is said with one is never said again."""
    return any("map<" in type_ for type_ in _types(output).values())


def _returned(output: Output) -> list[str]:
    return [name for name in _types(output) if name not in output.validity]


def _types(output: Output) -> dict[str, str]:
    assert output.schema is not None, "contract.validate comes first"
    return {column.name: column.type for column in output.schema.columns}
