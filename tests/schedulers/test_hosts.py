"""The files for one host: make runs real jobs, systemd reads its units."""

import os
import subprocess
from pathlib import Path

from tests.schedulers.airflow_home import spark_environment
from tests.schedulers.conftest import SCHEDULES
from tests.support.project import BASE, SmallProject, make_project


def _make(project: SmallProject, home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "-k", "-f", str(home / "small_local.mk"), *words],
        cwd=home,
        env=spark_environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_make_runs_the_jobs(tmp_path: Path) -> None:
    """Rejected data ends with 65, at once, and what reads it is not made; mended, all is published."""
    project = make_project(tmp_path / "a project", {"configs/base.yml": BASE + SCHEDULES})
    project.write_readings(99)
    done = project.call("export", "cron", "--root", str(project.root), "-o", str(tmp_path / "home"))
    assert done.returncode == 0, done.stderr

    rejected = _make(project, tmp_path / "home", "INTERVAL=2013-01-01", "all.jobs")
    assert rejected.returncode == 2
    assert "split] Error 65" in rejected.stderr
    assert not (project.root / ".data/sparkjob/runs/total").exists()

    project.write_readings(1)
    done = _make(project, tmp_path / "home", "INTERVAL=2013-01-01", "all.jobs")
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.table("small.total").is_dir()


def test_systemd_reads_the_units(tmp_path: Path) -> None:
    """`systemd-analyze` finds nothing in services and timers, and the calendar is the cron line's."""
    lines = {
        "nightly": ("30 2 * * *", "*-*-* 02:30:00 Europe/Zurich"),
        "weekly": ("*/20 3,4 * * MON-FRI", "Mon..Fri *-*-* 03,04:00,20,40:00 Europe/Zurich"),
        "monthly": ("0 0 1 1,7 *", "*-01,07-01 00:00:00 Europe/Zurich"),
    }
    schedules = "".join(
        f'\n      {name}: {{cron: "{cron}", timezone: Europe/Zurich, select: total}}'
        for name, (cron, _) in lines.items()
    )
    project = make_project(tmp_path / "p", {"configs/base.yml": f"{BASE}\n    schedules:{schedules}\n"})
    done = project.call("export", "cron", "--root", str(tmp_path), "-o", str(tmp_path / "units"))
    assert done.returncode == 0, done.stderr

    units = sorted(
        str(path) for path in (tmp_path / "units").iterdir() if path.suffix in {".service", ".timer"}
    )
    assert len(units) == 6
    # As docs/schedulers.md installs them, and for the whole system.
    for manager in ("--user", "--system"):
        found = subprocess.run(
            ["systemd-analyze", manager, "verify", *units],
            env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (found.returncode, found.stderr) == (0, "")
    for name, (_, wanted) in lines.items():
        timer = (tmp_path / "units" / f"small_local_{name}.timer").read_text()
        calendar = timer.partition("OnCalendar=")[2].partition("\n")[0]
        shown = subprocess.run(
            ["systemd-analyze", "calendar", calendar], capture_output=True, text=True, check=True
        )
        assert f"Normalized form: {wanted}" in shown.stdout
