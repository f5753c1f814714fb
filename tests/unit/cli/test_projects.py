"""Every broken project: `validate` lists all faults, `run` and `plan` refuse before anything happens."""

import json
import shutil
from collections.abc import Callable

import pytest

from tests.support.calling import Caller

Golden = Callable[[str, str], None]

JOB = """
    from framework import Input, Output, expect, job

    @job(
        inputs={{"a": Input("{reads}")}},
        outputs=Output(
            "{makes}",
            schema="n INT, s STRING",
            expectations=[{expectations}],
        ),
    )
    def {name}(a):
        return a
"""


def _job(name: str, *, reads: str = "small.good", makes: str = "small.x", expectations: str = "") -> str:
    return JOB.format(name=name, reads=reads, makes=makes, expectations=expectations)


EXPECTATIONS = """
                expect.column_values_to_not_be_null("m"),
                expect.column_values_to_be_betwen("n", 0, 9),
                expect.column_values_to_match_regex("s", "("),
                expect.column_values_to_be_between("n", 9, 0, mostly=2, severity="fatal")"""
LOCAL = """\
stores:
  lake: {uri: .data}
  raw: {uri: .data/raw}
example_interval: 2013-01-01/2013-01-03
"""
BASE = """\
version: 1
project: small
stores: {lake: {}, raw: {}}
datasets:
  source.readings: {source: true, format: csv, location: "{raw}/readings.csv", options: {header: true}}
"""
PROJECTS = {
    "syntax": {"jobs/broken.py": "def f(:\n    pass\n"},
    "import": {"jobs/broken.py": "import numpyy\n"},
    "graph": {
        "jobs/cycle.py": _job("x", reads="small.y") + _job("y", reads="small.x", makes="small.y"),
        "jobs/owner.py": _job("other", reads="source.readings", makes="small.total"),
        "jobs/unknown.py": _job("z", reads="small.godo", makes="small.z"),
    },
    "expectations": {"jobs/x.py": _job("x", expectations=EXPECTATIONS)},
    "yaml": {
        "configs/base.yml": BASE + "project: large\n",
        "configs/local.yml": LOCAL + "sizes: {a: &a {spark: {}}, b: *a}\n",
    },
    "yaml_tab": {"configs/local.yml": LOCAL + "sizes:\n\tsmall: {}\n"},
    "yaml_types": {
        "configs/base.yml": BASE.replace("project: small", "project: 012").replace("true, f", "on, f")
    },
    "values": {
        "configs/local.yml": LOCAL
        + "sizes: {s: {spark: {spark.sql.ansi.enabled: false, executor.memory: 2g}}}\n"
        + "jobs: {split: {size: m}, total: {timeout: 5 parsecs}}\n"
        + "secrets: {api: plain-text}\nstate: '{lak}/state'\n"
        + "datasets: {small.total: {format: detla}}\n"
    },
    "variables": {
        "configs/local.yml": LOCAL.replace(".data/raw", "'${env:SPARKJOB_TEST_NOWHERE}/raw'")
        + "datasets: {source.readings: {location: '${secret:env:TOKEN}/x'}}\n"
    },
    "fit": {
        "configs/local.yml": LOCAL
        + "datasets: {small.good: {format: redshift, connection: dwh, table: public.t},\n"
        + "  small.bad: {format: csv}, small.totl: {location: '{lake}/t'}}\n"
        + "connections: {dwh: {type: redshift, host: h, database: d, user: u,\n"
        + "  copy_role: 'arn:aws:iam::123456789012:role/copy',\n"
        + "  password: '${secret:env:DWH}'}}\n"
        + "jobs: {totl: {timeout: 1h}}\n",
        "jobs/secret.py": """
            from framework import Input, Output, job

            @job(
                inputs={"a": Input("small.good")},
                outputs=Output("small.s", schema="n INT"),
                secrets={"token": "weather_api"},
            )
            def secret(a, *, token):
                return a
        """,
    },
}


@pytest.mark.parametrize("name", PROJECTS)
def test_validate_lists_all_faults(sparkjob: Caller, golden: Golden, name: str) -> None:
    """All at once, by file and line, each with what to do; the code is 64, and `--json` says the same."""
    for path, text in PROJECTS[name].items():
        sparkjob.project.write(path, text)
    golden(f"project_{name}", sparkjob.transcript("validate"))
    told = sparkjob("validate", "--json")
    assert (told.code, told.err) == (64, "")
    faults = json.loads(told.out)
    said = sparkjob("validate").err
    assert f"{len(faults)} fault{'' if len(faults) == 1 else 's'}, nothing was run" in said
    assert all(fault["what"] in said and fault["where"] in said for fault in faults)


def test_a_sound_project_has_no_faults(sparkjob: Caller, golden: Golden) -> None:
    """Exit 0, one line; with --json an empty list."""
    golden("project_sound", sparkjob.transcript("validate", "validate --json"))


@pytest.mark.parametrize("name", ["graph", "expectations", "yaml", "values"])
def test_run_refuses_what_validate_refuses(sparkjob: Caller, name: str) -> None:
    """The same faults stop a run and a plan of any job with 64: the graph cannot be trusted."""
    for path, text in PROJECTS[name].items():
        sparkjob.project.write(path, text)
    told = sparkjob("validate")
    for command in ("run", "plan"):
        refused = sparkjob(command, "split")
        assert (refused.code, refused.out) == (64, "")
        assert refused.err == told.err[: told.err.rstrip().rindex("\n") + 1]


def test_a_broken_file_is_a_warning_for_others(sparkjob: Caller, golden: Golden) -> None:
    """Who reads nothing of it is planned; who may read what it makes is refused, with the file's name."""
    sparkjob.project.write("jobs/broken.py", "import numpyy\n")
    reader = _job("late", reads="small.lost", makes="small.late")
    sparkjob.project.write("jobs/late.py", reader)
    golden("project_broken", sparkjob.transcript("plan split", "plan late", "run late", "run --all"))


def test_what_redshift_would_hold_is_refused_by_name(sparkjob: Caller, golden: Golden) -> None:
    """A format that is not there yet is 64 for the job that needs it; nothing is tried before."""
    for path, text in PROJECTS["fit"].items():
        sparkjob.project.write(path, text)
    golden("project_redshift", sparkjob.transcript("plan split", "run split"))


def test_places_that_are_not_there(sparkjob: Caller, golden: Golden) -> None:
    """No environment, no configs/, no project: each is one line with a hint, and 64."""
    root = sparkjob.project.root
    (root / "configs/local.yml").unlink()
    text = sparkjob.transcript("validate", "run --all")
    shutil.rmtree(root / "configs")
    text += "\n" + sparkjob.transcript("validate", "run --all", "config")
    golden("project_places", text)


def test_a_project_without_jobs(sparkjob: Caller, golden: Golden) -> None:
    """Nothing to run is said, not done silently."""
    for file in (sparkjob.project.root / "jobs").glob("*.py"):
        file.unlink()
    golden("project_empty", sparkjob.transcript("run --all", "run x"))


def test_a_missing_source_is_waited_for(sparkjob: Caller, golden: Golden) -> None:
    """The file may come yet: 75, and the place where it was looked for; what reads from it is blocked."""
    (sparkjob.project.root / ".data/raw/readings.csv").unlink()
    golden("project_missing_source", sparkjob.transcript("plan", "run --all", "run total"))


def test_a_table_whose_log_is_broken(sparkjob: Caller, golden: Golden) -> None:
    """64 with the table and what to do; never planned as if nothing were published."""
    log = sparkjob.project.table("small.good") / "_delta_log"
    log.mkdir(parents=True)
    (log / f"{0:020}.json").write_text("{nope")
    golden("project_broken_log", sparkjob.transcript("plan split", "run split", "status split"))
