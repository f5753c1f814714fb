"""The Python of a release: the machine's interpreter, the archive's packages."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from framework.environment.release import ReleaseRule
from framework.release import runtime
from framework.release.lock import Lock

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
SHOW = """
import json, os, sys
print(json.dumps([sys.path, sys.flags.no_site, os.environ.get("SPARKJOB_PROJECT")]))
"""


def _unpacked(folder: Path, **given: str) -> Path:
    """The launcher where an archive has it, for this Python and machine unless told otherwise."""
    rule = ReleaseRule(python=given.get("python", HERE), platform=given.get("platform", platform.machine()))  # type: ignore[arg-type]
    (member,) = (each for each in runtime._own_members(rule) if each.path == "bin/python")
    launcher = folder / "bin/python"
    launcher.parent.mkdir(parents=True)
    assert isinstance(member.content, bytes)
    launcher.write_bytes(member.content)
    launcher.chmod(0o755)
    return launcher


def _call(words: list[str], folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        words,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "SPARKJOB_PYTHON": sys.executable, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_container_s_links_are_followed_by_name(tmp_path: Path) -> None:
    """`environment` and `project` are links in a YARN container; Spark's own path stays behind ours."""
    _unpacked(tmp_path / "cache/1/env")
    (tmp_path / "cache/2/proj").mkdir(parents=True)
    container = tmp_path / "container"
    container.mkdir()
    (container / "environment").symlink_to(tmp_path / "cache/1/env")
    (container / "project").symlink_to(tmp_path / "cache/2/proj")
    done = _call(["./environment/bin/python", "-c", SHOW], container, PYTHONPATH="/spark/python")
    assert done.returncode == 0, done.stderr
    paths, no_site, project = json.loads(done.stdout)
    assert paths[1:4] == [f"{container}/environment/lib", f"{container}/project", "/spark/python"]
    assert Path(project) == container / "project"
    assert no_site == 1
    assert not any("site-packages" in path for path in paths)


def test_without_a_project_beside_it(tmp_path: Path) -> None:
    """It is a Python like others, and says of no project."""
    launcher = _unpacked(tmp_path / "environment")
    done = _call([str(launcher), "-c", SHOW], tmp_path)
    assert json.loads(done.stdout)[2] is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"python": "3.99"}, "this release needs Python 3.99"),
        ({"platform": "sparc"}, "this release is for machines of sparc"),
    ],
)
def test_another_machine_is_told(tmp_path: Path, given: dict[str, str], told: str) -> None:
    """A wrong Python or architecture ends with 64 and one hint, before anything is imported."""
    launcher = _unpacked(tmp_path / "environment", **given)
    done = _call([str(launcher), "-c", SHOW], tmp_path)
    assert (done.returncode, done.stdout) == (64, "")
    first, second = done.stderr.splitlines()
    assert first.startswith(told)
    assert second.startswith("Hint: ")


def test_the_address_is_of_all_that_is_installed() -> None:
    """Lock, Python and machine each change the archive's name; nothing has to be built to know it."""
    lock = Lock(text="a==1", names=frozenset({"a"}))
    rules = [ReleaseRule(), ReleaseRule(python="3.12"), ReleaseRule(platform="aarch64")]
    names = [runtime.environment_name(lock, rule) for rule in rules]
    names.append(runtime.environment_name(Lock(text="a==2", names=lock.names), ReleaseRule()))
    assert len(set(names)) == 4
    assert names[0] == runtime.environment_name(lock, ReleaseRule())
