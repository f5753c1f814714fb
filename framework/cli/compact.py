"""`sparkjob compact`."""

import os
from itertools import groupby

import click

from framework.cli.datasets import Made, find_made, intervals_within
from framework.cli.options import (
    all_jobs,
    as_json,
    environment,
    interval,
    print_json,
    require_selection,
    selectors,
)
from framework.cli.workspace import load_workspace
from framework.environment.settings import parse_bytes
from framework.errors import MisconfiguredError
from framework.present.compact import CompactLine, build_compact_document, render_compact
from framework.publish.delta.bins import Bin
from framework.publish.delta.compaction import Compaction, commit, join, look
from framework.record.ids import new_id
from framework.run.events import PlainReporter
from framework.run.guard import Guard

_SIZE = 128_000_000
_AT_ONCE = 31
"""Intervals that share a commit: who is killed loses the work on no more."""


@click.command()
@selectors
@environment
@interval
@all_jobs
@click.option("--file-size", metavar="SIZE", help="128MB; default: the dataset's `file_size`, else 128MB.")
@click.option("--dry-run", is_flag=True, help="Only show what would be joined.")
@as_json
def compact(
    selectors: tuple[str, ...],
    env: str,
    interval: str | None,
    all_: bool,
    file_size: str | None,
    dry_run: bool,
    json_: bool,
) -> None:
    """Join small files of an interval of Delta tables to larger ones. Starts no Spark.

    The same rows, compared one by one before they are published, and the same generation: nothing is
    made anew for it, and readers see no difference.
    """
    if all_ or not dry_run:
        require_selection(selectors, all_=all_, command="compact")
    workspace = load_workspace(env)
    lines = []
    guard = Guard()
    with guard.watching(), guard.working():
        for made in find_made(workspace, selectors):
            if made.binding.format != "delta":
                why = f"format {made.binding.format} is not compacted; set file_size and run its job"
                lines.append(_line(made, [], 0, (why,)))
                continue
            known = made.history.intervals(made.binding)
            wanted = None if interval is None else intervals_within(made, interval, known)
            found = look(made.binding, wanted, _size(made, file_size))
            if found is None:
                continue
            notes = tuple(f"{each} {why}" for each, why in found.left_out.items())
            if dry_run:
                lines.append(_line(made, list(found.bins), len(found.bins), notes))
            else:
                lines.append(_compact(made, found, notes, guard))
    if json_:
        print_json(build_compact_document(lines, done=not dry_run))
    else:
        click.echo(render_compact(lines, done=not dry_run))


def _compact(made: Made, found: Compaction, notes: tuple[str, ...], guard: Guard) -> CompactLine:
    schema, reporter = made.output.schema, PlainReporter()
    assert schema is not None, "contract.validate comes first"
    done: list[Bin] = []
    by_interval = [list(group) for _, group in groupby(found.bins, key=lambda each: each.interval)]
    for start in range(0, len(by_interval), _AT_ONCE):
        bins = [each for group in by_interval[start : start + _AT_ONCE] for each in group]
        stage_id = f"{new_id()}-{os.urandom(4).hex()}"
        joined, unlike = join(made.binding, bins, stage_id)
        reporter.event("staged", made.job.name, made.output.dataset)
        if unlike:
            notes += (f"{len(unlike)} groups of files have unlike columns: run their intervals again",)
        with guard.publishing():
            committed = commit(
                made.binding, schema, found.table_id, joined, stage_id=stage_id, wanted=guard.check
            )
        reporter.event("compacted", made.job.name, made.output.dataset)
        if len(committed) < len(joined):
            notes += ("other runs have published some of it anew meanwhile",)
        done += [each.bin for each in committed]
    return _line(made, done, len(done), notes)


def _line(made: Made, bins: list[Bin], after: int, notes: tuple[str, ...]) -> CompactLine:
    return CompactLine(
        dataset=made.output.dataset,
        intervals=len({each.interval for each in bins}),
        before=sum(len(each.files) for each in bins),
        size=sum(each.size for each in bins),
        after=after,
        notes=notes,
    )


def _size(made: Made, text: str | None) -> int:
    if text is None:
        return made.binding.file_size or _SIZE
    try:
        return parse_bytes(text)
    except ValueError as error:
        raise MisconfiguredError(f"--file-size {text}: {error}") from None
