"""Suites that Great Expectations wrote load, run, and give its verdicts."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from framework import WHOLE, Schema
from framework.audit.evaluate import evaluate
from framework.audit.relation import Relation
from framework.checks.compile import compile_expectation
from framework.contract.catalogue import faults_of
from framework.contract.expect.external import __all__ as EXTERNAL
from framework.contract.suite import parse_suite
from tests.gx.compare import find_difference
from tests.gx.reference import GreatExpectations

ROOT = Path(__file__).parents[2]
SUITES = Path(__file__).parent / "suites"
SCHEMAS = {
    "flights": (
        "year INT, month INT, day INT, dep_time INT, sched_dep_time INT, dep_delay DOUBLE, arr_time INT, "
        "sched_arr_time INT, arr_delay DOUBLE, carrier STRING, flight INT, tailnum STRING, origin STRING, "
        "dest STRING, air_time DOUBLE, distance INT, hour INT, minute INT, time_hour TIMESTAMP"
    ),
    "weather": (
        "origin STRING, year INT, month INT, day INT, hour INT, temp DOUBLE, dewp DOUBLE, humid DOUBLE, "
        "wind_dir INT, wind_speed DOUBLE, wind_gust DOUBLE, precip DOUBLE, pressure DOUBLE, visib DOUBLE, "
        "time_hour TIMESTAMP"
    ),
    "airports": (
        "faa STRING, name STRING, lat DOUBLE, lon DOUBLE, alt INT, tz INT, dst STRING, tzone STRING"
    ),
    "planes": (
        "tailnum STRING, year INT, type STRING, manufacturer STRING, model STRING, engines INT, seats INT, "
        "speed INT, engine STRING"
    ),
}


def read(spark: SparkSession, name: str) -> DataFrame:
    """The first days of the flights data."""
    reader = spark.read.schema(SCHEMAS[name]).option("header", "true").option("nullValue", "NA")
    frame = reader.csv(str(ROOT / ".data/raw" / f"{name}.csv"))
    return frame.where("month = 1 AND day <= 3") if name in ("flights", "weather") else frame


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_suite_gives_its_verdicts(spark: SparkSession, reference: GreatExpectations, name: str) -> None:
    """Every expectation of the file is taken over; success, counts and observed values are the same."""
    path = SUITES / f"{name}.json"
    schema = Schema.of(SCHEMAS[name])
    assert schema is not None
    expectations, faults = parse_suite(path.read_text("utf-8"), path.name)
    assert [*faults, *(fault for each in expectations for fault in faults_of(each, schema))] == []
    frame = read(spark, name).cache()
    relation = Relation(frame=frame, labels={"": WHOLE}, name=name)
    compiled = [compile_expectation(each, schema) for each in expectations]
    judged = evaluate({WHOLE: compiled}, {}, lambda: relation)[WHOLE]
    answers = reference.answers(frame, configurations(path))
    frame.unpersist()
    differences = {
        f"{expectation}": find_difference(ours, theirs)
        for expectation, ours, theirs in zip(expectations, judged, answers, strict=True)
    }
    assert {name: found for name, found in differences.items() if found is not None} == {}
    assert {ours.state for ours in judged} >= {"pass", "fail"}, "a suite that cannot fail shows little"


def test_every_external_rule_is_in_a_suite() -> None:
    """What is not compiled is run through Great Expectations by some suite here."""
    files = [parse_suite(path.read_text("utf-8"), path.name)[0] for path in SUITES.glob("*.json")]
    types = {expectation.type for expectations in files for expectation in expectations}
    assert set(EXTERNAL) - types <= {"column_values_to_be_increasing", "column_values_to_be_decreasing"}


def configurations(path: Path) -> list[tuple[str, Mapping[str, object]]]:
    """Types and arguments as the file has them, for Great Expectations."""
    listed = json.loads(path.read_text("utf-8"))["expectations"]
    return [(each["type"].removeprefix("expect_"), each["kwargs"]) for each in listed]
