"""Just before a commit: the audited files are all there, whole, and not about to be removed."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from framework.environment.location import Location
from framework.environment.objects import list_objects
from framework.publish.protocol import StageLostError
from framework.stage.staged import Staged, StagedFile


def check_stage(staged: Staged, files: Iterable[StagedFile], *, at_most: timedelta) -> Mapping[str, datetime]:
    """When each of `files` was written, by path.

    Raises `StageLostError` for a file that is gone or has another size, and for a stage older than
    `at_most`. (The one place where publishing looks at a clock; the margin is days.)
    """
    sizes = {file.path: file.size for file in files}
    return check_stage_of(staged.binding.stage, staged.directory, sizes, at_most=at_most)


def check_stage_of(
    location: Location, directory: str, sizes: Mapping[str, int], *, at_most: timedelta
) -> Mapping[str, datetime]:
    """`check_stage` of files that are known by path and bytes, in a directory below a table's root."""
    there = {each.path: each for each in list_objects(location, directory)}
    for path, size in sizes.items():
        found = there.get(path)
        if found is None or found.size != size:
            what = "is gone" if found is None else f"has {found.size} bytes instead of {size}"
            raise StageLostError(
                f"the audited file {path} {what}",
                where=location.uri,
                hint="Somebody changed the staged files; nothing was published. Run the job again.",
            )
    written = {path: there[path].modified for path in sizes}
    oldest = min(written.values(), default=None)
    if oldest is not None and datetime.now(UTC) - oldest > at_most:
        raise StageLostError(
            f"the files were staged on {oldest:%Y-%m-%d %H:%M} UTC, more than {at_most} ago",
            where=location.uri,
            hint="Half of the table's retention is over: what it does not refer to may be removed. "
            "Run the job again.",
        )
    return written
