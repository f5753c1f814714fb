"""Which tables a command is about: the datasets that selected jobs make, or those that are named."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from framework.cli.workspace import Workspace
from framework.contract.quarantine import published_outputs
from framework.contract.suggest import suggest
from framework.contract.types import Job, Output
from framework.environment.environment import Binding
from framework.errors import MisconfiguredError
from framework.interval import Interval, parse_interval
from framework.project.project import datasets_of
from framework.tables.history import HistoryReader, history_of

_BY_DATASET = "dataset:"


@dataclass(frozen=True, kw_only=True)
class Made:
    """One dataset that a job of ours makes, and where it is."""

    job: Job
    output: Output
    binding: Binding

    @property
    def history(self) -> HistoryReader:
        """Who tells its generations. Raises `MisconfiguredError` for a format that keeps none."""
        found = history_of(self.binding)
        if found is None:
            raise MisconfiguredError(
                f"{self.binding.dataset} has the format {self.binding.format}, which keeps no generations",
                where=self.binding.where,
                hint="This is for format: delta or parquet.",
            )
        return found


def find_made(workspace: Workspace, selectors: Sequence[str]) -> tuple[Made, ...]:
    """The datasets of the selected jobs, quarantines too, in the order of publishing; none: of all jobs.

    `dataset:NAME` (or a pattern) means that dataset alone and not all that its job makes.
    """
    patterns = [each.removeprefix(_BY_DATASET) for each in selectors if each.startswith(_BY_DATASET)]
    others = tuple(each for each in selectors if not each.startswith(_BY_DATASET))
    named = set(workspace.select(others)) if others or not selectors else set()
    jobs = [workspace.project.jobs[name] for name in workspace.select(tuple(selectors))]
    return tuple(
        Made(job=job, output=output, binding=workspace.environment.binding(output.dataset))
        for job in jobs
        if job.runner is None
        for output in published_outputs(job).values()
        if job.name in named or any(fnmatchcase(output.dataset, pattern) for pattern in patterns)
    )


def find_one(workspace: Workspace, dataset: str) -> Made:
    """The dataset of this name, or `dataset:NAME`. Raises `MisconfiguredError` when no job makes it."""
    dataset = dataset.removeprefix(_BY_DATASET)
    known = [
        name for job in workspace.project.jobs.values() if job.runner is None for name in datasets_of(job)
    ]
    job = workspace.project.owner_of(dataset)
    output = workspace.project.output_of(dataset)
    if job is None or output is None or job.runner is not None:
        hint = suggest(dataset, sorted(known), kind="Datasets", limit=12)
        raise MisconfiguredError(f'no job makes a dataset "{dataset}"', hint=hint)
    return Made(job=job, output=output, binding=workspace.environment.binding(dataset))


def intervals_within(made: Made, text: str | None, known: Sequence[Interval]) -> tuple[Interval, ...]:
    """Those of `known` that lie in the range `text`; all without a range, and of a whole table."""
    if text is None or made.job.interval is None:
        return tuple(known)
    asked = parse_interval(text, zone=made.job.timezone)
    return tuple(each for each in known if asked.start <= each.start and each.end <= asked.end)
