"""Whose table it is and how it is laid out: written at its creation, compared by every handle."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framework.contract.types import Output
from framework.tables.delta.names import DATASET, GRAIN, OWNER, TIME, ZONE

if TYPE_CHECKING:
    from deltalake import DeltaTable

ANEW = "Take the change back, or drop the table and run all of its intervals again."
_ELSEWHERE = "Give the dataset another location in configs/, or move that table away."


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What must be equal between a table and who publishes to it. `grain`: "whole" without."""

    owner: str
    grain: str
    zone: str
    dataset: str
    time: str
    partition_by: tuple[str, ...]

    @property
    def configuration(self) -> Mapping[str, str]:
        """The table properties that hold it."""
        return {
            OWNER: self.owner,
            GRAIN: self.grain,
            ZONE: self.zone,
            DATASET: self.dataset,
            TIME: self.time,
        }


def identity_of(output: Output, *, owner: str, grain: str | None, zone: str) -> Identity:
    """The identity that the table of `output` must have. A whole table has no calendar."""
    return Identity(
        owner=owner,
        grain=grain or "whole",
        zone=zone if grain else "UTC",
        dataset=output.dataset,
        time=(output.time or "") if grain else "",
        partition_by=output.partition_columns,
    )


def identity_faults(table: "DeltaTable", identity: Identity) -> Iterator[tuple[str, str]]:
    """What differs, each with a hint."""
    metadata = table.metadata()
    found = metadata.configuration
    if OWNER not in found:
        yield "the table was not made by sparkjob", _ELSEWHERE
        return
    if found[OWNER] != identity.owner:
        yield (
            f'the table belongs to the project "{found[OWNER]}", this one is "{identity.owner}"',
            "A dataset has one owner: give this one another location in configs/.",
        )
    for name, said in (
        (DATASET, "holds the dataset"),
        (GRAIN, "has the grain"),
        (ZONE, "has the time zone"),
        (TIME, "has the time column"),
    ):
        wanted = identity.configuration[name]
        if found.get(name, "") != wanted:
            yield (
                f'the table {said} "{found.get(name, "")}", the job says "{wanted}"',
                ANEW,
            )
    if tuple(metadata.partition_columns) != identity.partition_by:
        yield (
            f"the table is partitioned by ({_list(metadata.partition_columns)}), "  # noqa: ISC004 - one text
            f"the output by ({_list(identity.partition_by)})",
            ANEW,
        )


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)
