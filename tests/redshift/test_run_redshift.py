"""A job that merges into Redshift, run as a user runs it."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from tests.faults.processes import Driver
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import PASSWORD, new_schema
from tests.s3.serving import S3
from tests.support.project import SmallProject

BASE = """
    version: 1
    project: small
    stores: {{lake: {{uri: .data}}, stage: {{uri: "s3://{bucket}/stage"}}}}
    connections:
      dwh: {{type: redshift, host: 127.0.0.1, port: {port}, database: postgres, user: etl, tls: false,
             password: "${{secret:env:DWH_PASSWORD}}"}}
    datasets:
      "*": {{format: delta, location: "{{lake}}/{{dataset}}"}}
      small.state: {{format: redshift, connection: dwh, table: {schema}.state}}
"""
JOB = '''
    """The last reading of each sensor."""

    from framework import Interval, Output, job, main


    @job(
        outputs=Output(
            "small.state",
            schema="day DATE NOT NULL, sensor INT NOT NULL, v INT",
            time="day",
            key="sensor",
            mode="merge",
            sequence_by="day",
        ),
        interval="day",
        start="2013-01-01",
        rerun="once",
    )
    def state(*, interval: Interval, spark):
        """Each day has one sensor more than the day before."""
        day = interval.first_day
        rows = [(day, sensor, day.day) for sensor in range(day.day)]
        return spark.createDataFrame(rows, "day DATE, sensor INT, v INT")


    if __name__ == "__main__":
        main(state)
'''


@pytest.fixture
def schema(redshift: Redshift) -> str:
    """A schema of its own."""
    return new_schema(redshift)


@pytest.fixture
def project(tmp_path: Path, redshift: Redshift, s3: S3, schema: str) -> SmallProject:
    """One job, and an environment for the stand-in."""
    said = BASE.format(bucket=s3.new_bucket().name, port=redshift.port, schema=schema)
    for name, text in {
        "configs/base.yml": said,
        "configs/local.yml": "stores: {}",
        "jobs/state.py": JOB,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(dedent(text))
    (tmp_path / "jobs/__init__.py").touch()
    return SmallProject(tmp_path)


def test_merged_rows_are_published_once(
    redshift: Redshift, s3: S3, project: SmallProject, schema: str
) -> None:
    """One transaction an interval, in order; the same again has nothing to do and starts no Spark."""
    environment: Mapping[str, str] = {**s3.environment, "DWH_PASSWORD": PASSWORD}
    run = ("run", "state", "--interval", "2013-01-01/2013-01-04")
    with Driver(project, *run, environment=environment) as first:
        ended = first.end()
    assert ended.code == 0, ended.out + ended.err
    rows = redshift.run(f"SELECT day, sensor, v FROM {schema}.state ORDER BY sensor").rows
    assert rows == [["2013-01-03", str(sensor), "3"] for sensor in range(3)]
    runs = redshift.run(f"SELECT DISTINCT run_id FROM {schema}.state__sparkjob WHERE run_id <> ''").rows
    labels = {sql.partition(" TO ")[2] for sql in redshift.faults.statements if "query_group" in sql}
    assert {f"'sparkjob state {run_id}'" for (run_id,) in runs} <= labels
    numbers = f"SELECT version FROM {schema}.state__sparkjob WHERE interval_key <> '' ORDER BY interval_key"
    assert redshift.run(numbers).rows == [["1"], ["2"], ["3"]]
    with Driver(project, *run, environment=environment) as second:
        idle = second.end()
    assert idle.code == 0, idle.out + idle.err
    assert "Spark was not started" in idle.out
