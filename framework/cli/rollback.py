"""`sparkjob rollback`."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import click

from framework.cli.accepted import outlook
from framework.cli.copying import open_context
from framework.cli.datasets import Made, find_made, intervals_within
from framework.cli.options import as_json, environment, interval, print_json
from framework.cli.workspace import Workspace, load_workspace
from framework.environment.commands import in_environment
from framework.errors import MisconfiguredError, RetryError
from framework.interval import Interval
from framework.present.rollback import build_rollback_document, render_rollback
from framework.publish.protocol import Receipt
from framework.publish.publishers import publisher_of
from framework.publish.rollback import Restoration, find_restorations, publish_restored, stage_restored
from framework.record.ids import new_id
from framework.record.outside import build_record
from framework.record.record import RunRecord
from framework.record.store import write_record
from framework.run.catalogs import show_in_catalogs
from framework.run.events import PlainReporter
from framework.run.guard import Guard
from framework.tables.readers import reader_of


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One dataset and what is to be brought back of it."""

    made: Made
    restorations: tuple[Restoration, ...]

    @property
    def open(self) -> tuple[Restoration, ...]:
        """Those that no earlier try has brought back already."""
        return tuple(each for each in self.restorations if not each.is_done)


@click.command()
@click.argument("name", metavar="NAME|dataset:DATASET")
@environment
@interval
@click.option("--to", type=click.IntRange(min=1), required=True, metavar="N", help="The generation's number.")
@as_json
def rollback(name: str, env: str, interval: str | None, to: int, json_: bool) -> None:
    """Publish an earlier generation's rows as a new generation. Starts no Spark.

    Of a job with several outputs all are rolled back, if one run has published their generations N.
    The next run of the same code on the same inputs leaves it so; a change of them makes it anew.
    """
    workspace = load_workspace(env)
    found = find_made(workspace, (name,))
    if len({made.job.name for made in found}) > 1:
        raise MisconfiguredError("rollback is for one job or one dataset", hint="Name the one.")
    parts = [_Part(made=made, restorations=_look(made, workspace, interval, to)) for made in found]
    _require_one_attempt(parts)
    intervals = tuple(dict.fromkeys(each.interval for part in parts for each in part.restorations))
    receipts = _publish(parts, workspace)
    lagging = show_in_catalogs(parts[0].made.job, intervals, open_context(parts[0].made, workspace))
    if receipts:
        write_record(workspace.environment.state, _record(parts, receipts, workspace, to))
    restorations = {part.made.output.dataset: part.restorations for part in parts}
    next_run = outlook(parts[0].made, intervals, workspace)
    if json_:
        print_json(build_rollback_document(restorations, next_run))
    else:
        click.echo(f"{render_rollback(restorations)}\n{next_run}")
    if lagging:
        raise RetryError(lagging)


def _look(made: Made, workspace: Workspace, text: str | None, number: int) -> tuple[Restoration, ...]:
    dataset, where = made.output.dataset, str(made.output.where)
    past = f"sparkjob history dataset:{dataset}{in_environment(workspace.environment.name)}"
    if text is None and made.job.interval is not None:
        raise MisconfiguredError(f"which interval of {dataset}?", hint="Add --interval 2013-01-03.")
    reader = made.history
    wanted = intervals_within(made, text, reader.intervals(made.binding))
    history = reader.history(made.binding, wanted)
    if history is None or not wanted:
        raise MisconfiguredError(
            f"nothing is published of {dataset}{f' in {text}' if text else ''}",
            where=made.binding.location.uri,
            hint=past,
        )
    return find_restorations(made.output, history, wanted, number, where=where, hint=past)


def _require_one_attempt(parts: Sequence[_Part]) -> None:
    """Outputs of a job belong together: their generations must be of one attempt."""
    attempts: dict[Interval, set[str | None]] = {}
    for part in parts:
        for each in part.restorations:
            attempts.setdefault(each.interval, set()).add(each.past.stage_id)
    apart = [str(interval) for interval, stage_ids in attempts.items() if len(stage_ids) > 1]
    if apart:
        raise MisconfiguredError(
            f"the outputs' generations of that number were not published together: {', '.join(apart)}",
            where=parts[0].made.job.name,
            hint="Roll them back one by one: "
            + ", ".join(f"dataset:{part.made.output.dataset}" for part in parts),
        )


def _publish(parts: Sequence[_Part], workspace: Workspace) -> dict[str, tuple[Receipt, ...]]:
    """All outputs are copied before the first is published; who is killed between two is run again."""
    guard, reporter, run_id = Guard(), PlainReporter(), new_id()
    stage_id = f"{run_id}-{os.urandom(4).hex()}"
    ready = []
    receipts = {}
    with guard.watching(), guard.working():
        for part in parts:
            made = part.made
            if not part.open:
                continue
            publisher = publisher_of(made.binding)
            prepared = publisher.prepare(
                made.output,
                made.binding,
                owner=workspace.environment.project,
                grain=made.job.interval,
                zone=made.job.timezone,
            )
            current = reader_of(made.binding).published(made.binding, [each.interval for each in part.open])
            staged = stage_restored(prepared, part.open, current, run_id=run_id, stage_id=stage_id)
            reporter.event("staged", made.job.name, made.output.dataset)
            ready.append((publisher, prepared, staged, part.open))
        with guard.publishing():
            for publisher, prepared, staged, restorations in ready:
                dataset = prepared.output.dataset
                receipts[dataset] = publish_restored(
                    publisher, prepared, staged, restorations, wanted=guard.check
                )
                reporter.event("published", parts[0].made.job.name, dataset)
    return receipts


def _record(
    parts: Sequence[_Part], receipts: dict[str, tuple[Receipt, ...]], workspace: Workspace, number: int
) -> RunRecord:
    rows: dict[Interval, dict[str, int]] = {}
    for part in parts:
        for each in part.open:
            if each.past.rows is not None:
                rows.setdefault(each.interval, {})[part.made.output.dataset] = each.past.rows
    generations = {dataset: [each.generation for each in made] for dataset, made in receipts.items()}
    first = next(iter(generations.values()))[0]
    return build_record(
        generations,
        job=parts[0].made.job.name,
        environment=workspace.environment.name,
        run_id=first.run_id or new_id(),
        reason=f"rolled back to #{number}",
        rows=rows,
    )
