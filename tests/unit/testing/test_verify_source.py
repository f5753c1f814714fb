"""A cause is looked for in the code that a job reaches, and told by file and line."""

from pathlib import Path

import pytest

from framework.project.load import load_project
from framework.testing.verify.source import Source
from tests.support.project import make_project

JOB = '''
"""open() in a docstring is no call."""

import random

from framework import Input, Output, job
from jobs._shared.ids import make_id


@job(
    inputs={"good": Input("small.good")},
    outputs=Output("small.odd", schema="id STRING, lot DOUBLE, n BIGINT", key="id"),
)
def odd(good):
    """first() here is no call either."""
    from pyspark.sql import functions as F

    named = good.withColumn("id", make_id())
    counted = (
        named
        .groupBy("id")
        .agg(F.first("lot").alias("lot"), F.first("n").alias("n"))
    )
    if random.random() > 2:
        return None
    return counted.selectExpr("id", "lot",
        """
        row_number() OVER (ORDER BY lot) AS n
        """)


def unused(frame):
    """Nobody calls it."""
    return frame.limit(5)
'''
IDS = '''
"""Shared."""

import uuid

from pyspark.sql import functions as F


def make_id():
    """An id."""
    return F.lit(str(uuid.uuid4()))
'''


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """The source of `odd`."""
    make_project(tmp_path, {"jobs/odd.py": JOB, "jobs/_shared/ids.py": IDS})
    return Source(tmp_path, load_project(tmp_path).project.jobs["odd"])


@pytest.mark.parametrize(
    ("calls", "lines"),
    [
        (("uuid4",), ["jobs/_shared/ids.py:10"]),
        (("random.*",), ["jobs/odd.py:23"]),
        (("first",), ["jobs/odd.py:21"]),
        (("row_number",), ["jobs/odd.py:27"]),
        (("open",), []),
        (("limit",), []),
    ],
)
def test_calls_are_found_where_they_stand(source: Source, calls: tuple[str, ...], lines: list[str]) -> None:
    """In a chain, in SQL, in a shared module; not in texts, and not in what the job does not reach."""
    assert [str(where) for where in source.find(calls)] == lines


def test_a_function_is_found_by_its_name(source: Source) -> None:
    """A UDF is known to Spark by that alone."""
    assert [str(where) for where in source.find_functions(["make_id"])] == ["jobs/_shared/ids.py:8"]
