"""Files of a Delta table that somebody may need: live now, or at a version since some moment."""

from datetime import datetime
from urllib.parse import unquote

from framework.environment.environment import Binding
from framework.interval import WHOLE
from framework.tables.delta.handle import open_table
from framework.tables.delta.log import Log
from framework.tables.delta.names import OWNER, app_id
from framework.tables.delta.snapshot import live_files
from framework.tables.events import list_path, load_events


def needed_paths(binding: Binding, since: datetime) -> set[str] | None:
    """Paths below the table's root, unescaped; None when there is no table of ours.

    Raises `MisconfiguredError` when the log does not tell what was removed.
    """
    table = open_table(binding.location)
    if table is None or OWNER not in table.metadata().configuration:
        return None
    log = Log(binding.location, table.version())
    moment = since.timestamp() * 1000
    recent = {unquote(path) for path, when in log.removed.items() if when >= moment}
    live = {file.path for file in live_files(table, binding.location)}
    return recent | live | _events(binding, log)


def _events(binding: Binding, log: Log) -> set[str]:
    """The list of events that goes with the table now, with its files: nobody asks for earlier ones."""
    number = log.transactions.get(app_id(binding.dataset, WHOLE, "events"), 0)
    return {list_path(number), *(file.path for file in load_events(binding.location, number))}
