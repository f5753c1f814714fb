"""Spark settings: those that carry meaning are ours, those of performance are anyone's."""

import re
from collections.abc import Iterable, Mapping

from framework.environment.environment import Environment
from framework.environment.location import Location
from framework.environment.meaning import MEANING

DELTA_EXTENSION = "io.delta.sql.DeltaSparkSessionExtension"
DELTA: Mapping[str, str] = {
    "spark.sql.extensions": DELTA_EXTENSION,
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}

DEFAULTS: Mapping[str, str] = {
    "spark.sql.adaptive.enabled": "true",
    "spark.ui.showConsoleProgress": "false",
}

MEANING_AT_START: Mapping[str, str] = {
    key if key.startswith("spark.") else f"spark.hadoop.{key}": value for key, value in MEANING.items()
}
"""`MEANING` as a session is started with it: Hadoop's own settings by Spark's prefix."""

_MEMORY = re.compile(r"(\d+)([kmgt]?)b?", re.IGNORECASE)
_UNITS = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}


def build_settings(environment: Environment, jobs: Iterable[str]) -> dict[str, str]:
    """Spark settings of one session in which `jobs` run: defaults, stores, sizes.

    Where sizes of several jobs disagree, the larger number or memory wins, else the last job's.
    """
    merged: dict[str, str] = {}
    for job in jobs:
        for key, value in environment.settings(job).spark.items():
            merged[key] = value if key not in merged else _larger(merged[key], value)
    stores: dict[str, str] = {}
    for location in _places(environment):
        stores |= location.spark_settings
    return {**DEFAULTS, **DELTA, **stores, **merged, **MEANING_AT_START}


def has_s3(environment: Environment) -> bool:
    """Whether anything of the environment is on S3, so that Spark needs s3a."""
    return any(location.is_s3 for location in _places(environment))


def _places(environment: Environment) -> Iterable[Location]:
    # The stores last: their access settings win over those of a bare uri.
    return (environment.state, *environment.bindings.places, *environment.stores.values())


def _larger(first: str, second: str) -> str:
    return first if _amount(first) > _amount(second) else second


def _amount(value: str) -> int:
    match = _MEMORY.fullmatch(value.strip())
    return -1 if match is None else int(match[1]) << _UNITS[match[2].lower()]
