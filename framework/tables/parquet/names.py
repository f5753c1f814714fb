"""Names of the objects of a table, all below folders that a plain read of its location passes over.

    _published/_table.json                    whose table it is; its id, new for each creation
    _published/<id>/<interval>/<n>.json       pointer: the n-th generation of an interval
    _published/<id>/_schema/<n>.json          the columns after the n-th change
    _published/<id>/_checked/<n>.json         claim: see `publish.parquet.claim`
    _versions/<stage id>/…                    the files

Every one of them is created once and never written again. The id is in the path, so that who works
on a table that was dropped and created anew meanwhile puts nothing into the new one.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from framework.interval import WHOLE, Grain, Interval

TABLE = "_published/_table.json"
SCHEMAS = "_schema"
CLAIMS = "_checked"

_NAME = re.compile(r"_published/[^/]+/([^/]+)/([1-9]\d*)\.json")
_MOMENT = "%Y-%m-%dT%H%M%SZ"


def folder_of(interval: Interval) -> str:
    """An interval's canonical UTC bounds as the name of a folder; `whole` for a table without any."""
    return interval.key.replace(":", "").replace("/", "_")


def interval_of(folder: str, grain: Grain | None, zone: str) -> Interval | None:
    """`folder_of` read back for a table of this calendar; None for what is no interval."""
    if folder == folder_of(WHOLE):
        return WHOLE
    try:
        start, end = (datetime.strptime(each, _MOMENT).replace(tzinfo=UTC) for each in folder.split("_"))
    except ValueError:
        return None
    return Interval(start=start, end=end, grain=grain, zone=zone)


def numbered(table_id: str, folder: str, number: int | None = None) -> str:
    """The path of an object of a series, or of its folder."""
    place = f"_published/{table_id}/{folder}"
    return place if number is None else f"{place}/{number}.json"


def newest(paths: Iterable[str]) -> dict[str, int]:
    """The highest number in each folder of a table; other names are nobody's and pass."""
    found: dict[str, int] = {}
    for path in paths:
        name = _NAME.fullmatch(path)
        if name is not None:
            found[name[1]] = max(int(name[2]), found.get(name[1], 0))
    return found
