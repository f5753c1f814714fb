"""Whether two verdicts on the same rule and rows are the same."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from framework.checks.compiled import Judgement
from tests.gx.reference import Answer

_NEAR = 1e-9
"""Relative: both sides add up the same doubles, not always in the same order."""


def find_difference(ours: Judgement, theirs: Answer) -> str | None:
    """What differs: success, unexpected and considered rows, observed value; None when nothing does.

    What one side does not tell is not compared. That it could not be computed has to be said by both.
    """
    if theirs.raised is not None:
        return None if ours.state == "unknown" else f"GX raised {theirs.raised!r}, ours says {ours.state}"
    if ours.state == "unknown":
        return f"ours is unknown ({ours.reason}), GX says {_word(theirs)}"
    if (ours.state == "pass") != theirs.success:
        return f"ours says {ours.state} ({_told(ours)}), GX {_word(theirs)} ({_told(theirs)})"
    for name in ("unexpected", "considered"):
        mine, other = getattr(ours, name), getattr(theirs, name)
        if mine is not None and other is not None and mine != other:
            return f"{name}: ours {mine}, GX {other}"
    if (
        ours.observed is not None
        and theirs.observed is not None
        and not _same(ours.observed, theirs.observed)
    ):
        return f"observed: ours {ours.observed!r}, GX {theirs.observed!r}"
    return None


def _same(first: object, second: object) -> bool:
    mine, other = _plain(first), _plain(second)
    if isinstance(mine, list) and isinstance(other, list):
        return len(mine) == len(other) and all(map(_same, mine, other))
    if isinstance(mine, float) and isinstance(other, float):
        return (math.isnan(mine) and math.isnan(other)) or math.isclose(
            mine, other, rel_tol=_NEAR, abs_tol=1e-12
        )
    return mine == other


def _plain(value: object) -> object:
    """Numbers as floats, also where they are text; moments without their zone; quantiles by their values."""
    match value:
        case bool() | None:
            return value
        case int() | float() | Decimal():
            return float(value)
        case datetime():
            return value.replace(tzinfo=None).isoformat()
        case date():
            return value.isoformat()
        case str():
            try:
                return float(value)
            except ValueError:
                return value.removesuffix("Z").removesuffix("+00:00").replace(" ", "T")
        case Mapping() if "values" in value:
            return list(value["values"])
        case Sequence():
            return list(value)
    return value


def _word(answer: Answer) -> str:
    return "pass" if answer.success else "fail"


def _told(said: Judgement | Answer) -> str:
    return f"unexpected {said.unexpected} of {said.considered}, observed {said.observed!r}"
