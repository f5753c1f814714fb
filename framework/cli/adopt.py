"""`sparkjob adopt`."""

from collections.abc import Mapping, Sequence

import click

from framework.cli.accepted import as_current, current_fingerprints
from framework.cli.copying import copy_table, require_unmerged, say, source_format, source_place
from framework.cli.datasets import Made, find_one
from framework.cli.options import as_json, environment
from framework.cli.workspace import Workspace, load_workspace
from framework.environment.commands import in_environment
from framework.errors import MisconfiguredError
from framework.interval import Interval
from framework.plan.windows import grain_of, start_of
from framework.present.migration import build_migration_document
from framework.present.table import count
from framework.publish.delta.adoption import adopt as adopt_table
from framework.publish.delta.adoption import look
from framework.publish.identity import identity_of
from framework.record.ids import new_id
from framework.run.events import PlainReporter
from framework.tables.delta.live import LiveFile


@click.command()
@click.argument("dataset")
@environment
@source_place
@source_format
@as_current
@click.option("--yes", is_flag=True, help="Do it; without, only show what would be done.")
@as_json
def adopt(
    dataset: str, env: str, from_: str | None, from_format: str, as_current: bool, yes: bool, json_: bool
) -> None:
    """Take over a table that exists: its rows become the dataset's first generations.

    A Delta table at the dataset's own location is adopted as it lies, without Spark: no file is touched.
    With --from the rows of another table, Delta or Parquet, are copied by Spark, through the dataset's
    checks. Shows what would be done, and does it with --yes.

    What was made of it is unknown: the job's next run makes an interval anew, unless --as-current.
    """
    workspace = load_workspace(env)
    made = find_one(workspace, dataset)
    require_unmerged(made, workspace)
    if from_ is not None:
        copy_table(made, workspace, from_, from_format, as_current=as_current, yes=yes, json_=json_)
        return
    if made.binding.format != "delta":
        raise MisconfiguredError(
            f"{dataset} has the format {made.binding.format}: only a Delta table is adopted as it lies",
            where=made.binding.where,
            hint=f"Copy it: sparkjob adopt {dataset}{in_environment(env)} --from URI --from-format parquet",
        )
    _adopt_in_place(made, workspace, as_current=as_current, yes=yes, json_=json_)


def _adopt_in_place(made: Made, workspace: Workspace, *, as_current: bool, yes: bool, json_: bool) -> None:
    job, output, binding = made.job, made.output, made.binding
    identity = identity_of(output, owner=workspace.environment.project, grain=job.interval, zone=job.timezone)
    grain = grain_of(job)
    found = look(output, binding, identity, grain=grain)
    if found is None:
        text = f"{output.dataset} is a table of this project already"
        document = build_migration_document(output.dataset, binding.location.uri, done=False, intervals=0)
        say(text, document, json_=json_)
        return
    _require_started(made, found.files)
    fingerprints = current_fingerprints(made, tuple(found.files), workspace) if as_current else {}
    files = found.files
    if yes:
        files = adopt_table(output, binding, identity, found, fingerprints, run_id=new_id(), grain=grain)
        PlainReporter().event("adopted", job.name, output.dataset)
    document = build_migration_document(
        output.dataset,
        binding.location.uri,
        done=yes,
        intervals=len(files),
        files=sum(map(len, files.values())),
        size=sum(file.size for of_interval in files.values() for file in of_interval),
        next_run=_next_run(made, as_current=as_current) if yes else None,
    )
    text = _render(made, files, workspace, as_current=as_current, done=yes)
    say(text, document, json_=json_)


def _require_started(made: Made, intervals: Mapping[Interval, Sequence[LiveFile]]) -> None:
    """Intervals before a job's start do not exist for anybody: rows there would be nobody's."""
    early = [interval for interval in intervals if interval.start < start_of(made.job)]
    if early:
        raise MisconfiguredError(
            f"{count(len(early), 'interval')} from {early[0]} on are before the start of {made.job.name}",
            where=made.job.where,
            hint=f'start="{early[0].first_day}", or delete these rows.',
        )


def _render(
    made: Made,
    files: Mapping[Interval, Sequence[LiveFile]],
    workspace: Workspace,
    *,
    as_current: bool,
    done: bool,
) -> str:
    dataset = made.output.dataset
    amount = f"{count(len(files), 'interval')}, {count(sum(map(len, files.values())), 'file')}"
    if not done:
        return f"{dataset}: {amount} would be adopted as they lie · --yes does it"
    look = f"Next: sparkjob checks run {dataset}{in_environment(workspace.environment.name)}"
    return f"{dataset}: {amount} adopted\n{_next_run(made, as_current=as_current)}\n{look}"


def _next_run(made: Made, *, as_current: bool) -> str:
    if as_current:
        return f"They count as made by {made.job.name} as it is now."
    return f"What they were made of is unknown: the next run of {made.job.name} makes them anew."
