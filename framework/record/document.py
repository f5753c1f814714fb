"""Run records as JSON documents and back. Intervals are written with their bounds, grain and zone."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from framework.checks.verdict import State, Verdict
from framework.contract.types import Expectation, OnFail, Scope, Severity
from framework.errors import Fault
from framework.interval import WHOLE, Grain, Interval
from framework.outcome import Outcome
from framework.record.record import IntervalRecord, RunRecord

Json = dict[str, "JsonValue"]
JsonValue = str | int | float | bool | None | list["JsonValue"] | Json


def build_document(record: RunRecord) -> Json:
    """The record as JSON values. `version` counts the shape of this document."""
    return {
        "version": 1,
        "run_id": record.run_id,
        "invocation": record.invocation,
        "environment": record.environment,
        "job": record.job,
        "interval": _interval(record.interval),
        "outcome": record.outcome.value,
        "exit_code": record.outcome.exit_code,
        "started": record.started.isoformat(),
        "ended": record.ended.isoformat(),
        "intervals": [
            {
                "interval": _interval(part.interval),
                "outcome": part.outcome.value,
                "generations": dict(part.generations),
                "rows": dict(part.rows),
            }
            for part in record.intervals
        ],
        "verdicts": [_verdict(verdict) for verdict in record.verdicts],
        "timings": dict(record.timings),
        "reads": dict(record.reads),
        "reasons": list(record.reasons),
        "warnings": list(record.warnings),
        "faults": [
            {"what": f.what, "where": None if f.where is None else str(f.where), "hint": f.hint}
            for f in record.faults
        ],
        "versions": dict(record.versions),
    }


def render_record(record: RunRecord) -> str:
    """The record as one line of JSON."""
    return json.dumps(build_document(record), ensure_ascii=False)


def parse_record(text: str | bytes) -> RunRecord:
    """A record from its JSON. Raises ValueError when the text is none."""
    try:
        return _record(json.loads(text))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a run record: {error!r}") from None


def _record(document: Mapping[str, object]) -> RunRecord:
    get = cast("Mapping[str, Json]", document)
    return RunRecord(
        run_id=str(document["run_id"]),
        invocation=str(document["invocation"]),
        environment=str(document["environment"]),
        job=str(document["job"]),
        interval=_parse_interval(get["interval"]),
        outcome=Outcome(document["outcome"]),
        started=datetime.fromisoformat(str(document["started"])),
        ended=datetime.fromisoformat(str(document["ended"])),
        intervals=tuple(
            IntervalRecord(
                interval=_parse_interval(part["interval"]),
                outcome=Outcome(part["outcome"]),
                generations=cast("dict[str, int]", part["generations"]),
                rows=cast("dict[str, int]", part["rows"]),
            )
            for part in cast("list[dict[str, Json]]", document["intervals"])
        ),
        verdicts=tuple(_parse_verdict(v) for v in cast("list[Json]", document["verdicts"])),
        timings=cast("dict[str, float]", document["timings"]),
        reads=cast("dict[str, str]", document["reads"]),
        reasons=tuple(cast("list[str]", document["reasons"])),
        warnings=tuple(cast("list[str]", document["warnings"])),
        faults=tuple(Fault(**fault) for fault in cast("list[dict[str, str]]", document["faults"])),
        versions=cast("dict[str, str]", document["versions"]),
    )


def _interval(interval: Interval) -> Json:
    return {
        "key": interval.key,
        "text": str(interval),
        "start": interval.start.isoformat(),
        "end": interval.end.isoformat(),
        "grain": interval.grain,
        "zone": interval.zone,
    }


def _parse_interval(document: Mapping[str, object]) -> Interval:
    if document["grain"] is None:
        return WHOLE
    return Interval(
        start=datetime.fromisoformat(str(document["start"])),
        end=datetime.fromisoformat(str(document["end"])),
        grain=cast("Grain", document["grain"]),
        zone=str(document["zone"]),
    )


def _verdict(verdict: Verdict) -> Json:
    rule = verdict.expectation
    return {
        "type": rule.type,
        "arguments": {k: list(v) if isinstance(v, tuple) else v for k, v in rule.arguments.items()},
        "mostly": rule.mostly,
        "severity": rule.severity,
        "on_fail": rule.on_fail,
        "scope": rule.scope,
        "interval": _interval(verdict.interval),
        "state": verdict.state,
        "observed": verdict.observed,
        "unexpected": verdict.unexpected,
        "considered": verdict.considered,
        "filter": verdict.filter,
        "reason": verdict.reason,
        "builtin": verdict.builtin,
    }


def _parse_verdict(document: Mapping[str, JsonValue]) -> Verdict:
    arguments = cast("dict[str, JsonValue]", document["arguments"])
    rule = Expectation(
        type=str(document["type"]),
        arguments={k: tuple(v) if isinstance(v, list) else v for k, v in arguments.items()},  # type: ignore[arg-type,misc]  # JSON arrays of scalars
        mostly=cast("float", document["mostly"]),
        severity=cast("Severity", document["severity"]),
        on_fail=cast("OnFail", document["on_fail"]),
        scope=cast("Scope", document["scope"]),
    )
    return Verdict(
        expectation=rule,
        interval=_parse_interval(cast("Json", document["interval"])),
        state=cast("State", document["state"]),
        observed=cast("str | int | float | None", document["observed"]),
        unexpected=cast("int | None", document["unexpected"]),
        considered=cast("int | None", document["considered"]),
        filter=cast("str | None", document["filter"]),
        reason=cast("str | None", document["reason"]),
        builtin=bool(document["builtin"]),
    )
