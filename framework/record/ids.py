"""Run ids: sortable by time, random per process."""

import os
import re
import time

from framework.errors import MisconfiguredError

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GIVEN = re.compile(r"[A-Za-z0-9_.-]{1,100}")


def new_id() -> str:
    """A ULID: 48 bits of milliseconds and 80 random bits in 26 characters (github.com/ulid/spec)."""
    number = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10))
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def check_run_id(text: str) -> str:
    """`text` if it can be a run id, that is, part of a path; raises `MisconfiguredError` otherwise."""
    if not _GIVEN.fullmatch(text) or text.strip(".") == "":
        raise MisconfiguredError(
            f'"{text}" cannot be a run id',
            hint="Use up to 100 letters, digits, dots, dashes and underscores.",
        )
    return text
