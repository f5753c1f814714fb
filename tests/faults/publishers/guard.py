"""What a guard of publishing is."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Guard:
    """`there` in the file `path` is what guards; with `gone` in its place each of `tests` must fail.

    `also`: other passages of the file, and what to put in their place, where one guard stands twice.
    """

    name: str
    path: str
    there: str
    gone: str = ""
    also: tuple[tuple[str, str], ...] = ()
    tests: tuple[str, ...]
