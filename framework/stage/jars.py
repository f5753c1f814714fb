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

DELTA_OF_SPARK: Mapping[tuple[int, int], str] = {
    (3, 5): "3.3.3",
    (4, 0): "4.0.1",
    (4, 1): "4.4.0",
    (4, 2): "4.4.0",
}
"""Spark's lines that jobs may run on, oldest first, and the Delta of each; a test compares the locks."""


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
        "spark.jars.packages": delta_package(),
        "spark.jars.ivy": str(ivy),
    }


def delta_package() -> str:
    """Maven coordinates of Delta for what is installed here; raises like `delta_coordinates`."""
    return delta_coordinates(installed("pyspark"), installed("delta-spark"))


def delta_coordinates(pyspark: str, delta: str = "") -> str:
    """Maven coordinates of Delta for this version of Spark.

    `delta` is the version of the installed delta-spark; `DELTA_OF_SPARK` says which is taken when
    there is none, or one that is made for another Spark. Up to Delta 4.0 the artifact is named by
    Scala alone, later also by Spark's line (https://docs.delta.io/releases/, facts.md).

    Raises `MisconfiguredError` when no Delta is known for this Spark.
    """
    spark, made_for = _line(pyspark), _line(delta)
    ours = DELTA_OF_SPARK.get(spark, "")
    if not delta or (ours and (made_for < (4, 0)) is not (spark < (4, 0))):
        delta = ours
    if not delta:
        raise MisconfiguredError(
            f"delta-spark is not installed, so Delta's version for Spark {pyspark} is not known",
            hint="pip install delta-spark, or give spark-submit --packages io.delta:…",
        )
    scala = "2.12" if spark < (4, 0) else "2.13"
    of_spark = "" if _line(delta) <= (4, 0) else f"_{spark[0]}.{spark[1]}"
    return f"io.delta:delta-spark{of_spark}_{scala}:{delta}"


def is_pip_spark() -> bool:
    """Whether Spark would be started from the pyspark package of this Python."""
    home = os.environ.get("SPARK_HOME")
    if not home:
        return True
    import pyspark

    return Path(home).resolve() == Path(pyspark.__file__).resolve().parent


def installed(distribution: str) -> str:
    """The version of a distribution; "" when there is no delta-spark."""
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
