"""From the columns of a table to those of a contract, on purpose: what is kept, renamed, cast, dropped. Pure.

Nothing follows from likeness: a column that is in one and not in the other is named by who asks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from framework.contract.datatype import identifier, text_literal
from framework.contract.schema import Schema
from framework.errors import Fault, MisconfiguredError

Action = Literal["keep", "rename", "cast", "add"]


@dataclass(frozen=True, kw_only=True)
class MappedColumn:
    """One column of the contract: its name and type, and the column it is made of (None: NULL)."""

    name: str
    type: str
    source: str | None
    source_type: str | None

    @property
    def sql(self) -> str:
        """Its value, in Spark's SQL. A cast that would lose a part of a value is an error.

        ANSI mode refuses what is too large, but cuts 1.5 to the INT 1: so the value is cast back and
        compared. Texts are read or refused, and maps cannot be compared.
        """
        if self.source is None:
            return f"CAST(NULL AS {self.type})"
        value = identifier(self.source)
        if self.source_type == self.type:
            return value
        cast = f"CAST({value} AS {self.type})"
        if self.source_type is None or self.source_type == "string" or "map<" in self.source_type:
            return cast
        lost = text_literal(f"a value of {self.source} does not fit into {self.type}")
        back = f"CAST({cast} AS {self.source_type})"
        return f"CASE WHEN {back} <=> {value} THEN {cast} ELSE raise_error({lost}) END"

    @property
    def change(self) -> str | None:
        """What is done with it, in words; None for one that stays as it is."""
        if self.source is None:
            return f"{self.name} is added, NULL"
        steps = [] if self.source == self.name else [f"{self.source} → {self.name}"]
        if self.source_type != self.type:
            steps.append(f"{self.name}: {self.source_type} → {self.type}")
        return ", ".join(steps) or None


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """All columns of the contract, in its order, and those of the table that go."""

    columns: tuple[MappedColumn, ...]
    dropped: tuple[str, ...]

    @property
    def changes(self) -> tuple[str, ...]:
        """All changes, in words."""
        changed = (column.change for column in self.columns)
        return (*(each for each in changed if each), *(f"{name} is dropped" for name in self.dropped))


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What was asked for: `renames` by old name; columns to drop; columns (new names) to cast."""

    renames: Mapping[str, str]
    drops: tuple[str, ...] = ()
    casts: tuple[str, ...] = ()


def build_mapping(
    found: Mapping[str, str], schema: Schema, wishes: Wishes, *, partition: Sequence[str] = (), where: str
) -> ColumnMapping:
    """The mapping from columns `found` (name and type) to `schema`.

    `partition`: those of `found` that directories tell, as text: their types are nobody's to lose.

    Raises `MisconfiguredError` with all that was not asked for, or is not possible.
    """
    faults = [
        Fault(what=what, where=where, hint=hint) for what, hint in _faults(found, schema, wishes, partition)
    ]
    if faults:
        raise MisconfiguredError(faults)
    sources = {wishes.renames.get(name, name): name for name in found if name not in wishes.drops}
    return ColumnMapping(
        columns=tuple(
            MappedColumn(
                name=column.name,
                type=column.type,
                source=sources.get(column.name),
                source_type=found.get(sources.get(column.name, "")),
            )
            for column in schema.columns
        ),
        dropped=wishes.drops,
    )


def _faults(
    found: Mapping[str, str], schema: Schema, wishes: Wishes, partition: Sequence[str]
) -> Iterator[tuple[str, str]]:
    yield from _unfit_wishes(found, schema, wishes)
    wanted = {column.name: column for column in schema.columns}
    sources = {wishes.renames.get(name, name): name for name in found if name not in wishes.drops}
    for name, source in sources.items():
        if name not in wanted:
            yield (
                f"column {source} of the table is not in the schema",
                f"--rename {source}=NEW, or --drop {source}",
            )
        elif found[source] != wanted[name].type and name not in wishes.casts and source not in partition:
            what = f"column {name} is {found[source]} in the table and {wanted[name].type} in the schema"
            yield what, f"--cast {name}"
    for name, column in wanted.items():
        if name not in sources and not column.nullable:
            yield (
                f"column {name} is new and NOT NULL, and no row has it",
                "Let it be NULL at first; say NOT NULL when all intervals have been run anew.",
            )


def _unfit_wishes(found: Mapping[str, str], schema: Schema, wishes: Wishes) -> Iterator[tuple[str, str]]:
    columns = f"Columns: {', '.join(found)}"
    yield from _unfit_renames(found, schema, wishes, columns)
    for name in wishes.drops:
        if name not in found:
            yield f"--drop {name}: the table has no such column", columns
        elif schema.find(name) is not None and name not in wishes.renames.values():
            yield f"--drop {name}: the schema has it", "Take it out of the contract first."
    for name in wishes.casts:
        if schema.find(name) is None:
            yield f"--cast {name}: the schema has no such column", "Name it as the contract does."


def _unfit_renames(
    found: Mapping[str, str], schema: Schema, wishes: Wishes, columns: str
) -> Iterator[tuple[str, str]]:
    takers: dict[str, str] = {}
    for old, new in wishes.renames.items():
        said = f"--rename {old}={new}"
        first = takers.setdefault(new, old)
        if first != old:
            yield f"{said}: {first} becomes {new} already", f"--drop {old} instead, or {first}"
        if old in wishes.drops:
            yield f"{said} and --drop {old}: it is one or the other", "Leave one of them out."
        if old not in found:
            yield f"{said}: the table has no column {old}", columns
        if schema.find(new) is None:
            yield f"{said}: the schema has no column {new}", "Change the contract first."
        elif new in found and new not in wishes.renames and new not in wishes.drops:
            yield f"{said}: the table has a column {new} already", f"--drop {new} too"
