"""(project, environment, request, what is published) → Plan. Equal arguments, equal Plan."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from framework.contract.quarantine import published_outputs
from framework.contract.types import Job
from framework.environment.commands import for_interval, in_environment
from framework.environment.environment import Environment
from framework.generation import Published, Unreadable
from framework.interval import Interval
from framework.outcome import Outcome, worst
from framework.plan.fingerprints import build_fingerprint
from framework.plan.foreign import find_foreign
from framework.plan.inputs import Missing, find_missing, read_of, render_missing
from framework.plan.reasons import find_reasons, is_settled
from framework.plan.steps import Blocked, Build, Plan, Reason, Request, Step, Target, Unchanged
from framework.plan.stretches import Stretches
from framework.plan.windows import span_of, window_of
from framework.project.project import Project


def build_plan(
    project: Project,
    environment: Environment,
    request: Request,
    published: Published,
    *,
    unfinished: Mapping[str, Sequence[Interval]] | None = None,
) -> Plan:
    """The steps of `request`, in dependency order; a job's by time.

    `unfinished`: intervals by job that this run has tried in vain; what reads them is blocked.

    A job whose inputs this very plan will make waits for them: it is planned again, by the same
    function, once they are there, and may turn out unchanged.
    """
    tried = {name: Stretches(intervals) for name, intervals in (unfinished or {}).items()}
    planner = _Planner(project, environment, request, published, blocked=tried)
    steps: list[Step] = []
    for job in project.in_order(request.intervals):
        steps += planner.steps_of(job)
    return Plan(steps=tuple(steps))


@dataclass(frozen=True)
class _Unit:
    """What is to be done about one unit interval."""

    interval: Interval
    targets: tuple[Target, ...] = ()
    reasons: tuple[Reason, ...] = ()
    waits_for: tuple[str, ...] = ()
    blocked: str | None = None
    outcome: Outcome = Outcome.BLOCKED
    hint: str | None = None

    @property
    def kind(self) -> str:
        if self.blocked:
            return f"{self.outcome} {self.blocked}"
        return f"build {self.waits_for}" if self.reasons else f"unchanged {self.held}"

    @property
    def held(self) -> dict[str, int]:
        """The generations whose rows a rollback has brought back, by dataset."""
        return {
            target.output.dataset: target.expected.restored
            for target in self.targets
            if target.expected is not None and target.expected.restored is not None
        }


@dataclass
class _Planner:
    project: Project
    environment: Environment
    request: Request
    published: Published
    building: dict[str, Stretches] = field(default_factory=dict)
    blocked: dict[str, Stretches] = field(default_factory=dict)

    def steps_of(self, job: Job) -> Iterator[Step]:
        units = []
        for interval in self.request.intervals[job.name]:
            if not self._is_wanted(job, interval):
                continue
            units.append(self._unit(job, interval))
            self._remember(job, units[-1])
        for group in _neighbours(units, job.batch):
            intervals = tuple(unit.interval for unit in group)
            first = group[0]
            if first.blocked:
                yield Blocked(
                    job=job,
                    intervals=intervals,
                    reason=first.blocked,
                    outcome=first.outcome,
                    hint=first.hint,
                )
            elif first.reasons:
                yield self._build(job, group)
            else:
                numbers = {unit.interval: _numbers(unit.targets) for unit in group}
                yield Unchanged(job=job, intervals=intervals, generations=numbers, held=first.held)

    def _is_wanted(self, job: Job, interval: Interval) -> bool:
        if self.request.only is None:
            return True
        datasets = (output.dataset for output in published_outputs(job).values())
        missing = any((dataset, interval) not in self.published.generations for dataset in datasets)
        return missing == (self.request.only == "missing")

    def _remember(self, job: Job, unit: _Unit) -> None:
        """Later units, of a job that reads its own previous interval too, look at this one."""
        reached = self.blocked if unit.blocked else self.building if unit.reasons else None
        if reached is not None:
            reached.setdefault(job.name, Stretches()).add(unit.interval)

    def _unit(self, job: Job, interval: Interval) -> _Unit:
        stuck = self._upstream_within(job, interval, self.blocked)
        if stuck:
            return _Unit(interval, blocked=f"{', '.join(stuck)} did not finish")
        unread = self._unreadable(job)
        if unread:
            faults = [fault for each in unread for fault in each.faults]
            return _Unit(
                interval,
                blocked="; ".join(map(str, faults)),
                outcome=worst(each.outcome for each in unread),
                hint=next((fault.hint for fault in faults if fault.hint), None),
            )
        waits_for = self._upstream_within(job, interval, self.building)
        missing = [
            m
            for m in find_missing(self.project, job, interval, self.published)
            if m.producer is None or m.producer not in waits_for
        ]
        if missing:
            return _Unit(
                interval,
                blocked=render_missing(missing, interval),
                outcome=Outcome.RETRY,
                hint=self._hint(job, missing),
            )
        targets = tuple(self._targets(job, interval))
        foreign = () if self.request.force else tuple(find_foreign(targets, self.published.generations))
        if foreign:
            return _changed_by_others(job, interval, foreign, self.environment)
        reasons = find_reasons(job, targets, force=self.request.force)
        if waits_for and not reasons and all(is_settled(job, target) for target in targets):
            waits_for = ()
        if waits_for:
            changing = tuple(i.dataset for i in job.inputs.values() if self._producer(i.dataset) in waits_for)
            text = f"input changes: {', '.join(dict.fromkeys(changing))}"
            kept = tuple(r for r in reasons if r.kind not in ("inputs", "input_unknown"))
            reasons = (*kept, Reason(kind="input_will_change", text=text))
        return _Unit(interval, targets=targets, reasons=reasons, waits_for=waits_for)

    def _hint(self, job: Job, missing: Sequence[Missing]) -> str:
        if any(each.producer for each in missing):
            other = self.environment.inputs_from
            owner = "" if other is None else f"What this run does not make is read from {other.name}; "
            there = in_environment(self.environment.name)
            return f"{owner}sparkjob run +{job.name}{there} runs also what makes it."
        places = (self.environment.input(each.dataset).wanted_at for each in missing)
        return f"Nothing is at {', '.join(dict.fromkeys(places))}"

    def _unreadable(self, job: Job) -> list[Unreadable]:
        datasets = [output.dataset for output in published_outputs(job).values()]
        datasets += [declared.dataset for declared in job.inputs.values()]
        known = self.published.unreadable
        return [known[dataset] for dataset in dict.fromkeys(datasets) if dataset in known]

    def _targets(self, job: Job, interval: Interval) -> Iterator[Target]:
        for output in published_outputs(job).values():
            yield Target(
                output=output,
                binding=self.environment.binding(output.dataset),
                interval=interval,
                expected=self.published.generations.get((output.dataset, interval)),
                fingerprint=build_fingerprint(
                    self.project,
                    self.environment,
                    job,
                    output,
                    interval,
                    pins=self.published.pins,
                    parameters=self._parameters(job),
                ),
            )

    def _build(self, job: Job, group: Sequence[_Unit]) -> Build:
        intervals = tuple(unit.interval for unit in group)
        interval = span_of(intervals)
        windows = {name: window_of(self.project, declared, interval) for name, declared in job.inputs.items()}
        reasons = {r.kind: r for unit in reversed(group) for r in reversed(unit.reasons)}
        return Build(
            job=job,
            intervals=intervals,
            interval=interval,
            pins={
                name: read_of(i, interval, self.published.pins[i.dataset]) for name, i in job.inputs.items()
            },
            windows={name: window for name, window in windows.items() if window is not None},
            targets=tuple(target for unit in group for target in unit.targets),
            parameters=self._parameters(job),
            reasons=tuple(reasons.values())[::-1],
            waits_for=tuple(dict.fromkeys(name for unit in group for name in unit.waits_for)),
        )

    def _parameters(self, job: Job) -> dict[str, str | int | float | bool | None]:
        return {**job.parameters, **self.request.parameters.get(job.name, {})}

    def _producer(self, dataset: str) -> str | None:
        owner = self.project.owner_of(dataset)
        return owner.name if owner else None

    def _upstream_within(
        self, job: Job, interval: Interval, reached: dict[str, Stretches]
    ) -> tuple[str, ...]:
        """Producers of `job`'s inputs that `reached` says something of inside their windows."""
        found: dict[str, None] = {}
        for declared in job.inputs.values():
            producer = self._producer(declared.dataset)
            window = window_of(self.project, declared, interval)
            if window is not None and producer in reached and reached[producer].overlaps(window):
                found[producer] = None
        return tuple(found)


def _changed_by_others(
    job: Job, interval: Interval, targets: Sequence[Target], environment: Environment
) -> _Unit:
    named = ", ".join(dict.fromkeys(f"{t.output.dataset} (mode {t.output.mode})" for t in targets))
    asked = for_interval(interval) + in_environment(environment.name)
    return _Unit(
        interval,
        blocked=f"{named} was changed by somebody else, and new rows would be put beside that",
        outcome=Outcome.MISCONFIGURED,
        hint="RESTORE the table to before that change, or take it as it is: "
        f"sparkjob run {job.name}{asked} --force",
    )


def _numbers(targets: Sequence[Target]) -> dict[str, int]:
    return {target.output.dataset: target.expected.number for target in targets if target.expected}


def _neighbours(units: Sequence[_Unit], batch: int) -> Iterator[list[_Unit]]:
    """Runs of neighbouring units of one kind; those to build in runs of at most `batch`."""
    group: list[_Unit] = []
    for unit in units:
        full = group and group[0].reasons and not group[0].blocked and len(group) >= batch
        if group and (full or group[-1].interval.end != unit.interval.start or group[0].kind != unit.kind):
            yield group
            group = []
        group.append(unit)
    if group:
        yield group
