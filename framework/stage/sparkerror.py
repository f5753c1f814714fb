"""What an error of Spark says about itself, without the rows that its text may hold."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast

_DEPTH = 20
"""Causes of a JVM exception that are followed."""

_AWAY = frozenset(
    {
        "java.net.SocketException",  # with ConnectException and NoRouteToHostException
        "java.net.SocketTimeoutException",
        "java.nio.channels.ClosedChannelException",
        "org.apache.hadoop.fs.s3a.AWSClientIOException",
        "org.apache.hadoop.fs.s3a.AWSServiceThrottledException",
        "org.apache.hadoop.fs.s3a.AWSStatus500Exception",
        "org.apache.spark.rpc.RpcEnvStoppedException",
        "org.apache.spark.rpc.RpcTimeoutException",
        "org.apache.spark.shuffle.FetchFailedException",
        "org.apache.spark.shuffle.MetadataFetchFailedException",
    }
)
"""Classes of JVM exceptions, or of their parents, for connections, stores and executors that went away."""

_AWAY_TEXTS = _AWAY | {
    "ExecutorLostFailure",
    "FetchFailed",
    "java.net.ConnectException",
    "java.net.NoRouteToHostException",
    "org.apache.hadoop.net.ConnectTimeoutException",
    "org.apache.http.conn.HttpHostConnectException",
}
"""The same where Spark gives a task's failure as text, which tells no parents."""

_REFUSED = {
    "java.nio.file.AccessDeniedException": "permission denied",
    "org.apache.hadoop.security.AccessControlException": "permission denied",
    "org.apache.hadoop.fs.s3a.UnknownStoreException": "the bucket does not exist",
    "org.apache.hadoop.fs.s3a.auth.NoAuthWithAWSException": "no AWS credentials were found",
}
"""Classes of JVM exceptions by which a store refuses, and what `environment.objects` says of the same."""
RIGHTS = "Give this user or role the rights to the stores, or correct their uris in configs/."
"""The hint for it."""

_STORE = re.compile(r"\.(AmazonS3Exception|S3Exception)$")
_STORE_AWAY = re.compile(r"Status Code: 50[03]\b|\bSlowDown\b|\bInternalError\b")
_IO_AWAY = re.compile(r"(Connection reset by peer|Broken pipe)\b")
_STOPPED = re.compile(
    r"(Job|Stage)( \d+)? cancelled because SparkContext was shut down"
    r"|Cannot call methods on a stopped SparkContext"
)
_TASK = re.compile(
    r"Job aborted due to stage failure: [^\n]{0,200}?most recent failure: Lost task \S+ in stage \S+ "
    r"\(TID \d+\) \([^)\n]*\): ([\w.$]+)(?:: \[([A-Z][A-Z0-9_.]*)\])?"
)
_STAGE = re.compile(r"Job aborted due to stage failure: [^\n]{0,300}?Most recent failure reason:\s*([\w.$]+)")
_DRIVERS = frozenset({"org.apache.spark.SparkException", "java.lang.IllegalStateException"})
_WRAPPERS = frozenset({"TASK_WRITE_FAILED", "FAILED_EXECUTE_UDF"})


@dataclass(frozen=True, kw_only=True)
class Thrown:
    """One exception of the JVM: its class and that one's parents, its message, Spark's condition."""

    classes: tuple[str, ...]
    message: str = ""
    condition: str | None = None


def is_spark(error: BaseException) -> bool:
    """Whether Spark's Python side, or the bridge to the JVM, raised it."""
    return type(error).__module__.startswith(("pyspark", "py4j"))


def is_lost(error: BaseException) -> bool:
    """Whether Spark, an executor or a store went away, so that the same run may succeed later.

    Decided by classes of exceptions and by what Spark itself says, never by words of a row, of the
    user's code or of a Python worker's traceback.
    """
    if not is_spark(error):
        return False
    if _lost_the_jvm(error):
        return True
    return any(is_away(thrown) for thrown in thrown_by(error))


def is_away(thrown: Thrown) -> bool:
    """Whether this exception of the JVM tells of something that went away."""
    if _AWAY.intersection(thrown.classes):
        return True
    name, message = thrown.classes[0], thrown.message
    if _STORE.search(name):
        return _STORE_AWAY.search(message) is not None
    if name == "java.io.IOException":
        return _IO_AWAY.match(message) is not None
    if not _DRIVERS.intersection(thrown.classes):
        return False
    # The exception of a task comes as text when its class is not on the driver.
    found = _TASK.match(message) or _STAGE.match(message)
    return _STOPPED.match(message) is not None or (found is not None and found[1] in _AWAY_TEXTS)


def refused_by_store(error: BaseException) -> str | None:
    """Why a store refused Spark: rights, keys or a bucket, which a person must change; else None.

    Decided by classes of exceptions alone, like `is_lost`.
    """
    if not is_spark(error):
        return None
    for thrown in reversed(thrown_by(error)):  # the cause says more
        found = _TASK.match(thrown.message) if _DRIVERS.intersection(thrown.classes) else None
        names = (*thrown.classes, *(() if found is None else (found[1],)))
        said = next((_REFUSED[name] for name in names if name in _REFUSED), None)
        if said is not None:
            return said
    return None


def condition_of(error: BaseException) -> str | None:
    """Spark's name for what went wrong (`CAST_INVALID_INPUT`), of the innermost cause that has one."""
    conditions = [thrown.condition for thrown in thrown_by(error) if thrown.condition]
    if not conditions:
        return _condition(error)
    telling = [condition for condition in conditions if condition not in _WRAPPERS]
    return (telling or conditions)[-1]


def text_of(error: BaseException) -> str:
    """The error's text; empty when the JVM that keeps it is gone."""
    try:
        return str(error).strip()
    except Exception:  # noqa: BLE001  # whatever Py4J raises then
        return ""


def thrown_by(error: BaseException) -> tuple[Thrown, ...]:
    """The JVM's exceptions behind `error`, each followed by its cause; empty when there are none."""
    java = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    try:
        return tuple(_chain(cast("_Throwable", java))) if java is not None else ()
    except Exception:  # noqa: BLE001  # the JVM is gone, see is_lost
        return ()


class _Class(Protocol):
    def getName(self) -> str: ...  # noqa: N802  # Java's names
    def getSuperclass(self) -> "_Class | None": ...  # noqa: N802


class _Throwable(Protocol):
    """A Java exception behind Py4J."""

    def getClass(self) -> _Class: ...  # noqa: N802
    def getCause(self) -> "_Throwable | None": ...  # noqa: N802
    def getMessage(self) -> str | None: ...  # noqa: N802


def _chain(java: "_Throwable | None") -> Iterator[Thrown]:
    for _ in range(_DEPTH):
        if java is None:
            return
        classes = tuple(_classes(java.getClass()))
        message = java.getMessage() or ""
        task = _TASK.match(message)
        yield Thrown(classes=classes, message=message, condition=_condition(java) or (task and task[2]))
        java = java.getCause()


def _classes(java: "_Class | None") -> Iterator[str]:
    while java is not None:
        name = java.getName()
        if name == "java.lang.Exception":
            return
        yield name
        java = java.getSuperclass()


def _condition(of: object) -> str | None:
    """By `getCondition` of Spark 4, or the `getErrorClass` of 3.5 that 4 warns about."""
    for method in ("getCondition", "getErrorClass"):
        try:
            found = getattr(of, method)()
        except Exception:  # noqa: BLE001, S112  # Py4J tells only by the call that there is no such method
            continue
        return found if isinstance(found, str) else None
    return None


def _lost_the_jvm(error: BaseException) -> bool:
    """Py4J could not reach the JVM, or got no answer.

    An answer that says what is wrong with a call (`… does not exist`, `Trace:`) is a Py4JError too.
    """
    from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError

    if isinstance(error, Py4JNetworkError):
        return True
    if not isinstance(error, Py4JError) or isinstance(error, Py4JJavaError):
        return _jvm_has_ended()
    said = str(error)
    silent = said.startswith("An error occurred while calling") and "Trace:" not in said
    return silent or _jvm_has_ended()


def _jvm_has_ended() -> bool:
    """Whether the JVM that PySpark started is no more. Under spark-submit it is our parent."""
    context = getattr(sys.modules.get("pyspark"), "SparkContext", None)
    process = getattr(getattr(context, "_gateway", None), "proc", None)
    return process is not None and process.poll() is not None
