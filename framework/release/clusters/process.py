"""spark-submit of this machine as a child, which does not outlive us."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from framework.errors import MisconfiguredError


def run_spark_submit(
    words: Sequence[str],
    *,
    environment: Mapping[str, str],
    line: Callable[[str], None] | None = None,
) -> int:
    """Run `spark-submit WORDS` to the end; its exit code. With `line`, it gets each line of both streams.

    It is SPARK_HOME's, else the installed pyspark's, else that on PATH. SIGTERM is passed on.

    Raises `MisconfiguredError` when there is none, or when it cannot be started.
    """
    program, home = _find()
    found = dict(environment)
    if home is not None:
        # Without it, spark-submit asks PYSPARK_DRIVER_PYTHON where Spark is.
        found["SPARK_HOME"] = home
    piped = None if line is None else subprocess.PIPE
    try:
        process = subprocess.Popen(  # noqa: S603  # words, no shell
            [program, *words],
            env=found,
            stdin=subprocess.DEVNULL,
            stdout=piped,
            stderr=None if line is None else subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise MisconfiguredError(f"cannot be started: {error.strerror}", where=program) from None
    with process, _passing_on(process):
        try:
            for text in process.stdout or ():
                if line is not None:
                    line(text.rstrip("\n"))
            return process.wait()
        except KeyboardInterrupt:  # the terminal has sent it to the child too
            process.wait()
            raise


def _find() -> tuple[str, str | None]:
    """The program, and its SPARK_HOME where that is known."""
    home = os.environ.get("SPARK_HOME")
    spec = None if home else find_spec("pyspark")
    if spec is not None and spec.origin is not None:
        home = str(Path(spec.origin).parent)
    if home:
        return f"{home}/bin/spark-submit", home
    found = shutil.which("spark-submit")
    if found is None:
        raise MisconfiguredError("there is no spark-submit here", hint="Set SPARK_HOME, or put it on PATH.")
    return found, None


@contextmanager
def _passing_on(process: "subprocess.Popen[str]") -> Iterator[None]:
    def pass_on(number: int, frame: FrameType | None) -> None:
        del frame
        process.send_signal(number)

    earlier = signal.signal(signal.SIGTERM, pass_on)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)
