"""Releases on a store. A release is complete when its marker is there; the last pointer says which counts.

environments/environment-<address>.tar.gz   Python packages; releases share them
<id>/project.tar.gz                         jobs and configs
<id>/jobs/….py                              the files that spark-submit starts
<id>/manifest/…                             contracts, and the environment's deployment
<id>/release.json                           the marker, put last, if absent
current/<project>/<environment>/<n>.json    pointers, each put if absent; the highest counts
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from framework.environment.environment import Environment
from framework.environment.location import Location
from framework.environment.objects import list_objects, put_if_absent, read_object
from framework.errors import MisconfiguredError, RetryError

MARKER = "release.json"
_POINTERS = "current"
_ENVIRONMENTS = "environments"


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release: the environment it is for, its archive of Python packages, and what that runs on."""

    id: str
    environment: str
    archive: str
    python: str
    platform: str
    framework: str

    def root(self, location: Location) -> Location:
        """Its folder below the place of all releases."""
        return location.child(self.id)

    def packages(self, location: Location) -> Location:
        """Its archive of Python packages."""
        return location.child(archive_path(self.archive))


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """One entry of the history of what counted: its number from 1, the release, since when."""

    number: int
    release: str
    since: datetime


def archive_path(name: str) -> str:
    """Where an archive of Python packages is, below the place of all releases."""
    return f"{_ENVIRONMENTS}/{name}"


def find_release(location: Location, id_: str) -> Release | None:
    """The release of that id; None when there is none, or one that is not complete.

    Raises `MisconfiguredError` for one that this version does not know how to read.
    """
    path = f"{id_}/{MARKER}"
    text = read_object(location, path)
    try:
        return None if text is None else Release(**json.loads(text)["release"])
    except (ValueError, KeyError, TypeError):
        what, hint = "is no release that this version can read", "A newer sparkjob has made it."
        raise MisconfiguredError(what, where=f"{location.uri}/{path}", hint=hint) from None


def load_current(environment: Environment) -> Release:
    """The release that counts. Raises `MisconfiguredError` when there is none."""
    pointer = find_pointer(environment)
    release = None if pointer is None else find_release(environment.releases, pointer.release)
    if release is None:
        hint = f"sparkjob deploy --env {environment.name}"
        raise MisconfiguredError("nothing is deployed", where=environment.releases.uri, hint=hint)
    return release


def complete_release(location: Location, release: Release) -> None:
    """Put the marker. Equal ids are equal content, so that whoever is second changes nothing."""
    text = json.dumps({"version": 1, "release": asdict(release)}, indent=2, sort_keys=True) + "\n"
    if not put_if_absent(location, f"{release.id}/{MARKER}", text.encode()):
        raise MisconfiguredError(
            f"release {release.id} is another one already",
            where=location.uri,
            hint="Name another place for releases in configs/.",
        )


def load_pointers(environment: Environment) -> tuple[Pointer, ...]:
    """All that ever counted in `environment`, the newest first."""
    return tuple(_pointers(environment))


def find_pointer(environment: Environment) -> Pointer | None:
    """The one that counts; None before the first."""
    return next(_pointers(environment), None)


def point_to(environment: Environment, release: str, *, after: Pointer | None) -> None:
    """Let `release` count in `environment`, in place of what was seen to count.

    Raises `RetryError` when somebody else has let another release count meanwhile.
    """
    number = 1 if after is None else after.number + 1
    place = environment.releases
    if not put_if_absent(place, f"{_folder(environment)}/{number:08}.json", _render(release)):
        now = find_pointer(environment)
        raise RetryError(
            f"somebody else has deployed at the same time: current is {now.release if now else 'unknown'}",
            where=place.uri,
            hint=f"Release {release} is there: sparkjob deploy --to {release}, if it is to count.",
        )


def _folder(environment: Environment) -> str:
    return f"{_POINTERS}/{environment.project}/{environment.name}"


def _pointers(environment: Environment) -> Iterator[Pointer]:
    place = environment.releases
    for entry in reversed(list_objects(place, _folder(environment))):
        number = entry.path.rpartition("/")[2].removesuffix(".json")
        text = read_object(place, entry.path) if number.isdigit() else None
        if text is not None:
            release = str(json.loads(text)["release"])
            yield Pointer(number=int(number), release=release, since=entry.modified)


def _render(release: str) -> bytes:
    return (json.dumps({"version": 1, "release": release}) + "\n").encode()
