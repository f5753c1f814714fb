"""Releases on a store: complete or absent, told apart by their content, brought back by a pointer."""

import os
import signal
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from threading import Barrier

import pytest

from framework.environment.environment import Environment
from framework.environment.location import Location
from framework.environment.objects import list_objects, read_object
from framework.errors import RetryError
from framework.release.store import find_pointer, find_release, load_pointers, point_to
from tests.s3.serving import S3
from tests.storage.deployable import make_deployable
from tests.storage.lake import Ended, Lake
from tests.support.project import BASE, ROOT, SmallProject, make_project

SCHEDULES = """
    schedules:
      nightly: {cron: "30 2 * * *", timezone: UTC, select: "*"}
"""
HELD = Path(__file__).with_name("held_deploy.py")


@pytest.fixture(params=["disk", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Location:
    """Where there is nothing yet."""
    if request.param == "disk":
        return Location(uri=str(tmp_path / "lake"))
    server: S3 = request.getfixturevalue("s3")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return Location(uri=server.new_bucket().uri)


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    """The small project."""
    return make_project(tmp_path / "project")


def deploy(project: SmallProject, *words: str) -> Ended:
    """`sparkjob deploy --env far WORDS`."""
    return Lake(project).call("deploy", "--env", "far", *words)


def _current(environment: Environment) -> str | None:
    pointer = find_pointer(environment)
    return None if pointer is None else pointer.release


def test_a_release_is_put_once(project: SmallProject, place: Location) -> None:
    """What is there is not put again; another content is another release, and the old one stays."""
    far = make_deployable(project, place)
    releases = far.releases
    first = deploy(project)
    assert first.code == 0, first.err
    (id_,) = {pointer.release for pointer in load_pointers(far)}
    assert first.out.splitlines()[0] == (
        f"release {id_} · environment unchanged · 2 jobs, 2 configs uploaded · current → {id_}"
    )
    objects = list_objects(releases)
    again = deploy(project)
    assert again.out.splitlines()[0] == (
        f"release {id_} · environment unchanged · 2 jobs, 2 configs unchanged · current is {id_}"
    )
    assert list_objects(releases) == objects

    project.write("jobs/_shared.py", "# another content")
    assert deploy(project).code == 0
    other = _current(far)
    assert other is not None
    assert other != id_
    assert find_release(releases, id_) is not None
    assert set(objects) <= set(list_objects(releases))


def test_what_a_release_has(project: SmallProject, place: Location) -> None:
    """Files that are started, the archive of jobs and configs, contracts, the environment's deployment."""
    far = make_deployable(project, place)
    releases = far.releases
    deploy(project)
    id_ = _current(far)
    paths = {each.path.removeprefix(f"{id_}/") for each in list_objects(releases, id_)}
    assert paths == {
        "jobs/split.py",
        "jobs/total.py",
        "manifest/deployments/far.json",
        "manifest/index.json",
        "manifest/jobs/split.json",
        "manifest/jobs/total.json",
        "project.tar.gz",
        "release.json",
    }
    packed = read_object(releases, f"{id_}/project.tar.gz")
    assert packed is not None
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        assert archive.getnames() == [
            ".sparkjob-release.json",
            "configs/base.yml",
            "configs/far.yml",
            "jobs/split.py",
            "jobs/total.py",
        ]


def test_an_earlier_release_comes_back(project: SmallProject, place: Location) -> None:
    """By a pointer alone, named by the beginning of its id; the history tells of all that counted."""
    far = make_deployable(project, place)
    releases = far.releases
    deploy(project)
    first = _current(far)
    assert first is not None
    project.write("jobs/_shared.py", "# another content")
    deploy(project)
    second = _current(far)
    objects = len(list_objects(releases))

    back = deploy(project, "--to", first[:5])
    assert back.out.splitlines()[0] == f"release {first} · current → {first}"
    assert _current(far) == first
    assert len(list_objects(releases)) == objects + 1
    assert [each.release for each in load_pointers(far)] == [first, second, first]
    listed = deploy(project, "--list").out.splitlines()
    assert [line.split()[0] for line in listed] == [first, second, first]
    assert [line.endswith("current") for line in listed] == [True, False, False]

    unknown = deploy(project, "--to", "0123456789ab")
    assert (unknown.code, unknown.out) == (64, "")
    assert 'there is no release "0123456789ab"' in unknown.err
    assert _current(far) == first


def test_an_export_starts_the_current_release(project: SmallProject, place: Location, tmp_path: Path) -> None:
    """Without `--root` a scheduler's files name the release that counts; before the first there is none.

    The driver runs on the cluster then: a worker has no folder for it.
    """
    far = make_deployable(project, place)
    project.write("configs/base.yml", BASE + SCHEDULES)
    words = ("export", "airflow", "--env", "far", "--deploy-mode", "cluster", "-o", str(tmp_path / "dags"))
    none = Lake(project).call(*words)
    assert (none.code, "nothing is deployed" in none.err) == (64, True)
    on_worker = Lake(project).call(*(word if word != "cluster" else "client" for word in words))
    assert (on_worker.code, "Say --root" in on_worker.err) == (64, True)
    if place.is_local:  # there nobody could read the results
        return
    deploy(project)
    assert Lake(project).call(*words).code == 0
    text = (tmp_path / "dags/small_far_nightly.py").read_text()
    assert f'ROOT = "{far.releases.uri}/{_current(far)}"' in text
    assert f"{far.releases.uri}/{_current(far)}/project.tar.gz#project" in text
    assert f"{far.releases.uri}/environments/environment-" in text


def test_one_of_two_pointers_counts(project: SmallProject, place: Location) -> None:
    """Of two deploys at once one is told to look again; the same release twice is no conflict."""
    far = make_deployable(project, place)
    barrier = Barrier(2)

    def point(release: str) -> str:
        barrier.wait()
        try:
            point_to(far, release, after=None)
        except RetryError:
            return "lost"
        return release

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(point, ("a" * 12, "b" * 12)))
    assert sorted(ended)[1] == "lost"
    assert [_current(far)] == [each for each in ended if each != "lost"]
    point_to(far, str(_current(far)), after=None)
    assert len(load_pointers(far)) == 1


def test_killed_at_every_object(project: SmallProject, tmp_path: Path) -> None:
    """Killed before any of its objects, nothing counts that is not complete; the next deploy finishes it."""
    far = make_deployable(project, Location(uri=str(tmp_path / "lake")))
    releases = far.releases
    known = {each.path for each in list_objects(releases)}
    number, is_killed = 0, True
    while is_killed:
        number += 1
        is_killed = _is_killed_at(project, number)
        objects = {each.path for each in list_objects(releases)}
        assert bool(load_pointers(far)) is not is_killed
        for marker in (path for path in objects if path.endswith("/release.json")):
            id_ = marker.partition("/")[0]
            assert objects >= {f"{id_}/project.tar.gz", f"{id_}/manifest/index.json", f"{id_}/jobs/split.py"}
    # Four of the manifest, two jobs, one archive, the marker, the pointer; then it was not killed.
    assert number == 9 + 1
    current = _current(far)
    assert deploy(project).out.splitlines()[0].endswith(f"current is {current}")
    left = {each.path for each in list_objects(releases)} - known
    assert {path.partition("/")[0] for path in left} == {"current", current}


def _is_killed_at(project: SmallProject, number: int) -> bool:
    """SIGKILL to a deploy before its n-th object; False when it has ended by itself."""
    child = subprocess.Popen(
        [sys.executable, str(HELD), str(number), "deploy", "--env", "far"],
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )
    _, status = os.waitpid(child.pid, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        assert os.waitstatus_to_exitcode(status) == 0
        return False
    os.kill(child.pid, signal.SIGKILL)
    os.waitpid(child.pid, 0)
    return True


def test_data_in_the_project_cannot_be_deployed(project: SmallProject, tmp_path: Path) -> None:
    """A store below the project's folder would be made anew in each run's container."""
    make_deployable(project, Location(uri=str(tmp_path / "lake")))
    ended = Lake(project).call("deploy", "--env", "local")
    assert ended.code == 64
    assert "the store lake is in the project's folder" in ended.err
