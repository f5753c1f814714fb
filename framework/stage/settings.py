"""Spark settings: those that carry meaning are ours, those of performance are anyone's."""

import re
from collections.abc import Iterable, Mapping

from framework.environment.environment import Environment
from framework.errors import Fault, MisconfiguredError

MEANING: Mapping[str, str] = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.storeAssignmentPolicy": "ANSI",
    "spark.sql.caseSensitive": "false",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    # INT96, the default before Spark 4, has no footer statistics.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.writeLegacyFormat": "false",
    "spark.sql.parquet.mergeSchema": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInWrite": "CORRECTED",
    # A file that is gone or broken is an error, not fewer rows.
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    # A malformed field counts although nobody selects its column.
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    "spark.sql.csv.filterPushdown.enabled": "false",
    "spark.sql.json.filterPushdown.enabled": "false",
    # Directory names are text: '01' is not 1.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    # Algorithm 2 leaves files of failed attempts under retries and speculation.
    "mapreduce.fileoutputcommitter.algorithm.version": "1",
    "mapreduce.fileoutputcommitter.marksuccessfuljobs": "true",
    "parquet.page.verify-checksum.enabled": "true",
}
"""Session settings that decide what rows mean or whether a loss is seen. Another value is 64."""

DELTA_EXTENSION = "io.delta.sql.DeltaSparkSessionExtension"
DELTA: Mapping[str, str] = {
    "spark.sql.extensions": DELTA_EXTENSION,
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}

DEFAULTS: Mapping[str, str] = {
    "spark.sql.adaptive.enabled": "true",
    "spark.ui.showConsoleProgress": "false",
}

_HADOOP = "spark.hadoop."
_MEMORY = re.compile(r"(\d+)([kmgt]?)b?", re.IGNORECASE)
_UNITS = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}


def build_settings(environment: Environment, jobs: Iterable[str]) -> dict[str, str]:
    """Spark settings of one session in which `jobs` run: defaults, stores, sizes.

    Where sizes of several jobs disagree, the larger number or memory wins, else the last job's.

    Raises `MisconfiguredError` with every setting that carries meaning and has another value.
    """
    merged: dict[str, str] = {}
    faults: dict[str, Fault] = {}
    for job in jobs:
        for key, value in environment.settings(job).spark.items():
            ours = meaning_of(key)
            if ours is not None and ours.casefold() != value.casefold():
                faults[key] = Fault(
                    what=f"{key} = {value}: this setting decides what rows mean and is {ours}",
                    where=f"sizes of job {job}",
                    hint="Remove it from the configuration.",
                )
            merged[key] = value if key not in merged else _larger(merged[key], value)
    if faults:
        raise MisconfiguredError(tuple(faults.values()))
    stores: dict[str, str] = {}
    for location in environment.stores.values():
        stores |= location.spark_settings
    return {**DEFAULTS, **DELTA, **stores, **merged, **MEANING}


def meaning_of(key: str) -> str | None:
    """The value that a setting must have, Hadoop's prefix or not; None when anyone may choose."""
    return MEANING.get(key.removeprefix(_HADOOP))


def _larger(first: str, second: str) -> str:
    return first if _amount(first) > _amount(second) else second


def _amount(value: str) -> int:
    match = _MEMORY.fullmatch(value.strip())
    return -1 if match is None else int(match[1]) << _UNITS[match[2].lower()]
