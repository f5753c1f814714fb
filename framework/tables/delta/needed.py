"""Files of a Delta table that a reader may need: live now, or at a version since some moment."""

from datetime import datetime
from urllib.parse import unquote

from framework.environment.environment import Binding
from framework.tables.delta.handle import open_table
from framework.tables.delta.live import live_files
from framework.tables.delta.log import Log
from framework.tables.delta.names import OWNER


def needed_paths(binding: Binding, since: datetime) -> set[str] | None:
    """Paths below the table's root, unescaped; None when there is no table of ours.

    Raises `MisconfiguredError` when the log does not tell what was removed.
    """
    table = open_table(binding.location)
    if table is None or OWNER not in table.metadata().configuration:
        return None
    moment = since.timestamp() * 1000
    removed = Log(binding.location, table.version()).removed
    recent = {unquote(path) for path, when in removed.items() if when >= moment}
    return recent | {file.path for file in live_files(table, binding.location)}
