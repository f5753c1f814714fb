"""The AWS Glue catalog, which Athena, EMR, Redshift Spectrum and Glue jobs read."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from framework.environment.aws import aws_client
from framework.environment.catalog import Catalog
from framework.errors import MisconfiguredError, RetryError
from framework.interval import Interval
from framework.publish.catalog.entry import NOWHERE, Entry, Values, stale
from framework.publish.catalog.protocol import Shown

Json = dict[str, Any]
Item = TypeVar("Item")

_AT_ONCE = 100
"""Partitions of one batch call; 25 for deletes (Glue API reference, BatchCreatePartition and others)."""
_AT_ONCE_DELETED = 25
_OWNER = "sparkjob.table"
_HALF = "sparkjob.half"
"""Parameter of a table that was not yet told of all its partitions."""
_REFUSED = {
    "AccessDeniedException": "this user or role may not use it",
    "UnrecognizedClientException": "the credentials are not accepted",
    "InvalidSignatureException": "the credentials are not accepted",
    "ExpiredTokenException": "the credentials have expired",
    "EntityNotFoundException": "there is no such database",
    "InvalidInputException": "it does not take the table as it is",
    "ResourceNumberLimitExceededException": "it has no room for more",
}


class GlueCatalog:
    """Talks to Glue with `access`, a store's access settings; what they leave out is the ordinary chain's."""

    def __init__(self, access: Mapping[str, str]) -> None:
        self._access = access

    def require(self, catalog: Catalog, root: str) -> None:
        """See `CatalogClient.require`."""
        with _errors(catalog):
            client = self._client(catalog)
            client.get_database(Name=catalog.database)
            found = _table(client, catalog)
        if found is not None:
            _require_ours(found, catalog, root)

    def register(self, catalog: Catalog, root: str) -> None:
        """Once: a table that is there already is left as it is. See `CatalogClient.register`.

        As Athena's user guide has it ("Synchronize Delta Lake metadata"): Delta's provider, the path
        for the SerDe, and a column that nobody looks at. What the columns are is in the log, for Athena
        and Spark alike.
        """
        with _errors(catalog):
            client = self._client(catalog)
            found = _table(client, catalog)
            if found is not None:
                _require_ours(found, catalog, root)
                return
            _create(client, catalog, _delta_input(catalog, root), root)

    def show(self, catalog: Catalog, shown: Shown) -> bool:
        """See `CatalogClient.show`."""
        with _errors(catalog):
            client = self._client(catalog)
            try:
                is_half = _show_table(client, catalog, shown)
                if is_half and not shown.is_all:
                    return False
                if shown.entry.keys:
                    _show_partitions(client, catalog, shown)
                if is_half:
                    whole = _parquet_input(catalog, shown.entry, shown.entry.root)
                    client.update_table(DatabaseName=catalog.database, TableInput=whole)
            except client.exceptions.EntityNotFoundException:
                # Another run takes an outdated table away at this moment, if there is the database at all.
                client.get_database(Name=catalog.database)
                return False
            return True

    def _client(self, catalog: Catalog) -> Any:
        return aws_client("glue", access=self._access, region=catalog.region)


def _show_table(client: Any, catalog: Catalog, shown: Shown) -> bool:
    """Whether the catalog's table is yet to be told of all its partitions."""
    entry = shown.entry
    place = f"{entry.root}/{shown.folders.get((), NOWHERE)}" if not entry.keys else entry.root
    found = _table(client, catalog)
    if found is not None:
        _require_ours(found, catalog, entry.root)
        if found["Parameters"].get(_OWNER) != entry.id:
            # The table was dropped and made anew: what is said of the old one's files is wrong. Two runs may
            # come here at once: who takes away what the other has just made tells of all intervals.
            client.delete_table(DatabaseName=catalog.database, Name=catalog.table)
            found = None
    is_half = bool(entry.keys) and (found is None or _HALF in found["Parameters"])
    wanted = _parquet_input(catalog, entry, place, is_half=is_half)
    if found is None:
        _create(client, catalog, wanted, entry.root)
    elif _said(found) != _said(wanted):
        client.update_table(DatabaseName=catalog.database, TableInput=wanted)
    return is_half


def _show_partitions(client: Any, catalog: Catalog, shown: Shown) -> None:
    entry = shown.entry
    there = _partitions(client, catalog, entry, shown.intervals)
    wanted = {values: _partition(entry, values, folder) for values, folder in shown.folders.items()}
    at = {"DatabaseName": catalog.database, "TableName": catalog.table}
    for some in _in_parts([each for values, each in wanted.items() if values not in there], _AT_ONCE):
        _check(client.batch_create_partition(**at, PartitionInputList=some), catalog)
    moved = [
        {"PartitionValueList": list(values), "PartitionInput": each}
        for values, each in wanted.items()
        if values in there and there[values] != each["StorageDescriptor"]["Location"]
    ]
    for some in _in_parts(moved, _AT_ONCE):
        _check(client.batch_update_partition(**at, Entries=some), catalog)
    for dropped in _in_parts(stale(entry, shown.intervals, there, shown.folders), _AT_ONCE_DELETED):
        gone = [{"Values": list(values)} for values in dropped]
        _check(client.batch_delete_partition(**at, PartitionsToDelete=gone), catalog)


def _table(client: Any, catalog: Catalog) -> Json | None:
    try:
        return cast("Json", client.get_table(DatabaseName=catalog.database, Name=catalog.table)["Table"])
    except client.exceptions.EntityNotFoundException:
        return None


def _create(client: Any, catalog: Catalog, table: Json, root: str) -> None:
    try:
        client.create_table(DatabaseName=catalog.database, TableInput=table)
    except client.exceptions.AlreadyExistsException:
        # Another run was faster: it says the same, and what differs is put right by the next look.
        found = _table(client, catalog)
        if found is None:
            raise RetryError(f"{catalog}: another run creates the table") from None
        _require_ours(found, catalog, root)


def _require_ours(found: Json, catalog: Catalog, root: str) -> None:
    place = str(found.get("StorageDescriptor", {}).get("Location", "")).rstrip("/")
    if place != root and not place.startswith(f"{root}/"):
        raise MisconfiguredError(
            f"{catalog} is another table, at {place or 'no location'}",
            where=root,
            hint="Say another table under catalog:, or drop that one from the catalog.",
        )


def _said(table: Json) -> tuple[object, ...]:
    """What of a table has to be as it is wanted; Glue adds more of its own."""
    columns = [[(each["Name"], each["Type"]) for each in part] for part in (
        table["StorageDescriptor"]["Columns"], table["PartitionKeys"]
    )]  # fmt: skip
    return columns, table["StorageDescriptor"]["Location"]


def _delta_input(catalog: Catalog, root: str) -> Json:
    return {
        "Name": catalog.table,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "spark.sql.sources.provider": "delta", _OWNER: "delta"},
        "PartitionKeys": [],
        "StorageDescriptor": {
            "Columns": [{"Name": "col", "Type": "array<string>"}],
            "Location": root,
            "SerdeInfo": {"Parameters": {"serialization.format": "1", "path": root}},
        },
    }


def _parquet_input(catalog: Catalog, entry: Entry, place: str, *, is_half: bool = False) -> Json:
    parameters = {"EXTERNAL": "TRUE", "classification": "parquet", _OWNER: entry.id}
    return {
        "Name": catalog.table,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {**parameters, _HALF: "true"} if is_half else parameters,
        "PartitionKeys": _columns(entry.keys),
        "StorageDescriptor": _storage(entry, place),
    }


def _partition(entry: Entry, values: Values, folder: str) -> Json:
    return {"Values": list(values), "StorageDescriptor": _storage(entry, f"{entry.root}/{folder}")}


def _storage(entry: Entry, place: str) -> Json:
    formats = "org.apache.hadoop.hive.ql.io.parquet"
    return {
        "Columns": _columns(entry.columns),
        "Location": place,
        "InputFormat": f"{formats}.MapredParquetInputFormat",
        "OutputFormat": f"{formats}.MapredParquetOutputFormat",
        "SerdeInfo": {"SerializationLibrary": f"{formats}.serde.ParquetHiveSerDe"},
    }


def _columns(columns: Sequence[tuple[str, str]]) -> list[Json]:
    return [{"Name": name.lower(), "Type": type_.lower()} for name, type_ in columns]


def _partitions(
    client: Any, catalog: Catalog, entry: Entry, intervals: Sequence[Interval]
) -> dict[Values, str]:
    """The locations of the partitions that there are from the first of the intervals to the last."""
    spans = [span for interval in intervals if (span := entry.range_of(interval)) is not None]
    asked: Json = {"DatabaseName": catalog.database, "TableName": catalog.table}
    if spans:
        first, last = min(low for low, _ in spans), max(high for _, high in spans)
        key = entry.keys[0][0].lower()
        asked["Expression"] = f"{key} >= '{first}' AND {key} <= '{last}'"
    return {
        tuple(each["Values"]): each["StorageDescriptor"]["Location"]
        for page in client.get_paginator("get_partitions").paginate(**asked)
        for each in page["Partitions"]
    }


def _in_parts(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    return (list(items[start : start + size]) for start in range(0, len(items), size))


def _check(reply: Json, catalog: Catalog) -> None:
    """A batch call says by its reply what it has not done."""
    for error in reply.get("Errors", ()):
        detail = error.get("ErrorDetail", {})
        if detail.get("ErrorCode") not in ("AlreadyExistsException", "EntityNotFoundException"):
            raise RetryError(f"{catalog}: {detail.get('ErrorCode', 'a partition was not taken')}")


@contextmanager
def _errors(catalog: Catalog) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _REFUSED:
            hint = "docs/catalogs.md has the rights that are needed; the database is made by a person."
            raise MisconfiguredError(f"{catalog}: {_REFUSED[code]}", hint=hint) from None
        raise RetryError(f"{catalog}: the catalog did not take it ({code})") from None
    except (NoCredentialsError, NoRegionError) as error:
        missing = "credentials" if isinstance(error, NoCredentialsError) else "region"
        hint = "set AWS_REGION, and AWS_PROFILE or keys, or run with a role"
        raise MisconfiguredError(f"{catalog}: no AWS {missing} were found", hint=hint) from None
    except BotoCoreError as error:
        raise RetryError(f"{catalog}: the catalog did not answer ({type(error).__name__})") from None
