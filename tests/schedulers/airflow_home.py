"""Real Airflow in its own environment, with exported files and the Spark of this one."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from framework.stage.session import local_settings
from tests.support.project import ROOT, SmallProject

VERSIONS = {"3": ".venv-airflow-3", "2.11": ".venv-airflow-2"}


@dataclass(frozen=True)
class Airflow:
    """One AIRFLOW_HOME below `home`, whose DAGs are exported from `project`."""

    version: str
    home: Path
    project: SmallProject

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

    def _start(self, words: list[str]) -> "subprocess.Popen[str]":
        folder = ROOT / VERSIONS[self.version] / "bin"
        return subprocess.Popen(
            [str(folder / words[0]), *words[1:]],
            cwd=self.home,
            env=self._environment(folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def _call(self, words: list[str]) -> str:
        with self._start(words) as process:
            out, _ = process.communicate(timeout=600)
        assert process.returncode == 0, out
        return out

    def _environment(self, folder: Path) -> dict[str, str]:
        found = spark_environment(self.home)
        return {
            **found,
            "PATH": f"{folder}:{found['PATH']}",
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.home / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps({"conn_type": "spark", "host": "local[1]"}),
        }


def spark_environment(home: Path) -> dict[str, str]:
    """What a host has that submits to Spark: Python, and in spark-defaults.conf Delta's jars."""
    import pyspark

    spark = Path(pyspark.__file__).parent
    conf = home / "spark"
    conf.mkdir(parents=True, exist_ok=True)
    settings = "".join(f"{key} {value}\n" for key, value in local_settings({}, s3=False).items())
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
