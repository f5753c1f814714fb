"""Of runs whose rules looked at the whole table, one after the other publishes.

A pointer is compared with its own interval alone, so two runs of two intervals would both publish
though each was judged without the other's rows. Whoever insists on what was seen therefore claims
the next number of one series for the whole table first. The claim holds the pointers that are about
to be put: it is decided by it, and whoever comes next puts those that a dead run left out, before it
looks at its own right. A run without such rules claims nothing; one that publishes between the
look and the claim is as one that published after it.
"""

import json
from collections.abc import Mapping

from framework.environment.objects import put_if_absent, read_object
from framework.errors import RetryError
from framework.interval import Interval
from framework.publish.parquet.objects import put_and_look
from framework.publish.seen import LOOK_AGAIN
from framework.tables.parquet.generations import find_changed
from framework.tables.parquet.names import CLAIMS, folder_of
from framework.tables.parquet.pointer import Pointer, parse_pointer, render_pointer
from framework.tables.parquet.table import Names, PointerTable, unreadable

_VERSION = 1


def claim(table: PointerTable, names: Names, pointers: Mapping[Interval, Pointer]) -> None:
    """Claim what comes after `names`. Raises `RetryError` when another run has."""
    texts = {folder_of(interval): render_pointer(pointer) for interval, pointer in pointers.items()}
    content = json.dumps({"version": _VERSION, "pointers": texts}, indent=1).encode()
    if not put_and_look(table.location, table.place(CLAIMS, names.claims + 1), content):
        raise RetryError("the table changed since it was checked", where=table.location.uri, hint=LOOK_AGAIN)


def finish_last(table: PointerTable, names: Names) -> bool:
    """Put what the last claim's run has not put yet; whether there was any such pointer.

    One whose files are not there any more is left out: nobody can publish it. Raises
    `MisconfiguredError` for a claim that cannot be understood.
    """
    path = table.place(CLAIMS, names.claims)
    content = read_object(table.location, path) if names.claims else None
    if content is None:
        return False
    try:
        claimed = _parse(content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise unreadable(table.location, path, error) from error
    late = [
        (table.place(folder, pointer.number), pointer)
        for folder, pointer in claimed.items()
        if names.numbers.get(folder, 0) < pointer.number
        and find_changed([pointer], table.location) == ([], [])
    ]
    for place, pointer in late:
        put_if_absent(table.location, place, render_pointer(pointer).encode())
    return bool(late)


def _parse(content: bytes) -> Mapping[str, Pointer]:
    document = json.loads(content)
    if document["version"] != _VERSION:
        raise ValueError("it is of another version of sparkjob")
    return {folder: parse_pointer(text) for folder, text in document["pointers"].items()}
