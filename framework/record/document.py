"""Run records as JSON documents and back.

Intervals are written as their keys, `2013-01-03T05:00:00Z/2013-01-04T05:00:00Z` or `whole`; grain
and zone stand once at the top. A check is written once, with a result for each interval.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from framework.checks.verdict import State, Verdict
from framework.contract.frozen import finite, freeze, thaw
from framework.contract.types import Expectation, OnFail, Scope, Severity
from framework.errors import Fault
from framework.interval import WHOLE, Grain, Interval
from framework.outcome import Outcome
from framework.record.record import IntervalRecord, RunRecord, Written

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
Json = dict[str, JsonValue]


def build_document(record: RunRecord) -> Json:
    """The record as JSON values. `version` counts the shape of this document."""
    return {**_head(record), "checks": build_checks(record.verdicts)}


def build_result(record: RunRecord) -> Json:
    """What a scheduler needs of the record: of its checks only the results that did not simply pass."""
    noted = [verdict for verdict in record.verdicts if verdict.is_noted]
    return {**_head(record), "passed": len(record.verdicts) - len(noted), "checks": build_checks(noted)}


def render_record(record: RunRecord) -> str:
    """The record as one line of JSON."""
    return json.dumps(build_document(record), ensure_ascii=False)


def render_result(record: RunRecord) -> str:
    """`build_result` as one line of JSON."""
    return json.dumps(build_result(record), ensure_ascii=False)


def parse_record(text: str | bytes) -> RunRecord:
    """A record from its JSON. Raises ValueError when the text is none."""
    try:
        return _parse(json.loads(text))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a run record: {error!r}") from None


def _head(record: RunRecord) -> Json:
    return {
        "version": 1,
        "run_id": record.run_id,
        "invocation": record.invocation,
        "environment": record.environment,
        "job": record.job,
        "interval": record.interval.key,
        "grain": record.interval.grain,
        "zone": record.interval.zone,
        "outcome": record.outcome.value,
        "exit_code": record.outcome.exit_code,
        "started": record.started.isoformat(),
        "ended": record.ended.isoformat(),
        "intervals": [
            {
                "interval": part.interval.key,
                "outcome": part.outcome.value,
                "generations": dict(part.generations),
                "rows": dict(part.rows),
                "quarantined": dict(part.quarantined),
            }
            for part in record.intervals
        ],
        "timings": dict(record.timings),
        "reads": dict(record.reads),
        "staged": dict(record.staged),
        "written": {
            dataset: {"files": each.files, "bytes": each.size} for dataset, each in record.written.items()
        },
        "reasons": list(record.reasons),
        "warnings": list(record.warnings),
        "faults": [
            {"what": f.what, "where": None if f.where is None else str(f.where), "hint": f.hint}
            for f in record.faults
        ],
        "versions": dict(record.versions),
    }


def build_checks(verdicts: Sequence[Verdict]) -> list[JsonValue]:
    """Each rule once, with its results by interval."""
    checks: dict[str, tuple[Json, list[JsonValue]]] = {}
    for verdict in verdicts:
        rule = {
            "dataset": verdict.dataset,
            **_rule(verdict.expectation),
            "builtin": verdict.builtin,
            "is_input": verdict.is_input,
            "is_table": verdict.is_table,
        }
        _, results = checks.setdefault(json.dumps(rule), (rule, []))
        results.append(
            {
                "interval": verdict.interval.key,
                "state": verdict.state,
                "observed": cast("JsonValue", thaw(finite(verdict.observed))),
                "unexpected": verdict.unexpected,
                "considered": verdict.considered,
                "fraction": verdict.fraction,
                "quarantined": verdict.quarantined,
                "filter": verdict.filter,
                "reason": verdict.reason,
            }
        )
    return [{**rule, "results": results} for rule, results in checks.values()]


def _rule(rule: Expectation) -> Json:
    return {
        "type": rule.type,
        "arguments": {name: cast("JsonValue", thaw(finite(value))) for name, value in rule.arguments.items()},
        "mostly": rule.mostly,
        "severity": rule.severity,
        "on_fail": rule.on_fail,
        "scope": rule.scope,
    }


def _parse(document: Mapping[str, object]) -> RunRecord:
    grain, zone = cast("Grain | None", document["grain"]), str(document["zone"])

    def interval(key: object) -> Interval:
        start, slash, end = str(key).partition("/")
        if grain is None or not slash:
            return WHOLE
        bounds = datetime.fromisoformat(start), datetime.fromisoformat(end)
        return Interval(start=bounds[0], end=bounds[1], grain=grain, zone=zone)

    return RunRecord(
        run_id=str(document["run_id"]),
        invocation=str(document["invocation"]),
        environment=str(document["environment"]),
        job=str(document["job"]),
        interval=interval(document["interval"]),
        outcome=Outcome(document["outcome"]),
        started=datetime.fromisoformat(str(document["started"])),
        ended=datetime.fromisoformat(str(document["ended"])),
        intervals=tuple(
            IntervalRecord(
                interval=interval(part["interval"]),
                outcome=Outcome(part["outcome"]),
                generations=cast("dict[str, int]", part["generations"]),
                rows=cast("dict[str, int]", part["rows"]),
                quarantined=cast("dict[str, int]", part["quarantined"]),
            )
            for part in cast("list[Json]", document["intervals"])
        ),
        verdicts=tuple(
            Verdict(
                dataset=str(check["dataset"]),
                expectation=_parse_rule(check),
                interval=interval(result["interval"]),
                state=cast("State", result["state"]),
                observed=freeze(result["observed"]),
                unexpected=cast("int | None", result["unexpected"]),
                considered=cast("int | None", result["considered"]),
                quarantined=cast("int | None", result["quarantined"]),
                filter=cast("str | None", result["filter"]),
                reason=cast("str | None", result["reason"]),
                builtin=bool(check["builtin"]),
                is_input=bool(check["is_input"]),
                is_table=bool(check.get("is_table")),
            )
            for check in cast("list[Json]", document["checks"])
            for result in cast("list[Json]", check["results"])
        ),
        timings=cast("dict[str, float]", document["timings"]),
        reads=cast("dict[str, str]", document["reads"]),
        staged=cast("dict[str, str]", document["staged"]),
        written={
            dataset: Written(files=each["files"], size=each["bytes"])
            for dataset, each in cast("dict[str, dict[str, int]]", document.get("written", {})).items()
        },
        reasons=tuple(cast("list[str]", document["reasons"])),
        warnings=tuple(cast("list[str]", document["warnings"])),
        faults=tuple(Fault(**fault) for fault in cast("list[dict[str, str]]", document["faults"])),
        versions=cast("dict[str, str]", document["versions"]),
    )


def _parse_rule(check: Json) -> Expectation:
    arguments = cast("dict[str, JsonValue]", check["arguments"])
    return Expectation(
        type=str(check["type"]),
        arguments={name: freeze(value) for name, value in arguments.items()},
        mostly=cast("float", check["mostly"]),
        severity=cast("Severity", check["severity"]),
        on_fail=cast("OnFail", check["on_fail"]),
        scope=cast("Scope", check["scope"]),
    )
