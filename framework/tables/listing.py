"""Which plain files a source's location names now: one file, a folder, or a pattern."""

import re
from fnmatch import fnmatchcase

from framework.environment.location import Location
from framework.environment.objects import Object, list_objects, objects_at
from framework.generation import FileVersion

_PATTERN = re.compile(r"[*?\[]")


def list_files(location: Location) -> tuple[FileVersion, ...]:
    """The files at `location`, sorted by URI; empty when there are none.

    A folder means all files below it, however deep, without those that Spark takes for hidden
    (`_…`, `.…`). In a pattern `*`, `?` and `[…]` match within one part of the path; names that
    are written in it literally may be hidden ones.
    """
    folder, pattern = _split(location)
    found = objects_at(folder) if not pattern else _matching(list_objects(folder), pattern)
    return tuple(
        FileVersion(
            uri=folder.child(each.path).uri if each.path else folder.uri,
            size=each.size,
            etag=each.etag or each.modified.isoformat(),
        )
        for each in found
    )


def _split(location: Location) -> tuple[Location, tuple[str, ...]]:
    """The deepest folder without a wildcard, and the parts of the pattern below it."""
    parts = location.uri.split("/")
    wild = next((n for n, part in enumerate(parts) if _PATTERN.search(part)), None)
    if wild is None:
        return location, ()
    return Location(uri="/".join(parts[:wild]), options=location.options), tuple(parts[wild:])


def _matching(objects: tuple[Object, ...], pattern: tuple[str, ...]) -> list[Object]:
    return [each for each in objects if _matches(each.path.split("/"), pattern)]


def _matches(parts: list[str], pattern: tuple[str, ...]) -> bool:
    return len(parts) == len(pattern) and all(
        fnmatchcase(part, wanted) and (part[0] not in "_." or part[0] == wanted[0])
        for part, wanted in zip(parts, pattern, strict=True)
    )
