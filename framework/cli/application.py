"""A job file, or a folder of them, as a Spark application; and the look before Spark is started.

`./spark-submit.sh` first calls `python -m framework.cli.application --check APP [ARGUMENTS]…`,
which exits with `START_SPARK` when a step has to be built, and otherwise does all there is to do.
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import click

from framework.cli.faults import exit_code_of
from framework.cli.invocation import Options, invoke, prepare
from framework.cli.options import environment, interval, parallel, parameters
from framework.cli.workspace import Workspace, load_workspace
from framework.contract.types import Job
from framework.errors import MisconfiguredError
from framework.project.load import job_of
from framework.stage.yarn import end_as_application

START_SPARK = 100
"""Exit code of `--check`, outside the five: nothing was done, a step needs Spark."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("application", type=click.Path(path_type=Path))
@click.option("--job", hidden=True, help="The job that called main().")
@click.option("--check", is_flag=True, hidden=True, help=f"Exit {START_SPARK} when Spark is needed.")
@environment
@interval
@parameters
@click.option("--force", is_flag=True, help="Run also what is unchanged.")
@parallel
@click.option("--result", metavar="URI", help="Write the result JSON here.")
@click.option("--run-id", metavar="ID", help="The run id, chosen by the scheduler.")
def application(
    application: Path,
    job: str | None,
    check: bool,
    env: str,
    interval: str | None,
    params: tuple[str, ...],
    force: bool,
    parallel: int,
    result: str | None,
    run_id: str | None,
) -> int:
    """Run the job of a file, or every job of a folder."""
    begun = time.monotonic()
    if not application.exists():
        raise MisconfiguredError("no such job file or folder", where=str(application))
    place = application.resolve()
    workspace = load_workspace(env, start=place)
    names = workspace.select((job,)) if job else _jobs_at(workspace, place)
    request = workspace.request(names, interval, params=params, force=force)
    options = Options(begun=begun, run_id=run_id, result=result, results=len(names) == 1, parallel=parallel)
    context = prepare(workspace, request, options)
    plan = context.plan()
    if check and not plan.is_idle:
        return START_SPARK
    return invoke(context, plan, options)


def _jobs_at(workspace: Workspace, place: Path) -> tuple[str, ...]:
    """Names of the jobs that the file, or a file below the folder, declares; in dependency order."""
    project = workspace.project
    below = place.relative_to(project.root).as_posix() if place.is_relative_to(project.root) else None
    names = [
        job.name
        for job in project.jobs.values()
        if below is not None and (job.where.file == below or job.where.file.startswith(f"{below}/"))
    ]
    if not names:
        raise MisconfiguredError("declares no job", where=str(place), hint="Job files are in jobs/.")
    return workspace.select(names)


def run_application(job: Callable[..., object] | Job) -> NoReturn:
    """Run the job that a file declares, with the process's arguments. See `framework.main`."""
    declared = job if isinstance(job, Job) else job_of(job)
    _exit([sys.argv[0], "--job", declared.name, *sys.argv[1:]], name=sys.argv[0])


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The folder's entry point."""
    _exit(arguments, name="spark-submit.sh")


def _exit(arguments: Sequence[str] | None, *, name: str) -> NoReturn:
    code = exit_code_of(application, arguments, name=name)
    end_as_application()
    sys.exit(code)


if __name__ == "__main__":
    main()
