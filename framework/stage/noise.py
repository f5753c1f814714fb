"""Keeps what Spark says to itself away from the terminal; its errors come through."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

_NOISE = (
    b"WARNING: Using incubator modules",
    b"Setting default log level to",
    b"To adjust logging level use",
)


@contextmanager
def without_noise() -> Iterator[None]:
    """A JVM that is started inside has a stderr of which known lines are left out, for good.

    The JVM's own warning about incubator modules, which Spark makes it use, has no switch.
    """
    sys.stderr.flush()
    terminal = os.dup(2)
    ours, theirs = os.pipe()
    os.dup2(theirs, 2)
    os.close(theirs)
    # A daemon: it ends with the JVM, which holds the other end of the pipe, or with this process.
    Thread(target=_forward, args=(ours, terminal), name="spark-stderr", daemon=True).start()
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(terminal, 2)


def _forward(source: int, target: int) -> None:
    with os.fdopen(source, "rb") as lines:
        for line in lines:
            if not line.startswith(_NOISE):
                os.write(target, line)


def silence_query_logger() -> None:
    """Spark 4 logs every error of a DataFrame call as a page of JSON, and raises it as well.

    So does Py4J with a traceback of a call that a signal, or the end of the JVM, has broken off.
    """
    logging.getLogger().addFilter(_is_not_py4j)  # it logs by the root logger, which has no other name
    try:
        from pyspark.logger import PySparkLogger
    except ImportError:  # Spark 3.5
        return
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).setLevel(logging.CRITICAL)


def _is_not_py4j(record: logging.LogRecord) -> bool:
    return Path(record.pathname).parent.name != "py4j"
