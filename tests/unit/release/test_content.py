"""What of a project's folder goes with its jobs."""

import json

import pytest

from framework.cli.workspace import load_workspace
from framework.environment.released import NAME, load_configuration
from framework.errors import MisconfiguredError
from framework.release.content import project_members
from tests.support.calling import Caller

EXTRA = '''
    """A job with files beside it."""

    from framework import Input, Output, expect, job, main
    from lib.numbers import one


    @job(
        inputs={"good": Input("small.good")},
        outputs=Output(
            "small.extra", schema="day DATE NOT NULL", expectations=[expect.suite("../suites/s.json")]
        ),
        uses=["../models/m.bin"],
    )
    def extra(good):
        """Use them."""
        return good.select("day").distinct().limit(one)


    if __name__ == "__main__":
        main(extra)
'''
SUITE = {
    "name": "s",
    "expectations": [
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "day"}, "meta": {}}
    ],
    "meta": {"great_expectations_version": "1.24.0"},
}


def _paths(sparkjob: Caller, env: str = "local") -> dict[str, bytes]:
    workspace = load_workspace(env, start=sparkjob.project.root)
    configuration = load_configuration(sparkjob.project.root, env, process={"PLACE": "there", "TOKEN": "x"})
    found = {}
    for member in project_members(workspace.project, configuration):
        content = member.content
        found[member.path] = content if isinstance(content, bytes) else content.read_bytes()
    return found


def test_what_jobs_need_and_nothing_else(sparkjob: Caller) -> None:
    """Files below jobs/, and modules, suites and other files beside it that jobs name; no caches, no data."""
    project = sparkjob.project
    project.write("jobs/extra.py", EXTRA)
    project.write("lib/numbers.py", "from lib.deeper import one")
    project.write("lib/deeper.py", "one = 1")
    project.write("lib/unused.py", "two = 2")
    project.write("suites/s.json", json.dumps(SUITE))
    project.write("models/m.bin", "1")
    project.write("jobs/notes/query.sql", "select 1")
    project.write("jobs/.hidden/x.py", "")
    project.write("jobs/__pycache__/split.cpython-311.pyc", "")
    project.write("configs/other.yml", "stores: {}")
    project.write("README.md", "no")
    assert sorted(_paths(sparkjob)) == [
        NAME,
        "configs/base.yml",
        "configs/local.yml",
        "jobs/extra.py",
        "jobs/notes/query.sql",
        "jobs/split.py",
        "jobs/total.py",
        "lib/deeper.py",
        "lib/numbers.py",
        "models/m.bin",
        "suites/s.json",
    ]


def test_what_lies_outside_cannot_go_along(sparkjob: Caller) -> None:
    """A file that a job uses outside of the project is a fault with the job's line."""
    sparkjob.project.write("../elsewhere.bin", "1")
    sparkjob.project.write("jobs/extra.py", EXTRA.replace("../models/m.bin", "../../elsewhere.bin"))
    sparkjob.project.write("lib/numbers.py", "one = 1")
    sparkjob.project.write("suites/s.json", json.dumps(SUITE))
    with pytest.raises(MisconfiguredError, match="outside the project"):
        _paths(sparkjob)


def test_variables_are_kept_and_secrets_are_not(sparkjob: Caller) -> None:
    """A release has the files of its environment and what they extend, with the variables of who deployed."""
    sparkjob.project.write(
        "configs/far.yml",
        """
        extends: local
        stores: {lake: {uri: "s3://${env:PLACE}/${env:UNSET:-rest}"}}
        secrets: {token: "${secret:env:TOKEN}"}
        """,
    )
    configuration = load_configuration(
        sparkjob.project.root, "far", process={"PLACE": "there", "TOKEN": "x", "HOME": "/"}
    )
    assert configuration.files == ("configs/base.yml", "configs/far.yml", "configs/local.yml")
    assert configuration.variables == {"PLACE": "there", "UNSET": None}


def test_a_run_of_a_release_sees_its_variables(sparkjob: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the machine do not count, not even one that was not set when it was deployed."""
    root = sparkjob.project.root
    sparkjob.project.write(
        "configs/far.yml",
        'stores: {lake: {uri: "s3://${env:PLACE}/${env:UNSET:-rest}"}, raw: {uri: "s3://raw/x"}}',
    )
    kept = {"version": 1, "environment": "far", "variables": {"PLACE": "there", "UNSET": None}}
    (root / NAME).write_text(json.dumps(kept))
    monkeypatch.setenv("PLACE", "here")
    monkeypatch.setenv("UNSET", "set")
    monkeypatch.setenv("SPARKJOB_PROJECT", str(root))
    monkeypatch.chdir(root.parent)
    assert load_workspace("far").environment.stores["lake"].uri == "s3://there/rest"
    with pytest.raises(MisconfiguredError, match='of environment "far", not of "local"'):
        load_workspace("local")
