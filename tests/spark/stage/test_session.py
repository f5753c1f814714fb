"""The session that jobs get."""

import pytest

from framework.errors import MisconfiguredError
from framework.stage.session import open_session
from framework.stage.settings import DELTA, MEANING


def test_an_active_session_is_used_and_its_meaning_is_enforced(spark):
    """A notebook's session keeps its identity but not its own idea of ANSI mode or time zone."""
    spark.conf.set("spark.sql.ansi.enabled", "false")
    spark.conf.set("spark.sql.session.timeZone", "Europe/Berlin")
    assert open_session("again", spark=DELTA) is spark
    assert {key: spark.conf.get(key) for key in MEANING} == MEANING


def test_delta_is_there(spark, tmp_path):
    """A Delta table can be written and read in a session that nobody configured."""
    spark.range(3).write.format("delta").save(str(tmp_path / "t"))
    assert spark.read.format("delta").load(str(tmp_path / "t")).count() == 3
