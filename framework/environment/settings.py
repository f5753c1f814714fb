"""The document that a merged configuration must be: every key that there is, and its type."""

import re
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from framework.environment.bindings import Format
from framework.environment.catalog import CatalogType
from framework.environment.cron import parse_cron
from framework.environment.patterns import PATTERN
from framework.environment.release import Architecture, ClusterType

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES = {"kB": 1000, "MB": 1000**2, "GB": 1000**3}
_SIZE = re.compile(r"(\d+)(kB|MB|GB)")
_DURATION = re.compile(r"(?:\d+[smhd])+")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_SELECTOR = "a selector or a list of selectors"


def _as_option(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    raise ValueError("must be one value, not a map or a list")


def parse_seconds(value: object) -> float:
    """Seconds of a text like `45s` or `1h30m`; ValueError for anything else, and for 0."""
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise ValueError("must be a time with its unit, such as 45s, 30m, 1h or 1h30m")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", value))
    if seconds == 0:
        raise ValueError("must be longer than 0")
    return float(seconds)


def parse_bytes(value: object) -> int:
    """Bytes of a text like `64MB`, in units of 1,000; ValueError for anything else, and for 0."""
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is None or not int(found[1]):
        raise ValueError("must be a size with its unit, such as 500kB, 128MB or 1GB")
    return int(found[1]) * _SIZES[found[2]]


def _as_selectors(value: object) -> object:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(each, str) and each for each in values):
        raise ValueError(f"must be {_SELECTOR}")
    return tuple(values)


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("must be a time zone like Europe/Berlin")
    return name


def _supported_minor(version: str) -> str:
    if version not in ("3.11", "3.12", "3.13"):
        raise ValueError('must be "3.11", "3.12" or "3.13", in quotes')
    return version


def _role_arn(text: str) -> str:
    if not _ROLE.fullmatch(text):
        raise ValueError("must be the ARN of a role like arn:aws:iam::123456789012:role/jobs")
    return text


def _within_16_bits(value: int) -> int:
    if not 1 <= value <= (1 << 16) - 1:
        raise ValueError("must be between 1 and 65535")
    return value


Option = Annotated[str | None, BeforeValidator(_as_option)]
Setting = Annotated[str, BeforeValidator(_as_option)]
Seconds = Annotated[float, BeforeValidator(parse_seconds)]
Bytes = Annotated[int, BeforeValidator(parse_bytes)]
Selectors = Annotated[tuple[str, ...], BeforeValidator(_as_selectors)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Pattern = Annotated[str, Field(pattern=f"^{PATTERN}$")]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
CatalogName = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
Text = Annotated[str, Field(min_length=1)]
RoleArn = Annotated[str, AfterValidator(_role_arn)]
Port = Annotated[int, AfterValidator(_within_16_bits)]
Length = Annotated[int, AfterValidator(_within_16_bits)]
Minor = Annotated[str, AfterValidator(_supported_minor)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class StoreSettings(_Part):
    """A place to keep things; each environment gives it a uri."""

    uri: Text = Field(description="A path (relative to the project's folder) or `s3://bucket/prefix`.")
    region: Text | None = Field(None, description="Region of the bucket.")
    endpoint: Text | None = Field(None, description="Address of an S3-compatible server.")
    access_key_id: Text | None = Field(None, description="Key; without it, the machine's own credentials.")
    secret_access_key: Text | None = Field(None, description="A `${secret:…}` reference.")
    session_token: Text | None = Field(None, description="A `${secret:…}` reference.")


class CatalogSettings(_Part):
    """Where other engines find a Delta or Parquet table."""

    type: CatalogType = Field(description="AWS Glue's, or the Hive metastore of the Spark session.")
    database: CatalogName = Field(description="The database, which a person makes.")
    table: CatalogName | None = Field(
        None, description="The table; without it the dataset's name, with `_` for `.`."
    )
    region: Text | None = Field(None, description="Glue: its region, if it is not the process's own.")


class DatasetSettings(_Part):
    """Where a dataset, or those that a pattern matches, is and in which format."""

    format: Format | None = Field(None, description="How the dataset is kept.")
    location: Text | None = Field(
        None, description="A uri, an absolute path, or a template with `{store}` and `{dataset}`."
    )
    source: bool | None = Field(None, description="Nobody in the project makes it; it is only read.")
    options: dict[str, Option] = Field(
        {}, description="Options of Spark's reader; `null` removes one that a pattern sets."
    )
    files: Text | None = Field(
        None,
        description="A source whose files land one by one: their paths below the location, with "
        "`%Y %m %d %H` for the time that each belongs to, `*`, `?`, `[…]` and `**`.",
    )
    ready: Text | None = Field(
        None,
        description="Such a source: `any` (the default: one file of the interval is there), `always`, or the "
        "path of a marker like `%Y/%m/%d/_SUCCESS`.",
    )
    timezone: TimeZone | None = Field(None, description="Such a source: the time zone of its paths; UTC.")
    file_size: Bytes | None = Field(None, description="Delta, Parquet: how large a file should be; 128MB.")
    sort_by: list[Text] | None = Field(
        None, description="Delta, Parquet: columns by which the rows of a file are sorted."
    )
    catalog: CatalogSettings | None = Field(
        None, description="Where other engines find it, for what jobs write as Delta or Parquet."
    )
    connection: Text | None = Field(None, description="Redshift: the name of a connection.")
    table: Text | None = Field(None, description="Redshift: `schema.table`.")
    query: Text | None = Field(
        None, description="Redshift: a SELECT that is read in place of a table; for sources."
    )
    version_query: Text | None = Field(
        None, description="Redshift: a SELECT of one value that changes whenever the rows of a source do."
    )
    diststyle: Literal["auto", "even", "all", "key"] | None = Field(
        None, description="Redshift: how rows are spread; `key` needs `distkey`."
    )
    distkey: Text | None = Field(None, description="Redshift: the column of the distribution key.")
    sortkey: list[Text] | None = Field(None, description="Redshift: columns of the compound sort key.")
    lengths: dict[Text, Length] = Field(
        {}, description="Redshift: bytes of VARCHAR columns; of the others it is measured."
    )


class SizeSettings(_Part):
    """Spark settings that jobs of one size share."""

    spark: dict[str, Setting] = Field(
        {}, description="Spark settings by name; one that decides what rows mean is refused."
    )


class JobPart(_Part):
    """Size, timeout and role of a job, or of those that a pattern matches."""

    size: Text | None = Field(None, description="The name of a size.")
    timeout: Seconds | None = Field(None, description="The longest that a run may take.")
    role: RoleArn | None = Field(
        None,
        description="EMR: ARN of the role as which it runs; for steps the cluster needs runtime roles.",
    )


class ScheduleSettings(_Part):
    """When which jobs are to run, for the renderers of schedulers."""

    cron: Text | None = Field(None, description="Five fields: minute, hour, day, month, weekday.")
    trigger: Literal["datasets"] | None = Field(
        None, description="Instead of `cron`: whenever what the jobs read from other schedules was made anew."
    )
    timezone: TimeZone = Field("UTC", description="The time zone in which `cron` is read.")
    select: Selectors = Field(description="A selector of jobs, or a list of them.")

    @field_validator("cron")
    @classmethod
    def _ticks(cls, cron: str | None) -> str | None:
        if cron is None:
            return None
        parse_cron(cron)
        return " ".join(cron.split())

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.cron is None) == (self.trigger is None):
            raise ValueError("needs either cron or trigger: datasets")
        return self


class ConnectionSettings(_Part):
    """How to reach a database, and as whom: with a password, or by IAM to a cluster or a workgroup."""

    type: Literal["redshift"] = Field(description="The kind of database.")
    database: Text = Field(description="The database.")
    host: Text | None = Field(None, description="Its address; by IAM, AWS knows it.")
    port: Port = Field(5439, description="Its port.")
    user: Text | None = Field(None, description="The user; by IAM, without it, the identity of the process.")
    password: Text | None = Field(None, description="A `${secret:…}` reference.")
    cluster: Text | None = Field(None, description="By IAM: the identifier of a provisioned cluster.")
    workgroup: Text | None = Field(None, description="By IAM: the name of a serverless workgroup.")
    region: Text | None = Field(None, description="By IAM: the region of the cluster or workgroup.")
    copy_role: Text | None = Field(
        None,
        description="ARN of the role with which COPY and UNLOAD go to S3; without it, the cluster's default.",
    )
    statement_timeout: Seconds | None = Field(None, description="The longest that one statement may take.")
    tls: bool = Field(default=True, description="`false` only for a server of a test, on this machine.")


class ReleaseSettings(_Part):
    """What `package` and `deploy` build, and where to."""

    location: Text | None = Field(
        None,
        description="Where releases are, a template with `{store}`; else that of `state` with `-releases`.",
    )
    lock: Text = Field("requirements/cluster.txt", description="The hashed lock of what jobs need.")
    python: Minor = Field("3.11", description="The Python that the cluster's machines have.")
    platform: Architecture = Field("x86_64", description="Their architecture; the system is Linux.")


class ClusterSettings(_Part):
    """What `submit` starts jobs on."""

    type: ClusterType = Field(description="What kind of cluster.")
    id: Text | None = Field(None, description="EMR: the cluster, `j-…`.")
    application: Text | None = Field(None, description="EMR Serverless: the application, `00f…`.")
    role: Text | None = Field(None, description="EMR Serverless: ARN of the role that jobs have.")
    master: Text | None = Field(None, description="Standalone: `spark://host:7077`.")
    region: Text | None = Field(None, description="EMR: its region, if it is not the process's own.")


class AlertSettings(_Part):
    """Who is told when a run fails."""

    webhook: Text | None = Field(
        None, description="An address that gets JSON by POST, or a `${secret:…}` reference to it."
    )
    topic: Text | None = Field(None, description="ARN of a topic of AWS SNS.")


class LineageSettings(_Part):
    """Where OpenLineage events go."""

    url: Text | None = Field(None, description="Address of a collector that takes events by POST.")
    token: Text | None = Field(None, description="A `${secret:…}` reference: the collector's API key.")
    file: Text | None = Field(None, description="A file on this machine to which each event is a line.")
    namespace: Text | None = Field(None, description="Namespace of the jobs; without it the project's name.")


class Settings(_Part):
    """A merged configuration."""

    version: Literal[1] = Field(description="The version of this document's form.")
    project: Name = Field(description="The project's name, which owns the tables that it makes.")
    stores: dict[Name, StoreSettings] = Field(description="Places by name; `{name}` stands for them.")
    state: Text = Field("{lake}/sparkjob", description="Where run records and intents are kept.")
    datasets: dict[Pattern, DatasetSettings] = Field(
        {}, description="Datasets by name or pattern; the more specific pattern wins."
    )
    sizes: dict[Name, SizeSettings] = Field({}, description="Sizes that jobs may have, by name.")
    jobs: dict[Pattern, JobPart] = Field({}, description="Jobs by name or pattern.")
    schedules: dict[Name, ScheduleSettings] = Field({}, description="Schedules by name.")
    connections: dict[Name, ConnectionSettings] = Field({}, description="Databases by name.")
    secrets: dict[Name, Text] = Field(
        {}, description="`${secret:…}` references by the name that `@job(secrets=…)` uses."
    )
    on_failure: AlertSettings | None = Field(None, description="Who is told when a run fails.")
    lineage: LineageSettings | None = Field(None, description="Where OpenLineage events go.")
    example_interval: Text | None = Field(None, description="What commands take without `--interval`.")
    release: ReleaseSettings | None = Field(None, description="What `package` and `deploy` make.")
    cluster: ClusterSettings | None = Field(None, description="Where `submit` starts a job.")
