"""A run that ends before Spark is needed is told like any other: its begin, its end, and the failure."""

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from tests.storage.lake import make_lake
from tests.support.receiver import receiving
from tests.unit.notify.openlineage_spec import rebuild, without_empties


@pytest.mark.parametrize("parallel", ["1", "2"])
def test_a_run_that_cannot_begin_is_told(tmp_path: Path, parallel: str) -> None:
    """START, FAIL with the reason, and one alert whose command works; also from threads."""
    lake = make_lake(tmp_path)
    lake.run(1)
    write_deltalake(lake.project.table("small.total"), pa.table({"day": ["2013-01-01"]}))
    with receiving() as receiver:
        local = lake.project.root / "configs/local.yml"
        told = (
            f'on_failure: {{webhook: "{receiver.url}/alerts"}}\nlineage: {{url: "{receiver.url}/lineage"}}\n'
        )
        local.write_text(local.read_text() + told)
        ended = lake.call("run", "total", "--parallel", parallel)
        assert ended.code == 64, ended.err
        got = receiver.all()
    start, fail = (each.json for each in got if each.path == "/lineage")
    assert (start["eventType"], fail["eventType"]) == ("START", "FAIL")
    assert start["run"]["runId"] == fail["run"]["runId"]
    for event in (start, fail):
        assert without_empties(rebuild(event)) == without_empties(event)
    assert (
        "misconfigured: the table was not made by sparkjob"
        in fail["run"]["facets"]["errorMessage"]["message"]
    )
    [alert] = [each.json for each in got if each.path == "/alerts"]
    assert (alert["job"], alert["outcome"], alert["exit_code"]) == ("total", "misconfigured", 64)
    assert alert["next"].startswith("sparkjob show ")
    shown = lake.call(*alert["next"].split()[1:])
    assert shown.code == 0
    assert "the table was not made by sparkjob" in shown.out
