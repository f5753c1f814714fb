"""Airflow 3.x and 2.11: a DAG file for each schedule, in which a person can read what happens.

The files import Airflow and its providers only. See docs/airflow.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from framework.errors import Fault, MisconfiguredError
from framework.manifest.deployment import Deployment, ScheduledJobs
from framework.manifest.model import JobDocument, Manifest
from framework.manifest.renderers.airflow_external import external_imports, external_task
from framework.manifest.renderers.airflow_operators import OPERATORS, TELL, Operator
from framework.manifest.renderers.commands import (
    FINAL,
    join,
    needs_order,
    require_start,
    spark_settings,
    upstream_in,
)
from framework.manifest.renderers.emr_request import require_roles
from framework.manifest.renderers.python_text import call, literal, unrendered
from framework.manifest.renderers.target import ARCHIVE, RELEASE, Setting, Target

SETTINGS = (
    RELEASE,
    ARCHIVE,
    Setting(
        name="operator",
        help="What starts a job.",
        default="spark-submit",
        choices=("spark-submit", "emr-steps", "emr-serverless"),
    ),
    Setting(name="airflow", help="Airflow's version.", default="3", choices=("3", "2.11")),
    Setting(
        name="deploy-mode",
        help="spark-submit: where the driver runs.",
        default="client",
        choices=("client", "cluster"),
    ),
    Setting(name="cluster-id", help="emr-steps: the cluster, or a template.", default=""),
    Setting(name="application-id", help="emr-serverless: the application, or a template.", default=""),
    Setting(
        name="execution-role",
        help="emr-serverless: ARN, or a template, of the role of jobs for which configs/ has no `role`.",
        default="",
    ),
    Setting(name="retries", help="How often an end that is not final is tried again.", default="3"),
)
_NEEDED = {
    "spark-submit": (),
    "emr-steps": ("cluster-id",),
    "emr-serverless": ("application-id",),
}
_EPOCH = "2000-01-01"
_ALWAYS = ("from datetime import datetime, timedelta", "from zoneinfo import ZoneInfo")
_TIMETABLE = ("from airflow.timetables.interval import CronDataIntervalTimetable",)
_AIRFLOW_3 = (
    "from airflow.sdk import DAG, Asset, Param",
    "from airflow.sdk.exceptions import AirflowFailException",
)
_AIRFLOW_2 = (
    "from airflow import DAG",
    "from airflow.datasets import Dataset",
    "from airflow.exceptions import AirflowFailException",
    "from airflow.models.param import Param",
)


def render_airflow(
    manifest: Manifest, deployment: Deployment, settings: Mapping[str, str]
) -> Mapping[str, str]:
    """A DAG file by schedule: `<project>_<env>_<schedule>.py`."""
    names = [name for schedule in deployment.schedules.values() for name in schedule.jobs]
    require_start(manifest, names, kinds=("command", "ecs", "lambda", "spark"), scheduler="Airflow")
    if settings["operator"] == "emr-serverless":
        ours = [name for name in names if manifest.jobs[name].kind != "external"]
        require_roles(ours, deployment, settings)
    operator = OPERATORS[settings["operator"]](deployment, settings)
    return {
        f"{_dag_id(deployment, schedule)}.py": _dag(manifest, deployment, schedule, operator, settings)
        for schedule in deployment.schedules.values()
    }


def _check(settings: Mapping[str, str]) -> None:
    operator, root = settings["operator"], settings["root"]
    faults = [
        Fault(what=f"--operator {operator} needs --{name}", hint=f"Add --{name} …")
        for name in _NEEDED[operator]
        if not settings[name]
    ]
    serverless = dict.fromkeys(("application-id", "execution-role"), "emr-serverless")
    owners = {"deploy-mode": "spark-submit", "cluster-id": "emr-steps", **serverless}
    faults += [
        Fault(what=f"--{name} is for --operator {owner}, not for {operator}", hint="Leave it out")
        for name, owner in owners.items()
        if settings[name] not in {"", "client"} and owner != operator
    ]
    in_client = (operator, settings["deploy-mode"]) == ("spark-submit", "client")
    if in_client and (not root or "://" in root):
        what = "in client mode the driver runs on Airflow's worker, from a folder there"
        hint = "Say --root /opt/…, where the workers have the project, or --deploy-mode cluster"
        faults.append(Fault(what=what, hint=hint))
    elif root and "://" not in root and not root.startswith("/"):
        faults.append(Fault(what=f"--root {root} is no absolute path", hint="Write --root /opt/…"))
    if not settings["retries"].isdecimal():
        faults.append(Fault(what=f"--retries {settings['retries']} is no number"))
    if faults:
        raise MisconfiguredError(faults)


def _dag_id(deployment: Deployment, schedule: ScheduledJobs) -> str:
    return f"{deployment.project}_{deployment.environment}_{schedule.name}"


def _dag(
    manifest: Manifest,
    deployment: Deployment,
    schedule: ScheduledJobs,
    operator: Operator,
    settings: Mapping[str, str],
) -> str:
    jobs = [manifest.jobs[name] for name in schedule.jobs]
    asset = "Asset" if settings["airflow"] == "3" else "Dataset"
    externals = [job.start for job in jobs if job.start is not None]
    imports = {
        *(_AIRFLOW_3 if settings["airflow"] == "3" else _AIRFLOW_2),
        *operator.imports,
        *external_imports(externals, settings["airflow"]),
        *(_TIMETABLE if schedule.cron is not None else ()),
    }
    head = [
        _heading(deployment, schedule, len(jobs)),
        "\n".join(_imports(imports)),
        "\n".join(_constants(deployment, schedule, jobs, operator, settings)),
    ]
    place = partial(_place, deployment, settings["root"])
    tasks = [
        _task(job, upstream_in(manifest, schedule, job.name), deployment, asset, place, roles=operator.roles)
        for job in jobs
    ]
    body = [
        "\n\n".join(head),
        TELL.strip(),
        operator.text.strip(),
        "\n".join([*_opening(deployment, schedule, jobs, asset, settings), "", *tasks]),
    ]
    return "\n\n\n".join(body) + "\n"


def _heading(deployment: Deployment, schedule: ScheduledJobs, number: int) -> str:
    when = (
        "when its datasets are made anew"
        if schedule.cron is None
        else f"{schedule.cron}, {schedule.timezone}"
    )
    counted = f"{number} job{'' if number == 1 else 's'}"
    return "\n".join(
        [
            f'"""{deployment.project}, {schedule.name} in {deployment.environment}: {counted}; {when}.',
            "",
            f"Made by `sparkjob export airflow --env {deployment.environment}`; do not edit it.",
            '"""',
        ]
    )


def _imports(packages: set[str]) -> Iterator[str]:
    """Python's own first, as everybody sorts them."""
    others = {line for line in packages if line.startswith(("from airflow", "from botocore"))}
    yield from sorted((packages - others) | set(_ALWAYS))
    yield ""
    yield from sorted(others)


def _constants(
    deployment: Deployment,
    schedule: ScheduledJobs,
    jobs: Sequence[JobDocument],
    operator: Operator,
    settings: Mapping[str, str],
) -> Iterator[str]:
    yield f"ROOT = {literal(settings['root'])}"
    yield f"ENVIRONMENT = {literal(deployment.environment)}"
    if schedule.cron is None:
        yield "# The intervals of the runs that made the datasets; by hand, the parameter says it."
        events = "triggering_asset_events" if settings["airflow"] == "3" else "triggering_dataset_events"
        yield 'INTERVAL = (\n    "{{ params.interval or "'
        yield f"    \"{events}.values() | sum(start=[]) | map(attribute='extra') \""
        yield "    \"| map(attribute='interval') | unique | join(',') }}\"\n)"
    else:
        yield "# The units that ended by the tick; `sparkjob plan --interval` takes the same text."
        yield "# By hand: what the parameter says, else what the last tick asked for."
        tick = "dag_run.data_interval_end or dag_run.run_after"
        if settings["airflow"] != "3":
            tick = "dag_run.data_interval_end"
        yield "INTERVAL = ("
        yield f"    \"{{{{ params.interval or '{schedule.name}@' ~ ({tick}).isoformat() }}}}\""
        yield ")"
    yield "# Exit codes and outcomes after which a retry would end the same."
    yield f"FINAL = {literal(FINAL)}"
    yield "# Spark's settings by the size of a job."
    sizes = {
        job.name: spark_settings(
            job, deployment, python=operator.python, archive=settings["archive"], root=settings["root"]
        )
        for job in jobs
        if job.kind != "external"
    }
    named = {str(deployment.jobs[name].size or "none"): conf for name, conf in sizes.items()}
    conf = {
        size: {key: unrendered(value) for key, value in {**operator.conf, **each}.items()}
        for size, each in sorted(named.items())
    }
    yield f"CONF = {literal(conf)}"


def _opening(
    deployment: Deployment,
    schedule: ScheduledJobs,
    jobs: Sequence[JobDocument],
    asset: str,
    settings: Mapping[str, str],
) -> Iterator[str]:
    if schedule.cron is None:
        places = [_place(deployment, settings["root"], dataset) for dataset in schedule.waits_for]
        when = f"[{', '.join(call(asset, place) for place in places)}]"
    else:
        when = call("CronDataIntervalTimetable", schedule.cron, timezone=schedule.timezone)
    starts = [job.interval.start[:10] for job in jobs if job.interval is not None and job.interval.start]
    first = min((f"{start}-01"[:10] for start in starts), default=_EPOCH)
    year, month, day = (int(part) for part in first.split("-"))
    zone = f"ZoneInfo({literal(schedule.timezone)})"
    yield "with DAG("
    yield f"    dag_id={literal(_dag_id(deployment, schedule))},"
    yield f"    schedule={when},"
    yield f"    start_date=datetime({year}, {month}, {day}, tzinfo={zone}),"
    yield "    catchup=False,"
    ordered = [job.name for job in jobs if needs_order(job)]
    if ordered:
        yield f"    max_active_runs=1,  # in order, one at a time: {', '.join(ordered)}"
    yield "    default_args={"
    yield f'        "retries": {int(settings["retries"])},'
    yield '        "retry_delay": timedelta(minutes=5),'
    yield '        "retry_exponential_backoff": True,'
    yield '        "max_retry_delay": timedelta(hours=1),'
    yield "    },"
    yield '    params={"interval": Param(None, type=["null", "string"], description="such as 2024-01")},'
    yield f"    tags={literal([deployment.project, deployment.environment])},"
    yield "):"
    yield "    task = {}"


def _task(
    job: JobDocument,
    after: Sequence[str],
    deployment: Deployment,
    asset: str,
    place: "partial[str]",
    *,
    roles: bool,
) -> str:
    options: dict[str, str] = {}
    if after:
        options["after"] = f"[{', '.join(f'task[{literal(name)}]' for name in after)}]"
    timeout = deployment.jobs[job.name].timeout
    if timeout is not None:
        options["timeout"] = f"timedelta(seconds={timeout:.0f})"
    options["outlets"] = f"[{', '.join(call(asset, place(output.dataset)) for output in job.outputs)}]"
    if job.owner:
        options["owner"] = literal(job.owner)
    summary = job.description.partition("\n")[0]
    if summary:
        options["doc"] = literal(summary)
    if job.start is not None:
        return external_task(job.name, job.start, options)
    role = deployment.jobs[job.name].role
    if roles and role is not None:
        options["role"] = literal(role)
    options["size"] = literal(str(deployment.jobs[job.name].size or "none"))
    lines = [f"        {name}={text}," for name, text in sorted(options.items())]
    own = [f"        {literal(text)}," for text in (job.name, unrendered(job.file))]
    return "\n".join([f"    task[{literal(job.name)}] = run(", *own, *lines, "    )"])


def _place(deployment: Deployment, root: str, dataset: str) -> str:
    """The dataset's address as that of an asset: a uri in any case."""
    uri = join(root, deployment.bindings[dataset].uri)
    return uri if "://" in uri else f"file://{uri}"


TARGET = Target(settings=SETTINGS, render=render_airflow, check=_check)
