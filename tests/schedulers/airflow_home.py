"""Real Airflow in its own environment, with exported files and the Spark of this one."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

from framework.stage.session import local_settings
from tests.support.project import ROOT, SmallProject
from tests.support.servers import free_ports, processes_below, serving

VERSIONS = {"3": ".venv-airflow-3", "2.11": ".venv-airflow-2"}


@dataclass(frozen=True)
class Airflow:
    """One AIRFLOW_HOME below `home`, whose DAGs are exported from `project`."""

    version: str
    home: Path
    project: SmallProject
    settings: dict[str, str] = field(default_factory=dict)

    def export(self, *options: str) -> None:
        """`sparkjob export airflow` into the folder of the DAGs."""
        done = self.project.call(
            "export",
            "airflow",
            *("--airflow", self.version, "--root", str(self.project.root), "-o", str(self.home / "dags")),
            *options,
        )
        assert done.returncode == 0, done.stderr
        for file in (self.home / "dags").glob("*.py"):
            # Five minutes are long for a test; all else is what was exported.
            file.write_text(file.read_text().replace("timedelta(minutes=5)", "timedelta(seconds=2)"))

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """`airflow ARGUMENTS`; both streams are one."""
        return self._start(["airflow", *arguments])

    def call(self, *arguments: str) -> str:
        """What `airflow ARGUMENTS` prints; it must succeed."""
        return self._call(["airflow", *arguments])

    def look(self) -> dict[str, dict[str, object]]:
        """What Airflow has read: DAGs by id, see `dags_seen.py`."""
        text = self._call(["python", str(Path(__file__).parent / "dags_seen.py"), str(self.home / "dags")])
        found = json.loads(text.splitlines()[-1])
        assert isinstance(found, dict)
        return found

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """Rows of Airflow's own database."""
        with closing(sqlite3.connect(self.home / "airflow.db")) as database:
            return database.execute(statement).fetchall()

    @contextmanager
    def standalone(self) -> Iterator[str]:
        """All services of Airflow 3, on free ports, until the end of the block; the web server's address.

        Runs begin by hand only; no tick is waited for, and none is made up for.
        """
        ports = free_ports(3)
        url = f"http://127.0.0.1:{ports[0]}"
        self.settings.update(
            {
                "AIRFLOW__API__HOST": "127.0.0.1",
                "AIRFLOW__API__PORT": str(ports[0]),
                "AIRFLOW__API__BASE_URL": url,
                "AIRFLOW__API__WORKERS": "1",
                "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
                "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
                "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(ports[1]),
                "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports[2]),
            }
        )
        command = [self._folder / "airflow", "standalone"]
        log, environment = self.home / "standalone.log", self._environment()
        try:
            with serving(
                command, log, environment, ready=lambda: _answers(f"{url}/api/v2/monitor/health"), seconds=300
            ):
                yield url
        finally:
            # Each task has a process group of its own.
            while left := processes_below(self.home):
                for process in left:
                    with suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)

    @property
    def _folder(self) -> Path:
        return ROOT / VERSIONS[self.version] / "bin"

    def _start(self, words: list[str]) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [str(self._folder / words[0]), *words[1:]],
            cwd=self.home,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def _call(self, words: list[str]) -> str:
        with self._start(words) as process:
            out, _ = process.communicate(timeout=600)
        assert process.returncode == 0, out
        return out

    def _environment(self) -> dict[str, str]:
        found = spark_environment(self.home)
        return {
            **found,
            "PATH": f"{self._folder}:{found['PATH']}",
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.home / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps({"conn_type": "spark", "host": "local[1]"}),
            **self.settings,
        }


def until(happened: Callable[[], object], *, seconds: int = 300) -> None:
    """Come back when it has happened; who can be waited for, is not asked this way."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urlopen(url) as reply:
            return bool(reply.status == HTTPStatus.OK)
    except OSError:
        return False


def spark_environment(home: Path, *, s3: bool = False) -> dict[str, str]:
    """What a host has that submits to Spark: Python, and in spark-defaults.conf Delta's jars."""
    import pyspark

    spark = Path(pyspark.__file__).parent
    conf = home / "spark"
    conf.mkdir(parents=True, exist_ok=True)
    settings = "".join(f"{key} {value}\n" for key, value in local_settings({}, s3=s3).items())
    (conf / "spark-defaults.conf").write_text(settings)
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "JAVA_HOME", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "PATH": f"{spark / 'bin'}:{os.environ['PATH']}",
        "SPARK_HOME": str(spark),
        "SPARK_CONF_DIR": str(conf),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
    }
