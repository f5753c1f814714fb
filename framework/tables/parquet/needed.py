"""Files of a Parquet table that a reader may need: pointed to now, or by a pointer since some moment."""

import json
from datetime import datetime

from framework.environment.environment import Binding
from framework.environment.objects import list_objects, read_object
from framework.interval import Interval
from framework.tables.parquet.names import CLAIMS, folder_of, numbered
from framework.tables.parquet.pointer import parse_pointer
from framework.tables.parquet.table import (
    Names,
    PointerTable,
    open_table,
    read_names,
    read_pointers,
    unreadable,
)


def needed_paths(binding: Binding, since: datetime) -> set[str] | None:
    """Paths below the table's root; None when there is no table of ours.

    A generation is needed until another has been current since `since`, and one that a claim names
    (`publish.parquet.claim`) may still come to be.
    """
    table = open_table(binding.location)
    if table is None or table.dataset != binding.dataset:
        return None
    names = read_names(table)
    needed = _claimed(table, names)
    written = {e.path: e.modified for e in list_objects(table.location, numbered(table.id, "").rstrip("/"))}
    current = {
        interval: number
        for folder, number in names.pointed.items()
        if (interval := table.interval_of(folder)) is not None
    }

    def is_needed(interval: Interval, number: int) -> bool:
        following = written.get(table.place(folder_of(interval), number + 1))
        return following is None or following >= since

    wanted = current
    while wanted:
        needed |= {file.path for each in read_pointers(table, wanted).values() for file in each.files}
        # The one before was current until this one was put.
        wanted = {i: number - 1 for i, number in wanted.items() if number > 1 and is_needed(i, number - 1)}
    return needed


def _claimed(table: PointerTable, names: Names) -> set[str]:
    """Files of pointers that the last claim's run has not put yet: who comes next puts them."""
    path = table.place(CLAIMS, names.claims)
    content = read_object(table.location, path) if names.claims else None
    if content is None:
        return set()
    try:
        pointers = {folder: parse_pointer(text) for folder, text in json.loads(content)["pointers"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise unreadable(table.location, path, error) from error
    late = [each for folder, each in pointers.items() if names.numbers.get(folder, 0) < each.number]
    return {file.path for each in late for file in each.files}
