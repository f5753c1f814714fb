"""Where a dataset is in its database: the table, and the ledger beside it."""

from dataclasses import dataclass

from framework.environment.environment import Binding
from framework.errors import MisconfiguredError
from framework.tables.redshift.quoting import folded, identifier

LEDGER = "__sparkjob"
"""What the name of a table's ledger ends with."""
_LONGEST = 127 - len(LEDGER)
"""Redshift's names have at most 127 bytes."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """A schema and a table, in lower case as Redshift keeps them."""

    schema: str
    table: str

    @property
    def sql(self) -> str:
        """The table, as a statement names it."""
        return f"{identifier(self.schema)}.{identifier(self.table)}"

    @property
    def ledger(self) -> str:
        """The table's ledger."""
        return f"{identifier(self.schema)}.{identifier(self.table + LEDGER)}"


def names_of(binding: Binding) -> Names:
    """Of the table that a binding says: `redshift://connection/schema.table`.

    Raises `MisconfiguredError` for a table without a schema, and for a name that is too long.
    """
    said = binding.location.uri.removeprefix("redshift://").partition("/")[2]
    schema, dot, table = said.partition(".")
    if not (schema and dot and table):
        raise MisconfiguredError(
            f'the table "{said}" has no schema', where=binding.where, hint="Say it as table: schema.table."
        )
    if len(table.encode()) > _LONGEST:
        raise MisconfiguredError(
            f'the name of the table "{table}" has more than {_LONGEST} bytes', where=binding.where
        )
    return Names(schema=folded(schema), table=folded(table))
