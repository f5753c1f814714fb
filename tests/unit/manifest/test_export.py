"""`sparkjob export`: which files are written, and which are left alone."""

import json
from pathlib import Path

import pytest

from framework.environment.environment import Environment, Schedule
from framework.environment.load import load_environment
from framework.errors import MisconfiguredError
from framework.manifest.deployment import schedule_faults
from framework.manifest.files import LIST, write_export
from framework.project.applications import find_silent_files
from framework.project.load import load_project
from tests.support.project import BASE, make_project
from tests.unit.manifest.sample import build_sample

OWNER = "make/shop/prod"


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    """A second export touches nothing; a change touches its file; what we wrote and is gone is removed."""
    first = write_export(tmp_path, {"a.mk": "1", "sub/b.mk": "2"}, owner=OWNER)
    before = (tmp_path / "a.mk").stat().st_mtime_ns
    second = write_export(tmp_path, {"a.mk": "1", "sub/b.mk": "3"}, owner=OWNER)
    third = write_export(tmp_path, {"a.mk": "1"}, owner=OWNER)
    assert [len(first.changed), len(second.changed), len(third.changed)] == [2, 1, 0]
    assert third.removed == (Path("sub/b.mk"),)
    assert not (tmp_path / "sub/b.mk").exists()
    assert (tmp_path / "a.mk").stat().st_mtime_ns == before


def test_files_of_others_stay(tmp_path: Path) -> None:
    """A file that is not ours is neither removed nor replaced; another export's files are its own."""
    (tmp_path / "theirs.py").write_text("x")
    write_export(tmp_path, {"a.py": "1"}, owner="airflow/shop/prod")
    write_export(tmp_path, {"b.py": "2"}, owner="airflow/shop/dev")
    write_export(tmp_path, {}, owner="airflow/shop/dev")
    assert sorted(path.name for path in tmp_path.iterdir()) == [LIST, "a.py", "theirs.py"]
    with pytest.raises(MisconfiguredError, match="not by us"):
        write_export(tmp_path, {"theirs.py": "y", "c.py": ""}, owner="airflow/shop/prod")
    assert (tmp_path / "theirs.py").read_text() == "x"
    assert not (tmp_path / "c.py").exists()


def test_a_list_that_is_none_is_named(tmp_path: Path) -> None:
    """Damage is said, not written over."""
    (tmp_path / LIST).write_text("{")
    with pytest.raises(MisconfiguredError, match="no list of exported files"):
        write_export(tmp_path, {"a": "1"}, owner=OWNER)


def test_the_command(tmp_path: Path) -> None:
    """It writes the files, says what it left out, and needs what the target needs."""
    schedules = '\n    schedules: {nightly: {cron: "30 2 * * *", select: "*"}}\n'
    project = make_project(tmp_path / "p", {"configs/base.yml": BASE + schedules})
    done = project.call("export", "make", "--root", "/opt/small", "-o", str(tmp_path / "out"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "2 jobs in 1 schedule; 0 files unchanged"
    assert sorted(json.loads((tmp_path / "out" / LIST).read_text())) == ["make/small/local"]
    project.write(
        "jobs/total.py", (project.root / "jobs/total.py").read_text().replace("main(total)", "pass")
    )
    for arguments, said in {
        ("make", "-o", "x"): "Missing option '--root'",
        ("argo", "-o", "x"): 'there is no command "argo"',
        ("make", "--root", "/o", "-o", "x"): "does not call main",
    }.items():
        done = project.call("export", *arguments)
        assert (done.returncode, said in done.stderr) == (64, True), done.stderr


TRIGGERED = """
    schedules:
      nightly: {cron: "30 2 * * *", select: split}
      weekly: {cron: "30 2 * * MON", select: "*"}
      reports: {trigger: datasets, select: total}
"""


def test_some_schedules_are_exported(tmp_path: Path) -> None:
    """`--schedule`: what one scheduler cannot do does not keep the others from it."""
    project = make_project(tmp_path / "p", {"configs/base.yml": BASE + TRIGGERED})
    export = ("export", "make", "--root", "/opt/small", "-o", str(tmp_path / "out"))
    refused = project.call(*export)
    assert refused.returncode == 64
    assert "schedules.reports" in refused.stderr
    assert "by --schedule NAME" in refused.stderr

    done = project.call(*export, "--schedule", "weekly", "--schedule", "nightly")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "2 jobs in 2 schedules; 0 files unchanged"
    done = project.call(*export, "--schedule", "nightly")
    assert done.stdout.splitlines()[-1] == "1 job in 1 schedule; 0 files unchanged"
    text = (tmp_path / "out" / "small_local.mk").read_text()
    assert "nightly.schedule: split" in text
    assert "weekly" not in text

    unknown = project.call(*export, "--schedule", "nigthly", "--schedule", "hourly")
    assert unknown.returncode == 64
    assert 'there is no schedule "nigthly"' in unknown.stderr
    assert 'there is no schedule "hourly"' in unknown.stderr
    assert 'did you mean "nightly"? Schedules: nightly, reports, weekly' in unknown.stderr


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ("2013-13", '"2013-13" is no interval'),
        ("nigthly@now", 'there is no schedule "nigthly"'),
        ("2013-01-01T00/2013-01-01T05", "cuts through a day of split"),
        ("2000-01-01", "holds nothing to run"),
    ],
)
def test_an_interval_that_jobs_would_refuse_is_refused(tmp_path: Path, interval: str, said: str) -> None:
    """Each job is started alone with it: what `sparkjob plan NAME` says of it is said at the export."""
    project = make_project(tmp_path / "p", {"configs/base.yml": BASE + TRIGGERED})
    given = ("--root", "s3://b/r", "--cluster-id", "j-1", "--schedule", "nightly", "--interval", interval)
    done = project.call("export", "emr-steps", *given, "-o", str(tmp_path / "out"))
    assert (done.returncode, said in done.stderr) == (64, True), done.stderr
    assert not (tmp_path / "out").exists()


def test_a_driver_on_a_worker_takes_no_release(tmp_path: Path) -> None:
    """In client mode `--root` is asked for, whether something is deployed or not."""
    project = make_project(tmp_path / "p", {"configs/base.yml": BASE + TRIGGERED})
    done = project.call("export", "airflow", "-o", str(tmp_path / "out"))
    assert done.returncode == 64
    assert "--root /opt/" in done.stderr
    assert "deploy --env" not in done.stderr
    done = project.call("export", "airflow", "--deploy-mode", "cluster", "-o", str(tmp_path / "out"))
    assert (done.returncode, "nothing is deployed" in done.stderr) == (64, True), done.stderr


def test_silent_files_are_found(tmp_path: Path) -> None:
    """A job's file that ends without main would run nothing, and the scheduler would call that success."""
    build_sample(tmp_path, "local")
    assert find_silent_files(load_project(tmp_path).project) == []
    file = tmp_path / "jobs" / "total.py"
    file.write_text(file.read_text().replace("    main(total)", "    print(total)"))
    (fault,) = find_silent_files(load_project(tmp_path).project)
    assert fault.where is not None
    assert str(fault.where).startswith("jobs/total.py:")


def test_schedules_that_do_not_fit(tmp_path: Path) -> None:
    """Selectors of nothing, more ticks than any job has units, triggers that nothing pulls: all are faults.

    So is a schedule of which a scheduler could start nothing, whose files would be empty or wrong.
    """
    build_sample(tmp_path, "local")
    project = load_project(tmp_path).project
    found = load_environment(tmp_path, "local", process={})

    def faults(cron: str | None, *select: str) -> list[str]:
        schedule = Schedule(name="s", cron=cron, timezone="UTC", select=select)
        changed = Environment(**{**vars(found), "schedules": {"s": schedule}})
        return [fault.what for fault in schedule_faults(project, changed)]

    assert faults("0 * * * *", "land_orders", "report") == [
        '"0 * * * *" ticks more often than units of any of its jobs end'
    ]
    assert faults("0 0 * * *", "report") == ['"0 0 * * *" ticks more often than units of any of its jobs end']
    assert faults("0 * * * *", "report", "total") == faults("0 0 * * *", "*") == []
    assert faults("0 0 1 * *", "report") == []
    assert faults("0 0 * * *", "nobody") == ['no job is named "nobody"']
    assert faults(None, "land_orders") == ["its jobs read no dataset of a job outside of it"]
    assert faults(None, "total") == []
    nothing = ["none of its jobs can be started: all of their runners are only names"]
    assert faults("0 0 * * *", "elsewhere") == faults(None, "elsewhere") == nothing
