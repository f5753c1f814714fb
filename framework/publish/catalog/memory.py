"""What a Hive metastore was told, since only Spark can ask it: `catalogs/<dataset>.json` in the state.

A run may come late: it tells an older generation after another run told the newer one, and is killed before
it looks at the pointers again. So who is about to tell says so first, in an object of its own, and as long
as there is one nothing is known: the next run tells again. Who has told takes its own away; that of a dead
run counts for an hour.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from framework.environment.catalog import Catalog
from framework.environment.location import Location
from framework.environment.objects import Object, delete_object, list_objects, put_object, read_object

_WHILE: Final = timedelta(hours=1)
"""Longer than anybody is busy with telling."""


class Memory:
    """Losing it, or a part of it, only lets the metastore be told again."""

    def __init__(self, state: Location, dataset: str) -> None:
        self._state, self._folder = state, f"catalogs/{dataset}"
        self._path = f"{self._folder}.json"

    def knows(self, catalog: Catalog, table: str, numbers: Mapping[str, int]) -> bool:
        """Whether it was told these generations of the very table, and nobody is telling it others."""
        said = self._load(catalog, table)
        if said is None or any(said.get(key) != number for key, number in numbers.items()):
            return False
        return all(_is_old(each) for each in self._tellers())

    def begin(self) -> str:
        """Say that somebody is about to tell it something; the name is for `end`."""
        path = f"{self._folder}/{os.urandom(8).hex()}.json"
        put_object(self._state, path, b"{}")
        return path

    def end(self, path: str) -> None:
        """It was told what is published, or nothing at all."""
        for each in self._tellers():
            if each.path == path or _is_old(each):
                delete_object(self._state, each.path)

    def keep(self, catalog: Catalog, table: str, numbers: Mapping[str, int]) -> None:
        """Remember them with the others of the table."""
        kept = {**(self._load(catalog, table) or {}), **numbers}
        document = {"catalog": str(catalog), "table": table, "numbers": kept}
        put_object(self._state, self._path, json.dumps(document, indent=1).encode())

    def _tellers(self) -> tuple[Object, ...]:
        return list_objects(self._state, self._folder)

    def _load(self, catalog: Catalog, table: str) -> dict[str, int] | None:
        content = read_object(self._state, self._path)
        try:
            document = json.loads(content or b"{}")
        except ValueError:
            return None
        if (document.get("catalog"), document.get("table")) != (str(catalog), table):
            return None
        numbers: dict[str, int] = document["numbers"]
        return numbers


def _is_old(teller: Object) -> bool:
    return teller.modified < datetime.now(UTC) - _WHILE
