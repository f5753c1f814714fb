"""Files of a Delta table that somebody may need: live now, or at a version since some moment."""

from datetime import datetime, timedelta
from urllib.parse import unquote

from framework.environment.environment import Binding
from framework.environment.objects import find_object
from framework.interval import WHOLE
from framework.tables.delta.handle import open_table
from framework.tables.delta.log import Log
from framework.tables.delta.names import OWNER, app_id
from framework.tables.delta.rewritable import events_of
from framework.tables.delta.snapshot import live_files
from framework.tables.events import list_path, load_events


def needed_paths(binding: Binding, since: datetime, *, retention: timedelta) -> set[str] | None:
    """Paths below the table's root, unescaped; None when there is no table of ours.

    `retention`: for how long its checkpoints keep removals. Raises `MisconfiguredError` when the log does
    not tell what was removed since then.
    """
    table = open_table(binding.location)
    if table is None or OWNER not in table.metadata().configuration:
        return None
    log = Log(binding.location, table.version())
    recent = {unquote(path) for path in log.removed_since(since, retention=retention)}
    live = live_files(table, binding.location)
    now = events_of(log, binding.dataset, live)
    return recent | {file.path for file in live} | _events(binding, log, since, now)


def _events(binding: Binding, log: Log, since: datetime, now: int) -> set[str]:
    """The list of events that goes with the table `now`, and those that did since then, with their files.

    A RESTORE to a version of that time asks for the list that it had (`rewritable`).
    """
    name = app_id(binding.dataset, WHOLE, "events")
    needed: set[str] = set()
    for number in log.newest_since(name, since) | {now}:
        if number in (now, log.transactions.get(name)) or find_object(binding.location, list_path(number)):
            needed |= {list_path(number), *(file.path for file in load_events(binding.location, number))}
    return needed
