"""What EMR is asked for to run one job, on a cluster or serverless; shared by its renderers."""

from collections.abc import Iterable, Mapping, Sequence
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
CLUSTER_MODE = {"spark.yarn.maxAppAttempts": "1"}
"""What YARN gets unless a size says otherwise: it would run the driver again, whatever it ended with."""
YARN_PYTHON = ("spark.executorEnv.PYSPARK_PYTHON", "spark.yarn.appMasterEnv.PYSPARK_PYTHON")
SERVERLESS_PYTHON = (
    "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON",
    "spark.emr-serverless.driverEnv.PYSPARK_PYTHON",
    "spark.executorEnv.PYSPARK_PYTHON",
)
CLUSTER = Setting(name="cluster-id", help="The cluster: j-….")
APPLICATION = Setting(name="application-id", help="The application of EMR Serverless.")
ROLE = Setting(
    name="execution-role", default="", help="ARN of the role of jobs for which configs/ has no `role`."
)
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
            conf = CLUSTER_MODE | dict(
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


def step_role(job: JobDocument, deployment: Deployment) -> dict[str, str]:
    """`ExecutionRoleArn` of AddJobFlowSteps, if the job has a role: the runtime role of the step.

    A command has none: EMR knows them for Spark and Hive only (EMR Management Guide, "Runtime roles
    for Amazon EMR steps").
    """
    role = deployment.jobs[job.name].role
    return {} if role is None or isinstance(job.start, CommandEntry) else {"ExecutionRoleArn": role}


def serverless_role(job: JobDocument, deployment: Deployment, settings: Mapping[str, str]) -> str:
    """ARN of the role as which EMR Serverless runs the job."""
    return deployment.jobs[job.name].role or settings["execution-role"]


def timeout_minutes(job: JobDocument, deployment: Deployment) -> int | None:
    """How long EMR Serverless lets the job run."""
    timeout = deployment.jobs[job.name].timeout
    return None if timeout is None else ceil(timeout / 60)


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
        "executionRoleArn": serverless_role(job, deployment, settings),
        "jobDriver": {"sparkSubmit": driver},
        "tags": {"project": deployment.project, "environment": deployment.environment, "job": job.name},
    }
    minutes = timeout_minutes(job, deployment)
    if minutes is not None:
        request["executionTimeoutMinutes"] = minutes
    return request


def require_roles(names: Iterable[str], deployment: Deployment, settings: Mapping[str, str]) -> None:
    """Raise `MisconfiguredError` for jobs without a role that EMR Serverless could run them as."""
    without = [name for name in dict.fromkeys(names) if deployment.jobs[name].role is None]
    if without and not settings["execution-role"]:
        raise MisconfiguredError(
            f"EMR Serverless runs a job as a role, and there is none for {', '.join(without)}",
            where=f"configs/{deployment.environment}.yml",
            hint="Add --execution-role …, or jobs: {NAME: {role: …}} in configs/",
        )


def require_remote_root(settings: Mapping[str, str]) -> None:
    """Raise `MisconfiguredError` when the project is not where a cluster can read it."""
    if "://" not in settings["root"]:
        raise MisconfiguredError(
            Fault(what=f"--root {settings['root']} is not on S3", hint="Say --root s3://bucket/release")
        )
