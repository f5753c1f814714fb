"""Whose table it is and how it is laid out: written at its creation, compared by every publisher."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from framework.contract.types import Output


def anew(dataset: str) -> str:
    """The hint for a table that is made otherwise than the contract says."""
    return f"Take the change back, or change the table on purpose: sparkjob migrate {dataset} says how."


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What must be equal between a table and who publishes to it. `grain`: "whole" without.

    `merged`: the mode by which rows of intervals share files; "" where each interval has its own.
    `merged_by`: the columns by which they are, "" where that is not kept: what a merge remembers of keys
    and moments means nothing by others.
    """

    owner: str
    grain: str
    zone: str
    dataset: str
    time: str
    partition_by: tuple[str, ...]
    merged: str = ""
    merged_by: str = ""

    @property
    def keeps_rows(self) -> bool:
        """Whether a publish leaves other rows of the table as they are."""
        return self.grain != "whole" or self.merged != ""


def identity_of(output: Output, *, owner: str, grain: str | None, zone: str) -> Identity:
    """The identity that the table of `output` must have. A whole table has no calendar."""
    return Identity(
        owner=owner,
        grain=grain or "whole",
        zone=zone if grain else "UTC",
        dataset=output.dataset,
        time=(output.time or "") if grain else "",
        partition_by=output.partition_columns,
        merged=output.mode if output.is_merged else "",
        merged_by=f"key {_list(sorted(output.key))}; sequence_by {output.sequence_by}"
        if output.is_merged
        else "",
    )


def differences(found: Identity, wanted: Identity) -> Iterator[tuple[str, str]]:
    """What a table that was made for another says, each with a hint."""
    if found.owner != wanted.owner:
        yield (
            f'the table belongs to the project "{found.owner}", this one is "{wanted.owner}"',
            "A dataset has one owner: give this one another location in configs/.",
        )
    for said, theirs, ours in (
        ("holds the dataset", found.dataset, wanted.dataset),
        ("has the grain", found.grain, wanted.grain),
        ("has the time zone", found.zone, wanted.zone),
        ("has the time column", found.time, wanted.time),
        ("has the mode", found.merged or "replace", wanted.merged or "replace"),
    ):
        if theirs != ours:
            yield f'the table {said} "{theirs}", the job says "{ours}"', anew(wanted.dataset)
    if found.partition_by != wanted.partition_by:
        yield (
            f"the table is partitioned by ({_list(found.partition_by)}), "  # noqa: ISC004 - one text
            f"the output by ({_list(wanted.partition_by)})",
            anew(wanted.dataset),
        )
    if found.merged == wanted.merged and found.merged_by not in ("", wanted.merged_by):
        yield (
            f"the table is merged by ({found.merged_by}), the output by ({wanted.merged_by})",
            "Take the change back, or give the dataset another location and run its intervals there.",
        )


def output_faults(output: Output, identity: Identity, *, table: str, merges: bool = False) -> Iterator[str]:
    """Why no `table` (a kind: "Delta") can be made for an output. `merges`: whether it takes merged rows."""
    if output.schema is None or output.schema.faults:
        yield f"{output.dataset} needs a schema"
        return
    if output.is_merged and not merges:
        yield f'{output.dataset}: mode "{output.mode}" needs format: delta, and this is {table}'
    time = output.schema.find(identity.time)
    if time is not None and time.type == "date" and identity.grain == "hour":
        yield f"{output.dataset}: the DATE column {time.name} cannot tell the hours of a job apart"
    yield from (
        f"{output.dataset}: there is no column {name} to partition by"
        for name in identity.partition_by
        if output.schema.find(name) is None
    )


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)
