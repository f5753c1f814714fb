"""A reader that asks again and again while something is published, and never has to wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import RedshiftWorld


@contextmanager
def polled(rig: Redshift, world: RedshiftWorld) -> Iterator[set[tuple[str, ...]]]:
    """What the reader saw: names of all rows, sorted. It comes beside the proxy, so that no fault is its.

    Waiting for a lock of the table, however short, is an error.
    """
    seen: set[tuple[str, ...]] = set()
    errors: list[Exception] = []
    done = threading.Event()

    def poll() -> None:
        try:
            while not done.is_set():
                rows = rig.run(f"SET lock_timeout = 1; SELECT name FROM {world.table}").rows
                seen.add(tuple(sorted(str(name) for (name,) in rows)))
        except Exception as error:  # noqa: BLE001 - shown below
            errors.append(error)

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()
    assert not errors
    assert seen
