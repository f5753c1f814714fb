"""A table of ours into which nothing was ever published takes the contract's columns anew.

A run makes its table before it stages. When that run fails, and the contract is corrected, the table has
columns of which nobody has ever read a row, and nothing that a migration could bring along.
"""

from typing import TYPE_CHECKING

from framework.contract.schema import Schema
from framework.environment.location import Location
from framework.publish.delta.columns import delta_schema
from framework.publish.delta.metadata import commit_metadata
from framework.publish.delta.statistics import STATISTICS_COLUMNS, render_indexed
from framework.tables.delta.handle import open_version
from framework.tables.delta.log import Log
from framework.tables.delta.names import OWNER

if TYPE_CHECKING:
    from deltalake import DeltaTable

_FEW = 100  # commits of a table that is still looked at as a whole


def is_untouched(table: "DeltaTable", location: Location) -> bool:
    """Whether we made the table, nobody ever put a file into it, and it has no rules of others."""
    log = Log(location, table.version())
    commits = list(log.newest_first(_FEW))
    if len(commits) != table.version() + 1 or log.transactions or any(each.lines for each in commits):
        return False
    if any(name.startswith("delta.constraints.") for name in table.metadata().configuration):
        return False
    first = open_version(location, 0)
    return first is not None and OWNER in first.metadata().configuration


def replace_columns(table: "DeltaTable", location: Location, schema: Schema) -> "DeltaTable":
    """The untouched table with the contract's columns, by a commit on this very version.

    Raises `OvertakenError` when somebody else has committed meanwhile: it may be untouched no more.
    """
    wanted = delta_schema(schema)
    indexed = render_indexed(schema, partition_columns=table.metadata().partition_columns)
    return commit_metadata(
        table,
        location,
        operation="REPLACE COLUMNS",
        properties={STATISTICS_COLUMNS: indexed or None},
        schema=wanted,
        feature="timestampNtz" if "timestamp_ntz" in wanted.to_json() else None,
    )
