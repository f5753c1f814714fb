"""Great Expectations' own validation of rows: nothing of it is written, sent or kept.

An ephemeral context without data docs or analytics, frames that are not cached, counts and numbers
instead of the rows that it finds.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeGuard

from framework.checks.measure import External, Measured

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.core.partitioners import ColumnPartitioner
    from great_expectations.expectations.expectation import Expectation
    from pyspark.sql import DataFrame

_WITHOUT_ROWS = {"result_format": "BASIC", "partial_unexpected_count": 0, "exclude_unexpected_values": True}
_ERROR = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception))\b", re.MULTILINE)
_NUMBER = "number"


def open_definition() -> "BatchDefinition[ColumnPartitioner]":
    """What makes a batch of a frame, in a context of its own."""
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


def build_expectation(type_: str, arguments: Mapping[str, object], number: int = 0) -> "Expectation":
    """Its expectation. Raises whatever its models refuse arguments with."""
    from great_expectations.expectations.registry import get_expectation_impl

    given = {**arguments, "meta": {_NUMBER: number}}
    return get_expectation_impl(f"expect_{type_}")(**given)  # type: ignore[arg-type]  # each checks its own


def validate(
    definition: "BatchDefinition[ColumnPartitioner]",
    frame: "DataFrame",
    measures: Mapping[External, Mapping[str, object]],
) -> tuple[dict[External, Measured], dict[External, str]]:
    """What it says of each, by its arguments; and why it could not compute the others."""
    from great_expectations import ExpectationSuite

    listed = list(measures)
    built = [build_expectation(each.type, measures[each], number) for number, each in enumerate(listed)]
    batch = definition.get_batch({"dataframe": frame})
    result = batch.validate(ExpectationSuite(name="rows", expectations=built), result_format=_WITHOUT_ROWS)
    said: dict[External, Measured] = {}
    refused: dict[External, str] = {}
    for each in result.results:
        assert each.expectation_config is not None
        measure = listed[each.expectation_config.meta[_NUMBER]]
        raised = _raised(each)
        if raised is None:
            said[measure] = _said(each)
        else:
            refused[measure] = reason_of(raised)
    return said, refused


def reason_of(error: str) -> str:
    """Why a rule is unknown, by the class of an error: its text may hold a row's values."""
    return f"Great Expectations could not compute it ({error})"


def _said(result: "ExpectationValidationResult") -> Measured:
    """As `External` has it, with None for what it does not tell."""
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
    """The class of the error that it met."""
    info = result.exception_info or {}
    each: Iterable[object] = [info] if "raised_exception" in info else info.values()
    for found in each:
        if isinstance(found, Mapping) and found.get("raised_exception"):
            classes = _ERROR.findall(str(found.get("exception_traceback")))
            return str(classes[0]).rpartition(".")[2] if classes else "an error"
    return None


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
