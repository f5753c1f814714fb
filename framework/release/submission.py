"""One run of a released job, as it is handed to a cluster."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from framework.environment.environment import Environment
from framework.environment.location import Location
from framework.environment.objects import read_object
from framework.errors import MisconfiguredError
from framework.manifest.deployment import Deployment
from framework.manifest.model import Index, JobDocument
from framework.manifest.render import INDEX
from framework.manifest.store import deployment_path, parse_deployment
from framework.release.store import Release, load_current

Tell = Callable[[str], None]
"""Says a line to who waits."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A job of a release, and its interval (empty: the environment's example).

    `place`: where releases are. `extra`: arguments after the usual ones, run id and result among them.
    """

    release: Release
    place: Location
    job: JobDocument
    deployment: Deployment
    interval: str
    extra: tuple[str, ...]

    def settings(self, spell: Callable[[Location], str]) -> Mapping[str, str]:
        """`root` and `archive` for the renderers of command lines; `spell` writes a place down."""
        root, archive = self.release.root(self.place), self.release.packages(self.place)
        return {"root": spell(root), "archive": spell(archive)}


@dataclass(frozen=True, kw_only=True)
class End:
    """How a cluster says that an application ended.

    `code`: the exit code, where it tells one. `said`: the end of what there is to read there, or where.
    """

    succeeded: bool
    code: int | None = None
    said: str = ""


class Launch(Protocol):
    """Start a submission and follow it to its end.

    Raises `MisconfiguredError` when it cannot be started, `RetryError` when the cluster does not answer.
    """

    def __call__(self, submission: Submission, tell: Tell) -> End:
        """The end."""


def load_submission(
    environment: Environment, job: str, *, interval: str, extra: tuple[str, ...]
) -> Submission:
    """`job` of the release that counts.

    Raises `MisconfiguredError` when there is no release, or no such job of ours in it.
    """
    place = environment.releases
    release = load_current(environment)
    manifest = release.root(place).child("manifest")
    index = Index.model_validate_json(_read(manifest, INDEX))
    if job not in index.jobs:
        raise MisconfiguredError(
            f'there is no job "{job}" in release {release.id}',
            where=place.uri,
            hint=f"sparkjob deploy --env {environment.name}, if it is a new one.",
        )
    document = JobDocument.model_validate_json(_read(manifest, index.jobs[job].document))
    if document.kind == "external":
        raise MisconfiguredError(f"{job} is external: its runner starts it", where=document.file)
    deployment = parse_deployment(_read(manifest, deployment_path(environment.name)))
    return Submission(
        release=release, place=place, job=document, deployment=deployment, interval=interval, extra=extra
    )


def _read(place: Location, path: str) -> bytes:
    content = read_object(place, path)
    if content is None:
        raise MisconfiguredError("this part of the release is gone", where=f"{place.uri}/{path}")
    return content
