"""A release on this machine's disk, for a driver that runs here."""

import os
import tarfile
from io import BytesIO
from pathlib import Path, PurePosixPath
from shutil import rmtree
from tempfile import mkdtemp

from framework.environment.location import Location
from framework.environment.objects import read_object
from framework.errors import MisconfiguredError
from framework.manifest.renderers.commands import PROJECT_ARCHIVE
from framework.release.store import archive_path
from framework.release.submission import Submission


def unpack_release(submission: Submission) -> Path:
    """A folder with `environment`, `project` and their archives, `environment.tar.gz` and `project.tar.gz`.

    It is kept in `$XDG_CACHE_HOME/sparkjob`, so that a release is fetched once.
    """
    release, place = submission.release, submission.place
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "sparkjob")
    packages = unpack(cache, release.archive.removesuffix(".tar.gz"), place, archive_path(release.archive))
    folder = unpack(cache, release.id, release.root(place), PROJECT_ARCHIVE)
    for name, path in (
        ("environment", packages / "content"),
        ("environment.tar.gz", packages / "archive.tar.gz"),
        ("project", folder / "content"),
        ("project.tar.gz", folder / "archive.tar.gz"),
    ):
        link = folder / name
        if not link.is_symlink():
            _link(link, path)
    return folder


def _link(link: Path, path: Path) -> None:
    try:
        link.symlink_to(path)
    except FileExistsError:
        return  # another submit was here in this moment


def unpack(cache: Path, name: str, place: Location, path: str) -> Path:
    """The folder `name` of the cache with `archive.tar.gz` and its `content`, whole or not there.

    Raises `MisconfiguredError` when the archive is gone or is none of ours, or cannot be unpacked.
    """
    folder = cache / name
    if folder.is_dir():
        return folder
    content = read_object(place, path)
    if content is None:
        raise MisconfiguredError("this part of the release is gone", where=f"{place.uri}/{path}")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        scratch = Path(mkdtemp(dir=cache, prefix=".unpacking-"))
        try:
            (scratch / "archive.tar.gz").write_bytes(content)
            _extract(content, scratch / "content")
            scratch.rename(folder)
        except BaseException as error:
            rmtree(scratch)
            if not (isinstance(error, OSError) and folder.is_dir()):  # else somebody was quicker
                raise
    except OSError as error:
        raise MisconfiguredError(
            f"the release cannot be unpacked: {error.strerror}",
            where=str(cache),
            hint="XDG_CACHE_HOME names another folder.",
        ) from None
    return folder


def _extract(content: bytes, folder: Path) -> None:
    """Plain files only, and none above the folder: nothing else is in an archive of ours."""
    with tarfile.open(fileobj=BytesIO(content)) as archive:
        for entry in archive:
            path = PurePosixPath(entry.name)
            file = archive.extractfile(entry)
            if file is None or path.is_absolute() or ".." in path.parts:
                raise MisconfiguredError(f"{entry.name} is nothing that a release has", where="the archive")
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read())
            target.chmod(entry.mode)
