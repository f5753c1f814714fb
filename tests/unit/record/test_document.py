"""Run records survive the way to JSON and back, and merge into one for the scheduler."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from framework.checks.verdict import Verdict
from framework.contract.types import Expectation
from framework.environment.location import Location
from framework.environment.objects import put_object
from framework.errors import Fault, MisconfiguredError, Where
from framework.interval import WHOLE, parse_interval
from framework.outcome import Outcome
from framework.record.document import parse_record, render_record, render_result
from framework.record.ids import check_run_id, new_id
from framework.record.merge import merge_records
from framework.record.record import IntervalRecord, RunRecord
from framework.record.store import load_record, load_records, write_record

DAY = parse_interval("2013-01-03", zone="America/New_York")
BEGUN = datetime(2013, 2, 8, 3, 12, tzinfo=UTC)


def record_of(
    run_id: str = "R1", *, interval: object = DAY, outcome: Outcome = Outcome.REJECTED
) -> RunRecord:
    """A rejected run with everything in it."""
    rule = Expectation(
        type="column_values_to_be_in_set",
        arguments={"column": "origin", "value_set": ("EWR", "JFK")},
        mostly=0.9,
    )
    assert interval is DAY or interval is WHOLE
    return RunRecord(
        run_id=run_id,
        invocation="I1",
        environment="local",
        job="clean_flights",
        interval=interval,
        outcome=outcome,
        started=BEGUN,
        ended=BEGUN + timedelta(seconds=2),
        intervals=(
            IntervalRecord(interval=interval, outcome=outcome, generations={"a": 2}, rows={"a": 930}),
        ),
        verdicts=(
            Verdict(
                dataset="flights.clean",
                expectation=rule,
                interval=interval,
                state="fail",
                observed=None,
                unexpected=14,
                considered=930,
                filter="NOT (`origin` IN ('EWR'))",
            ),
        ),
        timings={"stage": 1.5},
        reads={"flights.raw": "@22"},
        staged={"flights.clean": "file:///lake/flights.clean/data/R1-0a1b2c3d"},
        reasons=("never published",),
        warnings=("careful",),
        faults=(Fault(what="what", where="jobs/a.py:3", hint="hint"),),
        versions={"spark": "4.0.2"},
    )


@pytest.mark.parametrize("interval", [DAY, WHOLE], ids=["day", "whole"])
def test_record_survives_json(interval: object) -> None:
    """What is read back equals what was written, DST days and whole tables included."""
    record = record_of(interval=interval)
    assert parse_record(render_record(record)) == record


def test_result_holds_what_did_not_pass() -> None:
    """The line for the scheduler tells how many checks passed, and names those that did not."""
    record = record_of()
    passed = replace(record.verdicts[0], state="pass", unexpected=0)
    result = json.loads(render_result(replace(record, verdicts=(*record.verdicts, passed))))
    assert result["passed"] == 1
    assert [r["state"] for check in result["checks"] for r in check["results"]] == ["fail"]


def test_places_are_written_as_text() -> None:
    """A fault's file and line become `file:line`."""
    record = replace(record_of(), faults=(Fault(what="x", where=Where(file="jobs/a.py", line=3)),))
    assert parse_record(render_record(record)).faults[0].where == "jobs/a.py:3"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 1}'])
def test_broken_record_is_a_value_error(text: str) -> None:
    """A torn or foreign object is told from a record."""
    with pytest.raises(ValueError):  # noqa: PT011  # json's own, or ours
        parse_record(text)


def test_records_are_found_by_job_and_by_the_beginning_of_an_id() -> None:
    """The newest of a job comes first; broken objects beside them hide nothing."""
    state = Location(uri=f"memory://{new_id()}")
    for minute, run_id in enumerate(("01A", "01B", "02C")):
        write_record(state, replace(record_of(run_id), started=BEGUN + timedelta(minutes=minute)))
    put_object(state, "runs/clean_flights/20130208T031300.000000_01X.json", b"{torn")
    assert [record.run_id for record in load_records(state, "clean_flights")] == ["02C", "01B", "01A"]
    assert load_record(state, "02").run_id == "02C"
    with pytest.raises(MisconfiguredError, match='3 runs begin with "01"'):
        load_record(state, "01")
    with pytest.raises(MisconfiguredError, match="no run"):
        load_record(state, "9")


def test_retry_with_the_same_id_shows_its_last_attempt() -> None:
    """A scheduler's retry keeps the id; two builds of the last attempt are shown as one."""
    state = Location(uri=f"memory://{new_id()}")
    first = replace(record_of("af_1"), invocation="first")
    again = [replace(record_of("af_1"), invocation="again", outcome=Outcome.PUBLISHED) for _ in range(2)]
    for minute, record in enumerate((first, *again)):
        write_record(state, replace(record, started=BEGUN + timedelta(minutes=minute)))
    shown = load_record(state, "af_1")
    assert (shown.invocation, len(shown.intervals)) == ("again", 2)


def test_several_builds_of_a_job_are_one_result() -> None:
    """The scheduler that started a job once reads one end: the gravest, over all intervals."""
    earlier = record_of("A", outcome=Outcome.PUBLISHED)
    merged = merge_records([earlier, record_of("B")])
    assert merged.outcome is Outcome.REJECTED
    assert len(merged.intervals) == 2
    assert merged.timings == {"stage": 3.0}


def test_ids_are_sortable_and_new() -> None:
    """A thousand ids are different, 26 characters, and never older than those before in time."""
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert [i[:9] for i in ids] == sorted(i[:9] for i in ids)
    assert {len(i) for i in ids} == {26}


@pytest.mark.parametrize("text", ["", "..", "a/b", "a b", "x" * 101, "é", "a\n"])
def test_chosen_run_ids_cannot_leave_their_folder(text: str) -> None:
    """A run id becomes part of a path."""
    with pytest.raises(MisconfiguredError):
        check_run_id(text)


def test_what_is_infinite_is_a_text() -> None:
    """JSON has no infinity: a scheduler's parser must be able to read every record and result."""
    record = record_of()
    rule = Expectation(type="column_max_to_be_between", arguments={"column": "x", "min_value": -math.inf})
    verdict = replace(record.verdicts[0], expectation=rule, observed=(math.inf, 1.5))
    record = replace(record, verdicts=(verdict,))
    for text in (render_record(record), render_result(record)):
        (check,) = json.loads(text, parse_constant=pytest.fail)["checks"]
        assert check["arguments"]["min_value"] == "-inf"
        assert check["results"][0]["observed"] == ["inf", 1.5]
    assert parse_record(render_record(record)).verdicts[0].observed == ("inf", 1.5)
