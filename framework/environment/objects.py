"""The few object operations that the rooms share, on disk, S3 and in memory, with our errors.

obstore retries refused and dropped requests by itself (10 times within 3 minutes, with backoff),
so there is no second loop of retries here.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from framework.environment.location import Location
from framework.errors import MisconfiguredError, RetryError, SparkjobError

if TYPE_CHECKING:
    from obstore import ObjectMeta


HIDDEN = r"(?:\.|_[^/=]*(?:/|\Z))"
"""How a part of a path begins, as a regular expression, whose files are no data: `_SUCCESS`, `_temporary/…`,
`.a.csv.crc`, and not `_column=value` (HadoopFSUtils.shouldFilterOutPathName of Spark)."""

_HIDDEN_PART = re.compile(f"(?:^|/){HIDDEN}")
_LARGEST_COPY = 5 * 1000**3
"""Bytes that S3 copies in one request (Amazon S3 API, CopyObject)."""


@dataclass(frozen=True, kw_only=True)
class Object:
    """An object below a location: its path there, bytes, version tag and age.

    `etag` changes when the content is replaced; on a disk it is made of inode, time and size.
    """

    path: str
    size: int
    etag: str | None
    modified: datetime = field(compare=False)


def put_if_absent(location: Location, path: str, content: bytes) -> bool:
    """Create an object if there is none of that name; whether this content is now the object.

    True also when the object was there already with equal content: a reply that was lost makes
    obstore send the request again, which then meets its own object. So content that says who
    wrote it (a run id) tells a winner from a loser; equal content of two writers does not.
    """
    from obstore.exceptions import AlreadyExistsError, PreconditionError

    with store_errors(location):
        try:
            location.store().put(path, content, mode="create")
        except (AlreadyExistsError, PreconditionError):
            return read_object(location, path) == content
    return True


def put_object(location: Location, path: str, content: bytes) -> None:
    """Write an object, in one piece, in place of one that may be there."""
    with store_errors(location):
        location.store().put(path, content)


def put_file(location: Location, path: str, file: Path) -> None:
    """Write a file as an object, a large one in parts; it is there as a whole or not at all."""
    with store_errors(location):
        location.store().put(path, file)


def copy_object(location: Location, source: str, target: str) -> bool:
    """Copy an object within `location`; False when there is no `source`. The copy is as old as now.

    On S3 the store itself copies, up to the 5 GB that it can in one request (CopyObject).
    """
    if _no_folder(location):
        return False
    with store_errors(location):
        try:
            if location.is_local:
                # obstore makes a hard link, which has the age of the source.
                place = Path(location.uri, target)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(Path(location.uri, source), place)
            elif location.store().head(source)["size"] > _LARGEST_COPY:
                location.store().put(target, location.store().get(source))
            else:
                location.store().copy(source, target)
        except FileNotFoundError:
            return False
    return True


def delete_object(location: Location, path: str) -> None:
    """Remove an object; one that is not there is none to remove."""
    with store_errors(location):
        try:
            location.store().delete(path)
        except FileNotFoundError:
            return


def read_object(location: Location, path: str) -> bytes | None:
    """The whole content of an object; None when there is none."""
    if _no_folder(location):
        return None
    with store_errors(location):
        try:
            return bytes(location.store().get(path).bytes())
        except FileNotFoundError as missing:
            _refuse_missing_bucket(missing)
            return None


def find_object(location: Location, path: str) -> Object | None:
    """An object's size and version without its content; None when there is none."""
    if _no_folder(location):
        return None
    with store_errors(location):
        try:
            return _object(location.store().head(path))
        except FileNotFoundError:
            return None


def list_objects(location: Location, below: str | None = None) -> tuple[Object, ...]:
    """Every object at `location`, in the folder `below` of it if given, sorted by path.

    Paths are relative to `location` in both cases.
    """
    if _no_folder(location):
        return ()
    with store_errors(location):
        found = [_object(meta) for page in location.store().list(below) for meta in page]
    folders = {below or "", *(each.path[:end] for each in found for end in _slashes(each.path))}
    # s3a and consoles mark a folder by an empty object, `folder/`, which obstore lists as `folder`.
    kept = (each for each in found if each.size or each.path not in folders)
    return tuple(sorted(kept, key=lambda each: each.path))


def objects_at(location: Location) -> tuple[Object, ...]:
    """The object that `location` itself is (its path is then ""), or else those in it that count.

    Names that Spark does not read (starting with `.`, or with `_` unless it is `_column=value`)
    do not count.
    """
    parent = location.parent
    alone = None if parent is None else find_object(parent, location.name)
    if alone is not None:
        return (replace(alone, path=""),)
    return tuple(each for each in list_objects(location) if not is_hidden(each.path))


@contextmanager
def store_errors(location: Location) -> Iterator[None]:
    """Give the errors of obstore, and of a disk, as ours: the place, the kind, no credential.

    Raises `MisconfiguredError` for what a person must change (rights, keys, a bucket, a region, a
    folder that is a file) and `RetryError` for everything else.
    """
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        # obstore's own text may hold headers and signed addresses: it is read, never passed on.
        raise _ours(error, location) from None


@dataclass(frozen=True)
class Refusal:
    """Why a store refuses: something that a person must change. `marks`: how libraries word it."""

    marks: tuple[str, ...]
    what: str
    hint: str


def refusal_of(error: Exception) -> Refusal | None:
    """Why the store refused, by an error of obstore, deltalake or a disk; None when it is only away."""
    text = f"{type(error).__name__} {error}"
    return next((each for each in _REFUSALS if any(mark in text for mark in each.marks)), None)


def away_of(error: Exception) -> str:
    """What is known of a store that did not answer, in a few words of the system or of the library."""
    number = _OS_ERROR.search(str(error))
    return os.strerror(int(number[1])) if number else type(error).__name__


_REFUSALS = (
    Refusal(
        ("PermissionDeniedError", "os error 13", "os error 30", "AccessDenied", "the necessary privileges"),
        "permission denied",
        "give this user or role the right to list, read and write there",
    ),
    Refusal(
        ("NoSuchBucket",),
        "the bucket does not exist",
        "create the bucket, or correct the uri of the store in configs/",
    ),
    Refusal(
        (
            *("UnauthenticatedError", "InvalidAccessKeyId", "ExpiredToken", "InvalidToken"),
            *("SignatureDoesNotMatch", "valid authentication credentials"),
        ),
        "the credentials are not accepted",
        "renew the credentials of this process",
    ),
    Refusal(
        ("NoCredentials", "get_credentials", "169.254.169.254", "no credentials found"),
        "no AWS credentials were found",
        "set AWS_PROFILE or AWS_ACCESS_KEY_ID, or run with a role",
    ),
    Refusal(
        ("UnknownConfigurationKey", "BadScheme"),
        "the store does not know one of its settings, or does not allow plain http",
        "correct the settings of the store in configs/",
    ),
    Refusal(
        ("incorrectly configured region", "AuthorizationHeaderMalformed", "PermanentRedirect"),
        "the bucket is in another region",
        "set the region of the store in configs/",
    ),
    Refusal(
        ("os error 20", "os error 17", "NotADirectory"),
        "a file stands where a folder is needed",
        "move the file away, or correct the uri of the store in configs/",
    ),
)
_OS_ERROR = re.compile(r"(?:os error |Os \{ code: )(\d+)")


def _ours(error: Exception, location: Location) -> SparkjobError:
    refusal = refusal_of(error)
    if refusal is not None:
        return MisconfiguredError(f"{location.uri}: {refusal.what}", hint=refusal.hint)
    if isinstance(error, ValueError):
        return MisconfiguredError(f"{location.uri}: no path or setting of this store ({_first_line(error)})")
    return RetryError(f"{location.uri}: the store did not answer as it should ({away_of(error)})")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]


def _refuse_missing_bucket(error: FileNotFoundError) -> None:
    if "NoSuchBucket" in str(error):
        raise error


def _no_folder(location: Location) -> bool:
    # Looking must not make the folder, as opening the store does.
    return location.is_local and not Path(location.uri).is_dir()


def _object(meta: "ObjectMeta") -> Object:
    return Object(path=meta["path"], size=meta["size"], etag=meta["e_tag"], modified=meta["last_modified"])


def _slashes(path: str) -> Iterator[int]:
    return (place for place, letter in enumerate(path) if letter == "/")


def is_hidden(path: str) -> bool:
    """Whether Spark does not read what is at this path below a folder it reads."""
    return _HIDDEN_PART.search(path) is not None
