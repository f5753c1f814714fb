"""Runs as Great Expectations' own validation results, without Great Expectations.

The shape is that of `ExpectationSuiteValidationResult.to_json_dict` in Great Expectations 1.24.1
(core/expectation_validation_result.py). Values of rows, which it may list, are left out.
"""

from collections.abc import Sequence

from framework.checks.verdict import Verdict
from framework.contract.catalogue import CATALOGUE
from framework.contract.frozen import finite, thaw
from framework.contract.types import Expectation
from framework.record.document import Json, JsonValue
from framework.record.record import RunRecord

VERSION = "1.24.1"
"""The Great Expectations whose shape this is."""

_COLUMNS = "table_columns_to_match_ordered_list"
_OF_NULLS = ("column_values_to_be_null", "column_values_to_not_be_null")
"""Rules that consider every row, so that none is missing."""


def build_validation_results(record: RunRecord) -> list[JsonValue]:
    """One validation result for each dataset and interval that the run looked at."""
    batches: dict[tuple[str, bool, str], list[Verdict]] = {}
    for verdict in record.verdicts:
        key = (verdict.dataset, verdict.is_input, verdict.interval.key)
        batches.setdefault(key, []).append(verdict)
    return [_build(record, verdicts) for verdicts in batches.values()]


def _build(record: RunRecord, verdicts: Sequence[Verdict]) -> Json:
    first = verdicts[0]
    passed = sum(verdict.state == "pass" for verdict in verdicts)
    rows = None if first.is_input else _rows(record, first)
    identifiers: Json = {"environment": record.environment, "interval": first.interval.key}
    return {
        "success": passed == len(verdicts),
        "results": [_result(verdict, rows) for verdict in verdicts],
        "suite_name": f"{record.job}.{first.dataset}" if first.is_input else first.dataset,
        "suite_parameters": {},
        "statistics": {
            "evaluated_expectations": len(verdicts),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(verdicts) - passed,
            "success_percent": 100 * passed / len(verdicts),
        },
        "meta": {
            "great_expectations_version": VERSION,
            "run_id": {"run_name": record.run_id, "run_time": record.started.isoformat()},
            "validation_time": record.ended.isoformat(),
            "batch_parameters": identifiers,
            "active_batch_definition": {
                "datasource_name": "sparkjob",
                "data_connector_name": "fluent",
                "data_asset_name": first.dataset,
                "batch_identifiers": identifiers,
            },
            "sparkjob": {"job": record.job, "invocation": record.invocation, "outcome": record.outcome.value},
        },
        "id": None,
    }


def _rows(record: RunRecord, verdict: Verdict) -> int | None:
    parts = (part for part in record.intervals if part.interval == verdict.interval)
    return next((part.rows.get(verdict.dataset) for part in parts), None)


def _result(verdict: Verdict, rows: int | None) -> Json:
    rule = verdict.expectation
    unknown = verdict.state == "unknown"
    return {
        "success": verdict.state == "pass",
        "expectation_config": _configuration(verdict),
        "result": _found(verdict, rows),
        "meta": {
            "sparkjob": {
                "rule": str(rule),
                "state": verdict.state,
                "builtin": verdict.builtin,
                "on_fail": rule.on_fail,
                "scope": rule.scope,
                "quarantined": verdict.quarantined,
                "reason": verdict.reason,
            }
        },
        "exception_info": {
            "raised_exception": unknown,
            # Its pages want a text where there was an exception.
            "exception_traceback": verdict.reason if unknown else None,
            "exception_message": verdict.reason if unknown else None,
        },
    }


def _configuration(verdict: Verdict) -> Json:
    rule = verdict.expectation
    kwargs: Json = {name: _argument(rule, name) for name in rule.arguments}
    if "row_condition" in kwargs:
        kwargs["condition_parser"] = "spark"
    if rule.mostly != 1:
        kwargs["mostly"] = rule.mostly
    return {"type": f"expect_{rule.type}", "kwargs": kwargs, "meta": {}, "severity": rule.severity}


def _argument(rule: Expectation, name: str) -> JsonValue:
    value: JsonValue = thaw(finite(rule.arguments.get(name)))  # type: ignore[assignment]  # Json, by another name
    known = CATALOGUE.get(rule.type)
    kinds = {} if known is None else {parameter.name: parameter.kind for parameter in known.parameters}
    if kinds.get(name) == "quantiles" and isinstance(value, list):
        return {str(pair[0]): pair[1] for pair in value if isinstance(pair, list)}
    return value


def _observed(verdict: Verdict) -> JsonValue:
    value: JsonValue = thaw(finite(verdict.observed))  # type: ignore[assignment]  # Json, by another name
    ranges = _argument(verdict.expectation, "quantile_ranges")
    if isinstance(ranges, dict):
        return {"quantiles": ranges.get("quantiles"), "values": value if isinstance(value, list) else []}
    return value


def _found(verdict: Verdict, rows: int | None) -> Json:
    """`result` as GX's `SUMMARY` has it, less the values; percentages are of 100."""
    if verdict.expectation.type == _COLUMNS and verdict.observed is None:
        # What is built in notes the difference, if there is one. Data Docs do not do without a list.
        listed = _argument(verdict.expectation, "column_list")
        return {"observed_value": listed if verdict.state == "pass" else []}
    if verdict.state == "unknown":
        return {}
    if verdict.unexpected is None or verdict.considered is None:
        return {"observed_value": _observed(verdict)}
    known = CATALOGUE.get(verdict.expectation.type)
    if known is not None and known.level == "table":
        # Unexpected are distinct values, not rows; which they are is not kept.
        told = f"{verdict.considered:,} distinct values"
        return {"observed_value": told, "unexpected_count": verdict.unexpected}
    share = None if verdict.fraction is None else 100 * verdict.fraction
    found: Json = {
        "element_count": verdict.considered,
        "unexpected_count": verdict.unexpected,
        "unexpected_percent": share,
    }
    if verdict.filter is not None:
        found["unexpected_index_query"] = f"df.where({verdict.filter!r})"
    narrowed = "row_condition" in verdict.expectation.arguments
    if rows and rows >= verdict.considered and not narrowed and verdict.expectation.type not in _OF_NULLS:
        missing = rows - verdict.considered
        found |= {
            "element_count": rows,
            "missing_count": missing,
            "missing_percent": 100 * missing / rows,
            "unexpected_percent_total": 100 * verdict.unexpected / rows,
            "unexpected_percent_nonmissing": share,
        }
    return found
