"""The document that a merged configuration must be: every key that there is, and its type."""

import re
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from framework.environment.bindings import Format
from framework.environment.patterns import PATTERN

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(?:\d+[smhd])+")
_CRON_FIELDS = 5
_SELECTOR = "a selector or a list of selectors"


def _as_option(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    raise ValueError("must be one value, not a map or a list")


def _as_seconds(value: object) -> object:
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise ValueError("must be a time with its unit, such as 45s, 30m, 1h or 1h30m")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", value))
    if seconds == 0:
        raise ValueError("must be longer than 0")
    return float(seconds)


def _as_selectors(value: object) -> object:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(each, str) and each for each in values):
        raise ValueError(f"must be {_SELECTOR}")
    return tuple(values)


Option = Annotated[str | None, BeforeValidator(_as_option)]
Setting = Annotated[str, BeforeValidator(_as_option)]
Seconds = Annotated[float, BeforeValidator(_as_seconds)]
Selectors = Annotated[tuple[str, ...], BeforeValidator(_as_selectors)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Pattern = Annotated[str, Field(pattern=f"^{PATTERN}$")]
Text = Annotated[str, Field(min_length=1)]


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
    connection: Text | None = Field(None, description="Redshift: the name of a connection.")
    table: Text | None = Field(None, description="Redshift: `schema.table`.")
    distkey: Text | None = Field(None, description="Redshift: the distribution key.")
    sortkey: list[str] | None = Field(None, description="Redshift: columns of the sort key.")


class SizeSettings(_Part):
    """Spark settings that jobs of one size share."""

    spark: dict[str, Setting] = Field(
        {}, description="Spark settings by name; one that decides what rows mean is refused."
    )


class JobPart(_Part):
    """The size and the timeout of a job, or of those that a pattern matches."""

    size: Text | None = Field(None, description="The name of a size.")
    timeout: Seconds | None = Field(None, description="The longest that a run may take.")


class ScheduleSettings(_Part):
    """When which jobs are to run, for the renderers of schedulers."""

    cron: Text = Field(description="Five fields: minute, hour, day, month, weekday.")
    timezone: str = Field("UTC", description="The time zone in which `cron` is read.")
    select: Selectors = Field(description="A selector of jobs, or a list of them.")

    @field_validator("cron")
    @classmethod
    def _five_fields(cls, cron: str) -> str:
        if len(cron.split()) != _CRON_FIELDS:
            raise ValueError("must have five fields: minute, hour, day, month, weekday")
        return cron

    @field_validator("timezone")
    @classmethod
    def _known(cls, timezone: str) -> str:
        if timezone not in available_timezones():
            raise ValueError("must be a time zone like Europe/Berlin")
        return timezone


class ConnectionSettings(_Part):
    """How to reach a database."""

    type: Literal["redshift"] = Field(description="The kind of database.")
    host: Text = Field(description="Its address.")
    port: int = Field(5439, description="Its port.")
    database: Text = Field(description="The database.")
    user: Text = Field(description="The user.")
    password: Text | None = Field(None, description="A `${secret:…}` reference.")
    copy_role: Text | None = Field(None, description="ARN of the role with which COPY reads S3.")


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
    example_interval: Text | None = Field(None, description="What commands take without `--interval`.")
