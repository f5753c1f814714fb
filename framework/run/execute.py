"""One build, from the function's call to the record: stage, audit, publish, record."""

import os
import platform
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from framework.audit.audit import audit
from framework.audit.audited import Audited
from framework.checks.verdict import Verdict
from framework.environment.redaction import redact
from framework.errors import Fault, SparkjobError
from framework.generation import Pin
from framework.interval import Interval
from framework.outcome import Outcome, worst
from framework.plan.steps import Build
from framework.present.table import count
from framework.publish.intent import write_intent
from framework.publish.protocol import Receipt
from framework.publish.publishers import publisher_of
from framework.record.ids import new_id
from framework.record.record import IntervalRecord, RunRecord
from framework.record.store import write_record
from framework.run.classify import classify, is_foreseen
from framework.run.clock import Stopwatch, now
from framework.run.context import Context
from framework.run.prepare import prepare_output
from framework.stage.stage import stage
from framework.stage.staged import Staged
from framework.version import __version__


def execute(build: Build, context: Context) -> RunRecord:
    """Run one build and keep its record. Every error becomes an outcome of its intervals."""
    run = _Run(build, context, run_id=context.run_id or new_id())
    started = now()
    faults: tuple[Fault, ...] = ()
    try:
        run.work()
    except Exception as error:  # noqa: BLE001  # here every error ends as an outcome
        if not is_foreseen(error):
            sys.stderr.write(redact(traceback.format_exc()))
        outcome, found = classify(error)
        faults = tuple(_redacted(fault) for fault in found)
        run.end_rest(outcome)
    record = run.record(started=started, ended=now(), faults=faults)
    try:
        write_record(context.environment.state, record)
    except SparkjobError as error:
        # The commit is the record of success; losing this one changes nothing that is published.
        run.warn(f"the run record could not be kept: {error}")
        record = replace(record, warnings=tuple(run.warnings))
    else:
        context.reporter.event("recorded", build.job.name, record.run_id)
    return record


@dataclass
class _Run:
    """What is known of one build while it goes on."""

    build: Build
    context: Context
    run_id: str
    outcomes: dict[Interval, Outcome] = field(default_factory=dict)
    generations: dict[Interval, dict[str, int]] = field(default_factory=dict)
    rows: dict[Interval, dict[str, int]] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    watch: Stopwatch = field(default_factory=Stopwatch)

    def work(self) -> None:
        """Prepare, stage, audit and publish; fills the fields above as far as it gets."""
        name = self.build.job.name
        self.context.guard.check()
        with self.watch.timing("prepare"):
            for output in self.build.job.outputs.values():
                prepare_output(self.build.job, output, self.context)
        self.context.reporter.event("planned", name, f"{self.build.interval}, run {self.run_id}")
        with self.watch.timing("start Spark"):
            spark = self.context.spark
        with self.watch.timing("stage"):
            self.context.reporter.working(name, "staging")
            staged, undeclared = stage(
                spark,
                self.build,
                self.context.project,
                self.context.environment,
                self.run_id,
                f"{self.run_id}-{os.urandom(4).hex()}",
            )
        if undeclared:
            staged = tuple(_with_unknown_inputs(each) for each in staged)
            named = ", ".join(undeclared)
            self.warn(f"reads what is no Input of it, and so runs every time: {named}")
        files = sum(len(each.files) for each in staged)
        self.context.reporter.event("staged", name, f"{count(len(staged), 'output')}, {count(files, 'file')}")
        with self.watch.timing("audit"):
            self.context.reporter.working(name, "auditing")
            audited = tuple(self._audit(each) for each in staged)
        publishable = self._judge(audited)
        self.context.reporter.event("audited", name, count(len(self.verdicts), "verdict"))
        if publishable:
            with self.watch.timing("publish"), self.context.guard.publishing():
                self._publish(audited, publishable)

    def _audit(self, staged: Staged) -> Audited:
        constraints = publisher_of(staged.binding).constraints(staged.binding)
        audited = audit(staged, spark=lambda: self.context.spark, constraints=constraints)
        self.verdicts += audited.verdicts
        for interval, rows in audited.rows.items():
            self.rows.setdefault(interval, {})[staged.output.dataset] = rows
        return audited

    def _judge(self, audited: Sequence[Audited]) -> tuple[Interval, ...]:
        """The intervals that all outputs pass; the others are rejected, or failed when unknown."""
        passed = set(self.build.intervals)
        for each in audited:
            passed &= {target.interval for target in each.publishable}
        for verdict in self.verdicts:
            if verdict.stops and self.outcomes.get(verdict.interval) is not Outcome.FAILED:
                unknown = verdict.state == "unknown"
                self.outcomes[verdict.interval] = Outcome.FAILED if unknown else Outcome.REJECTED
        return tuple(interval for interval in self.build.intervals if interval in passed)

    def _publish(self, audited: Sequence[Audited], intervals: tuple[Interval, ...]) -> None:
        """Publish output after output; who loses one interval of an output stops there with it."""
        name = self.build.job.name
        if len(audited) > 1:
            write_intent(self.context.environment.state, name, self.run_id, audited, intervals)
            self.context.reporter.event("intent", name)
        remaining = intervals
        for each in audited:
            targets = [target for target in each.publishable if target.interval in remaining]
            receipts = publisher_of(each.staged.binding).publish(
                each, targets, wanted=self.context.guard.check
            )
            self._note(each.staged.output.dataset, receipts)
            self.context.reporter.event("published", name, each.staged.output.dataset)
            remaining = tuple(r.interval for r in receipts if r.outcome == "published")
            if not remaining:
                return

    def _note(self, dataset: str, receipts: Sequence[Receipt]) -> None:
        for receipt in receipts:
            self.outcomes[receipt.interval] = Outcome(receipt.outcome)
            self.generations.setdefault(receipt.interval, {})[dataset] = receipt.generation.number

    def end_rest(self, outcome: Outcome) -> None:
        """The run ended here: what has no outcome yet, or is published in part, has this one."""
        outputs = len(self.build.job.outputs)
        for interval in self.build.intervals:
            whole = len(self.generations.get(interval, {})) == outputs
            if interval not in self.outcomes or (self.outcomes[interval].is_current and not whole):
                self.outcomes[interval] = outcome

    def warn(self, text: str) -> None:
        """Tell and remember a warning."""
        self.warnings.append(redact(text))
        self.context.reporter.event("warning", self.build.job.name, redact(text))

    def record(self, *, started: datetime, ended: datetime, faults: tuple[Fault, ...]) -> RunRecord:
        """All of it as a record."""
        build = self.build
        return RunRecord(
            run_id=self.run_id,
            invocation=self.context.invocation,
            environment=self.context.environment.name,
            job=build.job.name,
            interval=build.interval,
            outcome=worst(self.outcomes.values()),
            started=started,
            ended=ended,
            intervals=tuple(
                IntervalRecord(
                    interval=interval,
                    outcome=self.outcomes[interval],
                    generations=self.generations.get(interval, {}),
                    rows=self.rows.get(interval, {}),
                )
                for interval in build.intervals
            ),
            verdicts=tuple(self.verdicts),
            timings=self.watch.seconds,
            reads={build.job.inputs[name].dataset: _read_version(pin) for name, pin in build.pins.items()},
            reasons=tuple(reason.text for reason in build.reasons),
            warnings=tuple(self.warnings),
            faults=faults,
            versions={"sparkjob": __version__, "python": platform.python_version(), **self._spark_version()},
        )

    def _spark_version(self) -> dict[str, str]:
        if not self.context.has_spark:
            return {}
        import pyspark  # loaded already; asking the session could fail after its JVM died

        return {"spark": pyspark.__version__}


def _with_unknown_inputs(staged: Staged) -> Staged:
    """The same files under a fingerprint that equals nothing: what they were made of is unknown."""
    targets = tuple(replace(t, fingerprint=replace(t.fingerprint, inputs=None)) for t in staged.targets)
    return replace(staged, targets=targets)


def _redacted(fault: Fault) -> Fault:
    hint = None if fault.hint is None else redact(fault.hint)
    return replace(fault, what=redact(fault.what), hint=hint)


def _read_version(pin: Pin) -> str:
    """What was pinned, for a person: a Delta version, or how many files."""
    if pin.read_version is not None:
        return f"@{pin.read_version}"
    return count(len(pin.files), "file") if pin.files else "nothing"
