"""Patterns, bindings and job settings, without any file."""

import subprocess
import sys

import pytest

from framework.environment.environment import Bindings, DatasetRule, Environment, JobSettings
from framework.environment.location import Location
from framework.environment.patterns import matching
from framework.errors import MisconfiguredError, Where

LAKE = Location(uri="/lake")
STORES = {"lake": LAKE, "raw": Location(uri="s3://raw/in", options={"AWS_REGION": "eu-west-1"})}


def bindings(*rules: DatasetRule) -> Bindings:
    """Bindings over the two stores."""
    return Bindings(rules, stores=STORES)


def test_patterns_apply_from_general_to_specific() -> None:
    """The more a pattern fixes the later it applies, whatever the order in the file; names last."""
    patterns = ["flights.daily", "flights.d*", "*", "flights.*", "weather.*"]
    assert matching(patterns, "flights.daily") == ["*", "flights.*", "flights.d*", "flights.daily"]
    assert matching(["*.raw", "a.*w"], "a.raw") == ["a.*w", "*.raw"]
    assert matching(["a.*", "A.*"], "A.x") == ["A.*"]


def test_later_rules_merge_over_earlier_ones() -> None:
    """Scalars are replaced, options merge by name, a None option is removed."""
    found = bindings(
        DatasetRule(pattern="source.a", location="{raw}/a.csv", options={"sep": ";", "quote": None}),
        DatasetRule(pattern="*", format="delta", location="{lake}/x/{dataset}", options={"quote": "'"}),
        DatasetRule(pattern="source.*", format="csv", source=True, options={"header": "true", "sep": ","}),
    )
    source = found.of("source.a")
    assert (source.format, source.source) == ("csv", True)
    assert source.options == {"header": "true", "sep": ";"}
    assert source.location == STORES["raw"].child("a.csv")
    other = found.of("flights.clean")
    assert (other.format, other.source, other.location) == (
        "delta",
        False,
        Location(uri="/lake/x/flights.clean"),
    )
    assert found.named == ("source.a",)


def test_false_wins_over_a_pattern() -> None:
    """`source: false` for one dataset of a pattern that says true."""
    found = bindings(
        DatasetRule(pattern="*", format="csv", source=True), DatasetRule(pattern="a", source=False)
    )
    assert not found.of("a").source


def test_the_default_location_is_the_lake() -> None:
    """Without a location a dataset is in the lake, under its name."""
    assert bindings(DatasetRule(pattern="*", format="delta")).of("a.b").location == Location(uri="/lake/a.b")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (DatasetRule(pattern="other", format="delta"), 'no entry of "datasets" matches the dataset "a"'),
        (DatasetRule(pattern="a"), 'the dataset "a" has no format'),
        (DatasetRule(pattern="a", format="csv", location="{nope}/x"), "names a store that this environment"),
        (DatasetRule(pattern="a", format="redshift", table="t"), "has no connection"),
        (DatasetRule(pattern="a", format="redshift", connection="dwh"), "has no table"),
    ],
)
def test_what_the_rules_do_not_say_is_64(rule: DatasetRule, said: str) -> None:
    """A dataset that nothing binds is a fault of the configuration."""
    with pytest.raises(MisconfiguredError, match=said):
        bindings(rule).of("a")


def test_redshift_location_names_connection_and_table() -> None:
    """There is no folder; the location is a name for people."""
    rule = DatasetRule(pattern="a", format="redshift", connection="dwh", table="public.a")
    assert bindings(rule).of("a").location.uri == "redshift://dwh/public.a"


def test_where_is_that_of_the_most_specific_rule() -> None:
    """Faults point at the line that speaks of the dataset itself, if there is one."""
    line = Where(file="configs/base.yml", line=7)
    rules = (DatasetRule(pattern="*", format="delta"), DatasetRule(pattern="a", where=line))
    assert bindings(*rules).of("a").where == line


def test_job_settings_take_the_specific_size_whole() -> None:
    """A job's own size replaces the general one with all its settings; timeout and role come one by one."""
    environment = Environment(
        name="local",
        project="p",
        stores=STORES,
        state=LAKE,
        bindings=bindings(),
        jobs={
            "big_one": JobSettings(size="large", spark={"spark.executor.memory": "12g"}),
            "big_*": JobSettings(role="arn:aws:iam::123456789012:role/big"),
            "*": JobSettings(size="small", timeout=3600.0, spark={"spark.x": "1"}, role="general"),
        },
    )
    assert environment.settings("big_one") == JobSettings(
        size="large",
        timeout=3600.0,
        spark={"spark.executor.memory": "12g"},
        role="arn:aws:iam::123456789012:role/big",
    )
    assert environment.settings("other").size == "small"
    assert environment.settings("other").role == "general"


def test_importing_the_environment_is_light() -> None:
    """Plans and schedulers import it: no YAML, no pydantic, no store, no cloud comes with it."""
    heavy = {"pydantic", "ruamel", "obstore", "boto3", "deltalake", "pyspark"}
    program = (
        "import sys, framework.environment.environment, framework.environment.objects\n"
        f"print(sorted({heavy!r} & {{name.partition('.')[0] for name in sys.modules}}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
