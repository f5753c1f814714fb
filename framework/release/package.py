"""The two archives of a release in a folder."""

import os
from dataclasses import dataclass
from pathlib import Path

from framework.environment.environment import Environment
from framework.environment.released import load_configuration
from framework.errors import MisconfiguredError
from framework.project.project import Project
from framework.release.archive import Member, address_of, write_archive
from framework.release.content import project_members
from framework.release.lock import Lock, check_lock, load_lock
from framework.release.runtime import environment_name, write_environment


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a package of a project for an environment has in it; nothing is built yet.

    `environment` is the archive's name, by the address of all that it is made of.
    """

    lock: Lock
    environment: str
    members: tuple[Member, ...]

    @property
    def project(self) -> str:
        """The name of the project's archive, by its content."""
        return f"project-{address_of(self.members)}.tar.gz"


@dataclass(frozen=True, kw_only=True)
class Package:
    """The archives: Python packages, to be unpacked as `environment`; jobs and configs, as `project`."""

    environment: Path
    project: Path
    was_there: bool


def load_contents(project: Project, environment: Environment) -> Contents:
    """Read what goes into a package of a validated project. Raises `MisconfiguredError` for what lacks."""
    lock = load_lock(project.root, environment.release.lock)
    check_lock(lock, project, environment)
    configuration = load_configuration(project.root, environment.name, process=os.environ)
    return Contents(
        lock=lock,
        environment=environment_name(lock, environment.release),
        members=project_members(project, configuration),
    )


def build_package(project: Project, environment: Environment, folder: Path) -> Package:
    """Write both archives into `folder`. An environment that is there already is not built again.

    Equal inputs give equal names and equal bytes.
    """
    contents = load_contents(project, environment)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        packed, jobs = folder / contents.environment, folder / contents.project
        was_there = packed.is_file()
        if not was_there:
            write_environment(packed, contents.lock, environment.release)
        write_archive(jobs, contents.members)
    except OSError as error:
        raise MisconfiguredError(
            f"cannot be written: {error.strerror}", where=str(error.filename or folder)
        ) from error
    return Package(environment=packed, project=jobs, was_there=was_there)
