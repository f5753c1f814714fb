"""A project of every kind of job, its manifest and deployment, and the same with hostile texts."""

from dataclasses import replace
from pathlib import Path
from textwrap import dedent

from framework.environment.environment import JobSettings
from framework.environment.load import load_environment
from framework.manifest.build import build_manifest
from framework.manifest.deployment import Deployment, build_deployment
from framework.manifest.model import CommandEntry, Manifest
from framework.project.load import load_project

HOSTILE = """it's "q" \\ $HOME `id` {{ x }} {% y %} %d #;&|<>,() é"""
"""A text that every language reads otherwise than it is meant, unless it is quoted."""

JOBS = {
    "orders.py": '''
        """Orders."""
        from framework import Input, Output, external_job, job, main, runners

        @job(
            inputs={"files": Input("source.orders", schema="id BIGINT, day DATE")},
            outputs=Output("orders.raw", schema="id BIGINT NOT NULL, day DATE, v INT", key="id", time="day"),
            interval="day", start="2024-01-01", owner="shop", tags=["hot"],
        )
        def land_orders(files):
            """Take what came."""
            return files

        score = external_job(
            "score", runner=runners.Command("score", "--for", "day={interval}"),
            inputs={"orders": Input("orders.raw")},
            outputs=Output("orders.scored", schema="id BIGINT, day DATE", time="day"),
            interval="day", start="2024-01-01",
        )

        if __name__ == "__main__":
            main(land_orders)
        ''',
    "report.py": '''
        """Reports."""
        from framework import Input, Output, job, main

        @job(
            inputs={
                "orders": Input("orders.raw", columns=["id"], window="7 days"),
                "scored": Input("orders.scored"),
            },
            outputs=Output("orders.report", schema="n BIGINT, day DATE", time="day"),
            interval="month", start="2024-01", timezone="Europe/Zurich",
        )
        def report(orders, scored):
            return orders

        if __name__ == "__main__":
            main(report)
        ''',
    "total.py": '''
        """A total."""
        from framework import Input, Output, external_job, job, main

        @job(inputs={"report": Input("orders.report")}, outputs=Output("orders.total", schema="n BIGINT"))
        def total(report):
            return report

        elsewhere = external_job(
            "elsewhere", runner="dbt", inputs={"total": Input("orders.total")},
            outputs=Output("orders.elsewhere", schema="n BIGINT"),
        )

        if __name__ == "__main__":
            main(total)
        ''',
}
BASE = """
    version: 1
    project: shop
    stores: {lake: {}}
    datasets:
      "*": {format: delta, location: "{lake}/{dataset}"}
      source.orders: {source: true, format: csv, location: "{lake}/orders.csv"}
    sizes:
      small: {spark: {spark.executor.memory: 2g}}
      large: {spark: {spark.executor.memory: 12g}}
    jobs: {"*": {size: small, timeout: 1h}, report: {size: large}}
    schedules:
      nightly: {cron: "30 2 * * *", timezone: Europe/Zurich, select: [land_orders, score, report]}
"""
TRIGGERED = "      after: {trigger: datasets, select: [total, elsewhere]}\n"
ENVIRONMENTS = {"prod": "stores: {lake: {uri: s3://lake/prod}}", "local": "stores: {lake: {uri: .data}}"}


def build_sample(root: Path, env: str, *, triggered: bool = False) -> tuple[Manifest, Deployment]:
    """The project below `root`: a command between two jobs of ours, three grains, two schedules if wanted."""
    schedules = TRIGGERED if triggered else '      weekly: {cron: "0 3 * * MON", select: total}\n'
    files = {f"jobs/{name}": text for name, text in JOBS.items()}
    files |= {
        "configs/base.yml": dedent(BASE)
        + dedent(schedules).replace("after", "  after").replace("weekly", "  weekly")
    }
    files |= {f"configs/{name}.yml": text for name, text in ENVIRONMENTS.items()}
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(text), encoding="utf-8")
    loaded = load_project(root)
    assert not loaded.faults, loaded.faults
    environment = load_environment(root, env, process={})
    return build_manifest(loaded.project), build_deployment(loaded.project, environment)


def make_hostile(manifest: Manifest, deployment: Deployment) -> tuple[Manifest, Deployment]:
    """The same with `HOSTILE` wherever a person may write a text."""
    jobs = {
        name: job.model_copy(
            update={
                "file": f"jobs/{HOSTILE}.py",
                "description": HOSTILE,
                "owner": HOSTILE,
                "start": None if job.start is None else CommandEntry(words=("score", HOSTILE, "{interval}")),
            }
        )
        for name, job in manifest.jobs.items()
    }
    settings = {
        name: JobSettings(size=HOSTILE, timeout=each.timeout, spark={"spark.x": HOSTILE})
        for name, each in deployment.jobs.items()
    }
    return manifest.model_copy(update={"jobs": jobs}), replace(deployment, jobs=settings)
