"""Rules that Great Expectations evaluates are declared, and refused, like all others."""

import sys
from pathlib import Path

import pytest

from framework import Expectation, Input, Output, Schema, expect
from framework.contract.catalogue import faults_of
from framework.contract.types import Job
from framework.errors import Where
from framework.project import engine

SCHEMA = Schema.of("n INT, s STRING")
assert SCHEMA is not None
HERE = Where(file="jobs/a.py", line=3)


def job(*rules: Expectation) -> Job:
    """A job with these rules on its output."""
    output = Output("d", schema="n INT, s STRING", expectations=rules)
    return Job(name="a", inputs={"i": Input("source.i")}, outputs={"": output}, where=HERE)


def test_a_document_keeps_its_shape() -> None:
    """An empty mapping and an empty list are two things; order of names is none."""
    one = expect.column_values_to_match_json_schema("s", {"b": {}, "a": []})
    assert one == expect.column_values_to_match_json_schema("s", {"a": [], "b": {}})
    assert one == expect.column_values_to_match_json_schema("s", '{"a": [], "b": {}}')
    assert one.arguments["json_schema"] == '{"a": [], "b": {}}'
    assert faults_of(one, SCHEMA) == []


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        (expect.column_values_to_match_json_schema("s", "{"), "json_schema is no JSON document"),
        (expect.column_values_to_match_json_schema("s", {"a": {1}}), "json_schema is no JSON document"),
        (expect.column_values_to_match_json_schema("n", {}), 'cannot look at column "n"'),
        (expect.column_values_to_match_strftime_format("s", 1), "strftime_format=1 is no text"),
        (expect.column_values_to_match_strftime_format("s", "%Q"), "'Q' is a bad directive"),
        (expect.column_values_to_match_strftime_format("s", "%D"), "'D' is a bad directive"),
        (expect.column_kl_divergence_to_be_less_than("s", {}, "x"), "threshold='x'"),
        (expect.unexpected_rows_expectation("SELECT * FROM t"), "does not look at {batch}"),
        (
            expect.unexpected_rows_expectation("SELECT * FROM {batch} WHERE s = '{'"),
            "unexpected_rows_query: ",
        ),
        (expect.unexpected_rows_expectation("SELECT * FROM {batch} WHERE s RLIKE 'a{2}'"), "{2} stands for"),
        (expect.unexpected_rows_expectation("DELETE FROM {batch}"), "is no query"),
        (expect.unexpected_rows_expectation(), 'the argument "unexpected_rows_query" is missing'),
    ],
    ids=str,
)
def test_misuse_is_found_before_spark_starts(rule: Expectation, what: str) -> None:
    """With what is wrong, as for rules that are compiled."""
    assert any(what in fault.what for fault in faults_of(rule, SCHEMA))


def test_sound_queries_and_formats_are_taken() -> None:
    """Braces may be doubled, a query may begin with what it reads."""
    rules = [
        expect.unexpected_rows_expectation("FROM {batch} SELECT n"),
        expect.unexpected_rows_expectation(
            " (with a as (select 1) SELECT * FROM {batch} WHERE s RLIKE 'a{{2}}')"
        ),
        expect.column_values_to_match_strftime_format("s", "%Y-%m-%d %H:%M:%S.%f%z"),
        expect.column_values_to_match_strftime_format("s", "%d %b"),
    ]
    assert [fault for rule in rules for fault in faults_of(rule, SCHEMA)] == []


def test_without_great_expectations_the_rule_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by validation, with the command that installs it; other rules do not need it."""
    monkeypatch.setattr(engine, "_PACKAGE", "great_expectations_that_is_not_there")
    rule = expect.column_values_to_match_strftime_format("s", "%Y")
    (fault,) = engine.engine_faults(job(rule, expect.column_values_to_not_be_null("s")))
    assert fault.where == rule.where
    assert fault.hint == 'pip install "sparkjob[gx]"'
    assert list(engine.engine_faults(job(expect.column_values_to_not_be_null("s")))) == []


def test_with_it_nothing_is_imported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Validation looks whether it is there, and does not pay the seconds of its import."""
    (tmp_path / "great_expectations_that_is_there.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(engine, "_PACKAGE", "great_expectations_that_is_there")
    assert list(engine.engine_faults(job(expect.column_values_to_match_strftime_format("s", "%Y")))) == []
    assert "great_expectations_that_is_there" not in sys.modules
