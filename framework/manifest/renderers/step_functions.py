"""A state machine for each schedule, and the request that lets EventBridge Scheduler start it.

Jobs run in waves: one after all that it reads from. EMR tells Step Functions that a step failed, and
not how: what the outcome was is read from the result, whose place the state machine itself chooses.
See docs/emr.md.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from framework.environment.cron import WEEKDAYS, Cron, parse_cron
from framework.errors import Fault, MisconfiguredError
from framework.manifest.deployment import Deployment, ScheduledJobs
from framework.manifest.model import Manifest
from framework.manifest.renderers.commands import remote_state, require_start, upstream_in
from framework.manifest.renderers.emr_request import require_remote_root
from framework.manifest.renderers.json_text import render_json
from framework.manifest.renderers.step_functions_job import State, branch, reached
from framework.manifest.renderers.target import ARCHIVE, RELEASE, Setting, Target, refuse_triggered

LARGEST = 1_048_576
"""Bytes of a definition (AWS Step Functions, "Service quotas")."""
SETTINGS = (
    RELEASE,
    ARCHIVE,
    Setting(
        name="compute",
        help="Where the jobs run.",
        default="emr-steps",
        choices=("emr-steps", "emr-serverless"),
    ),
    Setting(name="cluster-id", help="emr-steps: the cluster.", default="$.cluster_id"),
    Setting(name="application-id", help="emr-serverless: the application.", default="$.application_id"),
    Setting(
        name="execution-role",
        help="emr-serverless: ARN of the role of jobs for which configs/ has no `role`.",
        default="$.execution_role",
    ),
    Setting(name="state-machines", help="ARN of the state machines, without the name.", default=""),
    Setting(name="scheduler-role", help="ARN of the role that starts them.", default=""),
    Setting(name="retries", help="How often an end that is not final is tried again.", default="3"),
)


def render_step_functions(
    manifest: Manifest, deployment: Deployment, settings: Mapping[str, str]
) -> Mapping[str, str]:
    """`<project>_<env>_<schedule>.asl.json`, and `….schedule.json` when the ARNs are given."""
    refuse_triggered(deployment, "Step Functions")
    require_remote_root(settings)
    remote_state(deployment, "Step Functions")
    names = [name for schedule in deployment.schedules.values() for name in schedule.jobs]
    kinds = ("ecs", "lambda", "spark") + (("command",) if settings["compute"] == "emr-steps" else ())
    require_start(manifest, names, kinds=kinds, scheduler="Step Functions")
    texts = {}
    for schedule in deployment.schedules.values():
        name = f"{deployment.project}_{deployment.environment}_{schedule.name}"
        texts[f"{name}.asl.json"] = _bounded(
            _machine(manifest, deployment, schedule, settings), schedule.name
        )
        if settings["state-machines"] and settings["scheduler-role"]:
            texts[f"{name}.schedule.json"] = render_json(_schedule(name, schedule, settings))
    return texts


def _check(settings: Mapping[str, str]) -> None:
    compute, defaults = settings["compute"], {setting.name: setting.default for setting in SETTINGS}
    unused = {"emr-steps": ("application-id", "execution-role"), "emr-serverless": ("cluster-id",)}[compute]
    faults = [
        Fault(what=f"--{name} is not for --compute {compute}", hint="Leave it out")
        for name in unused
        if settings[name] != defaults[name]
    ]
    if bool(settings["state-machines"]) != bool(settings["scheduler-role"]):
        faults.append(Fault(what="--state-machines and --scheduler-role go together", hint="Give both"))
    if not settings["retries"].isdecimal():
        faults.append(Fault(what=f"--retries {settings['retries']} is no number"))
    if faults:
        raise MisconfiguredError(faults)


def _bounded(machine: State, schedule: str) -> str:
    text = render_json(machine)
    if len(text.encode()) > LARGEST:
        raise MisconfiguredError(
            "its state machine would be larger than the 1 MiB that Step Functions takes",
            where=f"schedules.{schedule}",
            hint="Make several schedules of it",
        )
    return text


def _machine(
    manifest: Manifest, deployment: Deployment, schedule: ScheduledJobs, settings: Mapping[str, str]
) -> State:
    upstream = {name: upstream_in(manifest, schedule, name) for name in schedule.jobs}
    waves = _waves(upstream)
    make = partial(branch, deployment=deployment, schedule=schedule, settings=settings)
    states: dict[str, State] = {
        "Is an interval given?": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.interval", "IsPresent": True, "Next": "The given interval"},
                {"Variable": "$.tick", "IsPresent": True, "Next": "Interval of the tick"},
            ],
            "Default": "Interval of now",
        },
        "The given interval": {
            "Type": "Pass",
            "Parameters": {"text.$": "$.interval"},
            "ResultPath": "$.asked",
            "Next": _wave(0),
        },
        "Interval of the tick": _interval(schedule.name, "$.tick"),
        "Interval of now": _interval(schedule.name, "$$.Execution.StartTime"),
    }
    for number, wave in enumerate(waves):
        following = _wave(number + 1) if number + 1 < len(waves) else "Is all done?"
        states[_wave(number)] = {
            "Type": "Parallel",
            "Branches": [make(manifest.jobs[name], upstream=upstream[name], waves=waves) for name in wave],
            "ResultSelector": {f"{name}.$": f"$[{place}].outcome" for place, name in enumerate(wave)},
            "ResultPath": f"$.wave{number + 1}",
            "Next": following,
        }
    states["Is all done?"] = {
        "Type": "Choice",
        "Choices": [
            {
                "Not": {"Variable": reached(waves, name), "StringEquals": "done"},
                "Next": "Not all is done",
            }
            for wave in waves
            for name in wave
        ],
        "Default": "All is done",
    }
    states["All is done"] = {"Type": "Succeed"}
    states["Not all is done"] = {
        "Type": "Fail",
        "Error": "Sparkjob",
        "Cause": "A job did not finish; the last wave's input has the outcome of each.",
    }
    comment = f"{schedule.name}: {schedule.cron}, {schedule.timezone}. Made by sparkjob export step-functions"
    return {"Comment": comment, "StartAt": "Is an interval given?", "States": states}


def _interval(schedule: str, path: str) -> State:
    return {
        "Type": "Pass",
        "Parameters": {"text.$": f"States.Format('{schedule}@{{}}', {path})"},
        "ResultPath": "$.asked",
        "Next": _wave(0),
    }


def _wave(number: int) -> str:
    return f"Wave {number + 1}"


def _waves(upstream: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Jobs by the length of the longest way to them; `upstream` has each job after those it names."""
    depth: dict[str, int] = {}
    for name, names in upstream.items():
        depth[name] = max((depth[each] + 1 for each in names), default=0)
    waves: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name, number in depth.items():
        waves[number].append(name)
    return waves


def _schedule(name: str, schedule: ScheduledJobs, settings: Mapping[str, str]) -> State:
    return {
        "Name": name,
        "ScheduleExpression": event_bridge(parse_cron(schedule.cron or "")),
        "ScheduleExpressionTimezone": schedule.timezone,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": f"{settings['state-machines']}:{name}",
            "RoleArn": settings["scheduler-role"],
            "Input": '{"tick": "<aws.scheduler.scheduled-time>"}',
        },
    }


def event_bridge(cron: Cron) -> str:
    """The line as EventBridge Scheduler has it: six fields, and `?` for the day that is not said."""
    days = "?" if not cron.any_weekday else _listed(cron.days, 31)
    weekdays = "?" if cron.any_weekday else ",".join(WEEKDAYS[day] for day in cron.weekdays)
    minutes, hours = _listed(cron.minutes, 60), _listed(cron.hours, 24)
    return f"cron({minutes} {hours} {days} {_listed(cron.months, 12)} {weekdays} *)"


def _listed(values: tuple[int, ...], every: int) -> str:
    return "*" if len(values) == every else ",".join(map(str, values))


TARGET = Target(settings=SETTINGS, render=render_step_functions, check=_check)
