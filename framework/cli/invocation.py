"""One invocation, as `sparkjob run` and a job file under spark-submit share it."""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from framework.cli.examples import print_examples
from framework.cli.faults import print_faults
from framework.cli.options import print_json
from framework.cli.workspace import Workspace
from framework.environment.location import Location
from framework.errors import Fault, MisconfiguredError, SparkjobError
from framework.notify.listener import Listener, Nobody
from framework.outcome import exit_code
from framework.plan.steps import Plan, Request, Unchanged
from framework.present.summary import render_heading, render_summary
from framework.record.document import build_document
from framework.record.ids import check_run_id, new_id
from framework.record.invocation import Invocation, write_invocation
from framework.record.merge import in_order_of, merge_records
from framework.record.record import RunRecord
from framework.run.context import Context
from framework.run.events import PlainReporter
from framework.run.log import capturing
from framework.run.parallel import walk_at_once
from framework.run.progress import TerminalReporter
from framework.run.result import print_result, write_result
from framework.run.walk import walk


@dataclass(frozen=True, kw_only=True)
class Options:
    """How an invocation tells its end.

    `result`: URI of the one job's JSON; `results`: print `sparkjob-result` lines; `json_`: print
    all records as JSON and nothing else. `show_rows`: how many failing rows of each rule to print.
    `parallel`: how many runs may be at work at once. `resumes`: the invocation that this one takes up.
    `begun`: when the command did, by the monotonic clock.
    """

    run_id: str | None = None
    result: str | None = None
    results: bool = False
    json_: bool = False
    show_rows: int = 0
    parallel: int = 1
    resumes: Invocation | None = None
    begun: float = field(default_factory=time.monotonic)


def prepare(workspace: Workspace, request: Request, options: Options) -> Context:
    """The context of an invocation. Raises `MisconfiguredError` when the options do not fit it."""
    external = [name for name in request.left_out if workspace.project.jobs[name].runner is not None]
    if not workspace.project.jobs:
        raise MisconfiguredError("nothing to run: the project has no jobs", hint="Job files are in jobs/.")
    if external:
        reasons = [f"{name} is {request.left_out[name]}" for name in external]
        raise MisconfiguredError(
            f"nothing to run: {'; '.join(reasons)}",
            hint="An external job is run by its runner; `graph` shows which are.",
        )
    is_for_one = options.run_id is not None or options.result is not None
    if is_for_one and len(request.intervals) > 1:
        raise MisconfiguredError("--run-id and --result are for one job", hint="Name the one job to run.")
    return Context(
        project=workspace.project,
        environment=workspace.environment,
        request=request,
        invocation=new_id(),
        reporter=PlainReporter(),
        run_id=None if options.run_id is None else check_run_id(options.run_id),
        parallel=options.parallel,
        listener=_listener_of(workspace),
    )


def invoke(context: Context, plan: Plan, options: Options) -> int:
    """Execute the plan, tell its end, and return the exit code."""
    if not context.request.intervals:  # a tick at which no unit of a job ended, or nothing that failed
        reasons = [f"{name}: {reason}" for name, reason in context.request.left_out.items()]
        lines = [f"nothing to run: {reason}" for reason in reasons or ["no job is selected"]]
        print_json([]) if options.json_ else click.echo("\n".join(lines))
        return 0
    if not all(isinstance(step, Unchanged) for step in plan.steps):
        if not options.json_:
            units = [unit for intervals in plan.intervals.values() for unit in intervals]
            click.echo(render_heading(context.environment.project, context.environment.name, units))
            for name, reason in context.request.left_out.items():
                click.echo(f"  {name}   left out: {reason}")
        _keep(context, plan, options)
    with _reporting(context, idle=plan.is_idle), capturing(), context.guard.watching():
        if context.parallel == 1:
            records = list(_telling(walk(plan, context), context.listener))
        else:
            records = in_order_of(plan, _telling(walk_at_once(plan, context), context.listener))
        context.listener.close()
    _tell(records, context, options, seconds=time.monotonic() - options.begun)
    outcomes = [part.outcome for record in records for part in record.intervals]
    if options.result is not None:
        try:
            _write_result(options.result, merge_records(records), context.environment.stores.values())
        except SparkjobError as error:
            # What is published stays so; who waits for the result must learn that there is none.
            print_faults([replace(fault, where=f"--result {options.result}") for fault in error.faults])
            outcomes.append(error.outcome)
    return exit_code(outcomes)


def _listener_of(workspace: Workspace) -> Listener:
    environment = workspace.environment
    if environment.on_failure is None and environment.lineage is None:
        return Nobody()
    from framework.notify.listeners import build_listeners

    return build_listeners(workspace.project, environment)


def _telling(records: Iterator[RunRecord], listener: Listener) -> Iterator[RunRecord]:
    """The records, of each of which the listener is told as it comes."""
    for record in records:
        listener.ended(record)
        yield record


def _keep(context: Context, plan: Plan, options: Options) -> None:
    """Remember what was asked for, so that it can be resumed, however this process ends."""
    asked = replace(context.request, intervals=plan.intervals, only=None)
    invocation = Invocation(
        id=context.invocation,
        started=datetime.now(UTC),
        request=asked if options.resumes is None else options.resumes.request,
        resumes=None if options.resumes is None else options.resumes.id,
    )
    try:
        write_invocation(context.environment.state, invocation)
    except SparkjobError as error:
        # What it publishes does not depend on it.
        print_faults([Fault(what=f"warning: this invocation cannot be resumed: {error}")])


@contextmanager
def _reporting(context: Context, *, idle: bool) -> Iterator[None]:
    if idle or not sys.stderr.isatty():
        yield
        return
    with TerminalReporter() as reporter:
        context.reporter = reporter
        yield


def _tell(records: list[RunRecord], context: Context, options: Options, *, seconds: float) -> None:
    if options.json_:
        print_json([build_document(record) for record in records])
    else:
        data = _shown(context.environment.stores)
        spark = context.has_spark
        click.echo(render_summary(records, seconds=seconds, data=data, spark_started=spark))
        for record in records if options.show_rows else ():
            print_examples(record, context.project, lambda: context.spark, options.show_rows)
    if options.results:
        for job in dict.fromkeys(record.job for record in records):
            print_result(merge_records([record for record in records if record.job == job]))


def _write_result(uri: str, record: RunRecord, stores: Iterable[Location]) -> None:
    """Below a store of the environment with that store's access, elsewhere with the ordinary one."""
    folder, _, name = uri.rpartition("/")
    place = folder if "://" in folder else str(Path(folder).resolve())
    store = next((each for each in stores if f"{place}/".startswith(f"{each.uri}/")), None)
    write_result(Location(uri=place, options=store.options if store else {}), name, record)


def _shown(stores: Mapping[str, Location]) -> str:
    """Where the data is, for a person: relative to the working directory where that is shorter."""
    store = stores.get("lake") or next(iter(stores.values()))
    if not store.is_local:
        return store.uri
    path = Path(store.uri)
    return f"{path.relative_to(Path.cwd())}/" if path.is_relative_to(Path.cwd()) else f"{path}/"
