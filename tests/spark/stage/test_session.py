"""The session that jobs get."""

import subprocess
import sys

import pytest

from framework.environment.meaning import MEANING
from framework.errors import MisconfiguredError
from framework.stage.session import open_session, require_java
from framework.stage.settings import DELTA


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


def test_a_start_says_nothing(tmp_path):
    """Nothing of Spark's own start is on the terminal; an error of the session still is raised."""
    code = (
        "from framework.stage.session import open_session\n"
        "spark = open_session('quiet', spark={'spark.master': 'local[1]', 'spark.driver.memory': '1g'})\n"
        "try:\n    spark.sql('select raise_error(1)').collect()\n"
        "except Exception:\n    print('raised')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("raised\n", "")


def test_no_java_is_one_line(monkeypatch, tmp_path):
    """Without Java nothing is tried."""
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(MisconfiguredError, match="Spark needs Java"):
        require_java()
