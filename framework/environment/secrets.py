"""Secrets: references in the configuration, values that never print."""

from collections.abc import Callable


class Secret:
    """A secret's value, fetched at first use. `str`, `repr` and `format` give `***`."""

    def __init__(self, reference: str, fetch: Callable[[], str]) -> None:
        self.reference = reference
        self._fetch = fetch

    def reveal(self) -> str:
        """The value itself. Raises `MisconfiguredError` when it cannot be had."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__
