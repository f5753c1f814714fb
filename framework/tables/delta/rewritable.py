"""A Delta table's live files with what the log says of their values."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from framework.environment.environment import Binding
from framework.errors import RetryError
from framework.interval import WHOLE
from framework.tables.delta.contents import described_files
from framework.tables.delta.generations import is_as_left
from framework.tables.delta.handle import open_table
from framework.tables.delta.live import LiveFile, files_hash, require_whole
from framework.tables.delta.log import Log
from framework.tables.delta.names import app_id
from framework.tables.delta.snapshot import live_files
from framework.tables.rewritable import Rewritable, WholeFile

_COMPARED = (int, date, str, Decimal)
"""Types whose bounds hold as they are: texts are cut so that they do (`publish.delta.statistics`)."""


def read_rewritable(binding: Binding) -> Rewritable:
    """See `tables.rewritable.open_rewritable`."""
    table = open_table(binding.location)
    if table is None:
        raise RetryError("the table was dropped while the job ran", where=binding.location.uri)
    files = live_files(table, binding.location)
    require_whole(files, binding.location)
    stated = described_files(table, binding.location)
    log = Log(binding.location, table.version())
    return Rewritable(
        location=binding.location,
        version=table.version(),
        files=tuple(
            WholeFile(
                path=file.path,
                size=file.size,
                partition=stated[file.path].partition,
                lowest=_comparable(stated[file.path].lowest),
                highest=_comparable(stated[file.path].highest),
            )
            for file in sorted(files)
        ),
        is_as_left=is_as_left(log, binding.dataset, files),
        events=events_of(log, binding.dataset, files),
    )


def events_of(log: Log, dataset: str, files: Sequence[LiveFile]) -> int:
    """The list that went with these live files when they were live before, else the newest; 0 for none.

    RESTORE brings the files of an earlier version back and keeps the newest app transactions (Delta's
    protocol has no others): what the publishes said that it undid must not count.
    """
    newest = log.transactions.get(app_id(dataset, WHOLE, "events"), 0)
    if is_as_left(log, dataset, files):
        return newest
    live, is_found, is_restored, version = files_hash(files), False, False, log.version
    for commit in log.newest_first(log.version + 1):
        version, is_restored = commit.version, is_restored or commit.info.get("operation") == "RESTORE"
        is_found = is_found or commit.transactions.get(app_id(dataset, WHOLE, "files")) == live
        told = commit.transactions.get(app_id(dataset, WHOLE, "events"))
        if is_found and told is not None:
            return told
    is_as_made = is_restored and not files and version == 0
    return 0 if is_as_made else newest


def _comparable(values: object) -> dict[str, object]:
    # A bool is an int, and no order of an instant is trusted: a datetime is a date.
    found = values if isinstance(values, dict) else {}
    return {name: value for name, value in found.items() if type(value) in _COMPARED}
