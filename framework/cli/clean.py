"""`sparkjob clean`."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import click

from framework.cli.copying import open_context
from framework.cli.datasets import Made, find_made
from framework.cli.options import as_json, environment, print_json, selectors
from framework.cli.workspace import Workspace, load_workspace
from framework.environment.environment import Environment
from framework.environment.settings import parse_seconds
from framework.errors import Fault, MisconfiguredError, RetryError, SparkjobError
from framework.present.clean import build_clean_document, render_clean
from framework.present.table import count
from framework.publish.clean import (
    catalog_of,
    look,
    old_intents,
    remove,
    remove_objects,
    retention_of,
    show_all,
)
from framework.publish.garbage import Garbage
from framework.record.upkeep import TOLD, old_invocations, old_logs
from framework.run.clock import now
from framework.run.events import PlainReporter

_CLEANED = ("delta", "parquet", "redshift")


@click.command()
@selectors
@environment
@click.option(
    "--older-than",
    metavar="TIME",
    help="7d, 36h: how long nothing must have touched it. Default: the tables' retention, "
    "and twice the longest timeout of a job.",
)
@click.option("--yes", is_flag=True, help="Remove it; without, only show what would be removed.")
@as_json
def clean(selectors: tuple[str, ...], env: str, older_than: str | None, yes: bool, json_: bool) -> None:
    """Remove what dead runs have left and what was superseded long ago. Starts no Spark.

    Shows what would go, and removes it with --yes. Never what is live, what a reader of an earlier
    version may still read, or what a run may still publish. A catalog that is behind is told first what is
    published, for Hive by Spark.
    """
    workspace = load_workspace(env)
    environment, moment = workspace.environment, now()
    found = [made for made in find_made(workspace, selectors) if made.binding.format in _CLEANED]
    age = _age(found, environment, older_than)
    cutoff = moment - age
    garbage = {made.output.dataset: look(made.binding, cutoff) for made in found}
    jobs = tuple(dict.fromkeys(made.job.name for made in found))
    told = min(cutoff, moment - TOLD)
    kept = {
        "intents": [each for job in jobs for each in old_intents(environment.state, job, cutoff)],
        "logs": old_logs(environment.state, jobs if selectors else None, told),
        # They are of several jobs, so of none that is named.
        "invocations": () if selectors else old_invocations(environment.state, told),
    }
    behind: list[Fault] = []
    if yes:
        reporter = PlainReporter()
        for made in found:
            dataset, job = made.output.dataset, made.job.name
            if garbage[dataset] == Garbage():
                continue
            faults = _show(made, workspace)
            if faults:
                behind += faults
                garbage[dataset] = Garbage()
                continue
            garbage[dataset] = remove(
                made.binding,
                garbage[dataset],
                cutoff,
                taken=partial(reporter.event, "fates", job, dataset),
            )
            reporter.event("cleaned", job, dataset)
        for objects in kept.values():
            remove_objects(environment.state, objects)
    catalogs = {made.output.dataset: catalog_of(made.binding) for made in found}
    if json_:
        print_json(build_clean_document(garbage, kept, catalogs, done=yes))
    else:
        click.echo(render_clean(garbage, kept, catalogs, done=yes))
    if behind:
        raise RetryError(behind)


def _show(made: Made, workspace: Workspace) -> list[Fault]:
    """Bring the dataset's catalog to what is published; why it could not be done."""
    state, context = workspace.environment.state, open_context(made, workspace)
    try:
        show_all(made.binding, spark=lambda: context.spark, state=state)
    except SparkjobError as error:
        left = f"nothing of {made.output.dataset} was removed: its catalog does not show what is published"
        return [replace(fault, what=f"{left}: {fault.what}") for fault in error.faults]
    return []


def _age(found: list[Made], environment: Environment, older_than: str | None) -> timedelta:
    """How old something must be to go. Raises `MisconfiguredError` for less than somebody may need."""
    retention = max((retention_of(made.binding) for made in found), default=timedelta(0))
    timeouts = [environment.settings(made.job.name).timeout or 0 for made in found]
    longest = timedelta(seconds=max(timeouts, default=0))
    if older_than is None:
        return max(retention, 2 * longest)
    try:
        age = timedelta(seconds=parse_seconds(older_than))
    except ValueError as error:
        raise MisconfiguredError(f"--older-than {older_than}: {error}") from None
    faults = [
        Fault(what=f"--older-than {older_than} is shorter than {what}, {_span(least)}", hint=hint)
        for least, what, hint in (
            (retention, "a table's retention", "Readers of earlier versions still need the files."),
            (longest, "a job's timeout", "A run may still be staging them."),
        )
        if age < least
    ]
    if faults:
        raise MisconfiguredError(faults)
    return age


def _span(time: timedelta) -> str:
    """`7 days` or, where it is no number of days, `36:00:00` as hours, minutes and seconds."""
    hours, seconds = divmod(int(time.total_seconds()), 3600)
    if not seconds and not hours % 24:
        return count(hours // 24, "day")
    return f"{hours}:{seconds // 60:02}:{seconds % 60:02}"
