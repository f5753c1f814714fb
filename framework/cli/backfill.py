"""`sparkjob backfill`."""

import click

from framework.cli.asked import Asked, asked, executed
from framework.cli.invocation import Options, invoke, prepare
from framework.cli.options import all_jobs, only, only_of, print_json, require_selection
from framework.environment.commands import in_environment
from framework.errors import MisconfiguredError


@click.command()
@asked
@all_jobs
@only
@executed
def backfill(asked: Asked, all_: bool, missing: bool, stale: bool, options: Options) -> int:
    """Run the intervals of a range that are not current: missing, or made by older code or of older inputs.

    `sparkjob plan` with the same arguments shows them. Killed, it is taken up by `sparkjob resume --last`.
    """
    require_selection(asked.selectors, all_=all_, command="backfill")
    if asked.interval is None:
        hint = f"sparkjob status{in_environment(asked.env)} shows the gaps of each job."
        raise MisconfiguredError("say which range to fill: --interval", hint=hint)
    workspace, request = asked.load(only=only_of(missing=missing, stale=stale))
    context = prepare(workspace, request, options)
    plan = context.plan()
    if request.intervals and not plan.steps:
        nothing = f"nothing is {request.only} in {asked.interval}"
        print_json([]) if options.json_ else click.echo(nothing)
        return 0
    return invoke(context, plan, options)
