"""Errors of the user's code, shown as the user wrote it: no frame of ours, no row of the data."""

import re
import traceback
from collections.abc import Iterator
from pathlib import Path

from framework.errors import FailedError, Fault
from framework.stage.sparkerror import condition_of, is_spark, text_of

_FRAMES = 5
_LONGEST = 400
_OWN = Path(__file__).parents[1]
_LIBRARIES = ("/pyspark/", "/py4j/", "/importlib/", "/runpy.py")
_CALLED_FROM = re.compile(r"was called from\s+(\S+:\d+)")
_WORKER_FRAME = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')
_WORKER_ERROR = re.compile(r"^(\w+(?:\.\w+)*(?:Error|Exception|Exit|Warning|Interrupt))\b", re.MULTILINE)


class UserCodeError(FailedError):
    """The job's function, its SQL or the plan that it made raised `original` (70)."""

    def __init__(self, job: str, original: BaseException, root: Path | None = None) -> None:
        self.job = job
        self.original = original
        self.root = root
        super().__init__(Fault(what=render_user_frames(self), where=job, hint=_hint(original)))


def render_user_frames(error: UserCodeError) -> str:
    """What was raised, and where in the user's files: `ValueError: text (jobs/a.py:14 in clean)`.

    The innermost of at most five frames comes last. Messages that Spark makes of rows are left
    out: then the error's condition or type stands for it.
    """
    original = error.original
    places = [*_frames(original), *_spark_places(original)]
    shown = [_relative(place, error.root) for place in dict.fromkeys(places)][-_FRAMES:]
    what = render_error(original)
    return f"{what} ({' > '.join(shown)})" if shown else what


def _hint(original: BaseException) -> str | None:
    if isinstance(original, SystemExit):
        return "A job ends by returning its frames, or by raising an error."
    if _may_hold_rows(original):
        return "Its text may hold rows and is not shown; a test of the function on a few rows finds them."
    return None


def _may_hold_rows(original: BaseException) -> bool:
    """Whether rows were looked at before it was raised, by Spark or on the way to it.

    `createDataFrame` names the value that has the wrong type: `PySparkTypeError`, or pyarrow's error.
    """
    if type(original).__name__ in ("AnalysisException", "ParseException"):
        return False
    return is_spark(original) or type(original).__module__.startswith("pyarrow")


def render_error(original: BaseException) -> str:
    """What was raised, in a line that holds no row: type and text, or type and Spark's condition."""
    name, text = type(original).__name__, text_of(original)
    if not _may_hold_rows(original):
        if not is_spark(original):
            return f"{name}: {_one_line(text)}" if text else name
        # The unresolved plan behind the first line helps nobody.
        return f"{name}: {text.partition(chr(10))[0]}"
    if is_spark(original) and "Traceback (most recent call last)" in text:
        raised = _WORKER_ERROR.findall(text.partition("Traceback (most recent call last)")[2])
        return f"{raised[0]} in a Python worker" if raised else f"{name} in a Python worker"
    condition = condition_of(original) if is_spark(original) else None
    return f"{name} {condition}" if condition else name


def _one_line(text: str) -> str:
    """The first line; `…` says that there was more."""
    first = text.partition("\n")[0][:_LONGEST]
    return first if first == text else f"{first} …"


def _frames(original: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(original.__traceback__):
        if frame.lineno is not None and _is_users(frame.filename):
            yield f"{frame.filename}:{frame.lineno} in {frame.name}"


def _spark_places(original: BaseException) -> Iterator[str]:
    """Places that Spark's own message names: of a column's expression, or inside a Python worker."""
    if not is_spark(original):
        return
    text = text_of(original)
    yield from _CALLED_FROM.findall(text)
    for file, line, function in _WORKER_FRAME.findall(text):
        if _is_users(file):
            yield f"{file}:{line} in {function}"


def _is_users(file: str) -> bool:
    if file.startswith("<") or any(part in file for part in _LIBRARIES):
        return False
    return not Path(file).is_relative_to(_OWN)


def _relative(place: str, root: Path | None) -> str:
    return place if root is None else place.removeprefix(f"{root}/")
