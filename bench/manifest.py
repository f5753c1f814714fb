"""A manifest of many generated jobs: how long build, comparison and exports take, and whether that is linear.

    python bench/manifest.py [--quick]

Each job reads up to three others and has a schema of ten columns and five checks; a hundred jobs
share a schedule. The goals for 5,000 jobs: build 20 s, diff 5 s, export 10 s. Seconds are of the CPU
(all of it is one thread's work), without the start of Python, each size in a process of its own; the
ratio is that of the seconds for each job, of the larger to the smaller project.
"""

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from framework.cli.fit import check_fit
from framework.environment.load import load_environment
from framework.manifest.build import build_manifest
from framework.manifest.compare import compare_deployments, compare_manifests
from framework.manifest.deployment import build_deployment
from framework.manifest.files import write_export
from framework.manifest.renderers.registry import TARGETS, load_target
from framework.manifest.store import load_deployments, load_manifest, write_deployment, write_manifest
from framework.project.applications import find_silent_files
from framework.project.load import load_project
from framework.project.validate import validate_project

JOB = '''"""Job {n}."""
from framework import Input, Output, expect, job, main


@job(
    inputs={{{inputs}}},
    outputs=Output(
        "wide.t{n}",
        schema="id BIGINT NOT NULL, day DATE NOT NULL, a INT, b INT, c STRING, d STRING, e DOUBLE, f DOUBLE, "
        "g DECIMAL(12,2), h TIMESTAMP",
        key=("id", "day"),
        time="day",
        expectations=[
            expect.column_values_to_be_between("a", 0, {n}),
            expect.column_values_to_be_between("b", 0, 9),
            expect.column_values_to_not_be_null("c"),
            expect.column_values_to_be_in_set("d", ["x", "y"]),
            expect.table_row_count_to_be_between(1, 1000),
        ],
    ),
    interval="day",
    start="2024-01-01",
    owner="team{team}",
    tags=["s{schedule}"],
)
def job_{n}({names}):
    """Made by a generator."""
    return {first}


if __name__ == "__main__":
    main(job_{n})
'''
BASE = """version: 1
project: wide
stores: {{lake: {{uri: "s3://lake"}}}}
datasets:
  "*": {{format: delta, location: "{{lake}}/{{dataset}}"}}
  source.files: {{source: true, format: csv, location: "{{lake}}/files.csv"}}
sizes: {{small: {{spark: {{spark.executor.memory: 2g}}}}}}
jobs: {{"*": {{size: small, timeout: 1h}}}}
schedules:
{schedules}
"""
IN_SCHEDULE = 100
GIVEN = {
    "root": "/opt/wide",
    "cluster-id": "j-1",
    "application-id": "00",
    "execution-role": "arn:aws:iam::1:role/r",
}
REMOTE = {"emr-steps", "emr-serverless", "step-functions"}


def make_project(root: Path, jobs: int) -> None:
    """A project of `jobs` generated jobs; each reads its neighbour and two at a distance."""
    (root / "jobs").mkdir(parents=True)
    (root / "configs").mkdir()
    for n in range(jobs):
        read = {f"t{m}": f"wide.t{m}" for m in (n - 1, n - 7, n - 31) if m >= 0 and n % 10}
        read = read or {"files": "source.files"}
        text = JOB.format(
            n=n,
            inputs=", ".join(f'"{name}": Input("{dataset}")' for name, dataset in read.items()),
            names=", ".join(read),
            first=next(iter(read)),
            team=n % 20,
            schedule=n // IN_SCHEDULE,
        )
        (root / "jobs" / f"job_{n}.py").write_text(text)
    schedules = [
        f'  s{n}: {{cron: "30 2 * * *", select: "tag:s{n}"}}' for n in range(-(-jobs // IN_SCHEDULE))
    ]
    (root / "configs" / "base.yml").write_text(BASE.format(schedules="\n".join(schedules)))
    (root / "configs" / "prod.yml").write_text("example_interval: 2024-01-01\n")


def measure(folder: Path, jobs: int) -> dict[str, float]:
    """Seconds of each part."""
    root, seconds = folder / f"p{jobs}", {}
    make_project(root, jobs)

    def timed(name: str, work: Callable[[], object]) -> None:
        begun = time.process_time()
        work()
        seconds[name] = time.process_time() - begun

    def build() -> None:
        loaded = load_project(root)
        environment = load_environment(root, "prod", process={})
        faults = [*loaded.faults, *validate_project(loaded.project, sources={"source.files"})]
        assert not faults, faults[:3]
        check_fit(loaded.project, environment)
        for name in ("old", "new"):
            write_manifest(build_manifest(loaded.project), root / name)
            write_deployment(build_deployment(loaded.project, environment), root / name)

    def compare() -> None:
        changes = compare_manifests(load_manifest(root / "old"), load_manifest(root / "new"))
        old, new = load_deployments(root / "old"), load_deployments(root / "new")
        assert (*changes, *compare_deployments(old["prod"], new["prod"])) == ()

    def export(name: str, render: Callable[[], Mapping[str, str]]) -> None:
        write_export(root / "out" / name, render(), owner=name)

    timed("build", build)
    timed("diff", compare)
    project = load_project(root).project
    timed("main in each file", lambda: find_silent_files(project))
    manifest, deployment = load_manifest(root / "old"), load_deployments(root / "old")["prod"]
    for name in TARGETS:
        target = load_target(name)
        settings = {each.name: GIVEN.get(each.name, each.default or "") for each in target.settings}
        settings |= {"root": "s3://lake/release"} if name in REMOTE else {}
        files = partial(target.render, manifest, deployment, settings)
        timed(f"export {name}", partial(export, name, files))
    return seconds


def main() -> None:
    """Measure two sizes and print them beside each other."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="200 and 400 jobs")
    sizes = (200, 400) if parser.parse_args().quick else (1250, 5000)
    folder = Path(tempfile.mkdtemp(prefix="sparkjob-manifest-"))
    try:
        with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
            small, large = pool.map(measure, [folder, folder], sizes)
    finally:
        shutil.rmtree(folder)
    print(f"{'seconds for':<24}{sizes[0]:>8,}{sizes[1]:>8,}   ratio for each job")
    for name, first in small.items():
        ratio = large[name] / first * sizes[0] / sizes[1]
        print(f"{name:<24}{first:>8.2f}{large[name]:>8.2f}   {ratio:.2f}")
    print(json.dumps({f"{name} of {sizes[1]}": round(each, 2) for name, each in large.items()}))


if __name__ == "__main__":
    main()
