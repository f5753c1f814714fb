"""Released jobs on a real YARN, in cluster mode: rows, Python, and executors that die."""

import subprocess
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from scripts import flights_data
from tests.schedulers.outcomes.clusters import OnYarn, Packages, Submitted, deploy, submit_words
from tests.schedulers.outcomes.scenarios import NEW
from tests.schedulers.outcomes.world import DAYS, World, kill
from tests.schedulers.yarn.rig import Yarn, application_at
from tests.spark.test_flights_truth import FIRST, LAST, ROWS_OF_JANUARY, SOURCES, TRUTH
from tests.support.project import copy_project

YARN = "{type: yarn}"
FLIGHTS = {
    "land_flights": ("flights.raw",),
    "clean_flights": ("flights.clean", "flights.cancelled"),
    "daily_carrier": ("flights.daily_carrier",),
}


def test_flights_jobs_publish_what_the_files_say(tmp_path: Path, yarn: Yarn, packages: Packages) -> None:
    """Every row of the outputs is what duckdb computes of the CSV files, and each job ends as SUCCEEDED."""
    project, data = copy_project(tmp_path / "project"), tmp_path / "data"
    project.write(
        "configs/yarn.yml",
        f"""
    stores:
      lake: {{uri: "{data}"}}
      raw: {{uri: "{data / "raw"}"}}
    sizes:
      small: {{spark: {{spark.executor.memory: 640m, spark.executor.instances: 1}}}}
"""
        + packages.settings(YARN, tmp_path / "releases"),
    )
    flights_data.main(data / "raw")
    deploy(project, "yarn")

    with duckdb.connect() as truth:
        truth.execute(SOURCES.format(raw=data / "raw", first=FIRST, last=LAST))
        for job, datasets in FLIGHTS.items():
            words = submit_words(job, "yarn", "--interval", "2013-01")
            run = Submitted(project, words, yarn.environment())
            out = run.output()
            assert run.process.returncode == 0, out
            assert "published" in out
            for dataset in datasets:
                truth.register("published", DeltaTable(data / dataset).to_pyarrow_table())
                truth.execute(f"CREATE OR REPLACE TABLE expected AS {TRUTH[dataset]}")
                columns = ", ".join(f'"{row[0]}"' for row in truth.execute("DESCRIBE expected").fetchall())
                for query in (
                    f"FROM expected EXCEPT ALL SELECT {columns} FROM published",
                    f"SELECT {columns} FROM published EXCEPT ALL FROM expected",
                ):
                    assert truth.sql(query).fetchall() == []
                assert truth.sql("SELECT count(*) FROM published").fetchall() == [(ROWS_OF_JANUARY[dataset],)]


@pytest.fixture
def world(tmp_path: Path, packages: Packages) -> World:
    """The project of the fault suite, for YARN."""
    return World(tmp_path / "project", packages.settings(YARN, tmp_path / "releases"))


def test_python_comes_from_the_archive(world: World, yarn: Yarn) -> None:
    """Driver and executors see the release's packages, Spark and the standard library, and nothing else."""
    deploy(world.project, "test")
    run = Submitted(world.project, submit_words("places", "test"), yarn.environment())
    out = run.output()
    assert run.process.returncode == 0, out

    rows = DeltaTable(world.project.table("small.places")).to_pyarrow_table().to_pylist()
    base = _standard_library()
    for who in ("driver", "executor"):
        places = [row["place"] for row in rows if row["who"] == who]
        for ours in ("environment/lib/framework/__init__.py", "environment/lib/deltalake/__init__.py"):
            assert any(place.endswith(ours) for place in places), (who, places)
        strange = [place for place in places if not place.startswith((str(yarn.folder), *base))]
        assert strange == [], who
        assert not any("site-packages" in place or "dist-packages" in place for place in places), who


def test_an_executor_is_killed(world: World, yarn: Yarn) -> None:
    """Another takes over: the run ends as if nothing had been, in the same attempt."""
    launcher = OnYarn(world, yarn)
    world.give(NEW)
    world.hold_still()
    run = launcher.start(DAYS)
    (driver,) = world.held(1, run.is_alive)
    executors = yarn.executors(application_at(driver))
    assert executors
    for executor in executors:
        kill(executor)
    world.release()
    assert run.end() == "exit 0; SUCCEEDED"
    assert world.values() == {NEW}
    assert world.outcomes() == ["published"]


def _standard_library() -> list[str]:
    """Where the interpreter that the nodes find has its own modules."""
    told = "import sys; print(*filter(None, sys.path), sep=chr(10))"
    done = subprocess.run(
        ["/usr/bin/env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin", "python3.11", "-S", "-c", told],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()
