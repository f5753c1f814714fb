"""Copying the rows of another table into a dataset: what `adopt --from` and `migrate --from` share."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from framework.cli.accepted import current_fingerprints, outlook
from framework.cli.datasets import Made
from framework.cli.options import Command, print_json
from framework.cli.workspace import Workspace
from framework.environment.commands import in_environment
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.errors import MisconfiguredError, RetryError
from framework.generation import Generation
from framework.interval import Interval
from framework.plan.mapping import ColumnMapping, Wishes, build_mapping
from framework.plan.steps import Request
from framework.present.migration import (
    build_mapping_document,
    build_migration_document,
    render_mapping,
    render_migrated,
)
from framework.publish.publishers import publisher_of
from framework.record.ids import new_id
from framework.record.outside import build_record
from framework.record.store import write_record
from framework.run.catalogs import show_in_catalogs
from framework.run.context import Context
from framework.run.events import PlainReporter
from framework.run.migration import Migration, carried_fingerprints, copy_rows
from framework.tables.foreign import Foreign, columns_of, look, read


def source_place(command: Command) -> Command:
    """`--from`."""
    return click.option(
        "--from",
        "from_",
        metavar="URI",
        help="Copy the rows of the table there, by Spark. It is left as it is.",
    )(command)


def source_format(command: Command) -> Command:
    """`--from-format`."""
    return click.option(
        "--from-format",
        type=click.Choice(("delta", "parquet")),
        default="delta",
        show_default=True,
        help="What is there; parquet: Hive-partitioned or plain files, or a table of ours.",
    )(command)


def require_unmerged(made: Made, workspace: Workspace) -> None:
    """Raise `MisconfiguredError` for a dataset into which rows are merged: rows are not all that it is."""
    output, job = made.output, made.job
    if not output.is_merged:
        return
    environment = in_environment(workspace.environment.name)
    run = f"run {job.name}" if job.interval is None else f"backfill {job.name} --interval FIRST/LAST"
    raise MisconfiguredError(
        f'{output.dataset} is made by mode "{output.mode}", which knows of each row from which event '
        "it came, and rows that are copied do not tell",
        where=str(output.where),
        hint=f"Let its job make it, at another location in configs/ if need be: sparkjob {run}{environment}",
    )


def open_context(made: Made, workspace: Workspace) -> Context:
    """One invocation, which may need Spark."""
    return Context(
        project=workspace.project,
        environment=workspace.environment,
        request=Request(intervals={made.job.name: ()}),
        invocation=new_id(),
        reporter=PlainReporter(),
    )


def copy_table(
    made: Made,
    workspace: Workspace,
    uri: str,
    form: str,
    *,
    wishes: Wishes | None = None,
    as_current: bool,
    yes: bool,
    json_: bool,
) -> None:
    """Copy, and tell; without `yes` only tell what would be done."""
    location = _place(uri, workspace)
    if location == made.binding.location:
        raise MisconfiguredError(
            f"{made.output.dataset} is there itself",
            where=location.uri,
            hint="Give it another location in configs/.",
        )
    publisher_of(made.binding)  # refuses a source
    binding = Binding(
        dataset=made.output.dataset, format="delta" if form == "delta" else "parquet", location=location
    )
    source = look(binding)
    context = open_context(made, workspace)
    columns = columns_of(read(context.spark, source))
    schema = made.output.schema
    assert schema is not None, "contract.validate comes first"
    mapping = build_mapping(
        columns, schema, wishes or Wishes(renames={}), partition=source.partition, where=location.uri
    )
    if not yes:
        show_mapping(made, location.uri, mapping, source, json_=json_)
        return
    migration = Migration(
        job=made.job,
        output=made.output,
        binding=made.binding,
        source=source,
        mapping=mapping,
        run_id=new_id(),
    )
    with context.guard.watching(), context.guard.working():
        fingerprints = (
            (lambda intervals: current_fingerprints(made, intervals, workspace))
            if as_current
            else carried_fingerprints(migration, columns, _partition_of(binding))
        )
        done = copy_rows(migration, fingerprints, context)
    if done is None:
        text = f"{made.output.dataset}: every interval of {location.uri} is there already"
        say(
            text,
            build_migration_document(made.output.dataset, location.uri, done=False, intervals=0),
            json_=json_,
        )
        return
    audited, receipts = done
    generations = [receipt.generation for receipt in receipts if receipt.outcome == "published"]
    tell(made, workspace, generations, audited.rows, migration, f"copied from {location.uri}", json_=json_)


def say(text: str, document: Mapping[str, object], *, json_: bool) -> None:
    """To a person, or with `--json` to a machine."""
    print_json(document) if json_ else click.echo(text)


def show_mapping(made: Made, uri: str, mapping: ColumnMapping, source: Foreign, *, json_: bool) -> None:
    """What would be done."""
    about = made.output.dataset, uri, mapping, source
    say(render_mapping(*about), build_mapping_document(*about), json_=json_)


def tell(
    made: Made,
    workspace: Workspace,
    generations: Sequence[Generation],
    rows: Mapping[Interval, int],
    migration: Migration,
    reason: str,
    *,
    json_: bool,
) -> None:
    """Keep the record, and print what was published and what the next run does about it."""
    dataset = made.output.dataset
    if generations:
        write_record(
            workspace.environment.state,
            build_record(
                {dataset: generations},
                job=made.job.name,
                environment=workspace.environment.name,
                run_id=migration.run_id,
                reason=reason,
                rows={interval: {dataset: number} for interval, number in rows.items()},
            ),
        )
    intervals = tuple(sorted(generation.interval for generation in generations))
    next_run = outlook(made, intervals, workspace) if intervals else ""
    amount = sum(rows.values())
    document = build_migration_document(
        dataset,
        migration.source.binding.location.uri,
        done=True,
        changes=migration.mapping.changes,
        intervals=len(generations),
        rows=amount,
        next_run=next_run,
    )
    say(render_migrated(dataset, len(generations), amount, next_run), document, json_=json_)
    lagging = show_in_catalogs(made.job, intervals, open_context(made, workspace))
    if lagging:
        raise RetryError(lagging)


def _place(uri: str, workspace: Workspace) -> Location:
    """With the access of the store that it is below, if it is below one."""
    place = uri.rstrip("/") if "://" in uri else str(Path(uri).resolve())
    stores = workspace.environment.stores.values()
    store = next((each for each in stores if f"{place}/".startswith(f"{each.uri}/")), None)
    return Location(uri=place, options=store.options if store else {})


def _partition_of(binding: Binding) -> tuple[str, ...]:
    """By what the source is partitioned, if it is a table whose contract may be proved to be the old one."""
    if binding.format == "delta":
        from framework.tables.delta.handle import open_table

        table = open_table(binding.location)
        return () if table is None else tuple(table.metadata().partition_columns)
    from framework.tables.parquet.table import open_table as open_pointers

    pointers = open_pointers(binding.location)
    return () if pointers is None else pointers.partition_by
