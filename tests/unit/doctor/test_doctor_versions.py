"""Programs and libraries: what does not go together is named before a run finds it."""

from importlib.metadata import version
from pathlib import Path

import pytest

from framework.doctor.versions import examine_versions, parse_lock

LOCK = """
--index-url https://nowhere.invalid
boto3[crt]==1.2.3 ; python_full_version < '3.12' \\
    --hash=sha256:00
boto3==1.2.4 ; python_full_version >= '3.12' \\
    --hash=sha256:01
pyspark==4.0.2 \\
    --hash=sha256:02
    # via delta-spark==9
"""


def _said(root: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in examine_versions(root):
        assert (each.hint is None) is (each.state == "good")
        found.setdefault(f"{each.state} {each.about}", []).append(each.what)
    return found


def test_a_lock_is_read_with_its_forks() -> None:
    """Names, versions and nothing else; a library may be locked once for each of several Pythons."""
    assert parse_lock(LOCK) == {"boto3": {"1.2.3", "1.2.4"}, "pyspark": {"4.0.2"}}


def test_libraries_beside_the_lock_are_named(tmp_path: Path) -> None:
    """Only the lock of the Spark that is installed counts."""
    lock = tmp_path / "requirements/prod.txt"
    lock.parent.mkdir()
    spark = version("pyspark")
    lock.write_text(f"pyspark=={spark}\nclick==0.0.1\nboto3=={version('boto3')}\nnobody-has-this==1\n")
    (tmp_path / "requirements/other.txt").write_text("pyspark==2.4.8\n")
    said = _said(tmp_path)
    assert said["warning lock requirements/prod.txt"] == [
        f"installed otherwise: click {version('click')} (locked: 0.0.1)"
    ]
    lock.write_text(f"pyspark=={spark}\n")
    assert "good lock requirements/prod.txt" in _said(tmp_path)


def test_a_spark_home_of_another_line_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver's Python would speak to another Spark than it knows."""
    jars = tmp_path / "spark/jars"
    jars.mkdir(parents=True)
    monkeypatch.setenv("SPARK_HOME", str(tmp_path / "spark"))
    (jars / "spark-core_2.13-4.1.0.jar").touch()
    assert "SPARK_HOME has 4.1.0" in _said(tmp_path)["fault Spark"][0]
    (jars / "spark-core_2.13-4.1.0.jar").rename(jars / "spark-core_2.12-2.4.8.jar")
    assert "none of the lines" in _said(tmp_path)["fault Spark"][0]


def test_a_java_that_spark_does_not_run_on_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said with the versions that it does run on."""
    java = tmp_path / "bin/java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_392\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert "this is Java 8" in _said(tmp_path)["fault Java"][0]
