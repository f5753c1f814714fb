"""Which programs are here: Python, Spark, Delta, Java, and the libraries beside the project's lock."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from framework.doctor.finding import FAULT, WARNING, Finding, State, findings_of, good
from framework.errors import MisconfiguredError
from framework.stage.jars import DELTA_OF_SPARK
from framework.stage.session import require_java
from framework.version import __version__

_PYTHON = ((3, 11), (3, 13))
"""Oldest and newest Python that Spark's lines and the tests run on (docs/versions.md)."""

_CORE = re.compile(r"spark-core_[\d.]+-(\d+\.\d+\.\d+[^/]*)\.jar")
_PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)")
_SHOWN = 5


def examine_versions(root: Path) -> Iterator[Finding]:
    """`root`: the project's folder, whose `requirements/` may hold a lock."""
    yield from _python()
    spark = _installed("pyspark")
    yield from _spark(spark)
    if spark is not None:
        try:
            require_java()
        except MisconfiguredError as error:
            yield from findings_of(error, "Java")
        else:
            yield good("Java", "one that Spark runs on")
    yield from _lock(root, spark)


def _python() -> Iterator[Finding]:
    oldest, newest = _PYTHON
    found = sys.version_info[:2]
    told = f"{sys.version.split()[0]}, sparkjob {__version__}"
    if oldest <= found <= newest:
        yield good("Python", told)
        return
    wanted = f"{_dotted(oldest)} to {_dotted(newest)}"
    state: State = FAULT if found < oldest else WARNING
    yield Finding(
        state=state, about="Python", what=f"{told}: jobs were run on {wanted}", hint=f"Use Python {wanted}."
    )


def _spark(spark: str | None) -> Iterator[Finding]:
    home = os.environ.get("SPARK_HOME")
    of_home = None if home is None else _version_at(Path(home))
    if spark is None and of_home is None:
        hint = 'pip install "sparkjob[spark]", or set SPARK_HOME.'
        what = "not installed: nothing can be run here, only looked at"
        yield Finding(state=WARNING, about="Spark", what=what, hint=hint)
        return
    told = of_home or spark or ""
    wanted = DELTA_OF_SPARK.get(_line(told))
    if wanted is None:
        lines = ", ".join(_dotted(each) for each in DELTA_OF_SPARK)
        what = f"{told} is none of the lines that jobs were run on: {lines}"
        yield Finding(state=FAULT, about="Spark", what=what, hint="docs/versions.md says which go together.")
        return
    yield good("Spark", told if of_home is None else f"{told}, of SPARK_HOME {home}")
    if of_home is not None and spark is not None and _line(of_home) != _line(spark):
        what = f"pyspark {spark} is installed, and SPARK_HOME has {of_home}"
        hint = f"Install pyspark {_dotted(_line(of_home))}.*, or unset SPARK_HOME."
        yield Finding(state=FAULT, about="Spark", what=what, hint=hint)
    delta = _installed("delta-spark")
    if delta is not None and (_line(delta) < (4, 0)) is not (_line(wanted) < (4, 0)):
        what = f"delta-spark {delta} is not for Spark {told}"
        yield Finding(state=WARNING, about="Delta", what=what, hint=f"Install delta-spark {wanted}.")
    elif delta is not None:
        yield good("Delta", f"delta-spark {delta}, deltalake {version('deltalake')}")


def _lock(root: Path, spark: str | None) -> Iterator[Finding]:
    """What is installed is compared with the smallest lock of the project for this Spark."""
    locks = [(path, parse_lock(path.read_text("utf-8"))) for path in root.glob("requirements/*.txt")]
    fitting = [(len(pins), path, pins) for path, pins in locks if spark in pins.get("pyspark", ())]
    if not fitting:
        return
    _, path, pins = min(fitting)
    there = {name: _installed(name) for name in pins}
    other = [
        f"{name} {found} (locked: {' or '.join(sorted(pins[name]))})"
        for name, found in sorted(there.items())
        if found is not None and found not in pins[name]
    ]
    about = f"lock {path.relative_to(root)}"
    if not other:
        yield good(about, f"{sum(found is not None for found in there.values())} libraries are as locked")
        return
    more = "" if len(other) <= _SHOWN else f" and {len(other) - _SHOWN} more"
    yield Finding(
        state=WARNING,
        about=about,
        what=f"installed otherwise: {', '.join(other[:_SHOWN])}{more}",
        hint=f"Make the environment anew from {path.relative_to(root)}.",
    )


def parse_lock(text: str) -> Mapping[str, frozenset[str]]:
    """The versions of each library that a lock names: one, or one for each of several Pythons."""
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        if pinned := _PIN.match(line):
            found.setdefault(pinned[1].lower(), set()).add(pinned[2])
    return {name: frozenset(versions) for name, versions in found.items()}


def _installed(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _version_at(home: Path) -> str | None:
    named = (_CORE.search(jar.name) for jar in home.glob("jars/spark-core_*.jar"))
    return next((each[1] for each in named if each is not None), None)


def _line(text: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _dotted(line: tuple[int, int]) -> str:
    return f"{line[0]}.{line[1]}"
