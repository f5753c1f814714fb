"""`sparkjob checks run`."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import click

from framework.audit.published import PublishedDataset, audit_published
from framework.cli.faults import print_faults
from framework.cli.invocation import Options, prepare
from framework.cli.options import as_json, environment, interval, print_json
from framework.cli.workspace import Workspace, load_workspace
from framework.contract.suggest import suggest
from framework.environment.commands import for_interval, in_environment
from framework.errors import Fault, MisconfiguredError, RetryError
from framework.outcome import Outcome, exit_code
from framework.plan.windows import span_of
from framework.present.published import outcome_of, render_published
from framework.project.project import datasets_of
from framework.record.document import Json, build_checks
from framework.run.classify import classify, is_foreseen
from framework.run.clock import now
from framework.run.context import Context
from framework.tables.readers import reader_of

_NAMED = 3
"""Intervals that are named when they are missing."""


@click.command()
@click.argument("datasets", nargs=-1, required=True, metavar="DATASET...")
@environment
@interval
@as_json
def run(datasets: tuple[str, ...], env: str, interval: str | None, json_: bool) -> int:
    """Evaluate the rules of published datasets on what is published now; no job runs. Starts Spark.

    A DATASET is a name or a pattern of names, like flights.*. Exits as a run would: 65 when a critical
    rule is broken, 70 when one could not be computed, 75 when an interval was not published yet.
    """
    workspace = load_workspace(env)
    found = _select(workspace, datasets)
    request = workspace.request(tuple(dict.fromkeys(found.values())), interval)
    context = prepare(workspace, request, Options())
    outcomes: list[Outcome] = []
    documents: list[Json] = []
    for dataset in found:
        try:
            outcomes += _check(dataset, context, documents if json_ else None)
        except Exception as error:
            if not is_foreseen(error):
                raise
            outcome, faults = classify(error)
            print_faults(faults)
            outcomes.append(outcome)
    if json_:
        print_json(documents)
    return exit_code(outcomes)


def _select(workspace: Workspace, patterns: Sequence[str]) -> dict[str, str]:
    """The datasets, each with the job that makes it."""
    project = workspace.project
    made = {dataset: job.name for job in project.jobs.values() for dataset in datasets_of(job)}
    found: dict[str, str] = {}
    faults = []
    for pattern in patterns:
        matching = [dataset for dataset in sorted(made) if fnmatchcase(dataset, pattern)]
        if not matching:
            hint = suggest(pattern, sorted(made), kind="Datasets") or "No job makes one"
            faults.append(Fault(what=f'no job makes a dataset "{pattern}"', hint=hint))
        for dataset in matching:
            job = project.jobs[made[dataset]]
            if job.runner is None:
                found[dataset] = job.name
            elif dataset == pattern:
                hint = "Put rules on the Input of a job that reads it"
                faults.append(Fault(what=f"{dataset} is made by {job.runner}", where=job.where, hint=hint))
    if faults:
        raise MisconfiguredError(faults)
    return found


def _check(dataset: str, context: Context, documents: list[Json] | None) -> list[Outcome]:
    """Look at one dataset and tell what was found. Raises `RetryError` when nothing is published of it."""
    project, environment = context.project, context.environment
    job, output = project.owner_of(dataset), project.output_of(dataset)
    assert job is not None, "it was selected"
    assert output is not None, "its owner makes it"
    binding = environment.binding(dataset)
    units = context.request.intervals.get(job.name, ())
    pin = reader_of(binding).pin(binding, units)
    intervals = tuple(unit for unit in units if unit in pin.generations)
    missing = [str(unit) for unit in units if unit not in pin.generations]
    asked = for_interval(span_of(units)) if units else ""
    lacking = RetryError(
        f"nothing is published yet of {', '.join(missing[:_NAMED])}"
        + (f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""),
        where=dataset,
        hint=f"sparkjob run {job.name}{asked}{in_environment(environment.name)}",
    )
    if not intervals:
        raise lacking
    verdicts = audit_published(
        PublishedDataset(job=job, output=output, binding=binding, pin=pin, intervals=intervals),
        project,
        environment,
        spark=lambda: context.spark,
        now=now(),
    )
    outcome = outcome_of(verdicts)
    if documents is None:
        click.echo(render_published(dataset, pin.read_version, intervals, verdicts))
    else:
        documents.append(
            {
                "dataset": dataset,
                "version": pin.read_version,
                "intervals": [each.key for each in intervals],
                "missing": list(missing),
                "exit_code": outcome.exit_code,
                "checks": build_checks(verdicts),
            }
        )
    if missing:
        print_faults(lacking.faults)
        return [outcome, lacking.outcome]
    return [outcome]
