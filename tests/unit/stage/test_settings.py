"""Spark settings of a session, and where Delta comes from."""

import pytest

from framework.environment.bindings import Bindings
from framework.environment.environment import Environment, JobSettings
from framework.environment.location import Location
from framework.errors import MisconfiguredError
from framework.stage.jars import delta_coordinates
from framework.stage.settings import MEANING_AT_START, build_settings


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
    ],
)
def test_delta_is_found_for_every_line_of_spark(pyspark, delta, coordinates):
    """The artifact's name follows the versions that are installed."""
    assert delta_coordinates(pyspark, delta) == coordinates


def test_an_unknown_delta_is_said():
    """Without delta-spark nobody can know which version is meant."""
    with pytest.raises(MisconfiguredError, match="delta-spark is not installed"):
        delta_coordinates("4.0.2", "")
