"""The words that start a job, the same under every scheduler, and the graph that says when."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from shlex import quote

from framework.errors import Fault, MisconfiguredError
from framework.manifest.deployment import Deployment, ScheduledJobs
from framework.manifest.model import ApplicationEntry, JobDocument, Manifest

FINAL = {64: "misconfigured", 65: "rejected", 70: "failed"}
"""Exit codes after which a retry would end the same, and their outcomes. See docs/reference/outcomes.md."""

INTERVAL = "{interval}"
"""What stands for the interval in the texts of a runner."""

PYTHON = "./environment/bin/python"
"""The interpreter of an archive that is unpacked as `environment`, from a container's folder."""

PROJECT_ARCHIVE = "project.tar.gz"
"""The archive of jobs and configs in a release's folder."""

EXTERNAL_KINDS = {
    "command": "a command on a host",
    "ecs": "an ECS task",
    "lambda": "a Lambda function",
    "spark": "another Spark application",
}


def arguments(job: JobDocument, deployment: Deployment, *, interval: str) -> tuple[str, ...]:
    """The arguments of the job's own file; `interval` "": what the environment's example is."""
    asked = ("--interval", interval) if interval else ()
    return ("--job", job.name, "--env", deployment.environment, *asked)


def application(job: JobDocument, root: str) -> str:
    """The job's file below `root`."""
    return join(root, job.file)


def join(root: str, path: str) -> str:
    """`path` below `root`, unless it is a uri or absolute itself."""
    return path if "://" in path or path.startswith("/") else f"{root.rstrip('/')}/{path}"


def remote_state(deployment: Deployment, scheduler: str) -> str:
    """The uri of the state store. Raises `MisconfiguredError` when it is on a disk."""
    if "://" not in deployment.state:
        raise MisconfiguredError(
            f"{scheduler} reads the outcome of a run from its result, and the state is on a disk",
            where=f"configs/{deployment.environment}.yml",
            hint="Export an environment whose stores are on S3",
        )
    return deployment.state


def spark_settings(
    job: JobDocument,
    deployment: Deployment,
    *,
    python: Sequence[str] = (),
    archive: str = "",
    root: str = "",
) -> Mapping[str, str]:
    """The Spark settings of the job's size; with an archive, those by which the cluster finds its Python.

    `python`: the names of the settings that take the path of the interpreter. Beside the archive goes
    the project's, which a release has in its folder `root`.
    """
    own = deployment.jobs[job.name].spark
    packed = {}
    if archive:
        archives = f"{archive}#environment,{join(root, PROJECT_ARCHIVE)}#project"
        packed = dict.fromkeys(python, PYTHON) | {"spark.archives": archives}
    return dict(sorted({**packed, **own}.items()))


def conf_words(settings: Mapping[str, str]) -> Iterator[str]:
    """spark-submit's options for these settings."""
    for key, value in settings.items():
        yield from ("--conf", f"{key}={value}")


def external_application(start: ApplicationEntry, interval: str) -> Iterator[str]:
    """spark-submit's words for another Spark application."""
    if start.java_class is not None:
        yield from ("--class", start.java_class)
    yield start.application
    yield from with_interval(start.arguments, interval)


def with_interval(texts: Sequence[str], interval: str) -> tuple[str, ...]:
    """The texts of a runner with the interval in its place."""
    return tuple(text.replace(INTERVAL, interval) for text in texts)


def shell_line(words: Sequence[str], variable: str = "$INTERVAL") -> str:
    """The words for a POSIX shell; where they say the interval stands a variable, in double quotes."""
    quoted = (
        f'"{variable}"'.join(quote(part) if part else "" for part in word.split(INTERVAL)) or "''"
        for word in words
    )
    return " ".join(quoted)


def upstream_in(manifest: Manifest, schedule: ScheduledJobs, job: str) -> tuple[str, ...]:
    """The jobs of the schedule that `job` reads from."""
    names = frozenset(schedule.jobs)
    return tuple(name for name in manifest.index.jobs[job].upstream if name in names)


def needs_order(job: JobDocument) -> bool:
    """Whether the job's intervals are to run one after the other."""
    modes = any(output.mode != "replace" for output in job.outputs)
    return job.interval is not None and (modes or any(read.window == "previous" for read in job.inputs))


def require_start(manifest: Manifest, names: Sequence[str], *, kinds: Sequence[str], scheduler: str) -> None:
    """Raise `MisconfiguredError` for external jobs of the schedules that `scheduler` cannot start."""
    faults = []
    for name in dict.fromkeys(names):
        job = manifest.jobs[name]
        if job.start is not None and job.start.kind not in kinds:
            what = f"{name} is {EXTERNAL_KINDS[job.start.kind]}, which {scheduler} cannot start"
            known = ", ".join(EXTERNAL_KINDS[kind] for kind in kinds)
            faults.append(Fault(what=what, where=job.file, hint=f"It can start {known}"))
    if faults:
        raise MisconfiguredError(faults)


def shorten(name: str, longest: int) -> str:
    """`name`, or its beginning and a digest of the whole, in at most `longest` characters."""
    if len(name) <= longest:
        return name
    return f"{name[: longest - 9]}-{sha256(name.encode()).hexdigest()[:8]}"
