"""One invocation, as `sparkjob run` and a job file under spark-submit share it."""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from framework.cli.examples import print_examples
from framework.cli.faults import print_faults
from framework.cli.options import print_json
from framework.cli.workspace import Workspace
from framework.environment.location import Location
from framework.errors import MisconfiguredError, SparkjobError
from framework.outcome import exit_code
from framework.plan.steps import Plan, Request, Unchanged
from framework.present.summary import render_heading, render_summary
from framework.record.document import build_document
from framework.record.ids import check_run_id, new_id
from framework.record.merge import merge_records
from framework.record.record import RunRecord
from framework.run.context import Context
from framework.run.events import PlainReporter
from framework.run.progress import TerminalReporter
from framework.run.result import print_result, write_result
from framework.run.walk import walk


@dataclass(frozen=True, kw_only=True)
class Options:
    """How an invocation tells its end.

    `result`: URI of the one job's JSON; `results`: print `sparkjob-result` lines; `json_`: print
    all records as JSON and nothing else. `show_rows`: how many failing rows of each rule to print.
    `begun`: when the command did, by the monotonic clock.
    """

    run_id: str | None = None
    result: str | None = None
    results: bool = False
    json_: bool = False
    show_rows: int = 0
    begun: float = field(default_factory=time.monotonic)


def prepare(workspace: Workspace, request: Request, options: Options) -> Context:
    """The context of an invocation. Raises `MisconfiguredError` when the options do not fit it."""
    if not request.intervals:
        raise MisconfiguredError(
            "nothing to run: no job is selected that Spark runs",
            hint="An external job is run by its runner; sparkjob graph shows which are.",
        )
    is_for_one = options.run_id is not None or options.result is not None
    if is_for_one and len(request.intervals) != 1:
        raise MisconfiguredError("--run-id and --result are for one job", hint="Name the one job to run.")
    return Context(
        project=workspace.project,
        environment=workspace.environment,
        request=request,
        invocation=new_id(),
        reporter=PlainReporter(),
        run_id=None if options.run_id is None else check_run_id(options.run_id),
    )


def invoke(context: Context, plan: Plan, options: Options) -> int:
    """Execute the plan, tell its end, and return the exit code."""
    if not options.json_ and not all(isinstance(step, Unchanged) for step in plan.steps):
        units = [unit for intervals in context.request.intervals.values() for unit in intervals]
        click.echo(render_heading(context.environment.project, context.environment.name, units))
        for name, reason in context.request.left_out.items():
            click.echo(f"  {name}   left out: {reason}")
    with _reporting(context, idle=plan.is_idle), context.guard.watching():
        records = list(walk(plan, context))
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
