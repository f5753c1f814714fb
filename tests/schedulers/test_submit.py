"""`sparkjob submit` on EMR and EMR Serverless: requests that AWS's models take, run by the real spark-submit.

The Python of the drivers is the packaged one, and sees nothing of this environment.
"""

import json
import platform
import sys
from collections.abc import Iterator

import pytest

from tests.schedulers.airflow_home import spark_environment
from tests.schedulers.emr_stand_in import StandIn, standing_in
from tests.storage.lake import Ended
from tests.support.project import BASE, ROOT, SmallProject, make_project

QUOTED = """-XX:TieredStopAtLevel=1 -Dtold="two words and 'quotes'" -Dmoney=$HOME"""
SIZES = f"""
    sizes: {{small: {{spark: {{spark.driver.extraJavaOptions: {json.dumps(QUOTED)}}}}}}}
    jobs: {{"*": {{size: small, timeout: 30m}}}}
"""
ROLE = "arn:aws:iam::123456789012:role/jobs"


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """AWS, and a runner whose Python is found on no path but by its name."""
    folder = tmp_path_factory.mktemp("aws")
    given = spark_environment(folder)
    kept = {name: value for name, value in given.items() if not name.startswith(("PYSPARK", "PYTHON"))}
    base = getattr(sys, "_base_executable", sys.executable)
    with standing_in(folder, {**kept, "SPARKJOB_PYTHON": base}) as found:
        yield found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, stand_in: StandIn) -> SmallProject:
    """The small project, deployed by the lock of this repository; data on a disk that all machines share."""
    folder = tmp_path_factory.mktemp("small")
    far = f"""
        stores:
          lake: {{uri: "{folder}/lake"}}
          raw: {{uri: "${{env:RAW}}"}}
        release:
          location: s3://lake/releases
          python: "{sys.version_info[0]}.{sys.version_info[1]}"
          platform: {platform.machine()}
        cluster: {{type: emr, id: {stand_in.new_cluster()}}}
    """
    serverless = f"""
        extends: far
        cluster: {{type: emr-serverless, application: {stand_in.new_application()}, role: "{ROLE}", id: null}}
    """
    files = {"configs/base.yml": BASE + SIZES, "configs/far.yml": far, "configs/serverless.yml": serverless}
    project = make_project(folder / "project", files)
    (project.root / "requirements").symlink_to(ROOT / "requirements")
    (project.root / ".data/raw").rename(folder / "raw")
    return project


def call(project: SmallProject, stand_in: StandIn, *words: str) -> Ended:
    """`sparkjob WORDS` as a person calls it."""
    raw = {"RAW": str(project.root.parent / "raw")}
    done = project.call(*words, environment={**stand_in.environment, **raw})
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def deployed(project: SmallProject, stand_in: StandIn) -> None:
    """A release for each environment; the second finds the packages of the first."""
    first = call(project, stand_in, "deploy", "--env", "far")
    assert first.code == 0, first.err
    assert "environment uploaded" in first.out
    second = call(project, stand_in, "deploy", "--env", "serverless")
    assert second.code == 0, second.err
    assert "environment unchanged" in second.out


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("env", ["far", "serverless"])
def test_a_job_s_own_code_comes_back(project: SmallProject, stand_in: StandIn, env: str) -> None:
    """Rejected is 65 and published is 0; what is quoted arrives as it was, and the log's end is shown."""
    words = ("submit", "split", "--env", env, "--interval", "2013-01-01", "--force")
    rejected = call(project, stand_in, *words, "--param", "add=40")
    assert rejected.code == 65, rejected.out + rejected.err
    assert "rejected" in rejected.out.splitlines()[-1]
    assert " planned 2013-01-01" in rejected.out

    done = call(project, stand_in, *words)
    assert done.code == 0, done.out + done.err
    assert "split   published" in done.out
    assert QUOTED in [
        word.partition("=")[2] for word in stand_in.ran[-1] if "spark.driver.extraJavaOptions=" in word
    ]
    run = done.out.split("sparkjob show ")[1].split()[0]
    shown = call(project, stand_in, "show", run, "--env", env)
    assert shown.code == 0, shown.err


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("env", ["far", "serverless"])
def test_what_leaves_no_result(project: SmallProject, stand_in: StandIn, env: str) -> None:
    """A code that the cluster tells is taken; what was killed is 75, with the log that the cluster keeps."""
    stand_in.ends[len(stand_in.ran) + 1] = 137
    lost = call(project, stand_in, "submit", "split", "--env", env, "--interval", "2013-01-01")
    assert lost.code == 75, lost.out + lost.err
    assert "left no result" in lost.out
    wrong = call(project, stand_in, "submit", "split", "--env", env, "--interval", "1999-13")
    assert wrong.code == 64, wrong.out + wrong.err


@pytest.mark.usefixtures("deployed")
def test_nothing_is_submitted_in_vain(project: SmallProject, stand_in: StandIn) -> None:
    """A job that the release has not, a cluster that AWS does not know, and no cluster at all are 64."""
    before = len(stand_in.ran)
    unknown = call(project, stand_in, "submit", "nobody", "--env", "far")
    assert (unknown.code, 'there is no job "nobody" in release' in unknown.err) == (64, True)
    local = call(project, stand_in, "submit", "split")
    assert (local.code, "there is no cluster" in local.err) == (64, True)
    assert len(stand_in.ran) == before
