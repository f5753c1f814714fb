"""Puts a release on an environment's store; brings an earlier one back."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from framework.environment.environment import Environment
from framework.environment.location import Location
from framework.environment.objects import find_object, put_file, put_object
from framework.errors import Fault, MisconfiguredError
from framework.generation import digest
from framework.manifest.build import build_manifest
from framework.manifest.deployment import Deployment, build_deployment
from framework.manifest.model import Manifest
from framework.manifest.render import render_documents
from framework.manifest.renderers.commands import PROJECT_ARCHIVE
from framework.manifest.store import deployment_path, render_deployment
from framework.project.project import Project
from framework.release.archive import Member, address_of, build_archive
from framework.release.package import Contents, load_contents
from framework.release.runtime import write_environment
from framework.release.store import (
    Pointer,
    Release,
    archive_path,
    complete_release,
    find_pointer,
    find_release,
    load_pointers,
    point_to,
)
from framework.version import __version__

_AT_ONCE = 16
_SHORTEST = 4


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What became of a deploy: `uploaded_archive`, `uploaded` and `moved` say what was not there before.

    `jobs` and `configs`: how many files of each the release has.
    """

    release: Release
    uploaded_archive: bool
    uploaded: bool
    moved: bool
    jobs: int
    configs: int


def deploy(project: Project, environment: Environment) -> Deployed:
    """Put the project, its manifest and its Python packages where `environment` has releases.

    A release's id is made of its content. What is there already is not put again; the marker goes last, then
    the pointer, so that a release is complete or absent, and counts only when complete.

    Raises `MisconfiguredError` for what cannot be deployed, `RetryError` when another deploy won.
    """
    _check_stores(project, environment)
    contents = load_contents(project, environment)
    manifest = build_manifest(project)
    files = dict(_files(manifest, build_deployment(project, environment), project))
    place = environment.releases
    release = Release(
        id=_id(contents, files),
        environment=environment.name,
        archive=contents.environment,
        python=environment.release.python,
        platform=environment.release.platform,
        framework=__version__,
    )
    current = find_pointer(environment)
    uploaded_archive = _put_environment(place, contents, environment)
    uploaded = find_release(place, release.id) is None
    if uploaded:
        files[PROJECT_ARCHIVE] = build_archive(contents.members)
        root = release.root(place)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(lambda item: put_object(root, *item), files.items()):
                pass
        complete_release(place, release)
    moved = current is None or current.release != release.id
    if moved:
        point_to(environment, release.id, after=current)
    return Deployed(
        release=release,
        uploaded_archive=uploaded_archive,
        uploaded=uploaded,
        moved=moved,
        jobs=sum(job.kind != "external" for job in manifest.jobs.values()),
        configs=sum(member.path.startswith("configs/") for member in contents.members),
    )


def point_back(environment: Environment, beginning: str) -> tuple[Release, bool]:
    """Let a release that is there count; whether it did not before.

    `beginning`: its id, or the unambiguous beginning of one that has counted before.

    Raises `MisconfiguredError` when there is no such release, `RetryError` when a deploy came between.
    """
    pointers = load_pointers(environment)
    release = _find(environment, pointers, beginning)
    current = pointers[0] if pointers else None
    moved = current is None or current.release != release.id
    if moved:
        point_to(environment, release.id, after=current)
    return release, moved


def _find(environment: Environment, pointers: tuple[Pointer, ...], beginning: str) -> Release:
    place = environment.releases
    known = sorted({each.release for each in pointers if each.release.startswith(beginning)})
    if len(known) > 1:
        raise MisconfiguredError(f'{len(known)} releases begin with "{beginning}"', where=place.uri)
    found = find_release(place, known[0] if known and len(beginning) >= _SHORTEST else beginning)
    if found is None or found.environment != environment.name:
        raise MisconfiguredError(
            f'there is no release "{beginning}" of {environment.name}',
            where=place.uri,
            hint=f"sparkjob deploy --env {environment.name} --list shows them.",
        )
    return found


def _put_environment(place: Location, contents: Contents, environment: Environment) -> bool:
    """Build and put the archive of Python packages, unless it is there; whether it was put."""
    path = archive_path(contents.environment)
    if find_object(place, path) is not None:
        return False
    with TemporaryDirectory(prefix="sparkjob-") as folder:
        archive = Path(folder, contents.environment)
        write_environment(archive, contents.lock, environment.release)
        put_file(place, path, archive)
    return True


def _id(contents: Contents, files: Mapping[str, bytes]) -> str:
    members = [Member(path=path, content=content) for path, content in files.items()]
    return digest((contents.environment, contents.project, address_of(members)))[:12]


def _files(manifest: Manifest, deployment: Deployment, project: Project) -> Iterator[tuple[str, bytes]]:
    for file in sorted({job.file for job in manifest.jobs.values() if job.kind != "external"}):
        yield file, (project.root / file).read_bytes()
    for path, text in render_documents(manifest).items():
        yield f"manifest/{path}", text.encode()
    yield f"manifest/{deployment_path(deployment.environment)}", render_deployment(deployment).encode()


def _check_stores(project: Project, environment: Environment) -> None:
    """On a cluster the project lies in a folder that goes with the job: so would what is written below it."""
    root = project.root.resolve()
    faults = [
        Fault(
            what=f"the store {name} is in the project's folder, which a cluster unpacks for each run",
            where=f"configs/{environment.name}.yml",
            hint="Give it s3://…, or the absolute path of a disk that all machines share.",
        )
        for name, store in sorted(environment.stores.items())
        if store.is_local and Path(store.uri).resolve().is_relative_to(root)
    ]
    if faults:
        raise MisconfiguredError(faults)
