"""Names and values that look like SQL do no harm, wherever they stand."""

import pytest

from framework import Output
from framework.contract.schema import Column, Schema
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import new_schema, redshift_world
from tests.s3.serving import S3
from tests.storage.publishing import D1, D2

HOSTILE = 'x"; drop table y; --'
VALUES = (HOSTILE, "'; drop table y; --", "\\'; drop table y; --", "%s %(a)s $1", "", "ü\n\t\\")


@pytest.mark.parametrize("mode", ["replace", "append", "merge"])
def test_a_hostile_name_does_no_harm(redshift: Redshift, s3: S3, mode: str) -> None:
    """Dataset, schema, table, columns, keys and values: all arrive as they are, and `y` stays."""
    schema = new_schema(redshift, 'q"; drop table y; --')
    redshift.run("CREATE TABLE IF NOT EXISTS y (n int)")
    merged = {"key": (HOSTILE,), "sequence_by": "it's\\"} if mode == "merge" else {}
    output = Output(
        f"it's.{HOSTILE}",
        schema=Schema(
            (
                Column(name="day", type="date"),
                Column(name=HOSTILE, type="string", nullable=False),
                Column(name="it's\\", type="bigint"),
            )
        ),
        time="day",
        mode=mode,
        **merged,
    )
    world = redshift_world(redshift, s3, output, schema=schema, table=HOSTILE).prepare()
    rows = [(D1.first_day, value, number) for number, value in enumerate(VALUES)]
    assert world.run({D1: rows, D2: [(D2.first_day, "other", 1)]}) == ["published"] * 2
    assert world.rows() == sorted([*rows, (D2.first_day, "other", 1)], key=repr)
    assert world.published(D1)[D1].is_intact
    assert redshift.run("SELECT count(*) FROM y").rows == [["0"]]
    assert redshift.run("SELECT count(*) FROM pg_class WHERE relname = 'y'").rows == [["1"]]
