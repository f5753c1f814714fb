"""The small project with published tables, made without Spark: staged by pyarrow, called in this process."""

import io
import os
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from framework import Interval
from framework.audit.audit import reaudit_footers
from framework.cli.faults import exit_code_of
from framework.cli.main import cli
from framework.cli.workspace import Workspace, load_workspace
from framework.contract.quarantine import published_outputs
from framework.interval import parse_interval
from framework.outcome import Outcome
from framework.plan.steps import Build, Plan, Request, Target
from framework.publish.protocol import Receipt
from framework.publish.publishers import publisher_of
from framework.record.ids import new_id
from framework.record.record import IntervalRecord, RunRecord
from framework.record.store import write_record
from framework.run.planning import plan_now
from framework.stage.staged import Staged, stage_directory
from tests.storage.publishing import Rows, World, write_files
from tests.support.project import SmallProject, make_project

D1, D2 = (parse_interval(f"2013-01-0{n}") for n in (1, 2))
GOOD, BAD = "small.good", "small.bad"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Lake:
    """The job `split`, whose two outputs are published by us as its runs would publish them."""

    project: SmallProject

    @property
    def workspace(self) -> Workspace:
        """The project as it is now."""
        return load_workspace("local", start=self.project.root)

    def call(self, *arguments: str) -> Ended:
        """`sparkjob ARGUMENTS` in the project's folder."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.project.root)
            code = exit_code_of(cli, arguments, name="sparkjob")
        return Ended(code, out.getvalue(), err.getvalue())

    def plan(self, *intervals: Interval, force: bool = False, job: str = "split") -> Plan:
        """What the next run would do."""
        workspace = self.workspace
        request = Request(intervals={job: intervals or (D1, D2)}, force=force)
        return plan_now(workspace.project, workspace.environment, request)

    def targets(self, dataset: str, *intervals: Interval) -> tuple[Target, ...]:
        """What a run of the code of now has to publish."""
        steps = [step for step in self.plan(*intervals, force=True).steps if isinstance(step, Build)]
        return tuple(t for step in steps for t in step.targets if t.output.dataset == dataset)

    def stage(self, dataset: str, rows: Mapping[Interval, Rows], stage_id: str | None = None) -> Staged:
        """Stage these rows for the code of now."""
        targets = self.targets(dataset, *rows)
        output, binding = targets[0].output, targets[0].binding
        stage_id = stage_id or f"run-{os.urandom(4).hex()}"
        assert output.schema is not None
        files = [
            file
            for interval, of_interval in rows.items()
            for file in write_files(binding, stage_id, output, output.schema, interval, of_interval, None)
        ]
        return Staged(
            output=output,
            binding=binding,
            targets=targets,
            run_id=stage_id.partition("-")[0],
            stage_id=stage_id,
            directory=stage_directory(binding, stage_id),
            files=tuple(files),
        )

    def publish(self, staged: Staged) -> tuple[Receipt, ...]:
        """Audit by footers and publish."""
        job = self.workspace.project.jobs["split"]
        publisher = publisher_of(staged.binding)
        owner = self.workspace.environment.project
        prepared = publisher.prepare(
            staged.output, staged.binding, owner=owner, grain=job.interval, zone=job.timezone
        )
        audited = reaudit_footers(staged, ())
        return publisher.publish(prepared, audited, audited.publishable, wanted=lambda: None)

    def run(self, v: int, *intervals: Interval, run_id: str = "run") -> str:
        """What a run of `split` publishes of readings that are all `v`; its stage id."""
        stage_id = f"{run_id}-{os.urandom(4).hex()}"
        for number, dataset in enumerate((GOOD, BAD)):
            rows = {i: [(i.first_day, s, v) for s in range(number, 6, 2)] for i in intervals or (D1, D2)}
            for receipt in self.publish(self.stage(dataset, rows, stage_id)):
                assert receipt.outcome == "published"
        return stage_id

    def record(
        self, outcome: Outcome, *, interval: Interval = D1, run_id: str | None = None, invocation: str = "i"
    ) -> RunRecord:
        """Keep the record of a run of `split` that ended so."""
        moment, environment = datetime.now(UTC), self.workspace.environment
        record = RunRecord(
            run_id=run_id or new_id(),
            invocation=invocation,
            environment=environment.name,
            job="split",
            interval=interval,
            outcome=outcome,
            started=moment,
            ended=moment,
            intervals=(IntervalRecord(interval=interval, outcome=outcome),),
        )
        write_record(environment.state, record)
        return record

    def world(self, dataset: str) -> World:
        """The table, as the publisher suite looks at tables."""
        workspace = self.workspace
        from framework.tables.readers import reader_of

        binding = workspace.environment.binding(dataset)
        outputs = published_outputs(workspace.project.jobs["split"]).values()
        output = next(output for output in outputs if output.dataset == dataset)
        return World(output, binding, publisher_of(binding), reader_of(binding), "day")

    def rows(self, dataset: str) -> list[tuple[object, ...]]:
        """(day, sensor, v) of all rows that a reader sees."""
        return self.world(dataset).rows()

    def values(self, dataset: str) -> dict[str, set[object]]:
        """The values of `v` that a reader sees, by day."""
        found: dict[str, set[object]] = {}
        for day, _, v in self.rows(dataset):
            found.setdefault(str(day), set()).add(v)
        return found

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a file of the project."""
        place = self.project.root / path
        text = place.read_text(encoding="utf-8")
        assert old in text
        place.write_text(text.replace(old, new), encoding="utf-8")


def make_lake(root: Path, form: str = "delta", datasets: Sequence[str] = ()) -> Lake:
    """The small project with tables of a format, nothing published; `datasets`: lines of configuration."""
    project = make_project(root)
    local = root / "configs" / "local.yml"
    lines = "".join(f"  {line}\n" for line in (f'"*": {{format: {form}}}', *datasets))
    local.write_text(f"{local.read_text()}datasets:\n{lines}", encoding="utf-8")
    return Lake(project)


def older(staged: Staged, number: int) -> Staged:
    """The same stage, as if it had been planned when the generation `number` was current."""
    targets = tuple(
        replace(t, expected=t.expected and replace(t.expected, number=number)) for t in staged.targets
    )
    return replace(staged, targets=targets)
