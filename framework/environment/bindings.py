"""From a dataset's name to where it is and in which format."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeVar

from framework.environment.catalog import Catalog, CatalogRule
from framework.environment.connection import Connection
from framework.environment.landing import Landing, build_landing
from framework.environment.location import Location
from framework.environment.patterns import matching
from framework.environment.redshift import RedshiftOptions, merge_options, option_problems
from framework.errors import Fault, MisconfiguredError, Where

Format = Literal["delta", "parquet", "csv", "json", "redshift"]

DEFAULT_LOCATION = "{lake}/{dataset}"
PASSAGE = "stage"
"""The store through which rows pass into Redshift and out of it."""
Value = TypeVar("Value")
_STORE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, kw_only=True)
class Binding:
    """Where a dataset is and in which format. `source`: made by nobody in this project.

    `options` are Spark reader options, as strings. `file_size`: how many bytes a file of it should have;
    `sort_by`: by which columns rows are sorted in it. Neither makes other rows. `landing`: how the files of
    a source come, when they come one by one; `catalog`: where other engines find a table of files. The
    location of a Redshift table is `redshift://<connection>/<schema.table>`, and it has the `database` and a
    `passage`: where its rows are on S3 on their way into the table and out of it. `borrowed_from`: the other
    environment whose dataset this is; it is read there and never written.
    """

    dataset: str
    format: Format
    location: Location
    source: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    connection: str | None = None
    database: Connection | None = None
    redshift: RedshiftOptions = field(default_factory=RedshiftOptions)
    passage: Location | None = None
    landing: Landing | None = None
    catalog: Catalog | None = None
    file_size: int | None = None
    sort_by: tuple[str, ...] = ()
    borrowed_from: str | None = None
    where: Where | None = field(default=None, compare=False)

    @property
    def wanted_at(self) -> str:
        """Where something has to be for the dataset to be there, as a person looks for it."""
        if self.landing is None:
            return self.location.uri
        return f"{self.location.uri}/{(self.landing.marker or self.landing.files).text}"

    @property
    def stage(self) -> Location:
        """Below which runs stage their files: where the table is, if it is one of files.

        Raises `MisconfiguredError` for a Redshift dataset without a passage.
        """
        if self.format != "redshift":
            return self.location
        if self.passage is None:
            raise MisconfiguredError(
                f'no bucket is the store "{PASSAGE}", through which the rows of "{self.dataset}" pass',
                where=self.where,
                hint=f"Give stores an entry {PASSAGE}: {{uri: s3://…}} in the cluster's region.",
            )
        return self.passage

    @property
    def merges_rows(self) -> bool:
        """Whether the database itself merges rows when they are published; else Spark does, before."""
        return self.format == "redshift"


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
    redshift: RedshiftOptions = field(default_factory=RedshiftOptions)
    files: str | None = None
    ready: str | None = None
    timezone: str | None = None
    catalog: CatalogRule | None = None
    file_size: int | None = None
    sort_by: tuple[str, ...] | None = None
    where: Where | None = field(default=None, compare=False)


class Bindings:
    """Dataset patterns from general to specific; exact names last."""

    def __init__(
        self,
        rules: Sequence[DatasetRule],
        *,
        stores: Mapping[str, Location],
        connections: Mapping[str, Connection] = MappingProxyType({}),
    ) -> None:
        self._rules = {rule.pattern: rule for rule in rules}
        self._stores = stores
        self._connections = connections

    def of(self, dataset: str) -> Binding:
        """Where `dataset` is. Raises `MisconfiguredError` when the rules do not say it."""
        said = self.said_of(dataset)
        if said is None:
            raise MisconfiguredError(
                f'no entry of "datasets" matches the dataset "{dataset}"',
                hint=f'add "{dataset}" or "*" with format and location to datasets in configs/',
            )
        if said.format is None:
            raise MisconfiguredError(
                f'the dataset "{dataset}" has no format',
                where=said.where,
                hint="say one of delta, parquet, csv, json, redshift",
            )
        return Binding(
            dataset=dataset,
            format=said.format,
            location=self._location(dataset, said),
            source=bool(said.source),
            options={key: value for key, value in said.options.items() if value is not None},
            connection=said.connection,
            landing=_landing(said),
            catalog=_catalog(dataset, said),
            file_size=said.file_size,
            sort_by=said.sort_by or (),
            database=self._connections.get(said.connection or ""),
            redshift=said.redshift,
            passage=self.passage_of(dataset) if said.format == "redshift" else None,
            where=said.where,
        )

    def said_of(self, name: str) -> DatasetRule | None:
        """All that is said of a dataset, or of those of a pattern, as one rule; None: nothing.

        It is at the line of the most specific rule.
        """
        rules = [self._rules[pattern] for pattern in matching(self._rules, name)]
        if not rules:
            return None
        return DatasetRule(
            pattern=name,
            format=_last(rule.format for rule in rules),
            location=_last(rule.location for rule in rules),
            source=_last(rule.source for rule in rules),
            options={key: value for rule in rules for key, value in rule.options.items()},
            connection=_last(rule.connection for rule in rules),
            table=_last(rule.table for rule in rules),
            redshift=merge_options(rule.redshift for rule in rules),
            files=_last(rule.files for rule in rules),
            ready=_last(rule.ready for rule in rules),
            timezone=_last(rule.timezone for rule in rules),
            catalog=_last(rule.catalog for rule in rules),
            file_size=_last(rule.file_size for rule in rules),
            sort_by=_last(rule.sort_by for rule in rules),
            where=rules[-1].where,
        )

    @property
    def named(self) -> tuple[str, ...]:
        """Datasets that the configuration names exactly (sources among them), sorted."""
        return tuple(sorted(pattern for pattern in self._rules if "*" not in pattern))

    @property
    def rules(self) -> Iterable[DatasetRule]:
        """What was said, rule by rule."""
        return self._rules.values()

    @property
    def places(self) -> tuple[Location, ...]:
        """The place that each rule with a location says; `{dataset}` in it is left as it is."""
        said = (rule.location for rule in self._rules.values())
        return tuple(resolve(location, self._stores) for location in said if location is not None)

    def passage_of(self, dataset: str) -> Location | None:
        """Where rows of a Redshift dataset are on their way; None without a bucket for it."""
        store = self._stores.get(PASSAGE)
        return store.child(dataset) if store is not None and store.is_s3 else None

    def _location(self, dataset: str, said: DatasetRule) -> Location:
        if said.format == "redshift":
            return _in_database(dataset, said)
        template = said.location or DEFAULT_LOCATION
        try:
            return resolve(template.replace("{dataset}", dataset), self._stores)
        except KeyError as unknown:
            raise MisconfiguredError(
                f'the location of "{dataset}" names a store that this environment has not: {unknown.args[0]}',
                where=said.where,
                hint=f"stores here: {', '.join(sorted(self._stores)) or 'none'}",
            ) from None


def _in_database(dataset: str, said: DatasetRule) -> Location:
    """`redshift://connection/schema.table`; of a query, which has no name, a digest of it."""
    options = said.redshift
    place = said.table
    if place is None and options.query is not None:
        place = f"query:{hashlib.sha256(options.query.encode()).hexdigest()[:16]}"
    problems = list(option_problems(options, table=said.table, source=bool(said.source)))
    problems += [
        f"has no {missing}"
        for missing, there in (("connection", said.connection), ("table", place))
        if there is None
    ]
    if problems:
        raise MisconfiguredError(
            [
                Fault(what=f'the redshift dataset "{dataset}" {problem}', where=said.where)
                if not problem.startswith(("the ", "its "))
                else Fault(what=f'the redshift dataset "{dataset}": {problem}', where=said.where)
                for problem in problems
            ]
        )
    return Location(uri=f"redshift://{said.connection}/{place}")


def _catalog(dataset: str, said: DatasetRule) -> Catalog | None:
    if said.catalog is None or said.source or said.format not in ("delta", "parquet"):
        return None
    return said.catalog.of(dataset)


def _landing(said: DatasetRule) -> Landing | None:
    if said.files is None:
        return None
    if not said.source or said.format not in ("csv", "json", "parquet"):
        raise MisconfiguredError(
            f'"{said.pattern}" has files, and is no source of CSV, JSON or Parquet files',
            where=said.where,
            hint="files: is for source: true with format csv, json or parquet.",
        )
    return build_landing(said.files, said.ready, said.timezone or "UTC")


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
