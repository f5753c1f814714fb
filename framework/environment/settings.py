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

    uri: Text
    region: Text | None = None
    endpoint: Text | None = None
    access_key_id: Text | None = None
    secret_access_key: Text | None = None
    session_token: Text | None = None


class DatasetSettings(_Part):
    """Where a dataset, or those that a pattern matches, is and in which format."""

    format: Format | None = None
    location: Text | None = None
    source: bool | None = None
    options: dict[str, Option] = {}
    connection: Text | None = None
    table: Text | None = None
    distkey: Text | None = None
    sortkey: list[str] | None = None


class SizeSettings(_Part):
    """Spark settings that jobs of one size share."""

    spark: dict[str, Setting] = {}


class JobPart(_Part):
    """The size and the timeout of a job, or of those that a pattern matches."""

    size: Text | None = None
    timeout: Seconds | None = None


class ScheduleSettings(_Part):
    """When which jobs are to run, for the renderers of schedulers."""

    cron: Text
    timezone: str = "UTC"
    select: Selectors

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

    type: Literal["redshift"]
    host: Text
    port: int = 5439
    database: Text
    user: Text
    password: Text | None = None
    copy_role: Text | None = None


class Settings(_Part):
    """A merged configuration."""

    version: Literal[1]
    project: Name
    stores: dict[Name, StoreSettings]
    state: Text = "{lake}/sparkjob"
    datasets: dict[Pattern, DatasetSettings] = {}
    sizes: dict[Name, SizeSettings] = {}
    jobs: dict[Pattern, JobPart] = {}
    schedules: dict[Name, ScheduleSettings] = {}
    connections: dict[Name, ConnectionSettings] = {}
    secrets: dict[Name, Text] = {}
    example_interval: Text | None = None
