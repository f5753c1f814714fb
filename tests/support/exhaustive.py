"""Cases that are like others: `make faults` runs them, CI has no time for them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet


def mark_all_but(often: Iterable[object], cases: Iterable[object]) -> "list[ParameterSet]":
    """The parameters of a test, in their order; those that are not among `often` marked `exhaustive`."""
    kept = list(often)
    cases = list(cases)
    assert all(each in cases for each in kept), "a case that is to run often is none"
    return [
        pytest.param(
            *(each if isinstance(each, tuple) else (each,)),
            marks=() if each in kept else pytest.mark.exhaustive,
        )
        for each in cases
    ]
