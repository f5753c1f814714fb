"""`sparkjob resume`."""

import time
from dataclasses import replace
from itertools import takewhile

import click

from framework.cli.examples import refuse_rows_as_json, show_rows
from framework.cli.invocation import Options, invoke, prepare
from framework.cli.options import as_json, environment, parallel, print_json
from framework.cli.workspace import Workspace, load_workspace
from framework.environment.location import Location
from framework.errors import MisconfiguredError
from framework.interval import Interval
from framework.outcome import Outcome
from framework.plan.resume import remaining
from framework.record.invocation import Invocation, chain_of, load_invocation
from framework.record.store import load_record, load_records
from framework.run.planning import making


@click.command()
@click.argument("invocation", required=False)
@environment
@click.option("--last", is_flag=True, help="The last invocation of the environment, whoever's it was.")
@parallel
@show_rows
@as_json
def resume(invocation: str | None, env: str, last: bool, parallel: int, show_rows: int, json_: bool) -> int:
    """Plan the jobs and intervals of an earlier invocation again, and run what is not current.

    INVOCATION: the id of one, or of a run of it, or the beginning of an id.
    """
    begun = time.monotonic()
    if last == (invocation is not None):
        raise MisconfiguredError(
            "say what to resume: one invocation, or --last", hint="sparkjob resume --last"
        )
    refuse_rows_as_json(show_rows, is_json=json_)
    workspace = load_workspace(env)
    found = _named(workspace.environment.state, invocation)
    request = remaining(found.request, workspace.project, _published(workspace, found))
    # Also what is left out of the request was made by it: a sandbox reads it where it was written.
    environment = making(workspace.project, workspace.environment, found.request)
    workspace = replace(workspace, environment=environment)
    if not json_:
        click.echo(f"resumes {found.id} of {found.started:%Y-%m-%d %H:%M} UTC")
    if not request.intervals:
        print_json([]) if json_ else click.echo("nothing is left of it")
        return 0
    options = Options(begun=begun, json_=json_, show_rows=show_rows, parallel=parallel, resumes=found)
    context = prepare(workspace, request, options)
    return invoke(context, context.plan(), options)


def _named(state: Location, name: str | None) -> Invocation:
    try:
        return load_invocation(state, name)
    except MisconfiguredError as unknown:
        if name is None:
            raise
        try:
            run = load_record(state, name)
        except MisconfiguredError:
            raise unknown from None
        return load_invocation(state, run.invocation)


def _published(workspace: Workspace, invocation: Invocation) -> dict[str, set[Interval]]:
    """Intervals by job that the invocation, and those that it resumes, have published.

    Only of jobs of which a plan cannot tell: see `remaining`.
    """
    state, request = workspace.environment.state, invocation.request
    jobs = [workspace.project.jobs[name] for name in request.intervals if name in workspace.project.jobs]
    names = [job.name for job in jobs if request.force or job.rerun == "always"]
    if not names:
        return {}
    chain = {each.id: each.started for each in chain_of(state, invocation)}
    since = min(chain.values())
    return {
        name: {
            part.interval
            for record in takewhile(lambda record: record.started >= since, load_records(state, name))
            for part in record.intervals
            if record.invocation in chain and part.outcome is Outcome.PUBLISHED
        }
        for name in names
    }
