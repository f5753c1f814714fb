"""Delta's jars for a pip-installed Spark: resolved once, then handed over as files."""

import os
import re
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from framework.errors import MisconfiguredError

IVY = Path("share", "sparkjob", "ivy")
"""Below `sys.prefix`: where Ivy resolves to, so that an environment is removed with its jars."""

_DELTA_OF_SPARK_35 = "3.3.3"


def delta_settings() -> Mapping[str, str]:
    """Spark settings that bring Delta's jars to a Spark that this process starts.

    Empty when the platform's own Spark is to bring them (`SPARK_HOME` is not the installed pyspark).

    Raises `MisconfiguredError` when it is not known which version of Delta is wanted.
    """
    if not is_pip_spark():
        return {}
    ivy = Path(sys.prefix) / IVY
    resolved = sorted((ivy / "jars").glob("*.jar"))
    if any("delta-spark" in jar.name for jar in resolved):
        return {"spark.jars": ",".join(str(jar) for jar in resolved)}
    return {
        "spark.jars.packages": delta_coordinates(_installed("pyspark"), _installed("delta-spark")),
        "spark.jars.ivy": str(ivy),
    }


def delta_coordinates(pyspark: str, delta: str) -> str:
    """Maven coordinates of Delta for these versions of the pyspark and delta-spark distributions.

    Up to Delta 4.0 the artifact is named by Scala alone, later also by Spark's line
    (https://docs.delta.io/releases/, facts.md).
    """
    spark_line, delta_line = _line(pyspark), _line(delta)
    if spark_line == (3, 5):
        return f"io.delta:delta-spark_2.12:{delta if delta_line == (3, 3) else _DELTA_OF_SPARK_35}"
    if not delta:
        raise MisconfiguredError(
            "delta-spark is not installed, so Delta's version for this Spark is not known",
            hint="pip install delta-spark, or give spark-submit --packages io.delta:…",
        )
    if delta_line <= (4, 0):
        return f"io.delta:delta-spark_2.13:{delta}"
    return f"io.delta:delta-spark_{spark_line[0]}.{spark_line[1]}_2.13:{delta}"


def is_pip_spark() -> bool:
    """Whether Spark would be started from the pyspark package of this Python."""
    home = os.environ.get("SPARK_HOME")
    if not home:
        return True
    import pyspark

    return Path(home).resolve() == Path(pyspark.__file__).resolve().parent


def _installed(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        if distribution == "delta-spark":
            return ""
        import pyspark

        return str(pyspark.__version__)


def _line(text: str) -> tuple[int, int]:
    match = re.match(r"(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else (0, 0)
