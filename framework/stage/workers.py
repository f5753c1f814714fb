"""The Python of the executors, looked at before any work: on a cluster it may be another, or none."""

import re
import sys
from typing import TYPE_CHECKING

from framework.errors import MisconfiguredError
from framework.stage.sparkerror import is_spark, text_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_OTHER = re.compile(
    r"\[PYTHON_VERSION_MISMATCH\] Python in worker has different version:? \(?(\d+)(?:\.|, )(\d+)"
)
"""How a worker of Spark 3.5 and of 4 refuses to work for another Python (pyspark's `worker_util.py`)."""
_NONE = re.compile(r'java\.io\.IOException: Cannot run program "([^"\n]+)"')
_SILENT = re.compile(r"Error from python worker:\s*\n\s*(\S.*)")
"""The first line that an interpreter said which ended instead of working (Spark's `PythonWorkerFactory`)."""
_HINT = "Start the job by sparkjob submit, or let spark.pyspark.python name one that all machines have."


def require_workers(session: "SparkSession") -> None:
    """Raise `MisconfiguredError` when executors have another Python than the driver, or none that works.

    One task is run. Executors are told the driver's PYSPARK_PYTHON, which need not be there, and Spark
    itself says so only where the first function in Python is called, deep in somebody's job. The workers
    of a local Spark are this very Python, and are not asked.
    """
    if getattr(session, "_jvm", None) is None:  # Spark Connect, where a server answers for its workers
        return
    context = session.sparkContext
    if re.fullmatch(r"local(\[.*\])?", context.master or ""):
        return
    try:
        context.parallelize([0], 1).map(lambda number: number).collect()
    except Exception as error:
        what = fault_of(text_of(error)) if is_spark(error) else None
        if what is None:
            raise
        raise MisconfiguredError(what, where=f"Spark at {context.master}", hint=_HINT) from error


def fault_of(told: str) -> str | None:
    """What is wrong with the executors' Python, by the text with which Spark gave up."""
    other = _OTHER.search(told)
    if other is not None:
        own = f"{sys.version_info.major}.{sys.version_info.minor}"
        return f"the executors' Python is {other[1]}.{other[2]}, and the driver's is {own}"
    none = _NONE.search(told)
    if none is not None:
        return f"the executors have no Python at {none[1]}"
    silent = _SILENT.search(told)
    return None if silent is None else f"the executors' Python does not start: {silent[1]}"
