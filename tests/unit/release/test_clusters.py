"""What is said of a cluster, and what it says of an end."""

import tarfile
from io import BytesIO
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from framework.environment.load import load_environment
from framework.environment.location import Location
from framework.environment.release import Cluster, Emr, EmrServerless, Standalone, Yarn
from framework.errors import MisconfiguredError
from framework.release.clusters import emr
from framework.release.clusters.diagnostics import exit_code_in
from framework.release.clusters.services import read_log
from framework.release.clusters.unpack import unpack
from framework.release.store import Release
from framework.release.submission import Submission
from tests.support.calling import Caller
from tests.unit.manifest.sample import build_sample

STORES = 'stores: {lake: {uri: "s3://lake/prod"}, raw: {uri: "s3://raw/x"}}\n'
ROLE = "arn:aws:iam::1:role/jobs"


def _environment(sparkjob: Caller, text: str) -> Path:
    sparkjob.project.write("configs/far.yml", f"{STORES}{text}\n")
    return sparkjob.project.root


@pytest.mark.parametrize(
    ("said", "cluster"),
    [
        ("{type: emr, id: j-1, region: eu-west-1}", Emr(id="j-1", region="eu-west-1")),
        (
            f'{{type: emr-serverless, application: 00f1, role: "{ROLE}"}}',
            EmrServerless(application="00f1", role=ROLE, region=None),
        ),
        ("{type: yarn}", Yarn()),
        ('{type: standalone, master: "spark://h:7077"}', Standalone(master="spark://h:7077")),
    ],
)
def test_each_cluster_is_read(sparkjob: Caller, said: str, cluster: Cluster) -> None:
    """What `submit` needs to know of each kind."""
    root = _environment(sparkjob, f"cluster: {said}")
    assert load_environment(root, "far", process={}).cluster == cluster


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("cluster: {type: emr}", "cluster: emr needs id"),
        ("cluster: {type: emr-serverless, application: x}", "cluster: emr-serverless needs role"),
        ("cluster: {type: yarn, id: j-1}", "cluster.id is nothing that yarn has"),
        ("cluster: {type: standalone, master: yarn}", "is no address of a standalone cluster: yarn"),
        ('release: {python: "3.9"}', 'must be "3.11", "3.12" or "3.13", in quotes'),
        ('release: {location: "{lak}/releases"}', "{lak} is no store of this environment"),
    ],
)
def test_what_does_not_fit_is_told(sparkjob: Caller, said: str, told: str) -> None:
    """With the line that says it."""
    root = _environment(sparkjob, said)
    with pytest.raises(MisconfiguredError) as raised:
        load_environment(root, "far", process={})
    (fault,) = raised.value.faults
    assert told in fault.what
    assert str(fault.where) == "configs/far.yml:2"


def test_releases_lie_where_no_job_writes(sparkjob: Caller) -> None:
    """Beside the state, unless a place is named."""
    root = _environment(sparkjob, "")
    assert load_environment(root, "far", process={}).releases.uri == "s3://lake/prod/sparkjob-releases"
    root = _environment(sparkjob, 'release: {location: "{raw}/r"}')
    assert load_environment(root, "far", process={}).releases.uri == "s3://raw/x/r"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("diagnostics: User application exited with status 65\n", 65),
        ("Job failed, please check complete logs. ExitCode: 64. Last few exceptions: …", 64),
        ("Killed by external signal", None),
        ("", None),
    ],
)
def test_what_is_left_of_an_exit_code(text: str, code: int | None) -> None:
    """YARN's report and the details of EMR Serverless have it; most ends have none."""
    assert exit_code_in(text) == code


class _Refusing:
    """EMR to which a step may be added, of whose cluster nothing may be asked."""

    def add_job_flow_steps(self, **_: object) -> dict[str, list[str]]:
        return {"StepIds": ["s-1"]}

    def describe_step(self, **_: object) -> dict[str, object]:
        return {"Step": {"Status": {"State": "FAILED", "FailureDetails": {}}}}

    def describe_cluster(self, **_: object) -> None:
        error = {"Error": {"Code": "AccessDeniedException", "Message": "not DescribeCluster"}}
        raise ClientError(error, "DescribeCluster")


def test_a_log_that_may_not_be_looked_for_changes_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run has ended, and its result says how: why there is no log is told in the log's place."""
    manifest, deployment = build_sample(tmp_path, "prod")
    monkeypatch.setattr(emr, "aws_client", lambda *_, **__: _Refusing())
    job = next(job for job in manifest.jobs.values() if job.kind != "external")
    release = Release(id="r", environment="prod", archive="a", python="3.11", platform="x", framework="1")
    submission = Submission(
        release=release, place=Location(uri="s3://b/r"), job=job, deployment=deployment, interval="", extra=()
    )
    end = emr.EmrLaunch(Emr(id="j-1", region=None))(submission, lambda _: None)
    assert not end.succeeded
    assert "DescribeCluster" in end.said


def test_a_log_that_cannot_be_had_is_named() -> None:
    """Where it will be is told, whatever its place is."""
    assert read_log("hdfs:///logs/stderr.gz") == "its log will be at hdfs:///logs/stderr.gz"


def _archive(*names: str) -> bytes:
    target = BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = 1, 0o755
            archive.addfile(entry, BytesIO(b"1"))
    return target.getvalue()


def test_an_archive_is_unpacked_once(tmp_path: Path) -> None:
    """As a whole, with what may be executed; the second time nothing is fetched."""
    store = tmp_path / "store"
    store.mkdir()
    (store / "a.tar.gz").write_bytes(_archive("bin/python", "lib/x.py"))
    place = Location(uri=str(store))
    folder = unpack(tmp_path / "cache", "a", place, "a.tar.gz")
    assert (folder / "content/bin/python").stat().st_mode & 0o777 == 0o755
    assert (folder / "archive.tar.gz").read_bytes() == (store / "a.tar.gz").read_bytes()
    (store / "a.tar.gz").unlink()
    assert unpack(tmp_path / "cache", "a", place, "a.tar.gz") == folder
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["a"]


@pytest.mark.parametrize("name", ["../outside", "/outside", "lib/../../outside"])
def test_nothing_leaves_the_folder(tmp_path: Path, name: str) -> None:
    """An archive that names a file above is refused, and nothing of it is kept."""
    store = tmp_path / "store"
    store.mkdir()
    (store / "a.tar.gz").write_bytes(_archive("ok", name))
    with pytest.raises(MisconfiguredError, match="nothing that a release has"):
        unpack(tmp_path / "cache", "a", Location(uri=str(store)), "a.tar.gz")
    assert list((tmp_path / "cache").iterdir()) == []
