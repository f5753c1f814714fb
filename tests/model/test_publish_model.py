"""The publish protocol as a model: each promise holds in all its states, each guard is needed for one."""

from pathlib import Path

import pytest

from tests.model.tlc import broken_promise, promises, switches

GUARDS = {
    "LookFirst": "NoZombie",
    "CompareGeneration": "NoZombie",
    "StrictCommit": "NoRowLostOrDoubled",
    "ReadBack": "NobodyDisowned",
    "OwnStage": "OutputsOfOneAttempt",
    "CheckStage": "NoRowLostOrDoubled",
    "Fate": "NoRowLostOrDoubled",
    "LookAtFate": "NoRowLostOrDoubled",
    "LoserStops": "OutputsOfOneAttempt",
    "SameInAll": "ExitIsTrue",
    "LookAtOthers": "ExitIsTrueOfAllAtOnce",
    "CarrierLooks": "ExitIsTrueOfAllAtOnce",
    "Intent": "OutputsOfOneAttempt",
}
"""What breaks without each."""

ASSUMPTIONS = {
    "AtomicPut": "NoRowLostOrDoubled",
    "Awake": "NoRowLostOrDoubled",
    "AtOnce": "ExitIsTrueOfAllAtOnce",
}
"""What breaks in a world that is not so; docs/promises.md says why it is."""

SECOND_LINE = {"LookOnceMore"}
"""Guards that are only needed where an assumption fails."""


def test_every_promise_holds(tmp_path: Path) -> None:
    """Two writers, paused or killed at any step and run again, new data, lost replies, and clean."""
    broken, said = broken_promise(tmp_path, off=(), invariants=promises())
    assert broken is None, said


def test_what_two_tables_cannot_share_is_all_that_a_race_between_them_breaks(tmp_path: Path) -> None:
    """Somebody comes between the look at the other outputs and the commit: all else still holds.

    Nor does any promise rest on clean's second look, as long as nobody sleeps until clean's time has come.
    """
    rest = promises() - {"ExitIsTrueOfAllAtOnce"}
    broken, said = broken_promise(tmp_path, off={"AtOnce", *SECOND_LINE}, invariants=rest)
    assert broken is None, said


@pytest.mark.parametrize(("without", "breaks"), (GUARDS | ASSUMPTIONS).items())
def test_each_guard_and_each_assumption_is_needed(tmp_path: Path, without: str, breaks: str) -> None:
    """Without it TLC finds a run of events that breaks this promise: the model can fail."""
    broken, said = broken_promise(tmp_path, off={without}, invariants={breaks})
    assert broken == breaks, said


def test_nothing_in_the_model_is_left_out_here() -> None:
    """Each of its switches is switched off by a test, and each promise is broken by one."""
    assert switches() == {*GUARDS, *ASSUMPTIONS, *SECOND_LINE}
    assert promises() == {*GUARDS.values(), *ASSUMPTIONS.values()}
