"""SIGKILL of the driver at each step and inside of steps: nothing lost, nothing doubled, no mix seen."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.case import Case
from tests.faults.processes import Driver, Plain, Resident
from tests.faults.world import BAD, GOOD
from tests.support.exhaustive import mark_all_but
from tests.support.project import SmallProject

EVENTS = ["planned", "staged", "audited", "intent", f"published {GOOD}", f"published {BAD}", "recorded"]


def _appears(project: SmallProject, pattern: str) -> Callable[[], bool]:
    """Whether a file of this pattern below the data is there that is not there now."""
    data = project.root / ".data"
    before = set(data.glob(pattern))
    return lambda: any(path not in before for path in data.glob(pattern))


MOMENTS = {
    "first staged file": ("planned", f"{GOOD}/data/*/*"),
    "second output staged": ("planned", f"{BAD}/data/*/_SUCCESS"),
    "first commit": ("audited", f"{GOOD}/_delta_log/*.json"),
}
"""What an outside observer can see between two events, in the order in which it comes: an event
after which to look, and the files. Every moment of publishing: `publishers/test_runs.py`."""
CASES = [
    *((event, True) for event in EVENTS),
    *((event, False) for event in ("planned", "intent", f"published {GOOD}")),
]
OFTEN = [("staged", True), ("intent", True), (f"published {GOOD}", True), ("intent", False)]


@pytest.mark.parametrize(
    ("event", "earlier"),
    mark_all_but(OFTEN, CASES),
    ids=[f"{event}-{'later' if earlier else 'first'}" for event, earlier in CASES],
)
def test_killed_at_an_event_and_run_again_equals_one_clean_run(
    tmp_path: Path, resident: Resident, plain: Plain, event: str, earlier: bool
) -> None:
    """Promises 1 to 3: killed -9 with its JVM at any step, then run again: the rows of one clean run."""
    case = Case(tmp_path, resident, plain, earlier=earlier)
    with Driver(case.project, "run", "split", hold=event) as driver:
        driver.kill()
        assert driver.end().code == -signal.SIGKILL
        case.run_again_and_check()


@pytest.mark.parametrize("moment", mark_all_but(["first commit"], MOMENTS))
def test_killed_inside_a_step_and_run_again_equals_one_clean_run(
    tmp_path: Path, resident: Resident, plain: Plain, moment: str
) -> None:
    """Promises 1 to 3: the same for kills inside of steps, when something new appears on the disk.

    Only the Python driver is killed; its JVM, with tasks that write, outlives it for a moment.
    """
    case = Case(tmp_path, resident, plain, earlier=True)
    event, pattern = MOMENTS[moment]
    seen = _appears(case.project, pattern)
    with Driver(case.project, "run", "split") as driver:
        driver.until_said(event)
        driver.until(seen)
        os.kill(driver.process.pid, signal.SIGKILL)
        case.run_again_and_check()


def test_killed_between_creating_two_tables(tmp_path: Path, resident: Resident, plain: Plain) -> None:
    """Promise 3: a first run that dies when one of its tables was created is no obstacle for the next."""
    case = Case(tmp_path, resident, plain, earlier=False)
    created = _appears(case.project, f"{GOOD}/_delta_log/*.json")
    with Driver(case.project, "run", "split") as driver:
        driver.until(created)
        driver.kill()
        case.run_again_and_check()
