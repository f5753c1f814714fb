"""Spark settings of a session, and where Delta comes from."""

from dataclasses import replace

import pytest

from framework.environment.bindings import Bindings, DatasetRule
from framework.environment.environment import Environment, JobSettings
from framework.environment.location import S3A_BUCKETS, Location
from framework.errors import MisconfiguredError
from framework.stage.jars import delta_coordinates
from framework.stage.s3jars import s3_settings
from framework.stage.settings import MEANING_AT_START, build_settings, has_s3


def environment(**jobs: dict[str, str]) -> Environment:
    """An environment in which each job has these Spark settings."""
    return Environment(
        name="t",
        project="p",
        stores={},
        state=Location(uri="/nowhere"),
        bindings=Bindings({}, stores={}),
        jobs={name: JobSettings(size=name, spark=spark) for name, spark in jobs.items()},
    )


def test_the_larger_size_wins_in_a_shared_session():
    """Jobs of several sizes share one session that is large enough for each."""
    both = environment(
        a={"spark.executor.memory": "2g", "spark.executor.instances": "9"},
        b={"spark.executor.memory": "900m", "spark.executor.instances": "10"},
    )
    for order in (["a", "b"], ["b", "a"]):
        built = build_settings(both, order)
        assert (built["spark.executor.memory"], built["spark.executor.instances"]) == ("2g", "10")


def test_performance_is_anyones_and_meaning_is_ours():
    """A default can be overridden; what decides the rows is always there."""
    built = build_settings(environment(a={"spark.sql.adaptive.enabled": "false"}), ["a"])
    assert built["spark.sql.adaptive.enabled"] == "false"
    assert built.items() >= MEANING_AT_START.items()


@pytest.mark.parametrize(
    ("pyspark", "delta", "coordinates"),
    [
        ("3.5.9", "", "io.delta:delta-spark_2.12:3.3.3"),
        ("3.5.9", "3.3.2", "io.delta:delta-spark_2.12:3.3.2"),
        ("4.0.2", "4.0.1", "io.delta:delta-spark_2.13:4.0.1"),
        ("4.1.4", "4.4.1", "io.delta:delta-spark_4.1_2.13:4.4.1"),
        ("4.0.2-amzn-1", "", "io.delta:delta-spark_2.13:4.0.1"),
        ("4.2.0", "", "io.delta:delta-spark_4.2_2.13:4.4.0"),
        ("3.5.6", "4.0.1", "io.delta:delta-spark_2.12:3.3.3"),
        ("4.0.2", "3.3.3", "io.delta:delta-spark_2.13:4.0.1"),
    ],
)
def test_delta_is_found_for_every_line_of_spark(pyspark, delta, coordinates):
    """The artifact's name follows the versions that are installed; an unfit delta-spark counts as none."""
    assert delta_coordinates(pyspark, delta) == coordinates


def test_an_unknown_delta_is_said():
    """Without delta-spark nobody can know which version a Spark wants that is newer than we are."""
    with pytest.raises(MisconfiguredError, match=r"delta-spark is not installed.* Spark 4\.9\.0"):
        delta_coordinates("4.9.0", "")


@pytest.mark.parametrize("uri", ["/data", "s3://lake/x"])
def test_spark_gets_s3_when_anything_is_there(uri):
    """Stores, the state and locations of datasets count, named by a store or not."""
    for where in ("store", "state", "dataset"):
        rules = [DatasetRule(pattern="*", location=f"{uri}/{{dataset}}")] if where == "dataset" else []
        stores = {"lake": Location(uri=uri)} if where == "store" else {}
        built = replace(
            environment(),
            stores=stores,
            state=Location(uri=uri if where == "state" else "/nowhere"),
            bindings=Bindings(rules, stores=stores),
        )
        assert has_s3(built) == uri.startswith("s3")
        assert any(key.startswith(S3A_BUCKETS) for key in build_settings(built, [])) == has_s3(built)


def test_a_spark_without_a_known_set_of_jars_is_told(monkeypatch):
    """Which jars a version needs for S3 is not guessed."""
    monkeypatch.delenv("SPARK_HOME", raising=False)
    monkeypatch.setattr("framework.stage.s3jars.installed", lambda _: "4.9.0")
    with pytest.raises(MisconfiguredError, match=r"which jars Spark 4\.9\.0 needs for S3"):
        s3_settings()
