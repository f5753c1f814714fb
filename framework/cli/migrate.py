"""`sparkjob migrate`."""

from collections.abc import Mapping

import click

from framework.cli.accepted import as_current, current_fingerprints
from framework.cli.copying import (
    copy_table,
    open_context,
    require_unmerged,
    say,
    show_mapping,
    source_format,
    source_place,
    tell,
)
from framework.cli.datasets import Made, find_one
from framework.cli.options import as_json, environment
from framework.cli.workspace import Workspace, load_workspace
from framework.environment.commands import for_interval, in_environment
from framework.errors import Fault, MisconfiguredError
from framework.generation import Generation
from framework.interval import Interval
from framework.plan.mapping import Wishes, build_mapping
from framework.present.migration import build_migration_document
from framework.publish.delta.migration import commit_migration, require_migratable
from framework.publish.identity import identity_of
from framework.record.ids import new_id
from framework.run.migration import Migration, carried_fingerprints, frame_of, stage_rows
from framework.tables.foreign import columns_of, look, read
from framework.tables.readers import reader_of


@click.command()
@click.argument("dataset")
@environment
@click.option("--rename", multiple=True, metavar="OLD=NEW", help="A column has another name now.")
@click.option("--drop", multiple=True, metavar="COLUMN", help="A column goes, with its values.")
@click.option(
    "--cast", multiple=True, metavar="COLUMN", help="A column has another type; what does not fit stops it."
)
@source_place
@source_format
@as_current
@click.option("--yes", is_flag=True, help="Do it; without, only show what would be done.")
@as_json
def migrate(
    dataset: str,
    env: str,
    rename: tuple[str, ...],
    drop: tuple[str, ...],
    cast: tuple[str, ...],
    from_: str | None,
    from_format: str,
    as_current: bool,
    yes: bool,
    json_: bool,
) -> None:
    """Change a table to what the contract says now, on purpose: every row is written anew. Starts Spark.

    A Delta table gets other columns where it is, by one commit: readers see all of the old or all of the
    new. Another grain, partitioning, place or format needs another location in configs/, and --from with
    the old one. All rules of the contract are looked at before anything is published. Shows what would be
    done, and does it with --yes.

    An interval stays current where the change of the contract is all that has changed.
    """
    workspace = load_workspace(env)
    made = find_one(workspace, dataset)
    require_unmerged(made, workspace)
    wishes = Wishes(renames=_renames(rename), drops=drop, casts=cast)
    if from_ is not None:
        copy_table(
            made, workspace, from_, from_format, wishes=wishes, as_current=as_current, yes=yes, json_=json_
        )
        return
    if made.binding.format != "delta":
        raise MisconfiguredError(
            f"{dataset} has the format {made.binding.format}: only a Delta table is changed where it is",
            where=made.binding.where,
            hint=f"Give it another location in configs/, then: "
            f"sparkjob migrate {dataset}{in_environment(env)} --from URI --from-format {made.binding.format}",
        )
    _migrate_in_place(made, workspace, wishes, as_current=as_current, yes=yes, json_=json_)


def _renames(texts: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in texts:
        old, equals, new = text.partition("=")
        if not (old and equals and new):
            raise MisconfiguredError(f"--rename {text} is no OLD=NEW")
        found[old] = new
    return found


def _migrate_in_place(
    made: Made, workspace: Workspace, wishes: Wishes, *, as_current: bool, yes: bool, json_: bool
) -> None:
    job, output, binding = made.job, made.output, made.binding
    identity = identity_of(output, owner=workspace.environment.project, grain=job.interval, zone=job.timezone)
    partition_by = require_migratable(binding, identity, wishes.renames)
    source = look(binding)
    _require_intact(made, source.generations, workspace)
    context = open_context(made, workspace)
    with context.guard.watching(), context.guard.working():
        columns = columns_of(read(context.spark, source))
        assert output.schema is not None, "contract.validate comes first"
        mapping = build_mapping(columns, output.schema, wishes, where=binding.location.uri)
        if not mapping.changes:
            text = f"{output.dataset} has the columns of the contract already"
            document = build_migration_document(output.dataset, binding.location.uri, done=False, intervals=0)
            say(text, document, json_=json_)
            return
        if not yes:
            show_mapping(made, binding.location.uri, mapping, source, json_=json_)
            return
        migration = Migration(
            job=job, output=output, binding=binding, source=source, mapping=mapping, run_id=new_id()
        )
        intervals = tuple(sorted(source.generations))
        fingerprints = (
            current_fingerprints(made, intervals, workspace)
            if as_current
            else carried_fingerprints(migration, columns, partition_by)(intervals)
        )
        audited = stage_rows(
            frame_of(migration, context), migration, intervals, source.generations, fingerprints, context
        )
        assert source.pin is not None, "a Delta table has a version"
        assert source.pin.table_id is not None, "and an id"
        assert source.pin.read_version is not None, "at which it is read"
        with context.guard.publishing():
            commit_migration(
                audited,
                table_id=source.pin.table_id,
                version=source.pin.read_version,
                wanted=context.guard.check,
            )
        context.reporter.event("migrated", job.name, output.dataset)
    generations = list(reader_of(binding).published(binding, intervals).values())
    reason = f"migrated: {'; '.join(mapping.changes)}"
    tell(made, workspace, generations, audited.rows, migration, reason, json_=json_)


def _require_intact(made: Made, generations: Mapping[Interval, Generation], workspace: Workspace) -> None:
    """What others have changed is no generation of ours, and would come to look like one."""
    changed = [interval for interval, found in generations.items() if not found.is_intact]
    there = in_environment(workspace.environment.name)
    if changed:
        raise MisconfiguredError(
            [
                Fault(
                    what=f"{interval} was changed by somebody else",
                    where=made.output.dataset,
                    hint="Run it again before, by the code of before: "
                    f"sparkjob run {made.job.name}{for_interval(interval)}{there} --force",
                )
                for interval in changed
            ]
        )
