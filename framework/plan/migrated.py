"""What a generation was made of, after its columns were changed on purpose.

A fingerprint has the contract as one digest, so what was changed in it cannot be read from it. It can be
proved: the contract of before is written down as the migration says that it was, and if it has the very
digest that was published, then nothing else has changed, and the contract part of now takes its place.
Otherwise the old part stays, and the interval counts as made by another contract.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from framework.contract.schema import Column, Schema
from framework.contract.types import Job, Output
from framework.generation import Fingerprint
from framework.plan.fingerprints import contract_part
from framework.plan.mapping import ColumnMapping

_MOST_DROPPED = 6
"""Of more columns that went nobody tries all ways in which they may have been NOT NULL."""


def carried(parts: Fingerprint, job: Job, output: Output, earlier: Sequence[Output]) -> Fingerprint:
    """`parts` with the contract of now, if it was one of the `earlier` ones or is that of now."""
    now = contract_part(job, output)
    if any(contract_part(job, before) == parts.contract for before in earlier):
        return replace(parts, contract=now)
    return parts


def earlier_outputs(
    output: Output, found: Mapping[str, str], mapping: ColumnMapping, partition_by: Sequence[str]
) -> Iterator[Output]:
    """What `output` may have been when its table had the columns `found` (name and type).

    NOT NULL is not in a table. Columns that are left have it as now; of dropped ones both are tried.
    """
    if len(mapping.dropped) > _MOST_DROPPED or output.schema is None:
        return
    now = {column.source: column for column in mapping.columns if column.source is not None}
    in_order = [column.source for column in mapping.columns if column.source is not None]
    orders = [list(found)] if mapping.dropped else [list(found), in_order]
    old = {column.name: source for source, column in now.items()}
    for order in orders:
        for flags in product((True, False), repeat=len(mapping.dropped)):
            nullable = dict(zip(mapping.dropped, flags, strict=True))
            columns = []
            for name in order:
                kept = None if name not in now else output.schema.find(now[name].name)
                is_nullable = nullable[name] if kept is None else kept.nullable
                columns.append(Column(name=name, type=found[name], nullable=is_nullable))
            yield _with(
                output,
                schema=Schema(tuple(columns)),
                key=tuple(old.get(name, name) for name in output.key),
                time=None if output.time is None else old.get(output.time, output.time),
                partition_by=tuple(partition_by),
            )


def _with(output: Output, **values: object) -> Output:
    """A copy with other values; an `Output` is made by hand, so that `replace` cannot."""
    changed = copy.copy(output)
    for name, value in values.items():
        object.__setattr__(changed, name, value)
    return changed
