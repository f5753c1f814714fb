"""All rights that one job needs in one environment, and no others. Pure: nobody is asked."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from framework.contract.quarantine import published_outputs
from framework.contract.types import Job
from framework.environment.connection import Connection
from framework.environment.environment import Binding, Environment
from framework.environment.fetch import parse_reference
from framework.environment.location import Location
from framework.environment.secrets import Secret
from framework.grants.policy import (
    DELETE,
    READ,
    WRITE,
    Statement,
    in_partition,
    on_objects,
    partition_of,
    to_list,
)
from framework.grants.sql import SOMEBODY, Grant, grants_to_read, grants_to_write
from framework.project.project import Project

_GLUE = (
    *("glue:GetDatabase", "glue:GetTable", "glue:CreateTable", "glue:UpdateTable", "glue:GetPartitions"),
    *("glue:BatchCreatePartition", "glue:BatchUpdatePartition", "glue:BatchDeletePartition"),
)
_STAGES = {"delta": "data", "parquet": "_versions", "redshift": "data"}
"""The folder below a table in which runs stage; what a run has left there it also removes."""
_UNLOADED = "unload"


@dataclass(frozen=True, kw_only=True)
class JobGrants:
    """The rights of a job.

    `policy`: of the role or user as which the job's process runs. `copy_roles`: what the roles of COPY and
    UNLOAD need by their ARN, "default" for a cluster's default one. `notes`: what cannot be derived.
    """

    job: str
    environment: str
    sql: tuple[Grant, ...]
    policy: tuple[Statement, ...]
    copy_roles: Mapping[str, tuple[Statement, ...]]
    notes: tuple[str, ...]


def build_grants(project: Project, environment: Environment, name: str) -> JobGrants:
    """The rights of job `name`. Raises `MisconfiguredError` for a dataset without a place."""
    job = project.jobs[name]
    made = tuple(published_outputs(job).values())
    outputs = [environment.binding(output.dataset) for output in made]
    own = {binding.dataset for binding in outputs}
    others = sorted({declared.dataset for declared in job.inputs.values()} - own)
    read = [environment.input(dataset) for dataset in others]
    # Rules about the whole table read what is published, as does a job that reads its own output.
    again = {output.dataset for output in made if any(rule.scope == "table" for rule in output.expectations)}
    again |= own & {declared.dataset for declared in job.inputs.values()}
    unloaded = [binding for binding in (*outputs, *read) if binding.dataset in again or binding in read]
    sql: list[Grant] = []
    for binding in outputs:
        if binding.database is not None:
            sql += grants_to_write(binding, binding.database)
    for binding in unloaded:
        if binding.database is not None:
            ours = project.owner_of(binding.dataset) is not None
            sql += grants_to_read(binding, binding.database, ours=ours, owned=binding.dataset in own)
    partition = _partition(environment)
    policy = dict.fromkeys(_policy(job, environment, unloaded, outputs))
    return JobGrants(
        job=name,
        environment=environment.name,
        sql=tuple(dict.fromkeys(sql)),
        policy=tuple(in_partition(each, partition) for each in policy),
        copy_roles={
            role: tuple(in_partition(each, partition) for each in said)
            for role, said in _copy_roles(unloaded, outputs).items()
        },
        notes=tuple(dict.fromkeys(_notes(environment, read, outputs))),
    )


def _partition(environment: Environment) -> str:
    """The partition of AWS in which the environment is: nothing of one reaches into another."""
    connections = environment.connections.values()
    regions = [store.options.get("AWS_REGION") for store in environment.stores.values()]
    regions += [connection.region for connection in connections]
    found = {partition_of(region) for region in regions if region is not None}
    roles = [role for each in connections if each.copy_role for role in each.copy_role.split(",")]
    found |= {role.split(":")[1] for role in roles}
    return min(found - {"aws"}, default="aws")


def _policy(
    job: Job, environment: Environment, read: Iterable[Binding], outputs: Iterable[Binding]
) -> Iterator[Statement]:
    listed: list[Location] = []
    for binding in read:
        if binding.format == "redshift":
            yield from _on(
                binding.stage, f"reads {binding.dataset} by UNLOAD", (*READ, *DELETE), f"{_UNLOADED}/*"
            )
            listed.append(binding.stage)
        else:
            # What is no table may be a single file.
            itself = () if binding.format in _STAGES else ("",)
            yield from _on(binding.location, f"reads {binding.dataset}", READ, *itself, "*")
            listed.append(binding.location)
    for binding in outputs:
        place, why = binding.stage, f"publishes {binding.dataset}"
        yield from _on(place, why, WRITE)
        yield from _on(place, f"{why}: its own stage", DELETE, f"{_STAGES[binding.format]}/*")
        listed.append(place)
        if binding.catalog is not None and binding.catalog.type == "glue":
            yield _glue(binding)
    yield from _on(environment.state, "records and intents", WRITE)
    if environment.cluster is not None:
        yield from _on(environment.releases, "is started from a release", READ)
    on_s3 = [place for place in (*listed, environment.state) if place.is_s3]
    yield from to_list("lists what it reads and writes", on_s3, "s3:ListBucketMultipartUploads")
    yield from _on_secrets(job, environment, (*read, *outputs))
    for connection in _connections((*read, *outputs)):
        yield from _to_connect(connection)
    yield from _to_tell(environment)


def _on(place: Location, why: str, actions: Iterable[str], *below: str) -> Iterator[Statement]:
    if place.is_s3:
        yield on_objects(why, tuple(actions), place, *below)


def _glue(binding: Binding) -> Statement:
    catalog = binding.catalog
    assert catalog is not None
    arn = f"arn:aws:glue:{catalog.region or '*'}:*"
    return Statement(
        why=f"shows {binding.dataset} in {catalog}",
        actions=_GLUE,
        resources=(
            f"{arn}:catalog",
            f"{arn}:database/{catalog.database}",
            f"{arn}:table/{catalog.database}/{catalog.table}",
        ),
    )


def _on_secrets(job: Job, environment: Environment, bindings: Iterable[Binding]) -> Iterator[Statement]:
    every = tuple(bindings)
    secrets = [environment.secrets[name] for name in job.secrets.values() if name in environment.secrets]
    secrets += [each.password for each in _connections(every) if each.password is not None]
    secrets += _of_listeners(environment)
    names = sorted({name for secret in secrets if (name := _of_manager(secret)) is not None})
    for name in names:
        # Secrets Manager puts six signs behind a name.
        arn = name if name.startswith("arn:") else f"arn:aws:secretsmanager:*:*:secret:{name}-??????"
        yield Statement(
            why=f'reads the secret "{name}"', actions=("secretsmanager:GetSecretValue",), resources=(arn,)
        )


def _of_listeners(environment: Environment) -> Iterator[Secret]:
    """Where it is told of runs, if a secret says it; an address may be written out instead."""
    webhook = None if environment.on_failure is None else environment.on_failure.webhook
    token = None if environment.lineage is None else environment.lineage.token
    return (each for each in (webhook, token) if each is not None and each.reference.startswith("${"))


def _to_tell(environment: Environment) -> Iterator[Statement]:
    topic = None if environment.on_failure is None else environment.on_failure.topic
    if topic is not None:
        yield Statement(why="tells of runs that fail", actions=("sns:Publish",), resources=(topic,))


def _of_manager(secret: Secret) -> str | None:
    source, name, _ = parse_reference(secret.reference)
    return name if source == "aws-sm" else None


def _connections(bindings: Iterable[Binding]) -> tuple[Connection, ...]:
    found = {each.database.name: each.database for each in bindings if each.database is not None}
    return tuple(found.values())


def _to_connect(connection: Connection) -> Iterator[Statement]:
    """What IAM must allow for a password that passes."""
    why = f"comes into {connection.name} by IAM"
    if connection.workgroup is not None:
        # The ARN has the workgroup's id, which no configuration knows.
        yield Statement(
            why=why,
            actions=("redshift-serverless:GetCredentials", "redshift-serverless:GetWorkgroup"),
            resources=(f"arn:aws:redshift-serverless:{connection.region}:*:workgroup/*",),
        )
    elif connection.cluster is not None:
        arn = f"arn:aws:redshift:{connection.region}:*"
        database = f"{arn}:dbname:{connection.cluster}/{connection.database}"
        if connection.user is None:
            yield Statement(
                why=why, actions=("redshift:GetClusterCredentialsWithIAM",), resources=(database,)
            )
        else:
            user = f"{arn}:dbuser:{connection.cluster}/{connection.user}"
            yield Statement(why=why, actions=("redshift:GetClusterCredentials",), resources=(user, database))
        if connection.host is None:
            yield Statement(
                why=why,
                actions=("redshift:DescribeClusters",),
                resources=(f"{arn}:cluster:{connection.cluster}",),
            )


def _copy_roles(read: Iterable[Binding], outputs: Iterable[Binding]) -> Mapping[str, tuple[Statement, ...]]:
    found: dict[str, list[Statement]] = {}
    used = [(binding, "COPY") for binding in outputs] + [(binding, "UNLOAD") for binding in read]
    for binding, statement in used:
        if binding.database is None:
            continue
        why, place = f"{statement} of {binding.dataset}", binding.stage
        mine = found.setdefault(binding.database.copy_role or "default", [])
        if statement == "COPY":
            mine.append(on_objects(why, READ, place, f"{_STAGES['redshift']}/*"))
        else:
            mine.append(on_objects(why, WRITE, place, f"{_UNLOADED}/*"))
        mine += to_list(why, [place], "s3:GetBucketLocation")
    return {role: tuple(dict.fromkeys(statements)) for role, statements in found.items()}


def _notes(environment: Environment, read: Iterable[Binding], outputs: Iterable[Binding]) -> Iterator[str]:
    every = (*read, *outputs)
    for binding in every:
        for said, text in (
            ("query", binding.redshift.query),
            ("version_query", binding.redshift.version_query),
        ):
            if text is not None:
                yield f"{binding.dataset}: SELECT on what its {said} reads"
    if any(each.password is None and each.user is None for each in _connections(every)):
        yield f'"{SOMEBODY}" stands for a name that only the cluster knows, like IAMR:the-role'
    places = [environment.state, *(each.stage for each in outputs)]
    if any(place.is_s3 for place in places):
        yield "a bucket with a key of AWS KMS needs kms:Decrypt and kms:GenerateDataKey on it"
