"""The launchers of one host: each starts the job `split` as users do, and tells the end in its own words."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.schedulers.airflow_home import Airflow, spark_environment
from tests.schedulers.outcomes.scenarios import Run
from tests.schedulers.outcomes.world import HASTY, LIMIT, World
from tests.support.project import ROOT

_SECONDS = 300


class Started:
    """A command line that was started, in a process group of its own."""

    def __init__(self, words: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            words,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def output(self) -> str:
        """Wait for the end; both streams."""
        with self.process:
            out, _ = self.process.communicate(timeout=_SECONDS)
        return out

    def end(self) -> str:
        """Wait for the end; its exit code, as a shell says it."""
        self.output()
        code = self.process.returncode
        return f"exit {code if code >= 0 else 128 - code}"


class SparkSubmit:
    """`./spark-submit.sh`, with `timeout` where the job has one."""

    at_once = 2

    def __init__(self, world: World, folder: Path) -> None:
        self._world = world

    def start(self, interval: str, *, env: str = "test") -> Run:
        """Start it."""
        limit = ("timeout", str(LIMIT)) if env == HASTY else ()
        options = ("--master", "local[1]", "--driver-memory", "1g")
        job = str(self._world.project.root / "jobs" / "split.py")
        words = (*limit, str(ROOT / "spark-submit.sh"), *options, job, "--env", env, "--interval", interval)
        return Started(words, self._world.project.root, os.environ)

    def expire(self, run: Run) -> None:
        """`timeout` does it."""


class Make:
    """The exported makefile."""

    at_once = 2

    def __init__(self, world: World, folder: Path) -> None:
        self._home = folder
        self._environment = _one_core(spark_environment(folder))
        for env in ("test", HASTY):
            export(world, "cron", env, folder, "--folder", str(folder))

    def start(self, interval: str, *, env: str = "test") -> Run:
        """Start it."""
        words = ("make", "-f", f"small_{env}.mk", f"INTERVAL={interval}", "RETRIES=0", "split")
        return _Made(words, self._home, self._environment)

    def expire(self, run: Run) -> None:
        """The makefile says `timeout`."""


class Cron(Make):
    """The command of the exported crontab; the second of two at once is turned away by its lock."""

    at_once = 1

    def start(self, interval: str, *, env: str = "test") -> Run:
        """Start it."""
        lines = (self._home / f"small_{env}.crontab").read_text().splitlines()
        (command,) = (line.split(maxsplit=5)[5] for line in lines if line.endswith("nightly.schedule"))
        environment = {**self._environment, "INTERVAL": interval, "RETRIES": "0"}
        return _Made(("/bin/sh", "-c", command), self._home, environment)


class _Made(Started):
    def end(self) -> str:
        """The code that make names, or the exit code of what kept make from starting."""
        out = self.output()
        found = re.search(r"split\] (Error \d+|Terminated|Killed)", out)
        code = self.process.returncode
        return f"make: {found[1]}" if found else f"exit {code}"


class AirflowTask:
    """A task of the exported DAG in Airflow 3."""

    at_once = 2

    def __init__(self, world: World, folder: Path) -> None:
        self._airflow = Airflow("3", folder, world.project)
        for env in ("test", HASTY):
            self._airflow.export("--env", env, "--retries", "0")
        self._airflow.call("db", "migrate")
        self._starts = 0

    def start(self, interval: str, *, env: str = "test") -> Run:
        """Start it, each time for another tick."""
        self._starts += 1
        tick = f"2013-02-{self._starts:02}T02:30:00+00:00"
        conf = '{"interval": "' + interval + '"}'
        return _Task(self._airflow, tick, ("dags", "test", "-c", conf, f"small_{env}_nightly", tick))

    def expire(self, run: Run) -> None:
        """The task's `execution_timeout` does it."""


class _Task:
    def __init__(self, airflow: Airflow, tick: str, words: Sequence[str]) -> None:
        self._airflow = airflow
        self._tick = tick
        self._process = airflow.start(*words)

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> str:
        with self._process as process:
            out, _ = process.communicate(timeout=_SECONDS)
        ((state,),) = self._airflow.query(
            "SELECT t.state FROM task_instance t JOIN dag_run r USING (dag_id, run_id) "
            f"WHERE r.logical_date LIKE '{self._tick[:10]}%'"
        )
        said = re.findall(r"(\w+ \(exit code \d+\)|Error code is: -?\d+|AirflowTaskTimeout)", out)
        return f"{state}: {said[-1]}" if said and state != "success" else str(state)


def _one_core(environment: dict[str, str]) -> dict[str, str]:
    """Spark as small as it gets: later lines of spark-defaults.conf win."""
    with Path(environment["SPARK_CONF_DIR"], "spark-defaults.conf").open("a") as conf:
        conf.write("spark.master local[1]\nspark.driver.memory 1g\n")
    return environment


def export(world: World, target: str, env: str, folder: Path, *options: str) -> None:
    """`sparkjob export` into `folder`."""
    root = str(world.project.root)
    done = world.project.call("export", target, "--env", env, "--root", root, "-o", str(folder), *options)
    assert done.returncode == 0, done.stderr
