"""What is remembered of a job's run, beside what the commit itself says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from framework.checks.verdict import Verdict
from framework.errors import Fault
from framework.interval import Interval
from framework.outcome import Outcome


@dataclass(frozen=True, kw_only=True)
class IntervalRecord:
    """The end of one interval in a run. `generations` and `rows` are by dataset.

    `quarantined`: rows that broke a rule and were split off, by the dataset that they were meant for.
    """

    interval: Interval
    outcome: Outcome
    generations: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    quarantined: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Written:
    """How many data files were staged for one dataset, and their bytes."""

    files: int
    size: int


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One run of one job. `timings`: seconds by step. `reads`: dataset → what was pinned.

    `staged`: dataset → where Spark reads the staged files, kept until they are cleaned away.
    """

    run_id: str
    invocation: str
    environment: str
    job: str
    interval: Interval
    outcome: Outcome
    started: datetime
    ended: datetime
    intervals: tuple[IntervalRecord, ...]
    verdicts: tuple[Verdict, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    reads: Mapping[str, str] = field(default_factory=dict)
    staged: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, Written] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
