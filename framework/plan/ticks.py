"""What the tick of a schedule asks for: `nightly@2024-01-02T02:30:00Z`, written where an interval is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from framework.contract.suggest import suggest
from framework.contract.types import Job
from framework.environment.cron import parse_cron
from framework.environment.environment import Schedule
from framework.errors import MisconfiguredError
from framework.interval import WHOLE, Interval
from framework.plan.windows import grain_of, start_of

NOW = "now"
"""The moment at which the command begins: `nightly@now`, for schedulers that do not say their tick."""


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A job's share of it are the units of the job's own grain that ended after `since` and by `until`.

    Whole-table jobs run once. Bounds are in UTC; `text` is what was written.
    """

    text: str
    since: datetime
    until: datetime

    def units(self, job: Job) -> tuple[Interval, ...]:
        """The job's units, oldest first; none before its start."""
        grain = grain_of(job)
        if grain is None:
            return (WHOLE,)
        span = Interval(start=self.since, end=self.until, grain=grain, zone=job.timezone)
        covering = span.as_grain(grain, job.timezone).units()
        ended = (unit for unit in covering if self.since < unit.end <= self.until)
        return tuple(unit for unit in ended if unit.start >= start_of(job))

    def why_empty(self, job: Job) -> str:
        """Why the job takes none, for a person."""
        return (
            f"no {job.interval} since {job.start} ended between {self.since:%FT%TZ} and {self.until:%FT%TZ}"
        )


def is_tick(text: str) -> bool:
    """Whether `text` is the tick of a schedule, not an interval."""
    return "@" in text


def parse_tick(text: str, schedules: Mapping[str, Schedule], *, now: datetime) -> Tick:
    """Read `SCHEDULE@TIME`: an ISO timestamp with its offset, or `now`.

    It reaches back to the last tick but one, so that a scheduler that is late, or that has another
    mind of the hour that clocks jump over, asks for no unit less.

    Raises `MisconfiguredError` for an unknown schedule and for what is no time.
    """
    name, _, moment = text.partition("@")
    schedule = schedules.get(name)
    if schedule is None:
        hint = suggest(name, sorted(schedules), kind="Schedules") or "Add it to schedules in configs/"
        raise MisconfiguredError(f'there is no schedule "{name}"', hint=hint)
    if schedule.cron is None:
        raise MisconfiguredError(
            f"the schedule {name} has no times of its own",
            where=text,
            hint="Its runs have the intervals of the runs that made what it waits for.",
        )
    until = now if moment == NOW else _instant(moment, text)
    ticks = list(islice(parse_cron(schedule.cron).ticks_until(until, schedule.timezone), 2))
    if not ticks:
        raise MisconfiguredError(f'the schedule {name} did not tick before "{moment}"', where=text)
    return Tick(text=text, since=ticks[-1], until=until)


def _instant(moment: str, text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(moment)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise MisconfiguredError(
            f'"{text}" names no time of a schedule', hint="Write nightly@2024-01-02T02:30:00Z or nightly@now."
        )
    return instant.astimezone(UTC)
