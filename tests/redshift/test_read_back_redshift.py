"""A run that reads a query of Redshift: Spark gets its rows with their types, and nothing is left on S3."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

from framework.environment.objects import list_objects
from tests.faults.processes import Driver
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import PASSWORD, ROLE, new_schema
from tests.s3.serving import S3
from tests.support.project import make_project

CONFIG = """
stores: {{lake: {{uri: .data}}, raw: {{uri: .data/raw}}, stage: {{uri: "{stage}"}}}}
connections:
  dwh: {{type: redshift, host: 127.0.0.1, port: {port}, tls: false, database: postgres, user: etl,
        password: "${{secret:env:DWH_PASSWORD}}", copy_role: "{role}"}}
datasets:
  dwh.sales: {{source: true, format: redshift, connection: dwh,
             query: "SELECT * FROM {schema}.sales WHERE n > 0"}}
"""
JOBS = '''
    """One job that copies what it reads, and one that fails after it has read."""

    from framework import Input, Output, job

    SCHEMA = "n INT, day DATE, paid DECIMAL(9,2), at TIMESTAMP, wall TIMESTAMP_NTZ, name STRING, tags STRING"


    @job(inputs={"sales": Input("dwh.sales")}, outputs=Output("small.copy", schema=SCHEMA))
    def copy(sales):
        return sales


    @job(inputs={"sales": Input("dwh.sales", columns=["n"])}, outputs=Output("small.broken", schema="n INT"))
    def broken(sales):
        raise ValueError(f"{sales.count()} rows were there")
'''


def test_a_query_is_read_with_its_types_and_removed(redshift: Redshift, s3: S3, tmp_path: Path) -> None:
    """Both when the job succeeds and when it fails; an unknown version runs again."""
    schema, stage = new_schema(redshift), s3.new_bucket()
    redshift.run(
        f"CREATE TABLE {schema}.sales (n int, day date, paid numeric(9,2), at timestamptz, wall timestamp, "
        "name varchar(20), tags super)"
    )
    redshift.run(
        f"INSERT INTO {schema}.sales VALUES (0, NULL, NULL, NULL, NULL, NULL, NULL), "
        "(1, '2013-01-02', 1.50, '2013-01-02 03:04:05.000006+02', '2013-01-02 03:04:05', 'é', '[1, \"a\"]')"
    )
    config = CONFIG.format(stage=stage.uri, port=redshift.port, role=ROLE, schema=schema)
    project = make_project(tmp_path, {"jobs/sales.py": JOBS, "configs/dwh.yml": config})
    environment: Mapping[str, str] = {**s3.environment, "DWH_PASSWORD": PASSWORD}
    with Driver(project, "run", "copy", "broken", "--env", "dwh", environment=environment) as run:
        ended = run.end()
    assert ended.code == 70, ended.out + ended.err
    assert "1 rows were there" in ended.out + ended.err
    found = pa.table(DeltaTable(tmp_path / ".data/small.copy").scan().read_all()).to_pylist()
    assert [tuple(row.values()) for row in found] == [
        (
            1,
            date(2013, 1, 2),
            Decimal("1.50"),
            datetime(2013, 1, 2, 1, 4, 5, 6, tzinfo=UTC),
            datetime(2013, 1, 2, 3, 4, 5),  # noqa: DTZ001 - a wall clock
            "é",
            '[1, "a"]',
        )
    ]
    sent = [sql for sql in redshift.faults.statements if sql.startswith("UNLOAD")]
    assert len(sent) == 2
    assert {"copy", "broken"} <= {
        sql.split()[-2] for sql in redshift.faults.statements if "query_group" in sql
    }
    assert not list_objects(stage)
    assert PASSWORD not in ended.out + ended.err + "".join(redshift.faults.statements)
