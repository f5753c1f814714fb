"""What is not compiled: Great Expectations itself says how the rows are looked at, or looks at them.

Columns are handed over under plain names: it takes a dot in a name for a field, and a backtick for nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.audit.queries import measure_queries
from framework.audit.relation import Relation, Scanned
from framework.audit.validation import build_expectation, open_definition, reason_of, validate
from framework.checks.compiled import judge_rows
from framework.checks.external import QUERY
from framework.checks.measure import External
from framework.contract.datatype import identifier
from framework.interval import Interval

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.core.partitioners import ColumnPartitioner
    from great_expectations.execution_engine.sparkdf_execution_engine import SparkDFExecutionEngine
    from pyspark.sql import Column, DataFrame

_Wanted = Mapping[External, Sequence[Interval]]


def measure_external(relation: Relation, wanted: _Wanted, scanned: Scanned) -> None:
    """Compute all of them in as few Spark jobs as each kind of rule can do with.

    Queries are counted all at once. Of rules over single rows Great Expectations tells the expression
    that finds them, and one aggregate counts for all intervals. All others are one validation for each
    interval. Raises Spark's error when the rows cannot be read at all.
    """
    measure_queries(relation, {each: wanted[each] for each in wanted if each.type == QUERY}, scanned)
    others = [each for each in wanted if each.type != QUERY]
    if not others:
        return
    plain = _Plain.of(relation)
    definition = open_definition()
    engine = _engine(definition, plain.frame)
    counts: dict[str, dict[External, Column]] = {}
    validated: dict[External, Sequence[Interval]] = {}
    for measure in others:
        try:
            count = _unexpected_rows(measure.type, plain.arguments(measure), engine)
        except Exception as error:  # noqa: BLE001  # whatever its models refuse with
            scanned.reasons[measure] = reason_of(type(error).__name__)
            continue
        if count is None:
            validated[measure] = wanted[measure]
        else:
            counts.setdefault(measure.where, {})[measure] = count
    for where, columns in counts.items():
        _count(relation, plain, where, columns, wanted, scanned)
    _validate(relation, plain, definition, validated, scanned)


@dataclass(frozen=True, kw_only=True)
class _Plain:
    """All rows under plain names, by the names of the columns."""

    frame: "DataFrame"
    names: Mapping[str, str]

    @classmethod
    def of(cls, relation: Relation) -> "_Plain":
        columns = [name for name in relation.frame.columns if name != relation.label]
        names = {name: f"c{number}" for number, name in enumerate(columns)}
        return cls(frame=_renamed(relation.frame, names), names=names)

    def column(self, measure: External) -> str:
        """The rule's column."""
        return self.names[json.loads(measure.arguments)["column"]]

    def arguments(self, measure: External) -> dict[str, object]:
        """The rule's arguments, with that column."""
        return {**json.loads(measure.arguments), "column": self.column(measure)}


def _renamed(frame: "DataFrame", names: Mapping[str, str], *kept: "Column") -> "DataFrame":
    from pyspark.sql import functions as F

    return frame.select(*kept, *(F.col(identifier(name)).alias(plain) for name, plain in names.items()))


def _engine(definition: "BatchDefinition[ColumnPartitioner]", frame: "DataFrame") -> "SparkDFExecutionEngine":
    """An engine that knows the columns and no rows: it is asked for expressions."""
    batch = definition.get_batch({"dataframe": frame.limit(0)})
    engine: SparkDFExecutionEngine = batch.data.execution_engine
    engine.batch_manager.load_batch_list([batch])
    return engine


def _unexpected_rows(
    type_: str, arguments: Mapping[str, object], engine: "SparkDFExecutionEngine"
) -> "Column | None":
    """The aggregate by which it counts the rows that break a rule, over columns of plain names.

    None where it has none, or does not get to it: a validation says more. Where it has one, the rule is
    `mostly` of the rows that are not NULL, as with `judge_rows`.
    """
    from great_expectations.exceptions.exceptions import MetricProviderError
    from great_expectations.expectations.registry import get_metric_provider
    from great_expectations.validator.metric_configuration import MetricConfiguration
    from great_expectations.validator.metrics_calculator import MetricsCalculator

    expectation = build_expectation(type_, arguments)
    count = f"{getattr(expectation, 'map_metric', '')}.unexpected_count"
    try:
        get_metric_provider(f"{count}.aggregate_fn", engine)
    except MetricProviderError:
        return None
    needed = expectation.get_validation_dependencies(engine, {"result_format": "BOOLEAN_ONLY"})
    metric = needed.metric_configurations[count]
    made = MetricConfiguration(
        f"{count}.aggregate_fn", metric.metric_domain_kwargs, metric.metric_value_kwargs
    )
    found, _ = MetricsCalculator(engine).compute_metrics([made])
    return found[made.id][0] if made.id in found else None  # with its domain


def _count(
    relation: Relation,
    plain: _Plain,
    where: str,
    columns: "Mapping[External, Column]",
    wanted: _Wanted,
    scanned: Scanned,
) -> None:
    """Unexpected and considered rows of each interval, in one aggregate; one by one where that fails."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import functions as F

    def count(intervals: Sequence[Interval], measures: Sequence[External]) -> None:
        values = []
        for n, measure in enumerate(measures):
            present = F.count(F.col(plain.column(measure)))
            values += [columns[measure].alias(f"u{n}"), present.alias(f"n{n}")]
        rows = _renamed(relation.of(intervals).where(where), plain.names, *relation.keys)
        grouped = rows.groupBy(*relation.keys).agg(*values)
        found = {relation.interval_of(row): row for row in grouped.collect()}
        for interval in intervals:
            row = found.get(interval)
            for n, measure in enumerate(measures):
                unexpected, considered = (0, 0) if row is None else (row[f"u{n}"] or 0, row[f"n{n}"])
                judged = judge_rows(json.loads(measure.arguments).get("mostly", 1))(unexpected, considered)
                scanned.note(interval, measure, (judged.state == "pass", unexpected, considered, None))

    intervals = tuple(dict.fromkeys(interval for measure in columns for interval in wanted[measure]))
    try:
        count(intervals, list(columns))
    except (PySparkException, Py4JError):
        _require_readable(relation.of(intervals))
        for measure in columns:
            for interval in wanted[measure]:
                try:
                    count([interval], [measure])
                except (PySparkException, Py4JError) as error:
                    scanned.reasons[measure] = reason_of(type(error).__name__)


def _validate(
    relation: Relation,
    plain: _Plain,
    definition: "BatchDefinition[ColumnPartitioner]",
    wanted: _Wanted,
    scanned: Scanned,
) -> None:
    """One validation for each interval and condition."""
    together: dict[tuple[Interval, str], list[External]] = {}
    for measure, intervals in wanted.items():
        for interval in intervals:
            together.setdefault((interval, measure.where), []).append(measure)
    for (interval, where), measures in together.items():
        frame = _renamed(relation.of([interval]).where(where), plain.names)
        said, refused = validate(definition, frame, {each: plain.arguments(each) for each in measures})
        if refused:
            _require_readable(frame)
        for measure, value in said.items():
            scanned.note(interval, measure, value)
        for measure, reason in refused.items():
            scanned.reasons[measure] = reason


def _require_readable(frame: "DataFrame") -> None:
    """Raise Spark's error when it is the rows that cannot be read, so that no rule is at fault."""
    from pyspark.sql import functions as F

    frame.agg(*(F.count(F.col(identifier(name))) for name in frame.columns)).collect()
