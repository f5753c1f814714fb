"""How far an input reaches: `"7 days"`, `"previous"` or `"all"`."""

import re
from datetime import timedelta
from typing import Literal

Window = timedelta | Literal["previous", "all"]

HINT = 'Write "1 day", "7 days", "36 hours", "2 weeks", "previous" or "all".'
_REACH = re.compile(r"([1-9]\d{0,4}) (hour|day|week)s?")


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
