"""How Spark's tasks hand in their files on S3: whole under retries and speculation, and proven so."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from framework.environment.location import Location
from framework.environment.objects import read_object
from framework.errors import FailedError, Fault, MisconfiguredError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SUCCESS = "_SUCCESS"
"""What a committer leaves in a directory when all of it is there."""

MAGIC = "magic"

_NAME = "fs.s3a.committer.name"
_PROTOCOL = "spark.sql.sources.commitProtocolClass"
_PARQUET = "spark.sql.parquet.output.committer.class"
# Hadoop, "Committing work to S3 with the S3A Committers"; Spark, "Integration with Cloud
# Infrastructures". Hadoop's own settings stand without Spark's prefix: so a running session takes them.
_SETTINGS = {
    _NAME: MAGIC,
    "mapreduce.outputcommitter.factory.scheme.s3a": "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
    _PROTOCOL: "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol",
    _PARQUET: "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter",
}
_CLASSES = tuple(name for key, name in _SETTINGS.items() if key != _NAME)
_SPARKS_OWN = {
    _PROTOCOL: "org.apache.spark.sql.execution.datasources.SQLHadoopMapReduceCommitProtocol",
    _PARQUET: "org.apache.parquet.hadoop.ParquetOutputCommitter",
}
# EMR's: its releases have them as defaults ("Requirements for the EMRFS S3-optimized committer",
# "MagicCommitProtocol" in the EMR Release Guide).
_PLATFORMS = {
    _PROTOCOL: "org.apache.spark.sql.execution.datasources.SQLEmrOptimizedCommitProtocol",
    _PARQUET: "com.amazon.emr.committer.EmrOptimizedSparkSqlParquetOutputCommitter",
}


def choose_committer(session: "SparkSession", place: Location) -> str | None:
    """Let writes of Parquet to `place` be committed right; the committer's name, if it is our choice.

    On a disk Spark's own committer, with algorithm 1 (`environment.meaning`), renames what a task
    has finished. On S3 a rename is a copy of each file, so there the magic committer of s3a is
    taken, wherever Spark has it: a task's files are uploads that only the job's commit completes. A
    platform that comes with a committer of its own instead (EMR) keeps it.

    Raises `MisconfiguredError` when this Spark has neither.
    """
    if not place.is_s3:
        return None
    configured = {key: str(session.conf.get(key)) for key in _SPARKS_OWN}  # as set, or this Spark's default
    committer = committer_of(configured, place, has_magic=_has_magic(session))
    if committer is not None:
        for key, value in _SETTINGS.items():
            session.conf.set(key, value)
    return committer


def committer_of(configured: Mapping[str, str], place: Location, *, has_magic: bool) -> str | None:
    """`choose_committer` by the classes of a session. Pure."""
    if has_magic:
        return MAGIC
    unknown = {
        key: value
        for key, value in configured.items()
        if value not in (_SPARKS_OWN[key], _PLATFORMS[key], _SETTINGS[key])
    }
    if unknown:
        raise MisconfiguredError(
            [
                Fault(
                    what=f"{key} is {value}, and nobody knows whether files on S3 are whole by it "
                    "when a task is tried again",
                    where=place.uri,
                    hint="Take it out of the defaults of the cluster (spark-defaults.conf): sparkjob sets "
                    "the committer. EMR's own is known.",
                )
                for key, value in unknown.items()
            ]
        )
    if any(value == _PLATFORMS[key] for key, value in configured.items()):
        return None
    raise MisconfiguredError(
        "this Spark has no committer by which files on S3 are whole when a task is tried again",
        where=place.uri,
        hint="Give spark-submit the jar spark-hadoop-cloud of its version, or let the locked Spark run.",
    )


def require_committed(place: Location, directory: str, committer: str | None) -> None:
    """Raise `FailedError` unless `directory` below `place` says that its write was committed.

    The file is empty, or by a committer of s3a JSON that names it (`SuccessData` of hadoop-aws):
    the flags of s3a alone are passed over in silence, and what was used then is Spark's own.
    """
    content = read_object(place, f"{directory}/{SUCCESS}")
    if content is None:
        raise FailedError(f"Spark did not commit {directory}: no {SUCCESS}", where=place.uri)
    if committer is None:
        return
    used = _named_in(content)
    if used != committer:
        raise FailedError(
            f"{directory} was committed by {used or 'a committer without a name'}, not by {committer}",
            where=place.uri,
            hint="A retried task may have left files there; nothing was published.",
        )


def _named_in(content: bytes) -> str | None:
    try:
        said = json.loads(content)
    except ValueError:
        return None
    name = said.get("committer") if isinstance(said, dict) else None
    return name if isinstance(name, str) else None


def _has_magic(session: "SparkSession") -> bool:
    """Whether this Spark has the classes of the magic committer."""
    from py4j.protocol import Py4JJavaError

    jvm = getattr(session, "_jvm", None)  # none through Spark Connect: there the server answers for it
    if jvm is None:
        return True
    loader = jvm.java.lang.Thread.currentThread().getContextClassLoader()
    try:
        for name in _CLASSES:
            loader.loadClass(name)
    except Py4JJavaError:
        return False
    return True
