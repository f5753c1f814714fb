"""What was found of an input's version is remembered in the state store, by what it was found of.

`checked/<dataset>/<digest>.json`. An object that is lost, broken or of another shape is none: the
rules are evaluated again.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import TypeVar, cast

from framework.checks.compiled import Judgement
from framework.checks.verdict import State
from framework.contract.frozen import Json, freeze, thaw
from framework.environment.location import Location
from framework.environment.objects import put_object, read_object
from framework.errors import SparkjobError
from framework.generation import digest

Judgements = Mapping[tuple[str, str], Judgement]
"""By the interval's key and the rule's digest."""

_STATES = ("pass", "fail")
_Kind = TypeVar("_Kind", int, str)


def memory_path(dataset: str, parts: Mapping[str, str]) -> str:
    """Where judgements are kept that were made of what `parts` say: equal parts, equal place."""
    return f"checked/{dataset}/{digest((json.dumps(dict(parts), sort_keys=True),))}.json"


def load_judgements(state: Location, path: str) -> Judgements:
    """What is remembered; empty when there is nothing that can be read."""
    try:
        content = read_object(state, path)
        return {} if content is None else _parse(content)
    except (SparkjobError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def write_judgements(state: Location, path: str, judgements: Judgements) -> None:
    """Remember these, without those that are unknown. A store that is away is no error here."""
    document: dict[str, dict[str, dict[str, Json]]] = {}
    for (interval, rule), found in judgements.items():
        if found.state in _STATES:
            document.setdefault(interval, {})[rule] = {
                "state": found.state,
                "observed": thaw(found.observed),
                "unexpected": found.unexpected,
                "considered": found.considered,
                "reason": found.reason,
            }
    with suppress(SparkjobError):
        put_object(state, path, json.dumps(document).encode())


def _parse(content: bytes) -> Judgements:
    found = {}
    for interval, rules in json.loads(content).items():
        for rule, said in rules.items():
            if said["state"] not in _STATES:
                raise ValueError(said["state"])
            found[interval, rule] = Judgement(
                state=cast("State", said["state"]),
                observed=freeze(said["observed"]),
                unexpected=_one_of(int, said["unexpected"]),
                considered=_one_of(int, said["considered"]),
                reason=_one_of(str, said["reason"]),
            )
    return found


def _one_of(kind: type[_Kind], value: object) -> _Kind | None:
    if value is not None and not isinstance(value, kind):
        raise ValueError(f"{type(value).__name__} is no {kind.__name__}")  # of a document
    return value
