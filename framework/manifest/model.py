"""The manifest's documents: one a job and an index. Free of any environment, machine and time.

The models are the format: its JSON Schema (`schema/manifest-1.json`) is generated from them.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr
from typing_extensions import TypeAliasType

VERSION: Literal[1] = 1
"""The format's version. New optional fields keep it; anything else is a new one."""

Scalar = StrictBool | StrictInt | StrictFloat | StrictStr | None
Argument = TypeAliasType("Argument", "Scalar | tuple[Argument, ...]")
Digest = str


class Document(BaseModel):
    """A frozen document that refuses fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ColumnEntry(Document):
    """One column, in the order of the table."""

    name: str
    type: str = Field(description="Spark's simpleString in lower case: `bigint`, `decimal(15,2)`.")
    nullable: bool
    masked: bool = Field(description="Whether its values are never to be shown.")
    description: str | None


class ExpectationEntry(Document):
    """One data-quality rule, in Great Expectations' vocabulary without the `expect_`."""

    type: str
    arguments: Mapping[str, Argument]
    severity: Literal["critical", "warning"]
    mostly: float = Field(description="Fraction of the rows that are not missing that must hold, 0 to 1.")
    on_fail: Literal["reject", "quarantine"]
    scope: Literal["staged", "table"]


class InputEntry(Document):
    """A dataset that the job reads. `name` is the function's parameter or the query's view."""

    name: str
    dataset: str
    window: str | None = Field(description="A reach before the interval (`7 days`), `previous` or `all`.")
    columns: tuple[str, ...] | None = Field(description="The columns that are read; null for all.")
    optional: bool
    file_schema: tuple[ColumnEntry, ...] | None = Field(description="Columns of plain files, as declared.")
    expectations: tuple[ExpectationEntry, ...] = Field(
        default=(), description="What must hold of the rows before the job gets them."
    )


class QuarantineEntry(Document):
    """Whose broken rows a dataset holds, and how many of an interval may be split off."""

    dataset: str = Field(description="The output that the rows were meant for.")
    max_rows: int | None = Field(description="null: any number.")
    max_fraction: float | None = Field(description="Of the interval's rows, 0 to 1; null: any.")


class OutputEntry(Document):
    """A dataset that the job makes. `name` is null when the function returns its one frame itself.

    The quarantine of an output has the output's name.
    """

    name: str | None
    dataset: str
    columns: tuple[ColumnEntry, ...]
    key: tuple[str, ...]
    time: str | None
    mode: Literal["replace", "append", "merge", "scd2"]
    sequence_by: str | None
    delete_when: str | None = Field(
        default=None, description="Of merge and scd2: a predicate for rows that say that their key is gone."
    )
    tracked: tuple[str, ...] | None = Field(
        default=None, description="Of scd2: the columns whose change makes a new row."
    )
    validity: tuple[str, ...] | None = Field(
        default=None, description="Of scd2: the columns for from when, until when, and whether still."
    )
    partition_columns: tuple[str, ...]
    expectations: tuple[ExpectationEntry, ...]
    quarantine: QuarantineEntry | None = Field(description="null unless it holds the broken rows of another.")
    contract_digest: Digest
    checks_digest: Digest


class IntervalEntry(Document):
    """The unit that the job's datasets are made in. `start`: intervals before it do not exist."""

    grain: Literal["hour", "day", "month"]
    start: str | None
    timezone: str
    batch: int = Field(ge=1, description="How many neighbouring intervals one run may make at once.")


class ParameterEntry(Document):
    """A parameter that a run may set by `--param name=value`."""

    name: str
    type: Literal["str", "int", "float", "bool"]
    optional: bool = Field(description="Whether it may be null.")
    default: Scalar


class CommandEntry(Document):
    """A program and its arguments on a host of the scheduler. In texts `{interval}` is replaced."""

    kind: Literal["command"] = "command"
    words: tuple[str, ...]


class EcsEntry(Document):
    """A task on ECS (Fargate)."""

    kind: Literal["ecs"] = "ecs"
    cluster: str
    definition: str
    container: str
    command: tuple[str, ...]
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    public_ip: bool = Field(default=False, description="Whether its network interface gets a public address.")


class LambdaEntry(Document):
    """One synchronous call of a Lambda function."""

    kind: Literal["lambda"] = "lambda"
    function: str
    payload: Mapping[str, str]


class ApplicationEntry(Document):
    """Another Spark application."""

    kind: Literal["spark"] = "spark"
    application: str
    arguments: tuple[str, ...]
    java_class: str | None


StartEntry = CommandEntry | EcsEntry | LambdaEntry | ApplicationEntry


class JobDocument(Document):
    """Everything that a scheduler, or another team, may know of one job.

    `file`, `sql_file` and `uses` are paths below the project's root. `secrets` holds parameter → name of the
    secret, never a value. Digests are SHA-256 in hex: of the code that the job reaches and of
    what it reads.
    """

    version: Literal[1] = VERSION
    name: str
    kind: Literal["python", "sql", "external"]
    file: str
    sql_file: str | None
    runner: str | None = Field(description="What runs an external job.")
    start: StartEntry | None = Field(
        default=None, discriminator="kind", description="How a scheduler starts an external job."
    )
    ready: str | None = Field(description="How to see that an external job's interval is there.")
    inputs: tuple[InputEntry, ...]
    outputs: tuple[OutputEntry, ...]
    interval: IntervalEntry | None = Field(description="null for a job of whole tables.")
    rerun: Literal["when_changed", "always", "once"]
    parameters: tuple[ParameterEntry, ...]
    secrets: Mapping[str, str]
    uses: tuple[str, ...]
    owner: str | None
    tags: tuple[str, ...]
    description: str
    code_digest: Digest
    reads_digest: Digest


class JobEntry(Document):
    """A job in the index: where its document is, and whom it waits for."""

    document: str
    upstream: tuple[str, ...]
    downstream: tuple[str, ...]


class DatasetEntry(Document):
    """A dataset in the index. `job` is null for a source, which nobody in this project makes."""

    job: str | None
    readers: tuple[str, ...]


class Index(Document):
    """All jobs and datasets of a project and how they hang together; names are sorted."""

    version: Literal[1] = VERSION
    jobs: Mapping[str, JobEntry]
    datasets: Mapping[str, DatasetEntry]


class Manifest(Document):
    """A project's contracts: every job's document by name, and the index."""

    version: Literal[1] = VERSION
    jobs: Mapping[str, JobDocument]
    index: Index
