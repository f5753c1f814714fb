"""From a dataset's name to where it is and in which format."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from framework.environment.location import Location
from framework.environment.patterns import matching
from framework.errors import MisconfiguredError, Where

Format = Literal["delta", "parquet", "csv", "json", "redshift"]

DEFAULT_LOCATION = "{lake}/{dataset}"
Value = TypeVar("Value")
_STORE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, kw_only=True)
class Binding:
    """Where a dataset is and in which format. `source`: made by nobody in this project.

    `options` are Spark reader options, as strings. The location of a Redshift table is
    `redshift://<connection>/<schema.table>`.
    """

    dataset: str
    format: Format
    location: Location
    source: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    connection: str | None = None
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class DatasetRule:
    """What the configuration says of one dataset or of those that a pattern matches.

    None: not said here. An option that is None removes what a more general pattern set.
    `location` may name stores and the dataset: `{lake}/{dataset}`.
    """

    pattern: str
    format: Format | None = None
    location: str | None = None
    source: bool | None = None
    options: Mapping[str, str | None] = field(default_factory=dict)
    connection: str | None = None
    table: str | None = None
    where: Where | None = field(default=None, compare=False)


class Bindings:
    """Dataset patterns from general to specific; exact names last."""

    def __init__(self, rules: Sequence[DatasetRule], *, stores: Mapping[str, Location]) -> None:
        self._rules = {rule.pattern: rule for rule in rules}
        self._stores = stores

    def of(self, dataset: str) -> Binding:
        """Where `dataset` is. Raises `MisconfiguredError` when the rules do not say it."""
        rules = [self._rules[pattern] for pattern in matching(self._rules, dataset)]
        if not rules:
            raise MisconfiguredError(
                f'no entry of "datasets" matches the dataset "{dataset}"',
                hint=f'add "{dataset}" or "*" with format and location to datasets in configs/',
            )
        where = rules[-1].where
        form: Format | None = _last(rule.format for rule in rules)
        if form is None:
            raise MisconfiguredError(
                f'the dataset "{dataset}" has no format',
                where=where,
                hint="say one of delta, parquet, csv, json, redshift",
            )
        options = {key: value for rule in rules for key, value in rule.options.items()}
        connection = _last(rule.connection for rule in rules)
        return Binding(
            dataset=dataset,
            format=form,
            location=self._location(dataset, rules, form, connection),
            source=bool(_last(rule.source for rule in rules)),
            options={key: value for key, value in options.items() if value is not None},
            connection=connection,
            where=where,
        )

    @property
    def named(self) -> tuple[str, ...]:
        """Datasets that the configuration names exactly (sources among them), sorted."""
        return tuple(sorted(pattern for pattern in self._rules if "*" not in pattern))

    @property
    def places(self) -> tuple[Location, ...]:
        """The place that each rule with a location says; `{dataset}` in it is left as it is."""
        said = (rule.location for rule in self._rules.values())
        return tuple(resolve(location, self._stores) for location in said if location is not None)

    def _location(
        self, dataset: str, rules: Sequence[DatasetRule], form: Format, connection: str | None
    ) -> Location:
        where = rules[-1].where
        if form == "redshift":
            table = _last(rule.table for rule in rules)
            if connection is None or table is None:
                missing = "connection" if connection is None else "table"
                raise MisconfiguredError(f'the redshift dataset "{dataset}" has no {missing}', where=where)
            return Location(uri=f"redshift://{connection}/{table}")
        template = _last(rule.location for rule in rules) or DEFAULT_LOCATION
        try:
            return resolve(template.replace("{dataset}", dataset), self._stores)
        except KeyError as unknown:
            raise MisconfiguredError(
                f'the location of "{dataset}" names a store that this environment has not: {unknown.args[0]}',
                where=where,
                hint=f"stores here: {', '.join(sorted(self._stores)) or 'none'}",
            ) from None


def resolve(template: str, stores: Mapping[str, Location]) -> Location:
    """The place that `{store}/path` names, with that store's access settings.

    Without a store, `template` is a uri or an absolute path. Raises `KeyError` with the name of
    an unknown store.
    """
    start = _STORE.match(template)
    if start is None:
        return Location(uri=template.rstrip("/"))
    rest = template[start.end() :].strip("/")
    store = stores[start[1]]
    return store.child(rest) if rest else store


def _last(values: Iterable[Value | None]) -> Value | None:
    return next((value for value in reversed(list(values)) if value is not None), None)
