"""How far an input reaches: `"7 days"`, `"previous"` or `"all"`."""

import re
from datetime import timedelta
from typing import Literal

Window = timedelta | Literal["previous", "all"]

HINT = 'Write "1 day", "7 days", "36 hours", "2 weeks", "previous" or "all".'
REACH_HINT = 'Write "1 day", "7 days", "36 hours" or "2 weeks".'
_REACH = re.compile(r"([1-9]\d{0,4}) (hour|day|week)s?")


def is_reach(value: object) -> bool:
    """Whether it is the text of a stretch of time, like `"7 days"`."""
    return isinstance(value, str) and _REACH.fullmatch(value) is not None


def parse_window(text: str) -> Window:
    """The reach before the interval's start, or the two words. Raises ValueError for other text."""
    if text == "previous":
        return "previous"
    if text == "all":
        return "all"
    match = _REACH.fullmatch(text)
    if match is None:
        raise ValueError(f'"{text}" is no window')
    return timedelta(**{f"{match[2]}s": int(match[1])})
