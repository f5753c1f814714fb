"""`sparkjob resume`."""

from dataclasses import replace
from itertools import takewhile

import click

from framework.cli.asked import executed
from framework.cli.invocation import Options, invoke, prepare
from framework.cli.options import environment, print_json
from framework.cli.workspace import Workspace, load_workspace
from framework.environment.commands import for_interval, in_environment
from framework.errors import MisconfiguredError
from framework.interval import Interval
from framework.outcome import Outcome
from framework.plan.resume import remaining
from framework.record.invocation import Invocation, chain_of, load_invocation
from framework.record.record import RunRecord
from framework.record.store import load_record, load_records
from framework.run.planning import making


@click.command()
@click.argument("invocation", required=False)
@environment
@click.option("--last", is_flag=True, help="The last invocation of the environment, whoever's it was.")
@executed
def resume(invocation: str | None, env: str, last: bool, options: Options) -> int:
    """Plan the jobs and intervals of an earlier invocation again, and run what is not current.

    INVOCATION: the id of one, or of a run of it, or the beginning of an id.
    """
    if last == (invocation is not None):
        hint = f"sparkjob resume{in_environment(env)} --last"
        raise MisconfiguredError("say what to resume: one invocation, or --last", hint=hint)
    workspace = load_workspace(env)
    found = _named(workspace, invocation)
    request = remaining(found.request, workspace.project, _published(workspace, found))
    # Also what is left out of the request was made by it: a sandbox reads it where it was written.
    environment = making(workspace.project, workspace.environment, found.request)
    workspace = replace(workspace, environment=environment)
    if not options.json_:
        click.echo(f"resumes {found.id} of {found.started:%Y-%m-%d %H:%M} UTC")
    if not request.intervals:
        print_json([]) if options.json_ else click.echo("nothing is left of it")
        return 0
    options = replace(options, resumes=found)
    context = prepare(workspace, request, options)
    return invoke(context, context.plan(), options)


def _named(workspace: Workspace, name: str | None) -> Invocation:
    """The invocation of this id, or that of the run of this id; without a name the last."""
    state = workspace.environment.state
    try:
        return load_invocation(state, name)
    except MisconfiguredError as unknown:
        if name is None:
            raise
        try:
            run = load_record(state, name)
        except MisconfiguredError:
            raise unknown from None
    try:
        return load_invocation(state, run.invocation)
    except MisconfiguredError:
        raise _nothing_asked(run, workspace) from None


def _nothing_asked(run: RunRecord, workspace: Workspace) -> MisconfiguredError:
    """A run that is known, and whose request is not: it was no run of a job, or `clean` has taken it."""
    asked = for_interval(run.interval) + in_environment(workspace.environment.name)
    return MisconfiguredError(
        f"what run {run.run_id} was asked for is not kept: clean takes it after 30 days, "
        "and a rollback or a migration has no request",
        where=f"{run.job} {run.interval}: {', '.join(run.reasons)}",
        hint=f"sparkjob plan {run.job}{asked} shows what is left.",
    )


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
