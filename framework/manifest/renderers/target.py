"""What a renderer is: a pure function, and the settings that a person gives it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from framework.errors import Fault, MisconfiguredError
from framework.manifest.deployment import Deployment
from framework.manifest.model import Manifest


class Render(Protocol):
    """From manifest, deployment and settings to texts by path below the folder of the export.

    Pure, and stable: equal arguments give equal texts. Raises `MisconfiguredError` with all that
    the scheduler cannot do.
    """

    def __call__(
        self, manifest: Manifest, deployment: Deployment, settings: Mapping[str, str]
    ) -> Mapping[str, str]:
        """The texts."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """An option of `sparkjob export TARGET`. One without a default has to be given."""

    name: str
    help: str
    default: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Target:
    """A scheduler.

    `check` raises `MisconfiguredError` for settings that do not go together, before a release is looked for.
    """

    settings: tuple[Setting, ...]
    render: Render
    check: Callable[[Mapping[str, str]], None] = lambda _: None


ROOT = Setting(name="root", help="Where the project's folder is at run time: a path or a uri.")
RELEASE = Setting(
    name="root",
    default="",
    help="Where the project's folder is at run time: a path or a uri; left out: the current release.",
)
ARCHIVE = Setting(
    name="archive",
    default="",
    help="The release's archive of Python packages, a uri; left out with --root: the current release's.",
)


def refuse_triggered(deployment: Deployment, scheduler: str) -> None:
    """Raise `MisconfiguredError` for schedules without times, where nothing tells of new datasets."""
    faults = [
        Fault(
            what=f"{scheduler} is not told when datasets are made anew",
            where=f"schedules.{schedule.name}",
            hint="Give it a cron line; or export it to airflow, and the others here by --schedule NAME",
        )
        for schedule in deployment.schedules.values()
        if schedule.cron is None
    ]
    if faults:
        raise MisconfiguredError(faults)
