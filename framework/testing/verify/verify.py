"""Tries one job many ways, one after the other, and finds what makes its rows differ."""

import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from framework.contract.modes import written_output
from framework.contract.types import Output
from framework.errors import Fault, RetryError
from framework.outcome import Outcome, exit_code, worst
from framework.present.table import count
from framework.testing.verify.arrangement import AS_IT_IS, ORDER, PARTITIONS, Arrangement
from framework.testing.verify.blame import Blame, parse_blame
from framework.testing.verify.child import Child, step_of
from framework.testing.verify.compare import Difference, compare
from framework.testing.verify.finding import AGAIN, Finding, Shown, find, find_time
from framework.testing.verify.source import Source
from framework.testing.verify.trial import Bench, Event, Trial

ONCE = "run once"
TWINS = "two at once"
_AUDITED = "audited"
_KILLABLE = ("planned", "staged", "audited", "intent", "published", "recorded")
_FIRST, _OTHER = "first", "other"
"""Folders: of the run that others are compared with, and of the one that is compared."""
_NOTHING = Blame(columns={}, rows=frozenset())
_ARRANGED = {AGAIN: AS_IT_IS, "other partitions": PARTITIONS, "another order of rows": ORDER}


@dataclass(frozen=True, kw_only=True)
class Line:
    """What is told of one trial. `differs`: its rows are not those of the first."""

    name: str
    told: str
    differs: bool
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of it. `faults`: of the job itself, when its first run did not publish all."""

    lines: tuple[Line, ...]
    findings: tuple[Finding, ...] = ()
    notes: tuple[Fault, ...] = ()
    faults: tuple[Fault, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    @property
    def exit_code(self) -> int:
        """The job's own code when it did not publish; else 65 when something was found."""
        return exit_code(self.outcomes) or (Outcome.REJECTED.exit_code if self.findings else 0)


@dataclass
class Verification:
    """One job under trial. `command`: what another process is started with, without its folder.

    `tell`: called with the line of each trial as it ends.
    """

    bench: Bench
    command: Sequence[str]
    tell: Callable[[Line], None]
    lines: list[Line] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    differences: dict[str, dict[str, Difference]] = field(default_factory=dict)
    _begun: float = 0.0

    def run(self, *, kills: bool) -> Report:
        """Try it. `kills`: also with other processes that are killed, and two at once.

        Raises `RetryError` when an input changed meanwhile, or the process is not wanted any more.
        """
        self._begun = time.monotonic()
        first = self.bench.run(_FIRST, look=True)
        if not first.is_current or not first.outcomes:
            return Report(lines=(), faults=first.faults, outcomes=first.outcomes)
        self._line(ONCE, self._counted())
        blames = {dataset: _blame(seen.plan) for dataset, seen in first.seen.items()}
        for name, arrangement in _ARRANGED.items():
            self._arrange(name, arrangement, first, blames)
        shown = [
            Shown(
                dataset=dataset,
                by_trial=self.differences.get(dataset, {}),
                blame=blames[dataset],
                undeclared=seen.undeclared,
            )
            for dataset, seen in first.seen.items()
        ]
        source = Source(self.bench.project.root, self.bench.job)
        self.findings += find(shown, source)
        if kills:
            for step in _steps(first.events):
                self._kill(step, first)
            self._race(first)
        return Report(
            lines=tuple(self.lines),
            findings=tuple(self.findings),
            notes=tuple(find_time(shown, source)),
        )

    def _arrange(
        self, name: str, arrangement: Arrangement, first: Trial, blames: Mapping[str, Blame]
    ) -> None:
        """The same rows come in another way: what differs is kept, to be explained."""
        trial = self.bench.run(_OTHER, arrangement)
        for dataset, difference in self._look_at(name, trial, first, blames).items():
            self.differences.setdefault(dataset, {})[name] = difference

    def _kill(self, step: str, first: Trial) -> None:
        """A run in another process is killed at `step`, and the job is run again in the same place."""
        with self._child(step) as child:
            child.until_held()
        self._look_after(f"killed at {step}", self.bench.run(_OTHER), first)

    def _race(self, first: Trial) -> None:
        """Another process and this one are about to publish the same, and go on at once."""

        def wake(event: Event) -> None:
            if step_of(event) == _AUDITED:
                child.wake()

        with self._child(_AUDITED) as child:
            child.until_held()
            trial = self.bench.run(_OTHER, listener=wake)
            child.wake()
            code = child.end()
        if code not in (0, Outcome.RETRY.exit_code):
            self._find(TWINS, f"of two runs at once one ended with {code}", "Run it by itself to see why.")
        if Outcome.RETRY in trial.outcomes:  # who says so asks for another run
            trial = self.bench.run(_OTHER)
        self._look_after(TWINS, trial, first)

    def _look_after(self, name: str, trial: Trial, first: Trial) -> None:
        """After a fault all is as it was, but for what differs each time anyhow."""
        found = self._look_at(name, trial, first, {})
        if found:
            hint = "What does it write, keep or read beside its outputs and inputs?"
            self._find(name, "; ".join(_told(*each) for each in found.items()), hint)

    def _look_at(
        self, name: str, trial: Trial, first: Trial, blames: Mapping[str, Blame]
    ) -> dict[str, Difference]:
        """How the outputs of a trial differ, with its line told. Without blame: where they never did."""
        self._require_comparable(trial, first)
        found: dict[str, Difference] = {}
        if trial.is_current:
            for output in self.bench.outputs():
                known = {} if blames else self.differences.get(output.dataset, {})
                difference = self._compare(output, blames.get(output.dataset, _NOTHING), known.values())
                if difference is not None:
                    found[output.dataset] = difference
            told = "; ".join(_told(*each) for each in found.items())
            self._line(name, told or "the same rows", differs=bool(told))
        else:
            self._end_otherwise(name, trial)
        shutil.rmtree(self.bench.folder / _OTHER, ignore_errors=True)
        return found

    def _compare(self, output: Output, blame: Blame, known: Collection[Difference]) -> Difference | None:
        """How an output differs from the first run's, but for columns that are `known` to."""
        if any(any(each.alone) for each in known):
            return None
        gone = {column for each in known for column in each.columns}
        key = written_output(output).key
        first, second = (self.bench.rows(each, output).drop(*gone) for each in (_FIRST, _OTHER))
        suspected = [column for column, causes in blame.columns.items() if causes]
        return compare(first, second, key=() if gone & set(key) else key, suspected=suspected)

    def _require_comparable(self, trial: Trial, first: Trial) -> None:
        self.bench.guard.check()
        if trial.pins and trial.pins != first.pins:
            changed = sorted(
                name
                for one, other in zip(first.pins, trial.pins, strict=False)
                for name in one
                if one[name] != other.get(name)
            )
            raise RetryError(
                f"an input changed while the job was tried: {', '.join(dict.fromkeys(changed))}",
                where=self.bench.job.name,
                hint="Try again when nobody writes to it, or an interval that is closed.",
            )

    def _end_otherwise(self, name: str, trial: Trial) -> None:
        outcome = worst(trial.outcomes)
        if outcome is Outcome.RETRY:
            raise RetryError(trial.faults)
        self._line(name, outcome.value, differs=True)
        said = "; ".join(fault.what for fault in trial.faults) or "a check that its rows broke"
        self._find(name, f"{outcome.value}, though the first run was published: {said}", None)

    def _find(self, trial: str, what: str, hint: str | None) -> None:
        self.findings.append(Finding(what=f"{trial}: {what}", trials=(trial,), hint=hint))

    def _child(self, step: str) -> Child:
        folder = self.bench.folder
        return Child(self.command, folder=folder / _OTHER, step=step, log=folder / "child.log")

    def _counted(self) -> str:
        rows = {output.dataset: self.bench.rows(_FIRST, output).count() for output in self.bench.outputs()}
        return ", ".join(f"{dataset} {count(number, 'row')}" for dataset, number in rows.items())

    def _line(self, name: str, told: str, *, differs: bool = False) -> None:
        now = time.monotonic()
        line = Line(name=name, told=told, differs=differs, seconds=now - self._begun)
        self._begun = now
        self.lines.append(line)
        self.tell(line)


def _steps(events: Sequence[Event]) -> Iterator[str]:
    """The steps at which a run can be killed, each once."""
    return iter(dict.fromkeys(step_of(event) for event in events if event[0] in _KILLABLE))


def _told(dataset: str, difference: Difference) -> str:
    lost, new = difference.alone
    if lost or new:
        return f"{dataset}: {lost:,} rows gone, {new:,} new"
    return f"{dataset}: {', '.join(difference.columns)} in {count(max(difference.columns.values()), 'row')}"


def _blame(plan: str) -> Blame:
    try:
        return parse_blame(plan)
    except RecursionError:  # a plan of thousands of operators
        return _NOTHING
