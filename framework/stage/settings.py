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
    found = {**DEFAULTS, **DELTA, **_file_size(environment), **_hive(environment)}
    return {**found, **stores, **merged, **MEANING_AT_START}


def _file_size(environment: Environment) -> dict[str, str]:
    """How much a task that writes gets: of the sizes that datasets ask for the largest.

    It counts rows as they are shuffled, which are rarely smaller in Parquet. A setting of the whole
    session, since jobs run at the same time in it.
    """
    sizes = [rule.file_size for rule in environment.bindings.rules if rule.file_size is not None]
    return {"spark.sql.adaptive.advisoryPartitionSizeInBytes": f"{max(sizes)}b"} if sizes else {}


def _hive(environment: Environment) -> dict[str, str]:
    """A Hive metastore for the session, if a dataset is to be shown in one."""
    wanted = any(r.catalog is not None and r.catalog.type == "hive" for r in environment.bindings.rules)
    return {"spark.sql.catalogImplementation": "hive"} if wanted else {}


def has_s3(environment: Environment) -> bool:
    """Whether anything of the environment is on S3, so that Spark needs s3a."""
    return any(location.is_s3 for location in _places(environment))


def _places(environment: Environment) -> Iterable[Location]:
    # The stores last: their access settings win over those of a bare uri, those of a sandbox over
    # those of the environment that it reads.
    other = environment.inputs_from
    borrowed = () if other is None else _places(other)
    return (*borrowed, environment.state, *environment.bindings.places, *environment.stores.values())


def _larger(first: str, second: str) -> str:
    return first if _amount(first) > _amount(second) else second


def _amount(value: str) -> int:
    match = _MEMORY.fullmatch(value.strip())
    return -1 if match is None else int(match[1]) << _UNITS[match[2].lower()]
