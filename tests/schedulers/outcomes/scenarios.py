"""The faults, each told once: what is done, and what must hold whoever has started the job.

A scenario returns what the launcher says of the end; all else is asserted.
"""

from collections.abc import Callable
from typing import Protocol

from tests.schedulers.outcomes.world import DAYS, HASTY, RAISES, REJECTED, World, kill, parent, until_gone

NEW, LAST = 2, 3
"""Values that are published by the first scenario, and by the last."""


class Run(Protocol):
    """One start of the job."""

    def is_alive(self) -> bool:
        """Whether the launcher is still at it."""

    def end(self) -> str:
        """Wait for the end; what the launcher says of it."""


class Launcher(Protocol):
    """Something that starts the job `split` of a world; `at_once` of them can be under way."""

    at_once: int

    def start(self, interval: str, *, env: str = "test") -> Run:
        """Start it once, without tries after the first."""

    def expire(self, run: Run) -> None:
        """Where the job's timeout is somebody else's to watch: what they do when it is over."""


def published(world: World, launcher: Launcher) -> str:
    """New data is published."""
    world.give(NEW)
    said = launcher.start(DAYS).end()
    assert world.values() == {NEW}, said
    assert world.outcomes()[-1] == "published"
    return said


def unchanged(world: World, launcher: Launcher) -> str:
    """The same again: nothing to do."""
    known = world.outcomes()
    said = launcher.start(DAYS).end()
    assert world.values() == {NEW}
    assert world.outcomes() == known, "what is current leaves no record"
    return said


def misconfigured(world: World, launcher: Launcher) -> str:
    """An interval that is none."""
    return _ends(world, launcher, NEW, None, interval="2013-13")


def failed(world: World, launcher: Launcher) -> str:
    """The job's code raises."""
    return _ends(world, launcher, RAISES, "failed")


def rejected(world: World, launcher: Launcher) -> str:
    """The data breaks an expectation."""
    return _ends(world, launcher, REJECTED, "rejected")


def retry(world: World, launcher: Launcher) -> str:
    """An input is not there yet: nothing is begun, so that there is no record."""
    return _ends(world, launcher, None, None)


def killed(world: World, launcher: Launcher) -> str:
    """SIGKILL to the JVM in the middle of the run; its driver is left alone, and lets it be."""
    world.give(LAST)
    world.hold_still()
    run = launcher.start(DAYS)
    (driver,) = world.held(1, run.is_alive)
    kill(parent(driver))
    said = run.end()
    world.release()
    until_gone(driver)
    assert world.values() == {NEW}
    return said


def timed_out(world: World, launcher: Launcher) -> str:
    """The job's time is over before it has published."""
    world.give(LAST)
    world.hold_still()
    run = launcher.start(DAYS, env=HASTY)
    launcher.expire(run)
    said = run.end()
    drivers = world.holding()
    world.release()
    for driver in drivers:
        until_gone(driver)
    assert world.values() == {NEW}
    return said


def twice(world: World, launcher: Launcher) -> str:
    """Two starts at once: both are in the middle of the run, then both want to publish."""
    known = world.outcomes()
    world.give(LAST)
    world.hold_still()
    runs = [launcher.start(DAYS) for _ in range(2)]
    world.held(launcher.at_once, lambda: sum(run.is_alive() for run in runs) >= launcher.at_once)
    world.release()
    said = [run.end() for run in runs]
    assert world.values() == {LAST}, said
    assert world.outcomes()[len(known) :].count("published") == 1, said
    return " / ".join(sorted(said))


SCENARIOS: tuple[Callable[[World, Launcher], str], ...] = (
    published,
    unchanged,
    misconfigured,
    failed,
    rejected,
    retry,
    killed,
    timed_out,
    twice,
)


def _ends(
    world: World, launcher: Launcher, value: int | None, outcome: str | None, interval: str = DAYS
) -> str:
    """A run on readings of `value` that publishes nothing and leaves a record of `outcome`, or none."""
    known = world.outcomes()
    world.give(value)
    said = launcher.start(interval).end()
    assert world.values() == {NEW}, said
    assert world.outcomes()[len(known) :] == ([] if outcome is None else [outcome]), said
    return said
