"""The state of a table or a query that nobody publishes here: whether it is there, and its version."""

from framework.environment.environment import Binding
from framework.errors import MisconfiguredError
from framework.generation import Pin, digest
from framework.tables.redshift.connection import Connection
from framework.tables.redshift.errors import StatementError
from framework.tables.redshift.shape import relation_of


def pin_foreign(connection: Connection, binding: Binding) -> Pin:
    """What is there now. `version` is what the `version_query` says, for this very query; else unknown.

    Raises `MisconfiguredError` for a version query that does not give one value, and what
    `Connection.execute` raises.
    """
    relation = relation_of(binding)
    try:
        connection.execute(f"SELECT 1 FROM {relation} WHERE false")
    except StatementError as error:
        if error.is_missing:
            return Pin(dataset=binding.dataset, exists=False)
        raise
    asked = binding.redshift.version_query
    if asked is None:
        return Pin(dataset=binding.dataset, exists=True)
    found = connection.execute(asked)
    if len(found) != 1 or len(found[0]) != 1 or found[0][0] is None:
        raise MisconfiguredError(
            f"the version_query of {binding.dataset} gives no single value", where=binding.where
        )
    return Pin(dataset=binding.dataset, exists=True, version=digest((relation, asked, str(found[0][0]))))
