"""A project's contracts as a manifest. Pure: equal projects, equal manifests."""

from pathlib import PurePosixPath
from posixpath import normpath

from framework.contract.frozen import finite
from framework.contract.modes import tracked_columns, validity_columns
from framework.contract.parameters import parameter_types
from framework.contract.quarantine import declared_output, limits_of, published_outputs
from framework.contract.runners import Command, EcsTask, LambdaFunction, SparkApplication
from framework.contract.schema import Schema
from framework.contract.types import Expectation, Job, Output
from framework.interval import GRAINS, Grain
from framework.manifest.model import (
    ApplicationEntry,
    ColumnEntry,
    CommandEntry,
    DatasetEntry,
    EcsEntry,
    ExpectationEntry,
    Index,
    InputEntry,
    IntervalEntry,
    JobDocument,
    JobEntry,
    LambdaEntry,
    Manifest,
    OutputEntry,
    ParameterEntry,
    QuarantineEntry,
    StartEntry,
)
from framework.project.digests import checks_digest, contract_digest, reads_digest
from framework.project.project import Project, datasets_of


def build_manifest(project: Project) -> Manifest:
    """The manifest of a validated project (see `project.validate`)."""
    jobs = {name: _job(project, project.jobs[name]) for name in sorted(project.jobs)}
    return Manifest(jobs=jobs, index=_index(project))


def document_path(job: str) -> str:
    """Where a job's document is, below the manifest's folder."""
    return f"jobs/{job}.json"


def _index(project: Project) -> Index:
    readers: dict[str, set[str]] = {}
    for job in project.jobs.values():
        for dataset in datasets_of(job):
            readers.setdefault(dataset, set())
        for declared in job.inputs.values():
            readers.setdefault(declared.dataset, set()).add(job.name)
    owners = {dataset: project.owner_of(dataset) for dataset in readers}
    return Index(
        jobs={
            name: JobEntry(
                document=document_path(name),
                upstream=tuple(sorted(project.upstream_of(name))),
                downstream=tuple(sorted(project.downstream_of(name))),
            )
            for name in sorted(project.jobs)
        },
        datasets={
            dataset: DatasetEntry(
                job=owner.name if (owner := owners[dataset]) else None,
                readers=tuple(sorted(readers[dataset])),
            )
            for dataset in sorted(readers)
        },
    )


def _job(project: Project, job: Job) -> JobDocument:
    return JobDocument(
        name=job.name,
        kind="external" if job.runner is not None else "sql" if job.sql_file is not None else "python",
        file=job.where.file,
        sql_file=None if job.sql_file is None else _beside(job, job.sql_file),
        runner=None if job.runner is None else str(job.runner),
        start=_start(job),
        ready=job.ready,
        inputs=tuple(
            InputEntry(
                name=name,
                dataset=declared.dataset,
                window=declared.window,
                columns=declared.columns,
                optional=declared.optional,
                file_schema=None if declared.schema is None else _columns(declared.schema),
                expectations=tuple(map(_expectation, declared.expectations)),
            )
            for name, declared in sorted(job.inputs.items())
        ),
        outputs=tuple(_output(job, output) for _, output in sorted(published_outputs(job).items())),
        interval=_interval(job),
        rerun=job.rerun,
        parameters=_parameters(job),
        secrets=dict(sorted(job.secrets.items())),
        uses=tuple(sorted(_beside(job, name) for name in job.uses)),
        owner=job.owner,
        tags=tuple(sorted(job.tags)),
        description=job.description.strip(),
        code_digest=project.hashes[job.name],
        reads_digest=reads_digest(job),
    )


def _start(job: Job) -> StartEntry | None:
    match job.runner:
        case Command(words=words):
            return CommandEntry(words=words)
        case EcsTask() as task:
            return EcsEntry(
                cluster=task.cluster,
                definition=task.definition,
                container=task.container,
                command=tuple(task.command),
                subnets=tuple(task.subnets),
                security_groups=tuple(task.security_groups),
                public_ip=task.public_ip,
            )
        case LambdaFunction() as called:
            return LambdaEntry(function=called.function, payload=dict(sorted(called.payload.items())))
        case SparkApplication() as spark:
            return ApplicationEntry(
                application=spark.application,
                arguments=tuple(spark.arguments),
                java_class=spark.java_class,
            )
        case _:
            return None


def _beside(job: Job, name: str) -> str:
    # What a job names stands beside the declaring file; the manifest has it from the root.
    return normpath(PurePosixPath(job.where.file).parent / name)


def _output(job: Job, output: Output) -> OutputEntry:
    declared = declared_output(job, output.dataset) or output
    limits = limits_of(declared)
    return OutputEntry(
        name=next((name for name, each in job.outputs.items() if each == declared), None) or None,
        dataset=output.dataset,
        columns=() if output.schema is None else _columns(output.schema),
        key=output.key,
        time=output.time,
        mode=output.mode,
        sequence_by=output.sequence_by,
        delete_when=output.delete_when,
        tracked=tracked_columns(output) if output.mode == "scd2" else None,
        validity=validity_columns(output) or None,
        partition_columns=output.partition_columns,
        expectations=tuple(_expectation(expectation) for expectation in output.expectations),
        quarantine=None
        if declared is output
        else QuarantineEntry(
            dataset=declared.dataset, max_rows=limits.max_rows, max_fraction=limits.max_fraction
        ),
        contract_digest=contract_digest(job, output),
        checks_digest=checks_digest(job, declared),
    )


def _columns(schema: Schema) -> tuple[ColumnEntry, ...]:
    return tuple(
        ColumnEntry(
            name=column.name,
            type=column.type,
            nullable=column.nullable,
            masked=column.masked,
            description=column.comment,
        )
        for column in schema.columns
    )


def _expectation(expectation: Expectation) -> ExpectationEntry:
    return ExpectationEntry(
        type=expectation.type,
        arguments={name: finite(value) for name, value in sorted(expectation.arguments.items())},
        severity=expectation.severity,
        mostly=float(expectation.mostly),
        on_fail=expectation.on_fail,
        scope=expectation.scope,
    )


def _interval(job: Job) -> IntervalEntry | None:
    grains: dict[str | None, Grain] = {grain: grain for grain in GRAINS}
    grain = grains.get(job.interval)
    if grain is None:
        return None
    return IntervalEntry(grain=grain, start=job.start, timezone=job.timezone, batch=job.batch)


def _parameters(job: Job) -> tuple[ParameterEntry, ...]:
    types = parameter_types(job)
    return tuple(
        ParameterEntry.model_validate(
            {
                "name": name,
                "type": types[name].scalar.__name__,
                "optional": types[name].optional,
                "default": default,
            }
        )
        for name, default in sorted(job.parameters.items())
        if name in types
    )
