"""The flights project with its reports in Redshift: the real driver, S3 over HTTP, no job changed."""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from tests.faults.processes import Driver
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import PASSWORD, ROLE
from tests.s3.serving import KEYS, ROOT, S3, SECRET
from tests.support.project import SmallProject, copy_project

RUN = ("run", "+delay_report", "--interval", "2013-01-01/2013-02-01")
REPORTS = ("daily_carrier", "fleet_use", "delay_report")
STAND_IN = """
extends: redshift
stores: {{lake: {{uri: .data}}, raw: {{uri: "{raw}"}}}}
connections: {{dwh: {{port: {port}, tls: false}}}}
"""
"""What passes into Redshift is on S3; the lake is on the disk, for the time that it takes."""


@pytest.fixture
def flights(tmp_path: Path, redshift: Redshift) -> SmallProject:
    """The project, with an environment for the stand-in beside its own."""
    project = copy_project(tmp_path)
    raw = ROOT / ".data/raw"
    (tmp_path / "configs/stand_in.yml").write_text(STAND_IN.format(port=redshift.port, raw=raw))
    (tmp_path / "configs/local.yml").write_text(f'stores: {{lake: {{uri: .data}}, raw: {{uri: "{raw}"}}}}')
    return project


@pytest.fixture
def environment(s3: S3) -> Mapping[str, str]:
    """What a process is told."""
    return {
        **s3.environment,
        "SPARKJOB_BUCKET": s3.new_bucket().name,
        "DWH_HOST": "127.0.0.1",
        "DWH_DATABASE": "postgres",
        "DWH_PASSWORD": PASSWORD,
        "DWH_COPY_ROLE": ROLE,
    }


def test_reports_in_redshift_are_those_of_delta(
    redshift: Redshift, flights: SmallProject, environment: Mapping[str, str]
) -> None:
    """Published by COPY and read back by UNLOAD; row for row what Delta has; then nothing is left to do."""
    redshift.run("DROP SCHEMA IF EXISTS reports CASCADE; CREATE SCHEMA reports")
    with Driver(flights, *RUN, "--env", "local", environment=environment, limit=600) as first:
        ended = first.end()
    assert ended.code == 0, ended.out + ended.err
    with Driver(flights, *RUN, "--env", "stand_in", environment=environment, limit=600) as second:
        ended = second.end()
    assert ended.code == 0, ended.out + ended.err
    assert re.search(r"land_flights +unchanged", ended.out)
    for report in REPORTS:
        rows = _in_delta(flights.root / f".data/flights.{report}")
        assert rows
        assert _in_redshift(redshift, report, rows) == rows
    sent = redshift.faults.statements
    assert sum(sql.startswith("COPY") for sql in sent) == len(REPORTS)
    assert {sql.split()[0].upper() for sql in sent} >= {"UNLOAD", "COPY"}
    assert sum(sql.upper().startswith("TRUNCATE") for sql in sent) == 0

    with Driver(flights, *RUN, "--env", "stand_in", environment=environment, limit=600) as third:
        idle = third.end()
    assert idle.code == 0
    assert re.search(r"^\d+ unchanged in .* \(Spark was not started\)$", idle.out, re.MULTILINE)
    for secret in (SECRET, PASSWORD):
        assert secret not in ended.out + ended.err + idle.out + idle.err
        assert not any(secret in sql for sql in sent)
    assert KEYS["AWS_ACCESS_KEY_ID"] not in "".join(sent)


def _in_delta(path: Path) -> list[tuple[object, ...]]:
    table = pa.table(DeltaTable(path).scan().read_all())
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)


def _in_redshift(rig: Redshift, table: str, like: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """The rows with values of the types that `like` has."""
    found = rig.run(f"SELECT * FROM reports.{table}").rows
    kinds = [next((type(row[n]) for row in like if row[n] is not None), str) for n in range(len(like[0]))]
    return sorted((tuple(map(_value, row, kinds)) for row in found), key=repr)


def _value(text: str | None, kind: type) -> object:
    if text is None:
        return None
    if kind is bool:
        return text == "t"
    return (
        kind.fromisoformat(text)
        if hasattr(kind, "fromisoformat")
        else Decimal(text)
        if kind is Decimal
        else kind(text)
    )
