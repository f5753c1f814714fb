"""Set-up on machines that lack something: one line, one hint, 64, before anything is made."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh checkout, as far as set-up reads it."""
    root = tmp_path / "checkout"
    for name in ("scripts", "requirements"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for PATH with what every Unix has, but neither Java nor Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in (
        "bash",
        "cat",
        "cksum",
        "dirname",
        "env",
        "flock",
        "grep",
        "mkdir",
        "readlink",
        "rm",
        "sed",
        "tail",
        "tr",
    ):
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return folder


def write_program(path: Path, text: str) -> None:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def write_java(home: Path, version: str) -> Path:
    """A JAVA_HOME of that version, for who only looks."""
    write_program(home / "bin/java", "exit 1")
    (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return home


def set_up(checkout: Path, programs: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the set-up with nothing else in the environment."""
    return subprocess.run(
        [checkout / "scripts/setup.sh"],
        env={"PATH": str(programs), "HOME": os.environ.get("HOME", "/"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def assert_told(ended: subprocess.CompletedProcess[str], found: str, checkout: Path) -> None:
    """64, one line with `found` in it, one hint, and nothing made."""
    assert (ended.returncode, ended.stdout) == (64, "")
    first, second = ended.stderr.splitlines()
    assert found in first
    assert second.startswith("Hint: ")
    assert not (checkout / ".venv").exists()


def test_no_java(checkout: Path, programs: Path) -> None:
    """Without Java nothing is downloaded first."""
    assert_told(set_up(checkout, programs), "Spark needs Java, and there is none on PATH", checkout)


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.21", "24.0.1"])
def test_java_out_of_range(checkout: Path, programs: Path, tmp_path: Path, version: str) -> None:
    """A Java that Spark 4.0 does not run on is named with its version."""
    home = write_java(tmp_path / "jdk", version)
    ended = set_up(checkout, programs, JAVA_HOME=str(home))
    assert_told(ended, f"{home}/bin/java is Java {version}; Spark 4.0 runs on 17 to 21", checkout)


def test_java_without_a_release_file_is_asked(checkout: Path, programs: Path) -> None:
    """Launchers of version managers are started to learn the version."""
    write_program(programs / "java", "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2")
    assert_told(set_up(checkout, programs), "is Java 11.0.2", checkout)


def test_java_home_without_java(checkout: Path, programs: Path, tmp_path: Path) -> None:
    """JAVA_HOME is what Spark takes, so a wrong one is not passed over."""
    assert_told(set_up(checkout, programs, JAVA_HOME=str(tmp_path)), "there is no bin/java in it", checkout)


@pytest.mark.parametrize(
    ("program", "found"), [("exit 127", "none was found"), ("echo 3.9", "(python3: 3.9)")]
)
def test_no_usable_python(checkout: Path, programs: Path, tmp_path: Path, program: str, found: str) -> None:
    """A shim that leads nowhere counts as none; one out of range is named."""
    write_program(programs / "python3", program)
    home = write_java(tmp_path / "jdk", "17.0.15")
    assert_told(set_up(checkout, programs, JAVA_HOME=str(home)), found, checkout)


def test_flights_data_are_written_once(tmp_path: Path) -> None:
    """The raw store gets five CSV files; a file that is there is never touched again."""
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "weather.csv").write_text("mine")
    for _ in range(2):
        subprocess.run([sys.executable, ROOT / "scripts/flights_data.py", raw], check=True)
    assert sorted(path.name for path in raw.iterdir()) == [
        "airlines.csv", "airports.csv", "flights.csv", "planes.csv", "weather.csv",
    ]  # fmt: skip
    assert (raw / "weather.csv").read_text() == "mine"
    with (raw / "flights.csv").open() as lines:
        assert sum(1 for _ in lines) == 336_776 + 1
