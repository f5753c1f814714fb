"""`inputs_from`: another environment's data are read, and never written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from framework.environment.load import load_config
from framework.errors import MisconfiguredError
from framework.publish.publishers import publisher_of

BASE = """\
version: 1
project: flights
stores: {lake: {}, raw: {}}
datasets:
  "*": {format: delta, location: "{lake}/{dataset}"}
  "source.*": {source: true, format: csv, location: "{raw}/{dataset}.csv"}
"""
PRODUCTION = """\
stores: {lake: {uri: "s3://lake/prod"}, raw: {uri: "s3://lake/raw"}}
connections:
  dwh: {type: redshift, host: h, database: prod, user: etl, password: "${secret:env:DWH}"}
datasets: {flights.report: {format: redshift, connection: dwh, table: public.report}}
"""
SANDBOX = """\
extends: emr
inputs_from: emr
stores: {lake: {uri: "s3://dev/ada"}}
datasets:
  flights.report: {format: delta}
  source.own: {location: "{lake}/own.csv"}
"""


@pytest.fixture
def sandbox(files):
    """An environment like that of contract.md."""
    return files.write(base=BASE, emr=PRODUCTION, dev=SANDBOX)


def test_inputs_are_the_other_s_and_outputs_one_s_own(sandbox) -> None:
    """Whatever this invocation makes is read where it is written; what the own file names is one's own."""
    dev = sandbox.load("dev")
    assert dev.binding("flights.clean").location.uri == "s3://dev/ada/flights.clean"
    assert dev.input("flights.clean").location.uri == "s3://lake/prod/flights.clean"
    assert dev.input("source.flights").location.uri == "s3://lake/raw/source.flights.csv"
    assert dev.input("source.own").location.uri == "s3://dev/ada/own.csv"
    assert dev.state.uri == "s3://dev/ada/sparkjob"
    making = dev.making(["flights.clean"])
    assert making.input("flights.clean") == dev.binding("flights.clean")
    assert making.making(["flights.other"]) is making
    assert sandbox.load("emr").inputs_from is None


def test_what_is_borrowed_is_not_published(sandbox) -> None:
    """Also a part that asks for the wrong place is refused."""
    with pytest.raises(MisconfiguredError, match="is the environment emr's, and is only read here"):
        publisher_of(sandbox.load("dev").input("flights.clean"))


def test_config_shows_whose_inputs_are_read(sandbox) -> None:
    """With the line that says it, also where a parent does."""
    sandbox.write(
        child="extends: dev\nstores: {lake: {uri: 's3://dev/bob'}}\n",
        back="extends: dev\ninputs_from: null\n",
    )
    for name in ("dev", "child"):
        first = load_config(sandbox.root, name, process={})[0]
        assert (first.path, first.value, str(first.where)) == ("inputs_from", "emr", "configs/dev.yml:2")
    assert load_config(sandbox.root, "back", process={})[0].path == "version"


CASES: dict[str, str] = {
    "sandbox_same_store": "extends: emr\ninputs_from: emr\n",
    "sandbox_inside": 'extends: emr\ninputs_from: emr\nstores:\n  lake: {uri: "s3a://lake/prod/dev/ada/"}\n',
    "sandbox_around": 'extends: emr\ninputs_from: emr\nstores:\n  lake: {uri: "s3://lake"}\n',
    "sandbox_places": 'extends: emr\ninputs_from: emr\nstate: "s3://lake/raw/state"\nstores:\n'
    '  lake: {uri: "s3://dev/ada"}\ndatasets:\n  flights.clean: {location: "s3://lake/prod/flights.clean"}\n',
    "sandbox_table": 'extends: emr\ninputs_from: emr\nstores: {lake: {uri: "s3://dev/ada"}}\n'
    "connections: {dwh: {user: ada}}\n",
    "sandbox_itself": "inputs_from: dev\nstores: {lake: {uri: a}, raw: {uri: b}}\n",
    "sandbox_of_a_sandbox": "extends: emr\ninputs_from: other\n",
    "sandbox_unknown": "extends: emr\ninputs_from: erm\n",
}


@pytest.mark.parametrize("case", CASES)
def test_a_place_of_the_other_is_refused(case: str, sandbox, golden: Callable[[str, str], None]) -> None:
    """The same, inside or around it, by store, dataset, state or table: 64 with its line."""
    sandbox.write(dev=CASES[case], other=SANDBOX)
    golden(case, "\n".join(sandbox.lines("dev")) + "\n")


def test_a_link_to_the_other_s_folder_is_the_same_place(files, tmp_path: Path) -> None:
    """On a disk places are compared without links."""
    (tmp_path / "lake").mkdir()
    (tmp_path / "mine").symlink_to("lake")
    files.write(local="{}\n", dev="inputs_from: local\nstores: {lake: {uri: mine/x}}\n")
    assert "which meets stores.lake of local" in files.lines("dev")[0]
