"""`sparkjob submit`."""

import click

from framework.cli.options import environment, interval, parameters
from framework.cli.workspace import load_workspace
from framework.record.ids import check_run_id, new_id
from framework.release.submit import submit as submit_job


@click.command()
@click.argument("job", metavar="NAME")
@environment
@interval
@parameters
@click.option("--force", is_flag=True, help="Run also what is unchanged.")
@click.option("--run-id", metavar="ID", help="The run id; left out: a new one.")
def submit(
    job: str, env: str, interval: str | None, params: tuple[str, ...], force: bool, run_id: str | None
) -> int:
    """Start one job of the current release on the environment's cluster, and follow it to its end.

    Shows the end of its log and exits with the job's own code. `cluster` in configs/ says where.
    """
    found = load_workspace(env).environment
    id_ = new_id() if run_id is None else check_run_id(run_id)
    arguments = tuple(word for text in params for word in ("--param", text))
    done = submit_job(
        found,
        job,
        interval=interval or "",
        run_id=id_,
        arguments=(*arguments, *(("--force",) if force else ())),
        tell=click.echo,
    )
    if done.log:
        click.echo(done.log)
    if done.outcome is not None:
        click.echo(f"{job}   {done.outcome}   sparkjob show {id_} --env {env}")
    else:
        click.echo(f"{job}   {'nothing to run' if done.code == 0 else 'left no result'}")
    return done.code
