"""OpenLineage run events as JSON values. Pure.

By the specification 2-0-2 and the facets' versions that their addresses name (https://openlineage.io/spec).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from framework.checks.verdict import Verdict
from framework.contract.quarantine import published_outputs
from framework.contract.schema import Schema
from framework.contract.types import Job
from framework.environment.environment import Binding, Environment
from framework.interval import Interval
from framework.notify.alerts import reason_of
from framework.project.project import Project
from framework.record.record import RunRecord
from framework.version import __version__

Json = dict[str, object]
EventType = Literal["START", "COMPLETE", "FAIL"]

PRODUCER = f"https://pypi.org/project/sparkjob/{__version__}"
_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_VERSIONS = {
    "DataQualityAssertionsDatasetFacet": "1-1-0",
    "DatasetVersionDatasetFacet": "1-0-1",
    "DatasourceDatasetFacet": "1-0-1",
    "DocumentationJobFacet": "1-1-0",
    "ErrorMessageRunFacet": "1-0-1",
    "JobTypeJobFacet": "2-0-4",
    "NominalTimeRunFacet": "1-0-1",
    "OutputStatisticsOutputDatasetFacet": "1-0-2",
    "OwnershipJobFacet": "1-0-1",
    "ParentRunFacet": "1-2-0",
    "ProcessingEngineRunFacet": "1-1-1",
    "SchemaDatasetFacet": "1-2-0",
    "TagsRunFacet": "1-0-0",
}
_CLUSTER = re.compile(r"([^.]+)\.[^.]+\.([^.]+)\.redshift(?:-serverless)?\.amazonaws\.com(?:\.cn)?")


@dataclass(frozen=True, kw_only=True)
class Parent:
    """A run of a scheduler: its task, or the whole of which that is a part."""

    namespace: str
    job: str
    run: str


@dataclass(frozen=True, kw_only=True)
class Began:
    """A run of a job that began. `parent` and `root` are of the scheduler, if it says so."""

    job: Job
    interval: Interval
    run_id: str
    started: datetime
    parent: Parent | None = None
    root: Parent | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """What events are made from, the same for all of one invocation."""

    project: Project
    environment: Environment
    namespace: str


def parse_parent(text: str) -> Parent | None:
    """`namespace/job/run`, as OPENLINEAGE_PARENT_ID has it; None for anything else."""
    namespace, job, run = (*text.rsplit("/", 2), "", "")[:3]
    try:
        UUID(run)
    except ValueError:
        return None
    return Parent(namespace=namespace, job=job, run=run) if namespace and job else None


def build_start(source: Source, began: Began) -> Json:
    """The event of a run that began."""
    return _event("START", began.started, source, began, record=None)


def build_end(source: Source, began: Began, record: RunRecord) -> Json:
    """The event of its end: COMPLETE when what it made is current, else FAIL."""
    kind: EventType = "COMPLETE" if record.outcome.is_current else "FAIL"
    return _event(kind, record.ended, source, began, record)


def _event(kind: EventType, moment: datetime, source: Source, began: Began, record: RunRecord | None) -> Json:
    return {
        "eventType": kind,
        "eventTime": _time(moment),
        "producer": PRODUCER,
        "schemaURL": _EVENT,
        "run": {"runId": _run_id(source, began), "facets": _run_facets(began, record)},
        "job": {
            "namespace": source.namespace,
            "name": began.job.name,
            "facets": _job_facets(began.job),
        },
        "inputs": [_input(source, began.job, name, record) for name in began.job.inputs],
        "outputs": [_output(source, began.job, name, record) for name in published_outputs(began.job)],
    }


def _run_id(source: Source, began: Began) -> str:
    """One for each attempt: a scheduler's retry has the run id of its first try."""
    said = (
        source.namespace,
        source.environment.name,
        began.job.name,
        began.run_id,
        began.started.isoformat(),
    )
    return str(uuid5(NAMESPACE_URL, "\n".join(said)))


def _run_facets(began: Began, record: RunRecord | None) -> Json:
    facets: Json = {
        "tags": _facet(
            "TagsRunFacet", tags=[_tag("run_id", began.run_id), _tag("interval", str(began.interval))]
        )
    }
    if not began.interval.is_whole:
        start, end = _time(began.interval.start), _time(began.interval.end)
        facets["nominalTime"] = _facet("NominalTimeRunFacet", nominalStartTime=start, nominalEndTime=end)
    if began.parent is not None:
        root = {} if began.root is None else {"root": _parent(began.root)}
        facets["parent"] = _facet("ParentRunFacet", **_parent(began.parent), **root)
    if record is not None and "spark" in record.versions:
        facets["processing_engine"] = _facet(
            "ProcessingEngineRunFacet",
            name="spark",
            version=record.versions["spark"],
            openlineageAdapterVersion=__version__,
        )
    if record is not None and not record.outcome.is_current:
        what = f"{record.outcome.value}: {reason_of(record)}"
        facets["errorMessage"] = _facet("ErrorMessageRunFacet", message=what, programmingLanguage="PYTHON")
    return facets


def _job_facets(job: Job) -> Json:
    facets: Json = {
        "jobType": _facet("JobTypeJobFacet", processingType="BATCH", integration="SPARKJOB", jobType="JOB")
    }
    if job.description:
        facets["documentation"] = _facet("DocumentationJobFacet", description=job.description)
    if job.owner:
        facets["ownership"] = _facet("OwnershipJobFacet", owners=[{"name": job.owner}])
    return facets


def _input(source: Source, job: Job, name: str, record: RunRecord | None) -> Json:
    declared = job.inputs[name]
    made = source.project.output_of(declared.dataset)
    schema = declared.schema or (None if made is None else made.schema)
    found = _dataset(source.environment.input(declared.dataset), schema)
    facets = found["facets"]
    assert isinstance(facets, dict)
    if record is not None and declared.dataset in record.reads:
        version = record.reads[declared.dataset].removeprefix("@")
        facets["version"] = _facet("DatasetVersionDatasetFacet", datasetVersion=version)
    verdicts = [v for v in _verdicts(record) if v.is_input and v.dataset == declared.dataset]
    return {**found, "inputFacets": _assertions(verdicts)}


def _output(source: Source, job: Job, name: str, record: RunRecord | None) -> Json:
    output = published_outputs(job)[name]
    found = _dataset(source.environment.binding(output.dataset), output.schema)
    statistics: Json = {}
    if record is not None and output.dataset in record.written and record.outcome.is_current:
        written = record.written[output.dataset]
        rows = [part.rows[output.dataset] for part in record.intervals if output.dataset in part.rows]
        statistics["outputStatistics"] = _facet(
            "OutputStatisticsOutputDatasetFacet",
            size=written.size,
            fileCount=written.files,
            **({"rowCount": sum(rows)} if rows else {}),
        )
    verdicts = [v for v in _verdicts(record) if not v.is_input and v.dataset == output.dataset]
    facets = found["facets"]
    assert isinstance(facets, dict)
    return {**found, "facets": {**facets, **_assertions(verdicts)}, "outputFacets": statistics}


def _dataset(binding: Binding, schema: Schema | None) -> Json:
    namespace, name = dataset_name(binding)
    facets: Json = {
        "dataSource": _facet("DatasourceDatasetFacet", name=binding.dataset, uri=binding.location.uri)
    }
    if schema is not None:
        facets["schema"] = _facet("SchemaDatasetFacet", fields=_fields(schema))
    return {"namespace": namespace, "name": name, "facets": facets}


def dataset_name(binding: Binding) -> tuple[str, str]:
    """Namespace and name of a dataset, as OpenLineage's naming rules have them for its store."""
    location, database = binding.location, binding.database
    if binding.format == "redshift" and database is not None:
        host = database.host or ""
        known = _CLUSTER.fullmatch(host)
        cluster = database.cluster or database.workgroup
        if cluster is not None:
            host = f"{cluster}.{database.region}"
        elif known is not None:
            host = f"{known[1]}.{known[2]}"
        table = location.uri.removeprefix("redshift://").partition("/")[2]
        return f"redshift://{host}:{database.port}", f"{database.database}.{table}"
    if location.is_s3:
        bucket, _, key = location.uri.removeprefix("s3://").partition("/")
        return f"s3://{bucket}", key or "/"
    return "file", location.uri


def _fields(schema: Schema) -> list[Json]:
    return [
        {"name": c.name, "type": c.type, **({"description": c.comment} if c.comment else {})}
        for c in schema.columns
    ]


def _verdicts(record: RunRecord | None) -> Sequence[Verdict]:
    return () if record is None else record.verdicts


def _assertions(verdicts: Iterable[Verdict]) -> Json:
    """One for each rule and interval; no value that was observed is told."""
    told = [_assertion(verdict) for verdict in verdicts]
    facet = _facet("DataQualityAssertionsDatasetFacet", assertions=told)
    return {"dataQualityAssertions": facet} if told else {}


def _assertion(verdict: Verdict) -> Json:
    column = verdict.expectation.arguments.get("column")
    return {
        "assertion": verdict.expectation.type,
        "success": verdict.state == "pass",
        "name": str(verdict.expectation),
        "severity": "error" if verdict.severity == "critical" else "warn",
        **({"column": column} if isinstance(column, str) else {}),
    }


def _parent(parent: Parent) -> Json:
    return {"run": {"runId": parent.run}, "job": {"namespace": parent.namespace, "name": parent.job}}


def _tag(key: str, value: str) -> Mapping[str, str]:
    return {"key": f"sparkjob.{key}", "value": value, "source": "SPARKJOB"}


def _facet(type_: str, **fields: object) -> Json:
    url = f"{_SPEC}/facets/{_VERSIONS[type_]}/{type_}.json#/$defs/{type_}"
    return {"_producer": PRODUCER, "_schemaURL": url, **fields}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
