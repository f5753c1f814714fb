"""One Spark session: the platform's where there is one, else a quiet local one."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

from framework.environment.location import S3A_BUCKETS
from framework.environment.meaning import MEANING
from framework.errors import Fault, MisconfiguredError
from framework.stage.jars import delta_settings
from framework.stage.noise import silence_query_logger, without_noise
from framework.stage.s3jars import s3_settings
from framework.stage.settings import DELTA_EXTENSION, MEANING_AT_START
from framework.stage.workers import require_workers

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_JAVA = range(17, 22)
"""Versions of Java that Spark 4.0 runs on; scripts/java.sh says the same before anything is installed."""

_HADOOP = "spark.hadoop."
_KEYS = (".access.key", ".secret.key", ".session.token")
_EXTENSIONS = "spark.sql.extensions"
_JAVA_OPTIONS = "spark.driver.extraJavaOptions"
_QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def open_session(name: str, *, spark: Mapping[str, str]) -> "SparkSession":
    """The session in which jobs run, with `spark` settings (see `settings.build_settings`).

    An active session, or the driver that spark-submit made, is used as it is; settings of
    meaning are enforced on it. Otherwise a local Spark is started (`spark.master`, default
    `local[*]`), with Delta's jars.

    Raises `MisconfiguredError`: no Java, no Delta jars to be had, a session whose settings of
    meaning cannot be changed, executors of a cluster with another Python.
    """
    from pyspark.sql import SparkSession

    silence_query_logger()
    active = _running_session()
    if active is not None:
        _enforce(active, spark)
        return active
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        settings = {**spark, **MEANING_AT_START}
    else:
        _prepare_process()
        settings = local_settings(spark, s3=_has_s3(spark))
        require_java()
    keys = {key: value for key, value in settings.items() if _is_key(key)}
    builder: SparkSession.Builder = SparkSession.builder
    for key, value in {"spark.app.name": name, **settings}.items():
        if key not in keys:
            builder = builder.config(key, value)
    with without_noise():
        session = _start(builder, settings)
    _hand_over(session, keys)
    _enforce(session, spark)
    require_workers(session)
    return session


def _is_key(setting: str) -> bool:
    """Whether a setting is an access key of a bucket."""
    return setting.startswith(S3A_BUCKETS) and setting.endswith(_KEYS)


def _hand_over(session: "SparkSession", keys: Mapping[str, str]) -> None:
    """Give Hadoop the access keys once Spark runs.

    PySpark starts the JVM with every setting on its command line, which everybody on the machine may
    read; what Spark knows besides is in its event log, its pages, and the files of YARN's staging.
    """
    if keys and getattr(session, "_jvm", None) is not None:
        hadoop = session.sparkContext._jsc.hadoopConfiguration()  # noqa: SLF001 - PySpark has no other way
        for key, value in keys.items():
            hadoop.set(key.removeprefix(_HADOOP), value)


def describe_jobs(session: "SparkSession", text: str) -> None:
    """What Spark's own pages say of the jobs that this thread starts from now on."""
    if getattr(session, "_jvm", None) is not None:  # Spark Connect has no such thing
        session.sparkContext.setJobDescription(text)


def _running_session() -> "SparkSession | None":
    """The active session of this thread, else the default one, which all threads share."""
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    try:
        return SparkSession.active()
    except PySparkRuntimeError:  # there is none
        return None


def branch_session(session: "SparkSession", *, pool: str) -> "SparkSession":
    """Another session of the same Spark for the calling thread: its own temporary views and settings.

    Its jobs are of the fair scheduler's `pool` (Spark, "Job Scheduling"); with PySpark's pinned
    threads, its default, that holds for this thread alone. Raises `MisconfiguredError` through
    Spark Connect, where a server answers for all of this.
    """
    if getattr(session, "_jvm", None) is None:
        raise MisconfiguredError(
            "--parallel needs a Spark of this process, and this one is reached through Spark Connect",
            hint="Leave --parallel out.",
        )
    branch = session.newSession()
    _enforce(branch, {})
    session.sparkContext.setLocalProperty("spark.scheduler.pool", pool)
    return branch


def local_settings(spark: Mapping[str, str], *, s3: bool) -> dict[str, str]:
    """Spark settings with which a session of ours starts a local Spark; those in `spark` win.

    `s3`: with the jars for `s3a://`.

    `scripts/local_settings.py` hands them to spark-submit, so that both ways start the same Spark.
    """
    defaults = {
        "spark.master": "local[*]",
        "spark.driver.memory": _driver_memory(),
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": str(max(2, os.cpu_count() or 2)),
        "spark.databricks.delta.snapshotPartitions": "2",
    }
    jars = s3_settings() if s3 else delta_settings()
    settings = {**defaults, **MEANING_AT_START, **jars, **spark}
    log4j = f'"-Dlog4j2.configurationFile={files("framework.stage") / "log4j2.properties"}"'
    settings[_JAVA_OPTIONS] = f"{_QUICK_START} {log4j} {spark.get(_JAVA_OPTIONS, '')}".strip()
    return settings


def _has_s3(spark: Mapping[str, str]) -> bool:
    """Whether a store is on S3: `Location.spark_settings` then has something to say of its bucket."""
    return any(key.startswith(S3A_BUCKETS) for key in spark)


def _prepare_process() -> None:
    # Workers must be this Python, and nothing may listen on an outside address.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("SPARK_LAUNCHER_OPTS", _QUICK_START)
    if keys := os.environ.get("AWS_SHARED_CREDENTIALS_FILE"):
        # By this name Spark 3.5's SDK looks for it (AWS SDK for Java 1.x, AwsProfileFileLocationProvider).
        os.environ.setdefault("AWS_CREDENTIAL_PROFILES_FILE", keys)


def _driver_memory() -> str:
    gibibytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return f"{min(4, max(1, gibibytes // 2))}g"


def require_java() -> None:
    """Raise `MisconfiguredError` when there is no Java, or one that Spark does not run on."""
    home = os.environ.get("JAVA_HOME")
    java = f"{home}/bin/java" if home else shutil.which("java")
    hint = f"Install Java {_JAVA.start} or {_JAVA.stop - 1} and set JAVA_HOME or PATH."
    if java is None or shutil.which(java) is None:
        raise MisconfiguredError("Spark needs Java, and there is none", where=home or "PATH", hint=hint)
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    version = re.search(r'version "(?:1\.)?(\d+)', told)
    if version is None:
        raise MisconfiguredError("this does not start a Java", where=java, hint=hint)
    if int(version[1]) not in _JAVA:
        runs = f"Spark 4.0 runs on {_JAVA.start} to {_JAVA.stop - 1}"
        raise MisconfiguredError(f"this is Java {version[1]}; {runs}", where=java, hint=hint)


def _start(builder: "SparkSession.Builder", settings: Mapping[str, str]) -> "SparkSession":
    from pyspark.errors import PySparkRuntimeError

    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as error:
        packages = settings.get("spark.jars.packages")
        if packages is None:
            raise MisconfiguredError(
                "Spark's JVM ended before it was ready",
                hint="Its own words are above; java -version and the driver's memory are the usual causes.",
            ) from error
        raise MisconfiguredError(
            f"Spark did not start with {packages}",
            hint="Without a network, put Delta's jars into "
            f"{settings['spark.jars.ivy']}/jars, or give them by spark.jars.",
        ) from error


def _enforce(session: "SparkSession", spark: Mapping[str, str]) -> None:
    from pyspark.errors import PySparkException

    faults = []
    for key, value in MEANING.items():
        found = session.conf.get(key, None)
        if found is not None and found.casefold() == value.casefold():
            continue
        try:
            session.conf.set(key, value)
        except PySparkException:
            faults.append(
                Fault(what=f"{key} is {found} and cannot be changed", hint=f"Start Spark with {key}={value}.")
            )
    if DELTA_EXTENSION in spark.get(_EXTENSIONS, "") and not _has_delta(session):
        faults.append(
            Fault(
                what="the Spark session was made without Delta",
                hint=f"Start Spark with {_EXTENSIONS}={DELTA_EXTENSION} and Delta's jars.",
            )
        )
    if faults:
        raise MisconfiguredError(faults)


def _has_delta(session: "SparkSession") -> bool:
    """Whether Delta's extension is asked for and its class is there: Spark only warns if it is not."""
    from py4j.protocol import Py4JJavaError

    if DELTA_EXTENSION not in (session.conf.get(_EXTENSIONS, "") or ""):
        return False
    jvm = getattr(session, "_jvm", None)  # none through Spark Connect: there the server answers for it
    if jvm is None:
        return True
    try:
        jvm.java.lang.Thread.currentThread().getContextClassLoader().loadClass(DELTA_EXTENSION)
    except Py4JJavaError:
        return False
    return True
