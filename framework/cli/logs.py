"""`sparkjob logs`."""

import click

from framework.cli.options import as_json, environment, print_json
from framework.cli.show import find_record
from framework.cli.workspace import load_workspace
from framework.errors import MisconfiguredError
from framework.record.store import load_logs


@click.command()
@click.argument("run", metavar="RUN|JOB")
@environment
@as_json
def logs(run: str, env: str, json_: bool) -> None:
    """Print what a run said: its steps, and what its code printed and logged in the driver.

    A job's name means its last run. Times are UTC. Spark's own log is where Spark writes it.
    """
    workspace = load_workspace(env)
    record = find_record(workspace, run)
    state = workspace.environment.state
    texts = list(load_logs(state, record.job, record.run_id))
    if not texts:
        raise MisconfiguredError(
            f"no log of run {record.run_id} is kept",
            where=state.uri,
            hint=f"sparkjob show {record.run_id} tells how it ended.",
        )
    if json_:
        attempts = [text.splitlines() for text in texts]
        print_json({"run_id": record.run_id, "job": record.job, "attempts": attempts})
        return
    click.echo(f"{record.job} {record.interval} {record.outcome.value} · {record.started:%Y-%m-%d %H:%M} UTC")
    click.echo("\n".join(texts), nl=False)
