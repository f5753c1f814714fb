"""Names and `*` patterns of datasets and jobs, in the order in which they apply."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

PATTERN = r"[A-Za-z0-9_.*-]+"
"""What a pattern may be made of: a name's characters and `*`, which stands for any text."""


def matching(patterns: Iterable[str], name: str) -> list[str]:
    """Those of `patterns` that match `name`, from general to specific, the exact name last.

    The more characters a pattern fixes, the more specific it is; of equal ones the later counts
    as the more specific.
    """
    found = [pattern for pattern in patterns if fnmatchcase(name, pattern)]
    return sorted(found, key=lambda pattern: ("*" not in pattern, len(pattern.replace("*", ""))))
