"""Which plain files a source's location names now: one file, a folder, a pattern, or what has landed."""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase

from framework.environment.landing import FilePattern, Landing
from framework.environment.location import Location
from framework.environment.objects import Object, is_hidden, list_objects, objects_at
from framework.errors import MisconfiguredError, RejectedError
from framework.generation import FileVersion, Landed
from framework.interval import WHOLE, Interval

_PATTERN = re.compile(r"[*?\[]")


def list_files(location: Location) -> tuple[FileVersion, ...]:
    """The files at `location`, sorted by URI; empty when there are none.

    A folder means all files below it, however deep, without those that Spark takes for hidden
    (`is_hidden`). In a pattern `*`, `?` and `[…]` match within one part of the path; a hidden name is
    matched by one that writes its first letter.
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


def list_landed(
    location: Location, landing: Landing, stretches: Iterable[Interval]
) -> tuple[tuple[FileVersion, ...], Landed]:
    """The files that have landed at `location`, each with its stretch of time, and when all are there.

    Only the folders of `stretches` are looked into; without any, all. A file belongs to the time that
    its path names; when the pattern has no date, to the moment at which it was last written.

    Raises `RejectedError` for a path that names a date that there is not.
    """
    wanted: list[Interval | None] = [*stretches] or [None]
    files = [
        FileVersion(
            uri=location.child(each.path).uri,
            size=each.size,
            etag=each.etag or each.modified.isoformat(),
            span=_span_of(landing.files, each, location),
        )
        for each in _landed(location, landing.files, wanted)
    ]
    if landing.marker is None:
        return tuple(files), Landed(rule=landing.ready)
    marker = landing.marker
    found = _landed(location, marker, wanted)
    spans = (_span_of(marker, each, location) if marker.is_dated else WHOLE for each in found)
    return tuple(files), Landed(rule=landing.ready, marked=tuple(spans))


def _landed(location: Location, pattern: FilePattern, stretches: Sequence[Interval | None]) -> list[Object]:
    folders = dict.fromkeys(folder for each in stretches for folder in pattern.folders(each))
    listed = [""] if "" in folders else folders
    found = {
        each.path: each
        for folder in listed
        for each in list_objects(location, folder or None)
        if pattern.matches(each.path)
    }
    return [found[path] for path in sorted(found)]


def _span_of(pattern: FilePattern, file: Object, location: Location) -> Interval:
    if not pattern.is_dated:
        return Interval(start=file.modified, end=file.modified + timedelta.resolution, grain="hour")
    try:
        return pattern.span_of(file.path)
    except (ValueError, MisconfiguredError):
        raise RejectedError(
            "the path names a date that there is not",
            where=location.child(file.path).uri,
            hint=f"Files are named {pattern.text}; rename this one or take it away.",
        ) from None


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
        fnmatchcase(part, wanted) and (part[0] == wanted[0] or not is_hidden(part))
        for part, wanted in zip(parts, pattern, strict=True)
    )
