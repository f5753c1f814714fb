"""Staged files, compared with how the table tells intervals apart."""

from collections.abc import Sequence
from datetime import date

from framework.audit.audited import Audited
from framework.errors import FailedError
from framework.plan.steps import Target
from framework.publish.identity import Identity
from framework.tables.delta.live import Layout, LiveFile, attribute


def check_layout(audited: Audited, targets: Sequence[Target], identity: Identity) -> None:
    """Raise `FailedError` for files that the table would read into another interval.

    The commit does not compare the added files with its filter: rows outside would double.
    """
    staged = audited.staged
    files = {target.interval: staged.of(target.interval) for target in targets}
    columns = set(identity.partition_by)
    for file in (file for each in files.values() for file in each):
        if set(file.partition) != columns or "" in file.partition.values():
            # Delta reads an empty partition value as NULL (Delta protocol, "Partition Value Serialization").
            raise FailedError(f"{file.path} has not the partition values of the table")
    if bool(identity.merged) != (staged.merge is not None):
        raise FailedError(
            "rows of this mode were not merged into the table", where=staged.binding.location.uri
        )
    if identity.merged:
        return
    layout, time = _layout(audited, identity), identity.time
    live = [
        LiveFile(path=f.path, size=f.size, day=_day(f.partition.get(time)) if layout == "by_day" else None)
        for each in files.values()
        for f in each
    ]
    lying = attribute(live, files, layout, staged.binding.location)
    for interval, each in files.items():
        if {file.path for file in lying[interval]} != {file.path for file in each}:
            raise FailedError(f"files staged for {interval} belong to another interval")


def _layout(audited: Audited, identity: Identity) -> Layout:
    """What `layout_of` says of the table that `identity` makes."""
    if identity.grain == "whole":
        return "whole"
    schema = audited.staged.output.schema
    time = schema.find(identity.time) if schema else None
    is_day = time is not None and time.type == "date" and time.name in identity.partition_by
    return "by_day" if is_day else "by_path"


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
