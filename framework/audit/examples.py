"""Some of the rows that break a rule, read from staged files, for a person who asked to see them.

Nothing here is ever written to a record or a result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.checks.missing import kept_predicate, kept_rows
from framework.checks.verdict import Verdict
from framework.contract.catalogue import CATALOGUE, columns_of
from framework.contract.columns import INTERVAL_DIRECTORY
from framework.contract.datatype import identifier
from framework.contract.reference import reference_of
from framework.contract.schema import Schema
from framework.contract.types import Expectation, Output
from framework.stage.staged import KEPT, OUTSIDE, SPLIT

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_MOST_COLUMNS = 10
_COUNT = "rows"


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Rows as Spark's text of each value, None for NULL; `notes` say what is not shown, and why."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    notes: tuple[str, ...] = ()


def read_examples(
    spark: "SparkSession", place: str, output: Output, verdicts: Sequence[Verdict], limit: int
) -> Examples:
    """Up to `limit` rows that break one rule, of the intervals of `verdicts`, which are of that rule.

    `place`: the staged directory. `output`: as it is declared now; its masked columns, and columns
    that it does not have, are not read. When the data cannot be read, the notes say so.
    """
    first = verdicts[0]
    beyond = _beyond_staged(first)
    if beyond is not None:
        return Examples(notes=(beyond,))
    assert output.schema is not None, "contract.validate comes first"
    try:
        frame = spark.read.parquet(place)
        if first.filter is not None:
            return _rows(frame.where(_condition(frame, verdicts)), output, first.expectation, limit)
        rule = CATALOGUE.get(first.expectation.type)
        if rule is not None and rule.level == "group":
            return _doubled(_within(frame, verdicts), output, first.expectation, limit)
        if rule is not None and any(parameter.kind == "set" for parameter in rule.parameters):
            return _values(_within(frame, verdicts), output.schema, first.expectation, limit)
    except Exception as error:  # noqa: BLE001  # its text may hold a row's values
        return Examples(notes=(f"the staged rows cannot be read any more ({type(error).__name__})",))
    return Examples(notes=("the rule is about all rows together",))


def _beyond_staged(verdict: Verdict) -> str | None:
    """Why the staged rows alone do not tell which of them break the rule; None: they do."""
    if verdict.is_input or verdict.is_table:
        return "rows are shown of what a run staged, and this is about other rows"
    if reference_of(verdict.expectation) is not None:
        return "rows are compared with an input, which is not read again"
    return None


def _condition(frame: "DataFrame", verdicts: Sequence[Verdict]) -> str:
    """Rows that break the rule, each in its own interval."""
    if INTERVAL_DIRECTORY not in frame.columns:
        return " OR ".join(f"({verdict.filter})" for verdict in verdicts)
    parts = [f"{_label(verdict)} AND ({verdict.filter})" for verdict in verdicts]
    if verdicts[0].expectation.type == "rows_in_interval":
        parts.append(f"{INTERVAL_DIRECTORY} = '{OUTSIDE}'")
    return " OR ".join(parts)


def _within(frame: "DataFrame", verdicts: Sequence[Verdict]) -> "DataFrame":
    """The rows that the rule looked at."""
    condition = verdicts[0].expectation.arguments.get("row_condition")
    if isinstance(condition, str):
        frame = frame.where(condition)
    if INTERVAL_DIRECTORY not in frame.columns:
        return frame
    return frame.where(" OR ".join(map(_label, verdicts)))


def _label(verdict: Verdict) -> str:
    """Rows of the interval; those that are split off are among them for the rule that did it."""
    parts = (KEPT, SPLIT) if verdict.quarantined else (KEPT,)
    labels = ", ".join(f"'{part}{verdict.interval.label}'" for part in parts)
    return f"{INTERVAL_DIRECTORY} IN ({labels})"


def _doubled(frame: "DataFrame", output: Output, rule: Expectation, limit: int) -> Examples:
    """Rows whose values come more than once in their interval, the equal ones side by side."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    columns = columns_of(rule)
    names = [identifier(name) for name in columns]
    interval = [INTERVAL_DIRECTORY] if INTERVAL_DIRECTORY in frame.columns else []
    number = F.count("*").over(Window.partitionBy(*interval, *names))
    kept = kept_predicate(columns, kept_rows(rule))
    doubled = frame.where(kept).withColumn("_n", number).where("_n > 1").orderBy(*interval, *names)
    return _rows(doubled, output, rule, limit)


def _values(frame: "DataFrame", schema: Schema, rule: Expectation, limit: int) -> Examples:
    """The values that there are, the most frequent first, and in how many rows."""
    from pyspark.sql import functions as F

    names = columns_of(rule)
    masked = _masked(schema, names)
    if masked:
        return Examples(notes=(f"{', '.join(masked)} masked",))
    keys = [F.col(identifier(name)) for name in names]
    counted = frame.groupBy(*keys).agg(F.count("*").alias(_COUNT)).orderBy(F.desc(_COUNT), *keys)
    return Examples(columns=(*names, _COUNT), rows=_texts(counted.limit(limit)))


def _rows(failing: "DataFrame", output: Output, rule: Expectation, limit: int) -> Examples:
    schema = output.schema
    assert schema is not None, "contract.validate comes first"
    known = [column.name for column in schema.columns if column.name in failing.columns and not column.masked]
    wanted = dict.fromkeys((*output.key, *((output.time,) if output.time else ()), *columns_of(rule), *known))
    chosen = set([name for name in wanted if name in known][:_MOST_COLUMNS])
    columns = tuple(name for name in known if name in chosen)
    notes = []
    if len(known) > len(columns):
        notes.append(f"{len(known) - len(columns)} more columns")
    if masked := _masked(schema, schema.names):
        notes.append(f"{', '.join(masked)} masked")
    selected = failing.select(*map(identifier, columns)).limit(limit)
    return Examples(columns=columns, rows=_texts(selected), notes=tuple(notes))


def _texts(frame: "DataFrame") -> tuple[tuple[str | None, ...], ...]:
    from pyspark.sql import functions as F

    columns = [(F.col(identifier(name)), kind) for name, kind in frame.dtypes]
    texts = [
        (F.hex(column) if kind == "binary" else column.cast("string")).alias(f"c{number}")
        for number, (column, kind) in enumerate(columns)
    ]
    return tuple(tuple(row) for row in frame.select(*texts).collect())


def _masked(schema: Schema, names: Sequence[str]) -> list[str]:
    return [column.name for column in schema.columns if column.masked and column.name in names]
