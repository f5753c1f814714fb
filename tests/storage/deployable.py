"""A project that can be deployed at once: its Python packages are on the store already."""

from framework.cli.workspace import load_workspace
from framework.environment.environment import Environment
from framework.environment.location import Location
from framework.environment.objects import put_object
from framework.release.lock import load_lock
from framework.release.runtime import environment_name
from framework.release.store import archive_path
from tests.support.project import SmallProject

HASH = "--hash=sha256:" + "0" * 64
LOCK = f"deltalake==1.6.6 {HASH}\nobstore==0.12.1 {HASH}\n"
"""What nobody can install: building an environment is tested in tests/setup."""


def make_deployable(project: SmallProject, lake: Location) -> Environment:
    """Environment `far` with its stores in `lake`."""
    project.write(
        "configs/far.yml",
        f"""
        stores:
          lake: {{uri: "{lake.uri}"}}
          raw: {{uri: "{lake.uri}/raw"}}
        """,
    )
    project.write("requirements/cluster.txt", LOCK)
    environment = load_workspace("far", start=project.root).environment
    name = environment_name(load_lock(project.root, "requirements/cluster.txt"), environment.release)
    put_object(environment.releases, archive_path(name), b"packages")
    return environment
