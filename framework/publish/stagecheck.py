"""Just before a commit: the audited files are all there, whole, and not about to be removed."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from framework.environment.objects import list_objects
from framework.publish.protocol import StageLostError
from framework.stage.staged import Staged, StagedFile


def check_stage(staged: Staged, files: Iterable[StagedFile], *, at_most: timedelta) -> Mapping[str, datetime]:
    """When each of `files` was written, by path.

    Raises `StageLostError` for a file that is gone or has another size, and for a stage older than
    `at_most`. (The one place where publishing looks at a clock; the margin is days.)
    """
    location = staged.binding.stage
    there = {each.path: each for each in list_objects(location, staged.directory)}
    for file in files:
        found = there.get(file.path)
        if found is None or found.size != file.size:
            what = "is gone" if found is None else f"has {found.size} bytes instead of {file.size}"
            raise StageLostError(
                f"the audited file {file.path} {what}",
                where=location.uri,
                hint="Somebody changed the staged files; nothing was published. Run the job again.",
            )
    written = {file.path: there[file.path].modified for file in files}
    oldest = min(written.values(), default=None)
    if oldest is not None and datetime.now(UTC) - oldest > at_most:
        raise StageLostError(
            f"the files were staged on {oldest:%Y-%m-%d %H:%M} UTC, more than {at_most} ago",
            where=location.uri,
            hint="Half of the table's retention is over: what it does not refer to may be removed. "
            "Run the job again.",
        )
    return written
