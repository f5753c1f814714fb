"""`sparkjob logs`."""

import click

from framework.cli.options import as_json, environment, print_json
from framework.cli.show import find_record
from framework.cli.workspace import load_workspace
from framework.environment.commands import in_environment
from framework.errors import MisconfiguredError
from framework.record.store import last_logged, load_logs, load_record


@click.command()
@click.argument("run", metavar="RUN|JOB")
@environment
@as_json
def logs(run: str, env: str, json_: bool) -> None:
    """Print what a run said: its steps, and what its code printed and logged in the driver.

    A job's name means its last run that has a log: a rollback or a migration has none. Times are UTC.
    Spark's own log is where Spark writes it.
    """
    workspace = load_workspace(env)
    state = workspace.environment.state
    record = newest = find_record(workspace, run)
    texts = list(load_logs(state, record.job, record.run_id))
    if not texts and run == record.job and (earlier := last_logged(state, run)) is not None:
        record = load_record(state, earlier)
        texts = list(load_logs(state, run, earlier))
    show = f"sparkjob show {newest.run_id}{in_environment(env)}"
    if not texts:
        raise MisconfiguredError(
            f"no log of run {newest.run_id} is kept: {', '.join(newest.reasons)}",
            where=state.uri,
            hint=f"{show} tells how it ended.",
        )
    if json_:
        attempts = [text.splitlines() for text in texts]
        print_json({"run_id": record.run_id, "job": record.job, "attempts": attempts})
        return
    if record != newest:
        click.echo(f"{show} is newer and has no log: {', '.join(newest.reasons)}")
    click.echo(f"{record.job} {record.interval} {record.outcome.value} · {record.started:%Y-%m-%d %H:%M} UTC")
    click.echo("\n".join(texts), nl=False)
