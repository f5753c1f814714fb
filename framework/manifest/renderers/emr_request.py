"""What EMR is asked for to run one job, on a cluster or serverless; shared by its renderers."""

from collections.abc import Mapping, Sequence
from math import ceil
from shlex import join as shell_join

from framework.errors import Fault, MisconfiguredError
from framework.manifest.deployment import Deployment
from framework.manifest.model import ApplicationEntry, CommandEntry, JobDocument
from framework.manifest.renderers.commands import (
    application,
    arguments,
    conf_words,
    external_application,
    spark_settings,
    with_interval,
)
from framework.manifest.renderers.target import Setting

JAR = "command-runner.jar"
"""What runs the words of a step on EMR (EMR Release Guide, "Run commands and scripts")."""
YARN_PYTHON = ("spark.executorEnv.PYSPARK_PYTHON", "spark.yarn.appMasterEnv.PYSPARK_PYTHON")
SERVERLESS_PYTHON = (
    "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON",
    "spark.emr-serverless.driverEnv.PYSPARK_PYTHON",
    "spark.executorEnv.PYSPARK_PYTHON",
)
CLUSTER = Setting(name="cluster-id", help="The cluster: j-….")
APPLICATION = Setting(name="application-id", help="The application of EMR Serverless.")
ROLE = Setting(name="execution-role", help="ARN of the role that the jobs have.")
CHOSEN_INTERVAL = Setting(
    name="interval", default="", help="What the jobs run for; left out: the last tick of their schedule."
)


def step_words(
    job: JobDocument,
    deployment: Deployment,
    settings: Mapping[str, str],
    *,
    interval: str,
    extra: Sequence[str] = (),
) -> tuple[str, ...]:
    """The words of a step: spark-submit in cluster mode, or the command of an external job."""
    match job.start:
        case CommandEntry(words=words):
            return with_interval(words, interval)
        case ApplicationEntry() as start:
            return ("spark-submit", "--deploy-mode", "cluster", *external_application(start, interval))
        case _:
            conf = {"spark.yarn.maxAppAttempts": "1"} | dict(
                spark_settings(
                    job,
                    deployment,
                    python=YARN_PYTHON,
                    archive=settings["archive"],
                    root=settings["root"],
                )
            )
    return (
        *("spark-submit", "--deploy-mode", "cluster", "--name", f"{deployment.project}.{job.name}"),
        *conf_words(dict(sorted(conf.items()))),
        application(job, settings["root"]),
        *arguments(job, deployment, interval=interval),
        *extra,
    )


def serverless_driver(
    job: JobDocument,
    deployment: Deployment,
    settings: Mapping[str, str],
    *,
    interval: str,
    extra: Sequence[str] = (),
) -> tuple[str, tuple[str, ...], str]:
    """Entry point, its arguments, and spark-submit's parameters, which are one text there."""
    if isinstance(job.start, ApplicationEntry):
        options = () if job.start.java_class is None else ("--class", job.start.java_class)
        return job.start.application, with_interval(job.start.arguments, interval), shell_join(options)
    conf = spark_settings(
        job, deployment, python=SERVERLESS_PYTHON, archive=settings["archive"], root=settings["root"]
    )
    return (
        application(job, settings["root"]),
        (*arguments(job, deployment, interval=interval), *extra),
        shell_join(conf_words(conf)),
    )


def step_request(name: str, words: Sequence[str]) -> dict[str, object]:
    """One of the `Steps` of AddJobFlowSteps. A step that fails lets the others go on."""
    return {
        "Name": name,
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {"Jar": JAR, "Args": list(words)},
    }


def serverless_request(
    job: JobDocument,
    deployment: Deployment,
    settings: Mapping[str, str],
    *,
    interval: str,
    extra: Sequence[str] = (),
) -> dict[str, object]:
    """The request of StartJobRun."""
    entry, words, parameters = serverless_driver(job, deployment, settings, interval=interval, extra=extra)
    driver: dict[str, object] = {"entryPoint": entry, "entryPointArguments": words}
    if parameters:
        driver["sparkSubmitParameters"] = parameters
    request: dict[str, object] = {
        "name": f"{deployment.project}.{job.name}",
        "applicationId": settings["application-id"],
        "executionRoleArn": settings["execution-role"],
        "jobDriver": {"sparkSubmit": driver},
        "tags": {"project": deployment.project, "environment": deployment.environment, "job": job.name},
    }
    timeout = deployment.jobs[job.name].timeout
    if timeout is not None:
        request["executionTimeoutMinutes"] = ceil(timeout / 60)
    return request


def require_remote_root(settings: Mapping[str, str]) -> None:
    """Raise `MisconfiguredError` when the project is not where a cluster can read it."""
    if "://" not in settings["root"]:
        raise MisconfiguredError(
            Fault(what=f"--root {settings['root']} is not on S3", hint="Say --root s3://bucket/release")
        )
