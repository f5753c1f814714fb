"""What is known of one run of a job while it goes on, and at its end its record."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from framework.audit.audited import Audited
from framework.checks.verdict import Verdict
from framework.contract.quarantine import declared_output
from framework.environment.redaction import redact
from framework.errors import Fault
from framework.generation import Pin
from framework.interval import Interval
from framework.outcome import Outcome, worst
from framework.plan.steps import Build
from framework.plan.windows import span_of
from framework.present.table import count
from framework.publish.protocol import Receipt
from framework.record.ids import new_id
from framework.record.record import IntervalRecord, RunRecord, Written
from framework.run.clock import Stopwatch, now
from framework.run.context import Context
from framework.run.events import EventName
from framework.run.log import RunLog
from framework.version import __version__


@dataclass(kw_only=True)
class Attempt:
    """One run of `build`. Who works on it fills the fields as far as it gets.

    `outcomes`: of the intervals that have come to their end; the record has these and no others.
    """

    build: Build
    context: Context
    reasons: tuple[str, ...]
    run_id: str = ""
    started: datetime = field(default_factory=now)
    outcomes: dict[Interval, Outcome] = field(default_factory=dict)
    generations: dict[Interval, dict[str, int]] = field(default_factory=dict)
    rows: dict[Interval, dict[str, int]] = field(default_factory=dict)
    quarantined: dict[Interval, dict[str, int]] = field(default_factory=dict)
    staged: dict[str, str] = field(default_factory=dict)
    written: dict[str, Written] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    watch: Stopwatch = field(default_factory=Stopwatch)
    log: RunLog = field(default_factory=RunLog)

    def __post_init__(self) -> None:
        self.run_id = self.run_id or self.context.run_id or new_id()

    @property
    def label(self) -> str:
        """The job's name; where several runs tell events at once, with the interval: `daily[2013-01-03]`."""
        job, interval = self.build.job.name, self.build.interval
        return job if self.context.parallel == 1 or interval.is_whole else f"{job}[{interval}]"

    def tell(self, event: EventName, detail: str = "") -> None:
        """Tell an event of this run, and keep it in its log."""
        self.log.line(f"{event} {detail}".rstrip())
        self.context.reporter.event(event, self.label, detail)

    def note_audited(self, audited: Audited) -> None:
        """Remember the verdicts on one output, and its rows; those of a quarantine by its output."""
        staged, dataset = audited.staged, audited.staged.output.dataset
        self.staged[dataset] = staged.binding.stage.child(staged.directory).for_spark
        self.written[dataset] = Written(files=len(staged.files), size=sum(file.size for file in staged.files))
        self.verdicts += audited.verdicts
        meant_for = declared_output(self.build.job, dataset) or staged.output
        noted = self.rows if meant_for.dataset == dataset else self.quarantined
        if staged.merge is not None:
            return  # how many rows were merged is known; how many files hold them says nothing
        for interval, rows in audited.rows.items():
            noted.setdefault(interval, {})[meant_for.dataset] = rows

    def note_receipts(self, dataset: str, receipts: Sequence[Receipt]) -> None:
        """Remember which generations of one output are current now."""
        for receipt in receipts:
            self.generations.setdefault(receipt.interval, {})[dataset] = receipt.generation.number
        for retries in {receipt.retries for receipt in receipts if receipt.retries}:
            self.warn(f"{dataset} was published at try {len(retries) + 1}: {'; '.join(retries)}")

    def end_rest(self, outcome: Outcome) -> None:
        """The run ended here: what has no outcome yet has this one."""
        for interval in self.build.intervals:
            self.outcomes.setdefault(interval, outcome)

    def warn(self, text: str) -> None:
        """Tell and remember a warning."""
        self.warnings.append(redact(text))
        self.tell("warning", redact(text))

    def record(self) -> RunRecord:
        """All of it as a record, which ends now."""
        build = self.build
        ended = tuple(interval for interval in build.intervals if interval in self.outcomes)
        return RunRecord(
            run_id=self.run_id,
            invocation=self.context.invocation,
            environment=self.context.environment.name,
            job=build.job.name,
            interval=span_of(ended),
            outcome=worst(self.outcomes.values()),
            started=self.started,
            ended=now(),
            intervals=tuple(
                IntervalRecord(
                    interval=interval,
                    outcome=self.outcomes[interval],
                    generations=self.generations.get(interval, {}),
                    rows=self.rows.get(interval, {}),
                    quarantined=self.quarantined.get(interval, {}),
                )
                for interval in ended
            ),
            verdicts=tuple(self.verdicts),
            timings=self.watch.seconds,
            reads={build.job.inputs[name].dataset: read_version(pin) for name, pin in build.pins.items()},
            staged=self.staged,
            written=self.written,
            reasons=self.reasons,
            warnings=tuple(self.warnings),
            faults=tuple(self.faults),
            versions={"sparkjob": __version__, "python": platform.python_version(), **self._spark_version()},
        )

    def _spark_version(self) -> dict[str, str]:
        if not self.context.has_spark:
            return {}
        import pyspark  # loaded already; asking the session could fail after its JVM died

        return {"spark": pyspark.__version__}


def read_version(pin: Pin) -> str:
    """What was pinned, for a person: a Delta version, or how many files; of another environment, if it is."""
    files = count(len(pin.files), "file") if pin.files else "nothing"
    owner = "" if pin.borrowed_from is None else f" of {pin.borrowed_from}"
    return f"{files if pin.read_version is None else f'@{pin.read_version}'}{owner}"
