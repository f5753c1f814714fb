"""What a run's checks found, as a person and as a machine read it; masked values nowhere."""

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from framework import expect
from framework.audit.evaluate import evaluate
from framework.audit.profile import profile_rows
from framework.audit.relation import Relation
from framework.checks.compile import compile_expectation
from framework.checks.suggest import suggest_expectations
from framework.contract.catalogue import faults_of
from framework.contract.schema import Schema
from framework.interval import WHOLE
from framework.present.suggestion import render_suggestions
from tests.spark.cli.conftest import Caller

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JOB = '''
"""People of a day."""

from framework import Input, Output, Schema, expect, job

PEOPLE = Schema.of(
    "day DATE NOT NULL, id INT NOT NULL, v INT, name STRING, ssn STRING, pay DOUBLE"
).masked("ssn", "pay")


@job(
    inputs={"readings": Input("source.readings", schema="day DATE NOT NULL, sensor INT NOT NULL, v INT")},
    outputs=Output(
        "small.people",
        schema=PEOPLE,
        key=("day", "id"),
        time="day",
        expectations=[
            expect.column_values_to_be_in_set("ssn", ["unknown"]),
            expect.column_max_to_be_between("pay", 0, 1),
            expect.column_distinct_values_to_be_in_set("ssn", ["unknown"]),
            expect.column_distinct_values_to_be_in_set("name", ["nobody"]),
            expect.column_values_to_be_unique("name"),
            expect.column_values_to_be_between("v", 2, 9),
            expect.table_row_count_to_be_between(1, 2),
        ],
    ),
    interval="day",
    start="2013-01-01",
    batch=31,
)
def people(readings, *, interval):
    """Forty people, of which each name comes twice."""
    from pyspark.sql import functions as F

    return readings.where(F.col("day").between(interval.first_day, interval.last_day)).select(
        "day",
        F.col("sensor").alias("id"),
        "v",
        F.expr("concat('visible-', sensor div 2)").alias("name"),
        F.expr("concat('sentinel-', sensor)").alias("ssn"),
        F.expr("double(4711 + sensor)").alias("pay"),
    )
'''
SECRETS = ("sentinel-", "471", "472", "473", "474", "475")
"""What the masked columns hold: texts, and numbers from 4,711 to 4,750."""


def _secrets_in(text: str) -> list[str]:
    plain = text.replace(",", "")
    return [secret for secret in SECRETS if secret in plain]


@pytest.fixture
def people(sparkjob: Caller) -> Caller:
    """A project with a job whose every check fails; times and ids in the output have no 47 by chance."""
    sparkjob.project.write("jobs/people.py", JOB)
    return sparkjob


def test_masked_values_are_in_no_output_and_no_file_of_ours(people: Caller) -> None:
    """Run, result, record, show in every format and rows: all tell how many, none tells which."""
    result = people.project.root / "result.json"
    told = people("run", "people", "--run-id", "A", "--result", str(result), "--show-rows", "100")
    assert told.code == 65, told.err
    assert "column_max_to_be_between(pay, 0, 1)" in told.out
    assert "visible-3" in told.out
    assert "not told: pay masked" in told.out
    texts = [told.out, told.err, result.read_text()]
    for arguments in ((), ("--json",), ("--format", "gx"), ("--show-rows", "100")):
        shown = people("show", "A", *arguments)
        assert shown.code == 0, shown.err
        texts += [shown.out, shown.err]
    records = [p for p in (people.project.root / ".data/sparkjob").rglob("*") if p.is_file()]
    assert records
    texts += [path.read_text() for path in records]
    for text in texts:
        assert not [line for line in text.splitlines() if _secrets_in(_without_names(line))]


def _without_names(line: str) -> str:
    """A stage's directory and a record's clock are random, and may hold any number."""
    return " ".join(
        word for word in line.split() if "/data/" not in word and "T" not in word and "." not in word
    )


def test_rows_are_shown_only_to_who_asks(people: Caller) -> None:
    """Neither the run nor its record has a value of a row; `--show-rows` prints as many as asked."""
    told = people("run", "people", "--run-id", "A")
    plain = people("show", "A").out
    recorded = people("show", "A", "--json").out
    for text in (told.out, plain, recorded):
        assert "visible-" not in text
    assert "20 of 20 distinct values are not in the set" in plain
    shown = people("show", "A", "--show-rows", "2").out
    parts = {part.splitlines()[0]: part.splitlines()[1:] for part in shown.split("\n\n")[1:]}
    between = next(rows for rule, rows in parts.items() if "be_between(v" in rule)
    assert between[0].split() == ["day", "id", "v", "name"]
    assert len(between) == 3
    unique = next(rows for rule, rows in parts.items() if "be_unique(name)" in rule)
    assert [row.split()[3] for row in unique[1:]] == ["visible-0", "visible-0"]
    distinct = next(rows for rule, rows in parts.items() if "in_set(name" in rule)
    assert len(distinct) == 3
    assert "all rows together" in next(rule for rule in parts if "row_count" in rule)


def test_rows_and_json_exclude_each_other(people: Caller) -> None:
    """What a machine keeps holds no rows."""
    for command in ("run", "show"):
        told = people(command, "people", "--show-rows", "2", "--json")
        assert told.code == 64
        assert "--show-rows" in told.err


def test_staged_rows_that_are_gone_are_told_so(people: Caller) -> None:
    """After a clean-up there is nothing to show, and that is no crash."""
    people("run", "people", "--run-id", "A")
    for path in (people.project.root / ".data/small.people/data").rglob("*.parquet"):
        path.unlink()
    told = people("show", "A", "--show-rows", "2")
    assert told.code == 0
    assert "cannot be read any more" in told.out


def test_suggestions_hold_for_the_data_that_they_come_from(people: Caller) -> None:
    """Pasted into the job they pass on every interval, and no masked value is in them."""
    people.project.write_readings(3, days=3)
    assert people("run", "split", "--interval", "2013-01-01/2013-01-04").code == 0
    told = people("checks", "suggest", "small.good")
    assert told.code == 0, told.err
    job = people.project.root / "jobs/split.py"
    proposed = told.out.partition("\n")[2].strip()
    old = 'expectations=[expect.column_values_to_be_between("v", 0, 9)],'
    assert old in job.read_text()
    job.write_text(job.read_text().replace(old, proposed))
    again = people("run", "split", "--interval", "2013-01-01/2013-01-04")
    assert again.code == 0, again.out


def test_suggestions_for_every_type_are_rules_that_hold(spark: "SparkSession") -> None:
    """NULL, NaN, infinity, hostile text, constants: what is proposed is sound and passes at once."""
    schema = Schema.of(
        "i INT, c STRING, code STRING, text STRING, x DOUBLE, y DOUBLE, d DECIMAL(12,3), day DATE, "
        "ts TIMESTAMP, b BOOLEAN, nothing STRING, some INT, status INT, l ARRAY<INT>, bin BINARY, ssn STRING"
    ).masked("ssn")
    rows = [
        (
            n * 37 - 50,
            f'{n % 3} "it\'s" \\ ${{x}} é\n',
            f"K{n:03}",
            "z" * (n % 90 + 1),
            n / 7 - 3,
            float("nan") if n == 3 else float(n),
            Decimal(n) / 8,
            date(2013, 1 + n % 12, 3),
            None,
            n % 2 == 0,
            None,
            None if n == 5 else n % 2,
            (200, 404, 500)[n % 3],
            [n],
            b"x",
            f"sentinel-{n}",
        )
        for n in range(120)
    ]
    frame = spark.createDataFrame(rows, ", ".join(f"{c.name} {c.type}" for c in schema.columns))
    profile = profile_rows(frame, schema, output=None, grain=None, zone="UTC")
    assert profile is not None
    text = render_suggestions(suggest_expectations(profile, None))
    assert "sentinel-" not in text
    proposed = eval(text.removeprefix("expectations="), {"expect": expect})[0]
    filled = ["i", "c", "code", "text", "x", "y", "d", "day", "b", "some", "status", "l", "bin", "ssn"]
    assert {(e.type, e.arguments.get("column")) for e in proposed} == {
        ("table_row_count_to_be_between", None),
        *(("column_values_to_not_be_null", name) for name in filled),
        *(("column_values_to_be_null", name) for name in ("ts", "nothing")),
        *(("column_values_to_be_unique", name) for name in ("i", "code", "ssn")),
        *(("column_values_to_be_between", name) for name in ("i", "x", "d", "day", "some")),
        *(("column_values_to_be_in_set", name) for name in ("c", "status")),
        ("column_value_lengths_to_equal", "code"),
        ("column_value_lengths_to_be_between", "text"),
    }
    assert [fault for each in proposed for fault in faults_of(each, schema)] == []
    checks = [compile_expectation(each, schema) for each in proposed]
    relation = Relation(frame=frame, labels={"": WHOLE}, name="d")
    found = evaluate({WHOLE: checks}, {}, lambda: relation)[WHOLE]
    assert [
        (str(c.expectation), j.reason) for c, j in zip(checks, found, strict=True) if j.state != "pass"
    ] == []


def test_a_dataset_that_nobody_knows_is_told(people: Caller) -> None:
    """The name that was probably meant; and what is not there yet says which job makes it."""
    assert "small.people" in people("checks", "suggest", "small.peple").err
    told = people("checks", "suggest", "small.people")
    assert (told.code, "sparkjob run people" in told.err) == (64, True)


def test_the_plan_says_how_checks_are_evaluated(people: Caller) -> None:
    """In words with --checks, and check by check as JSON; without Spark."""
    told = people("plan", "people", "--checks")
    assert "in a pass of its own" in told.out or "passes" in told.out
    (line,) = json.loads(people("plan", "people", "--json").out)
    how = {check["rule"]: check["evaluated"] for check in line["checks"]}
    assert how["table_row_count_to_be_between(1, 2)"] == "footers"
    assert how["column_values_to_be_unique(name)"] == "pass"
