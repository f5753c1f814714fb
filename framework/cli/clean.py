"""`sparkjob clean`."""

from datetime import timedelta
from functools import partial

import click

from framework.cli.datasets import Made, find_made
from framework.cli.options import as_json, environment, print_json, selectors
from framework.cli.workspace import load_workspace
from framework.environment.environment import Environment
from framework.environment.settings import parse_seconds
from framework.errors import Fault, MisconfiguredError
from framework.present.clean import build_clean_document, render_clean
from framework.publish.clean import look, old_intents, remove, remove_objects, retention_of
from framework.run.clock import now
from framework.run.events import PlainReporter

_CLEANED = ("delta", "parquet")


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
    version may still read, or what a run may still publish.
    """
    workspace = load_workspace(env)
    environment = workspace.environment
    found = [made for made in find_made(workspace, selectors) if made.binding.format in _CLEANED]
    age = _age(found, environment, older_than)
    cutoff = now() - age
    garbage = {made.output.dataset: look(made.binding, cutoff) for made in found}
    jobs = dict.fromkeys(made.job.name for made in found)
    intents = [each for job in jobs for each in old_intents(environment.state, job, cutoff)]
    if yes:
        reporter = PlainReporter()
        for made in found:
            dataset, job = made.output.dataset, made.job.name
            garbage[dataset] = remove(
                made.binding,
                garbage[dataset],
                cutoff,
                taken=partial(reporter.event, "fates", job, dataset),
            )
            reporter.event("cleaned", job, dataset)
        remove_objects(environment.state, intents)
    if json_:
        print_json(build_clean_document(garbage, intents, done=yes))
    else:
        click.echo(render_clean(garbage, intents, done=yes))


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
        Fault(what=f"--older-than {older_than} is shorter than {what}, {least}", hint=hint)
        for least, what, hint in (
            (retention, "a table's retention", "Readers of earlier versions still need the files."),
            (longest, "a job's timeout", "A run may still be staging them."),
        )
        if age < least
    ]
    if faults:
        raise MisconfiguredError(faults)
    return age
