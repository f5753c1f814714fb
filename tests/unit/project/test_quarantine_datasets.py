"""A quarantine dataset is a dataset of the project: it has one owner, and other jobs may read it."""

from pathlib import Path

from framework import Input, Job, Output, Quarantine, expect
from framework.errors import Where
from framework.interval import parse_interval
from framework.plan.needs import collect_needs
from framework.plan.steps import Request
from framework.project.project import Project
from framework.project.select import select
from framework.project.validate import validate_project

SCHEMA = "day DATE, v INT"
RULE = expect.column_values_to_be_between("v", 0, 9, on_fail="quarantine")
HELD = "a.good__quarantine"
D1, D2 = (parse_interval(f"2013-01-0{n}") for n in (1, 2))


def daily(name: str, reads: Input, output: Output) -> Job:
    """A daily job of a file `a.sql`."""
    return Job(
        name=name,
        inputs={"rows": reads},
        outputs={"": output},
        sql_file="a.sql",
        interval="day",
        start="2013-01-01",
        where=Where(file="jobs/a.py", line=3),
    )


def project_of(root: Path, *jobs: Job) -> Project:
    """A project of these jobs."""
    (root / "jobs").mkdir()
    (root / "jobs" / "a.sql").touch()
    return Project(root=root, jobs={job.name: job for job in jobs}, hashes={job.name: "" for job in jobs})


MAKES = daily("makes", Input("source.raw"), Output("a.good", schema=SCHEMA, time="day", expectations=[RULE]))


def test_another_job_reads_it_as_any_dataset(tmp_path: Path) -> None:
    """With its columns, its intervals and the job that makes it."""
    declared = Input(HELD, window="1 day", columns=["day", "broken_rules"])
    reads = daily("reads", declared, Output("a.seen", schema=SCHEMA, time="day"))
    project = project_of(tmp_path, MAKES, reads)
    assert validate_project(project, sources=["source.raw"]) == []
    assert project.upstream_of("reads") == ("makes",)
    assert select(project, [f"dataset:{HELD}"]) == ("makes",)
    needs = collect_needs(project, Request(intervals={"makes": (D2,), "reads": (D2,)}))
    assert needs.inputs[HELD] == (D1, D2)
    assert needs.outputs == {"a.good": (D2,), HELD: (D2,), "a.seen": (D2,)}


def test_a_column_that_it_does_not_have_is_named(tmp_path: Path) -> None:
    """As for any dataset whose job is known."""
    reads = daily("reads", Input(HELD, columns=["w"]), Output("a.seen", schema=SCHEMA, time="day"))
    (fault,) = validate_project(project_of(tmp_path, MAKES, reads), sources=["source.raw"])
    assert fault.what == f'reads reads {HELD}: it has no column "w"'


def test_nobody_else_makes_it(tmp_path: Path) -> None:
    """Neither another job's output, nor another's quarantine of the same name."""
    other = daily("other", Input("source.raw"), Output(HELD, schema=SCHEMA, time="day"))
    (fault,) = validate_project(project_of(tmp_path, MAKES, other), sources=["source.raw"])
    assert f"{HELD} is made by " in fault.what
    same = Output("a.b", schema=SCHEMA, time="day", expectations=[RULE], quarantine=Quarantine(HELD))
    third = daily("third", Input("source.raw"), same)
    project = Project(root=tmp_path, jobs={"makes": MAKES, "third": third}, hashes={"makes": "", "third": ""})
    (fault,) = validate_project(project, sources=["source.raw"])
    assert f"{HELD} is made by " in fault.what


def test_it_is_no_source(tmp_path: Path) -> None:
    """What the configuration lands from outside is not what a job makes."""
    found = validate_project(project_of(tmp_path, MAKES), sources=["source.raw", HELD])
    assert [HELD in fault.what and "source" in fault.what for fault in found] == [True]
