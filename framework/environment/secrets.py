"""Secrets: references in the configuration, values that never print."""

from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import NoReturn

from framework.environment.redaction import MASK, remember


class Secret:
    """A secret's value, fetched at first use. `str`, `repr` and `format` give `***`.

    It cannot be pickled, so that it does not travel inside a closure to a file or another
    machine unseen: reveal it in the driver and pass on what is needed.
    """

    __slots__ = ("_fetch", "_lock", "_value", "reference")

    def __init__(self, reference: str, fetch: Callable[[], str]) -> None:
        self.reference = reference
        self._fetch = fetch
        self._lock = Lock()
        self._value: str | None = None

    def reveal(self) -> str:
        """The value itself.

        Raises `MisconfiguredError` when it cannot be had, `RetryError` when the service that
        keeps it does not answer.
        """
        with self._lock:
            if self._value is None:
                value = self._fetch()
                remember(value)
                self._value = value
            return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        """Secrets are compared by their references: comparing never fetches."""
        return isinstance(other, Secret) and self.reference == other.reference

    def __hash__(self) -> int:
        return hash(self.reference)

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "Secret":
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled: reveal it in the driver and pass on what is needed")


class RevealedOptions(Mapping[str, str]):
    """Options of a library of which some are secrets: each is revealed when it is looked up."""

    def __init__(self, options: Mapping[str, str | Secret]) -> None:
        self._options = dict(options)

    def __getitem__(self, key: str) -> str:
        value = self._options[key]
        return value.reveal() if isinstance(value, Secret) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._options)

    def __len__(self) -> int:
        return len(self._options)

    def __contains__(self, key: object) -> bool:
        return key in self._options

    def __eq__(self, other: object) -> bool:
        """Compared without revealing anything."""
        if isinstance(other, RevealedOptions):
            return self._options == other._options
        return isinstance(other, Mapping) and self._options == dict(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr({key: str(value) for key, value in self._options.items()})
