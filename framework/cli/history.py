"""`sparkjob history`."""

import click

from framework.cli.datasets import find_made, intervals_within
from framework.cli.options import as_json, environment, interval, print_json
from framework.cli.workspace import load_workspace
from framework.present.history import build_history, build_history_document, index_records, render_history
from framework.record.store import load_records


@click.command()
@click.argument("name", metavar="NAME|dataset:DATASET")
@environment
@interval
@as_json
def history(name: str, env: str, interval: str | None, json_: bool) -> None:
    """Show the generations of a dataset, or of all that a job makes. Starts no Spark.

    Of each: when it was published, by which run, its rows and files, and what took its place. What
    the table's log and the run records have forgotten is shown as unknown.
    """
    workspace = load_workspace(env)
    records = {}
    document: list[dict[str, object]] = []
    for made in find_made(workspace, (name,)):
        reader = made.history
        wanted = intervals_within(made, interval, reader.intervals(made.binding))
        found = reader.history(made.binding, wanted)
        if made.job.name not in records:
            kept = list(load_records(workspace.environment.state, made.job.name))
            records[made.job.name] = index_records(kept)
        dataset = made.output.dataset
        lines = [] if found is None else build_history(found, dataset, records[made.job.name])
        if json_:
            document += build_history_document(dataset, lines)
        else:
            click.echo(render_history(dataset, lines))
    if json_:
        print_json(document)
