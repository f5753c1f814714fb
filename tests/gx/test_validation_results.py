"""Great Expectations reads the validation results that we write without it, and makes pages of them."""

import json
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from framework.contract import expect
from framework.contract.types import Expectation
from framework.record.datadocs import write_data_docs
from framework.record.gxresult import build_validation_results
from tests.unit.present.results import PASSED, everything, record, verdict

RULES = [
    expect.column_values_to_be_between("x", "2013-01-01", "2013-01-03", strict_max=True, mostly=0.9),
    expect.column_values_to_be_in_set("x", ["a $x {y}", "b"]),
    expect.column_values_to_match_regex("x", r"^\d{3}$"),
    expect.column_quantile_values_to_be_between("x", {"quantiles": [0.5], "value_ranges": [[1, None]]}),
    expect.column_distinct_values_to_be_in_set("x", ["a"]),
    expect.column_max_to_be_between("x", 0, 9, severity="warning"),
    Expectation(type="rows_to_hold_constraint", arguments={"name": "c", "sql": "x > '${y}'"}),
    Expectation(type="something_of_ours", arguments={"input": "a"}),
]


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection to the world fails."""
    monkeypatch.setitem(os.environ, "GX_ANALYTICS_ENABLED", "false")

    def refuse(_socket: socket.socket, address: object) -> None:
        raise AssertionError(f"a connection to {address!r}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_great_expectations_reads_results_and_writes_the_same() -> None:
    """Its schema loads every document, and what it dumps again is what we wrote."""
    from great_expectations.core.expectation_validation_result import (
        ExpectationSuiteValidationResultSchema,
    )

    schema = ExpectationSuiteValidationResultSchema()
    for document in json.loads(json.dumps(build_validation_results(everything()))):
        loaded = schema.load(document)
        assert loaded.success == document["success"]
        assert loaded.get_max_severity_failure() is not None
        assert loaded.to_json_dict() == document


def test_every_rule_has_its_line_in_the_pages(tmp_path: Path) -> None:
    """Failed, unknown and rules that Great Expectations does not have: all of them are rendered."""
    counts = {"unexpected": 3, "considered": 900, "filter": "`x` > '$5 {0}'"}
    states = ({"state": "pass"}, {"state": "fail"}, {"state": "unknown", "reason": "Spark went away"})
    verdicts = [
        replace(verdict(rule.type, day, **fields, **state), expectation=rule)
        for rule in RULES
        for fields in (counts, {"observed": "2 values"})
        for day, state in enumerate(states)
    ]
    records = [record(PASSED, *verdicts), replace(everything(), run_id="02JD")]
    assert write_data_docs(records, tmp_path) == 3 + 8
    pages = {page.name[:10]: page.read_text() for page in tmp_path.glob("validations/**/01JD/**/*.html")}
    assert "something_of_ours(a)" in pages["2013-02-02"]
    assert "rows_to_hold_constraint" in pages["2013-02-02"]
    assert "Spark went away" in pages["2013-02-03"]
    assert (tmp_path / "index.html").exists()
