"""One job as a branch of a wave: run, see how it ended, and try again only where that helps."""

from collections.abc import Mapping, Sequence
from math import ceil

from framework.manifest.deployment import Deployment, ScheduledJobs
from framework.manifest.model import EcsEntry, JobDocument, LambdaEntry
from framework.manifest.renderers.commands import FINAL, remote_state, shorten, with_interval
from framework.manifest.renderers.emr_request import (
    JAR,
    serverless_driver,
    serverless_role,
    step_role,
    step_words,
    timeout_minutes,
)

State = dict[str, object]
ASKED, PLACE = "\0asked", "\0place"
"""What stands for the interval and for the result's place until the words are written down."""
_PATHS = {ASKED: "$.asked.text", PLACE: "$.place.uri"}
_LONGEST = 60
"""Characters of a job's name in names of states, which have 80 at most."""
_PAUSE = 300


def branch(
    job: JobDocument,
    *,
    deployment: Deployment,
    schedule: ScheduledJobs,
    settings: Mapping[str, str],
    upstream: Sequence[str],
    waves: Sequence[Sequence[str]],
) -> State:
    """The states of one job. Its output is `{"outcome": …}`: done, blocked, or why it is not done."""
    name = shorten(job.name, _LONGEST)
    states: dict[str, State] = {}
    first = f"{name}: first try"
    if upstream:
        states[f"{name}: may it run?"] = {
            "Type": "Choice",
            "Choices": [
                {
                    "Not": {"Variable": reached(waves, each), "StringEquals": "done"},
                    "Next": f"{name}: blocked",
                }
                for each in upstream
            ],
            "Default": first,
        }
        states[f"{name}: blocked"] = _end("blocked")
    states[first] = {
        "Type": "Pass",
        "Result": {"number": 1},
        "ResultPath": "$.try",
        "Next": f"{name}: place" if job.kind != "external" else f"{name}: run",
    }
    states[f"{name}: run"] = _task(job, deployment, settings) | {
        "ResultPath": "$.ran",
        "Catch": [
            {
                "ErrorEquals": ["States.ALL"],
                "ResultPath": "$.error",
                "Next": f"{name}: read result" if job.kind != "external" else f"{name}: try again?",
            }
        ],
        "Next": f"{name}: done",
    }
    states[f"{name}: done"] = _end("done")
    if job.kind != "external":
        states |= _by_result(name, job, deployment, schedule)
    states[f"{name}: try again?"] = {
        "Type": "Choice",
        "Choices": [
            {
                "Variable": "$.try.number",
                "NumericLessThanEquals": int(settings["retries"]),
                "Next": f"{name}: wait",
            }
        ],
        "Default": f"{name}: gave up",
    }
    states[f"{name}: gave up"] = _end("retry")
    states[f"{name}: wait"] = {"Type": "Wait", "Seconds": _PAUSE, "Next": f"{name}: next try"}
    states[f"{name}: next try"] = {
        "Type": "Pass",
        "Parameters": {"number.$": "States.MathAdd($.try.number, 1)"},
        "ResultPath": "$.try",
        "Next": f"{name}: place" if job.kind != "external" else f"{name}: run",
    }
    return {"StartAt": next(iter(states)), "States": states}


def reached(waves: Sequence[Sequence[str]], job: str) -> str:
    """Where the state machine keeps how far `job` came."""
    number = next(number for number, wave in enumerate(waves, start=1) if job in wave)
    return f"$.wave{number}['{job}']"


def _by_result(
    name: str, job: JobDocument, deployment: Deployment, schedule: ScheduledJobs
) -> dict[str, State]:
    bucket, _, prefix = remote_state(deployment, "Step Functions").removeprefix("s3://").partition("/")
    folder = f"{prefix}/results/{schedule.name}" if prefix else f"results/{schedule.name}"
    key = _call(
        "States.Format", f"{_format(folder)}/{{}}/{job.name}/{{}}", "$$.Execution.Name", "$.try.number"
    )
    uri = _call("States.Format", f"s3://{_format(bucket)}/{{}}", "$.place.key")
    outcomes: list[State] = [
        {
            "Variable": "$.result.outcome",
            "StringEquals": outcome,
            "Next": f"{name}: {outcome}",
        }
        for outcome in FINAL.values()
    ]
    return {
        f"{name}: place": {
            "Type": "Pass",
            "Parameters": {"key.$": key},
            "ResultPath": "$.place",
            "Next": f"{name}: uri",
        },
        f"{name}: uri": {
            "Type": "Pass",
            "Parameters": {"key.$": "$.place.key", "uri.$": uri},
            "ResultPath": "$.place",
            "Next": f"{name}: run",
        },
        f"{name}: read result": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
            "Parameters": {"Bucket": bucket, "Key.$": "$.place.key"},
            "ResultSelector": {"result.$": "States.StringToJson($.Body)"},
            "ResultPath": "$.read",
            # No result: it was killed, or never began.
            "Catch": [
                {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": f"{name}: try again?"}
            ],
            "Next": f"{name}: outcome",
        },
        f"{name}: outcome": {
            "Type": "Pass",
            "Parameters": {"outcome.$": "$.read.result.outcome"},
            "ResultPath": "$.result",
            "Next": f"{name}: what now?",
        },
        f"{name}: what now?": {"Type": "Choice", "Choices": outcomes, "Default": f"{name}: try again?"},
        **{f"{name}: {outcome}": _end(outcome) for outcome in FINAL.values()},
    }


def _task(job: JobDocument, deployment: Deployment, settings: Mapping[str, str]) -> State:
    task: State
    match job.start:
        case EcsEntry() as ecs:
            task = _ecs(ecs)
        case LambdaEntry() as called:
            payload = dict(_entry(key, text) for key, text in called.payload.items())
            task = _call_service("lambda:invoke", {"FunctionName": called.function, "Payload": payload})
        case _ if settings["compute"] == "emr-serverless":
            task = _serverless(job, deployment, settings)
        case _:
            words = step_words(job, deployment, settings, interval=ASKED, extra=("--result", PLACE))
            step = {
                "Name": job.name,
                "ActionOnFailure": "CONTINUE",
                "HadoopJarStep": {"Jar": JAR, "Args.$": _array(words)},
            }
            parameters = dict([_given("ClusterId", settings["cluster-id"])]) | step_role(job, deployment)
            task = _call_service("elasticmapreduce:addStep.sync", {**parameters, "Step": step})
    timeout = deployment.jobs[job.name].timeout
    return task if timeout is None else task | {"TimeoutSeconds": ceil(timeout)}


def _serverless(job: JobDocument, deployment: Deployment, settings: Mapping[str, str]) -> State:
    extra = ("--result", PLACE)
    entry, words, parameters = serverless_driver(job, deployment, settings, interval=ASKED, extra=extra)
    driver: State = {"EntryPoint": entry, "EntryPointArguments.$": _array(words)}
    if parameters:
        driver["SparkSubmitParameters"] = parameters
    request: State = {
        **dict([_given("ApplicationId", settings["application-id"])]),
        **dict([_given("ExecutionRoleArn", serverless_role(job, deployment, settings))]),
        "Name": f"{deployment.project}.{job.name}",
        "JobDriver": {"SparkSubmit": driver},
    }
    minutes = timeout_minutes(job, deployment)
    if minutes is not None:
        request["ExecutionTimeoutMinutes"] = minutes
    return _call_service("emr-serverless:startJobRun.sync", request)


def _ecs(ecs: EcsEntry) -> State:
    container: State = {"Name": ecs.container}
    if ecs.command:
        container["Command.$"] = _array(with_interval(ecs.command, ASKED))
    network = {
        "Subnets": ecs.subnets,
        "SecurityGroups": ecs.security_groups,
        "AssignPublicIp": "ENABLED" if ecs.public_ip else "DISABLED",
    }
    parameters: State = {
        "Cluster": ecs.cluster,
        "TaskDefinition": ecs.definition,
        "LaunchType": "FARGATE",
        "Overrides": {"ContainerOverrides": [container]},
        "NetworkConfiguration": {"AwsvpcConfiguration": network},
    }
    return _call_service("ecs:runTask.sync", parameters)


def _call_service(service: str, parameters: State) -> State:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{service}", "Parameters": parameters}


def _given(name: str, value: str) -> tuple[str, str]:
    """A parameter: a text, or a path in the input."""
    return (f"{name}.$", value) if value.startswith("$.") else (name, value)


def _entry(key: str, text: str) -> tuple[str, str]:
    (replaced,) = with_interval((text,), ASKED)
    return (key, text) if replaced == text else (f"{key}.$", _text(replaced))


def _array(words: Sequence[str]) -> str:
    return f"States.Array({', '.join(map(_text, words))})"


def _text(text: str) -> str:
    """A text in an intrinsic function: a path, a quoted text, or one around a path."""
    if text in _PATHS:
        return _PATHS[text]
    parts = text.split(ASKED)
    if len(parts) > 1:
        return _call("States.Format", "{}".join(map(_format, parts)), *[_PATHS[ASKED]] * (len(parts) - 1))
    return _quoted(text)


def _call(function: str, template: str, *paths: str) -> str:
    quoted = "'" + template.replace("'", "\\'") + "'"
    return f"{function}({', '.join([quoted, *paths])})"


def _format(text: str) -> str:
    """`text` in a template of States.Format; its quotes are left to `_call`."""
    return text.replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}")


def _quoted(text: str) -> str:
    return "'" + _format(text).replace("'", "\\'") + "'"


def _end(outcome: str) -> State:
    return {"Type": "Pass", "Result": {"outcome": outcome}, "End": True}
