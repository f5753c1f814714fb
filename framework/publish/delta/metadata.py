"""A commit of metadata alone on one version of a table, if that is still the newest.

deltalake 1.6.6 has no call for it that leaves the rest as it is: `set_table_properties` adds `variantType`
to the features of every table that has features (writer version 7), and Delta 3.3 reads no such table. So
the commit is put as deltalake puts its own, where there is none yet. Its format is the Delta protocol's
("Change Metadata", "Protocol Evolution", "Commit Provenance Information").
"""

import json
import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING

from framework.environment.location import Location
from framework.environment.objects import put_if_absent
from framework.errors import RetryError
from framework.tables.delta.handle import open_table

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from deltalake import Schema as DeltaSchema

_FEATURES_READER, _FEATURES_WRITER = 3, 7


class OvertakenError(RetryError):
    """Somebody else has committed since the table was read."""


def commit_metadata(
    table: "DeltaTable",
    location: Location,
    *,
    operation: str,
    properties: Mapping[str, str | None],
    schema: "DeltaSchema | None" = None,
    feature: str | None = None,
) -> "DeltaTable":
    """The table after a commit on this very version; what is not named stays as it is.

    `properties`: beside those that it has; None takes one away. `feature`: of readers and writers, beside
    those that it has. Raises `OvertakenError` when the next version is somebody else's.
    """
    metadata = table.metadata()
    configuration = {**metadata.configuration, **properties}
    actions: list[dict[str, object]] = [
        {
            "commitInfo": {
                "timestamp": int(time.time() * 1000),
                "operation": operation,
                "operationParameters": {"properties": json.dumps(dict(properties))},
                "engineInfo": "sparkjob",
                "txnId": str(uuid.uuid4()),
            }
        }
    ]
    if feature is not None and feature not in (table.protocol().writer_features or ()):
        actions.append({"protocol": _with_feature(table, feature)})
    described = {"name": metadata.name, "description": metadata.description}
    actions.append(
        {
            "metaData": {
                "id": str(metadata.id),
                **{key: text for key, text in described.items() if text is not None},
                "format": {"provider": "parquet", "options": {}},
                "schemaString": (schema or table.schema()).to_json(),
                "partitionColumns": metadata.partition_columns,
                "configuration": {name: text for name, text in configuration.items() if text is not None},
                "createdTime": metadata.created_time,
            }
        }
    )
    version = table.version() + 1
    content = "".join(f"{json.dumps(action)}\n" for action in actions).encode()
    is_ours = put_if_absent(location, f"_delta_log/{version:020}.json", content)
    after = open_table(location) if is_ours else None
    if after is None or after.version() != version:
        raise OvertakenError(
            "the table changed since it was read", where=location.uri, hint="Run the same command again."
        )
    return after


def _with_feature(table: "DeltaTable", feature: str) -> dict[str, object]:
    protocol = table.protocol()
    return {
        "minReaderVersion": _FEATURES_READER,
        "minWriterVersion": _FEATURES_WRITER,
        "readerFeatures": [*(protocol.reader_features or ()), feature],
        "writerFeatures": [*(protocol.writer_features or ()), feature],
    }
