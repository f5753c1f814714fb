"""Whose a Delta table is: table properties, and its partition columns."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from framework.publish.identity import Identity, differences
from framework.tables.delta.names import DATASET, GRAIN, MERGED, MERGED_BY, OWNER, TIME, ZONE

if TYPE_CHECKING:
    from deltalake import DeltaTable

_ELSEWHERE = "Give the dataset another location in configs/, or move that table away."


def table_properties(identity: Identity) -> Mapping[str, str]:
    """The table properties that hold an identity."""
    return {
        OWNER: identity.owner,
        GRAIN: identity.grain,
        ZONE: identity.zone,
        DATASET: identity.dataset,
        TIME: identity.time,
        **({MERGED: identity.merged, MERGED_BY: identity.merged_by} if identity.merged else {}),
    }


def identity_faults(table: "DeltaTable", identity: Identity) -> Iterator[tuple[str, str]]:
    """What differs, each with a hint."""
    metadata = table.metadata()
    found = metadata.configuration
    if OWNER not in found:
        yield "the table was not made by sparkjob", _ELSEWHERE
        return
    there = Identity(
        owner=found[OWNER],
        grain=found.get(GRAIN, ""),
        zone=found.get(ZONE, ""),
        dataset=found.get(DATASET, ""),
        time=found.get(TIME, ""),
        partition_by=tuple(metadata.partition_columns),
        merged=found.get(MERGED, ""),
        merged_by=found.get(MERGED_BY, ""),
    )
    yield from differences(there, identity)
