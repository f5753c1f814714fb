"""What is not compiled: Great Expectations itself validates the rows of each interval, once for all rules.

Nothing of it is written, sent or kept: an ephemeral context without data docs or analytics, frames
that are not cached, counts and numbers instead of the rows that it finds.
"""

import json
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeGuard

from framework.audit.relation import Relation, Scanned
from framework.checks.measure import External, Measured
from framework.contract.datatype import identifier
from framework.interval import Interval

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.core.partitioners import ColumnPartitioner
    from great_expectations.expectations.expectation import Expectation
    from pyspark.sql import DataFrame

_WITHOUT_ROWS = {"result_format": "BASIC", "partial_unexpected_count": 0, "exclude_unexpected_values": True}
_ERROR = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception))\b", re.MULTILINE)
_NUMBER = "number"


def measure_external(
    relation: Relation, wanted: Mapping[External, Sequence[Interval]], scanned: Scanned
) -> None:
    """One validation for each interval. Raises Spark's error when the rows cannot be read at all."""
    if not wanted:
        return
    definition = _batch_definition()
    for interval in dict.fromkeys(interval for intervals in wanted.values() for interval in intervals):
        measures = [measure for measure, intervals in wanted.items() if interval in intervals]
        frame = relation.of([interval])
        if relation.label is not None:
            frame = frame.drop(relation.label)
        refused = _validate(definition, frame, interval, measures, scanned)
        if refused:
            _require_readable(frame)
        for measure, reason in refused.items():
            scanned.reasons[measure] = reason


def _batch_definition() -> "BatchDefinition[ColumnPartitioner]":
    import great_expectations as gx
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    # Its warnings show values, and a lost connection is told by the probe.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)
    stores = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    config = DataContextConfig(store_backend_defaults=stores, analytics_enabled=False)
    context = gx.get_context(mode="ephemeral", project_config=config)
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]  # as its own YAML has it
    source = context.data_sources.add_spark("rows", persist=False)
    return source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("rows")


def _validate(
    definition: "BatchDefinition[ColumnPartitioner]",
    frame: "DataFrame",
    interval: Interval,
    measures: Sequence[External],
    scanned: Scanned,
) -> dict[External, str]:
    """Note what it says of each; the reasons of those that it could not compute."""
    from great_expectations import ExpectationSuite

    refused: dict[External, str] = {}
    built: list[Expectation] = []
    for number, measure in enumerate(measures):
        try:
            built.append(_build(measure, number))
        except Exception as error:  # noqa: BLE001  # whatever its models refuse with
            refused[measure] = _reason(type(error).__name__)
    batch = definition.get_batch({"dataframe": frame})
    result = batch.validate(ExpectationSuite(name="rows", expectations=built), result_format=_WITHOUT_ROWS)
    for each in result.results:
        assert each.expectation_config is not None
        measure = measures[each.expectation_config.meta[_NUMBER]]
        raised = _raised(each)
        if raised is None:
            scanned.note(interval, measure, _said(each))
        else:
            refused[measure] = _reason(raised)
    return refused


def _build(measure: External, number: int) -> "Expectation":
    from great_expectations.expectations.registry import get_expectation_impl
    from great_expectations.expectations.row_conditions import PassThroughCondition

    arguments = json.loads(measure.arguments)
    if measure.where != "true":
        arguments["row_condition"] = PassThroughCondition(pass_through_filter=measure.where)
    name = measure.type if measure.type.endswith("_expectation") else f"expect_{measure.type}"
    return get_expectation_impl(name)(meta={_NUMBER: number}, **arguments)


def _said(result: "ExpectationValidationResult") -> Measured:
    """(success, unexpected, considered, observed) with None for what it does not tell."""
    found = result.result
    rows, missing = found.get("element_count"), found.get("missing_count")
    unexpected = found.get("unexpected_count")
    observed = found.get("observed_value")
    return (
        bool(result.success),
        int(unexpected) if _is_number(unexpected) else None,
        int(rows - (missing if _is_number(missing) else 0)) if _is_number(rows) else None,
        observed if _is_number(observed) else None,
    )


def _raised(result: "ExpectationValidationResult") -> str | None:
    """The class of the error that it met, without its text, which may hold a row's values."""
    info = result.exception_info or {}
    each: Iterable[object] = [info] if "raised_exception" in info else info.values()
    for found in each:
        if isinstance(found, Mapping) and found.get("raised_exception"):
            classes = _ERROR.findall(str(found.get("exception_traceback")))
            return str(classes[0]).rpartition(".")[2] if classes else "an error"
    return None


def _reason(error: str) -> str:
    return f"Great Expectations could not compute it ({error})"


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _require_readable(frame: "DataFrame") -> None:
    from pyspark.sql import functions as F

    frame.agg(*(F.count(F.col(identifier(name))) for name in frame.columns)).collect()
