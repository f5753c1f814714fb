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
    from pyspark.sql import DataFrame

_RANK = "sparkjob_m_rank"
_UNTIL = "sparkjob_m_until"
"""Of an event that a row shows: until when the row said that it holds."""
_SAID = "sparkjob_m_said"
_TRACKED = "sparkjob_m_tracked"
_TURN = "sparkjob_m_turn"
_PLACE = "sparkjob_m_place"
_AGAIN = "sparkjob_m_again"
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
    """The events that count, one a key and moment: the columns of the table, and our own.

    As SQL, like all that is said of every event: each operator of a Column is a call of the JVM or more.
    """
    assert output.schema is not None, "contract.validate comes first"
    keys, moment = ", ".join(map(identifier, output.key)), identifier(output.sequence_by or "")
    time = f"{identifier(output.time)} DESC NULLS LAST, " if output.time else ""
    same_moment = f"(PARTITION BY {keys}, {moment} ORDER BY {time}{_RANK} DESC, {NUMBER} DESC)"
    later = {name: f"{name}_later" for name in (_RANK, FILE, _UNTIL)}
    # Who says again what a row shows, or what is kept, says nothing.
    is_again = "false" if _has_maps(output) else f"{_SAID} <=> lead({_SAID}) OVER {same_moment}"
    # All windows go by the key, so that rows are sent to their place once.
    said = known.repartition(*map(identifier, output.key)).selectExpr("*", f"{_said(output)} AS {_SAID}")
    ranked = said.selectExpr(
        "*",
        f"row_number() OVER {same_moment} AS {_PLACE}",
        f"{_RANK} = {_BATCH} AND {is_again} AS {_AGAIN}",
        *(f"lead({name}) OVER {same_moment} AS {each}" for name, each in later.items()),
    )
    tracked = (f"CASE WHEN NOT {GONE} THEN {identifier(name)} END" for name in tracked_columns(output))
    first = ranked.where(f"{_PLACE} = 1").selectExpr(
        *map(identifier, _returned(output)),
        GONE,
        f"CASE WHEN NOT {_AGAIN} AND {later[_RANK]} = {_ROW} THEN {later[FILE]} END AS {_LOST}",
        *(f"CASE WHEN {_AGAIN} THEN {each} ELSE {name} END AS {name}" for name, each in later.items()),
        f"struct({', '.join([GONE, *tracked])}) AS {_TRACKED}",
    )
    before = f"lag({_TRACKED}) OVER (PARTITION BY {keys} ORDER BY {moment})"
    turn = f"CASE WHEN {before} IS NULL THEN NOT {GONE} ELSE NOT {_TRACKED} <=> {before} END"
    # The next turn lies behind this event: of those that are no turn nobody asks.
    until = f"lead({moment}) OVER (PARTITION BY {keys}, {_TURN} ORDER BY {moment})"
    since, till, still = map(identifier, output.validity)
    turned = first.selectExpr("*", f"{turn} AS {_TURN}").selectExpr(
        "*",
        f"{moment} AS {since}",
        f"{until} AS {till}",
        f"{_TURN} AND NOT {GONE} AS {_SHOWN}",
    )
    return turned.selectExpr(  # what was only needed on the way is not kept in memory
        *(f"{till} IS NULL AS {still}" if n == still else n for n in map(identifier, output.schema.names)),
        *(GONE, _RANK, FILE, _LOST, _SHOWN),
        f"{_SHOWN} AND {_RANK} = {_ROW} AND {till} <=> {_UNTIL} AS {_STAYS}",
    )


def _row_events(rows: "DataFrame", output: Output) -> "DataFrame":
    """What each row says: what held from when on; and that its key was gone at its end.

    That is so unless another event says what held from then on, who knows better: so it has no time.
    """
    types, till = _types(output), identifier(output.validity[1])
    moment = output.sequence_by or ""

    def event(*, end: bool) -> str:
        said = {name: identifier(name) for name in _returned(output)}
        if end:
            said |= {name: f"CAST(NULL AS {types[name]})" for name in said if name not in output.key}
            said[moment] = till
        own = {
            GONE: f"{end}".lower(),
            NUMBER: "CAST(NULL AS INT)",
            _RANK: f"{_CLOSED if end else _ROW}",
            FILE: "CAST(NULL AS STRING)" if end else FILE,
            _UNTIL: f"CAST(NULL AS {types[moment]})" if end else till,
        }
        pairs = (said | own).items()
        return f"struct({', '.join(f'{value} AS {identifier(name)}' for name, value in pairs)})"

    since, until = event(end=False), event(end=True)
    events = f"CASE WHEN {till} IS NULL THEN array({since}) ELSE array({since}, {until}) END"
    return rows.selectExpr(f"inline({events})")


def _events(frame: "DataFrame", output: Output, *, rank: int) -> "DataFrame":
    """The columns that the job returns, and our own; what `frame` does not have is NULL."""
    own = {FILE: "STRING", _UNTIL: _types(output)[output.sequence_by or ""], NUMBER: "INT"}
    lacking = {name: f"CAST(NULL AS {type_})" for name, type_ in own.items() if name not in frame.columns}
    values = {name: lacking.get(name, name) for name in (NUMBER, FILE, _UNTIL)}
    return frame.selectExpr(
        *map(identifier, _returned(output)),
        GONE,
        f"{values[NUMBER]} AS {NUMBER}",
        f"{rank} AS {_RANK}",
        *(f"{values[name]} AS {name}" for name in (FILE, _UNTIL)),
    )


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


def _said(output: Output) -> str:
    """All that an event says, as SQL; of one that a key is gone nothing but that."""
    time = [identifier(output.time)] if output.time else []
    fields = (f"CASE WHEN NOT {GONE} THEN {identifier(name)} END" for name in _others(output))
    return f"struct({', '.join([GONE, *time, *fields])})"


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
