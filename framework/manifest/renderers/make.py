"""A makefile: each job a target after those that it reads from, `make -k -j` runs what can be run.

Names with a dot are no jobs' names, so goals of ours have one: `all.jobs`, `nightly.schedule`. No
shell exports such a name either, so that `chosen.jobs` is not taken from the environment.
"""

from collections.abc import Iterator, Mapping

from framework.errors import Fault, MisconfiguredError
from framework.manifest.deployment import Deployment
from framework.manifest.model import ApplicationEntry, CommandEntry, JobDocument, Manifest
from framework.manifest.renderers.commands import (
    EXTERNAL_KINDS,
    FINAL,
    INTERVAL,
    conf_words,
    external_application,
    require_start,
    shell_line,
    spark_settings,
)
from framework.manifest.renderers.target import ROOT, Setting, Target, refuse_triggered

SUBMIT = Setting(name="submit", default="spark-submit", help="The program that submits to Spark.")
STARTS = ("command", "spark")
"""Kinds of external jobs that a shell can start."""

_HEAD = """\
# {project} in {environment}: every job after those that make what it reads.
# Made by `sparkjob export {target} --env {environment}`; do not edit it.
#   make -f {file} -k -j 2 nightly.schedule        what a tick of that schedule asks for
#   make -f {file} INTERVAL=2024-01 {example}    one job and what it reads, for a month

SHELL := /bin/sh
HASH := \\#
ROOT := {root}
SPARK_SUBMIT ?= {submit}
# Every end is tried again but these exit codes of our jobs, which would be the same.
FINAL := {final}
RETRIES ?= 3
PAUSE ?= 300

# $(1): seconds, or nothing; $(2): the command; $(3): exit codes that are final. A signal that ends
# make goes on to the command, whose end is awaited, and which is not tried again.
define try
@trap 'trap "" HUP INT TERM; kill $$!; [ -z "$$job" ] || wait $$job; exit 1' HUP INT TERM; \\
tries=0; job=; until $(if $(1),timeout $(1) )$(2) & job=$$!; wait $$job; do \\
  code=$$?; job=; case " $(3) " in *" $$code "*) exit $$code ;; esac; \\
  [ $$tries -lt $(RETRIES) ] || exit $$code; tries=$$((tries + 1)); \\
  echo "{project}: $@ ended with $$code, try $$tries of $(RETRIES) in $(PAUSE) s" >&2; \\
  sleep $(PAUSE) >/dev/null 2>&1 & wait $$!; \\
done
endef
"""


def render_make(
    manifest: Manifest, deployment: Deployment, settings: Mapping[str, str], *, target: str = "make"
) -> Mapping[str, str]:
    """`<project>_<env>.mk` with all jobs that make can start, and a goal for each schedule."""
    refuse_triggered(deployment, "make")
    scheduled = [name for schedule in deployment.schedules.values() for name in schedule.jobs]
    require_start(manifest, scheduled, kinds=STARTS, scheduler="make")
    names = [name for name, job in manifest.jobs.items() if _is_started(job)]
    file = makefile(deployment)
    head = _HEAD.format(
        project=deployment.project,
        environment=deployment.environment,
        target=target,
        file=file,
        example=names[0] if names else "JOB",
        root=_value(settings["root"]),
        submit=_value(settings["submit"]),
        final=" ".join(map(str, FINAL)),
    )
    lines = [
        head,
        *_left_out(manifest),
        *_chosen(deployment, names),
        f".PHONY: all.jobs {' '.join(goals(deployment))}",
        f"all.jobs: {' '.join(names)}",
    ]
    for schedule in deployment.schedules.values():
        goal = f"{schedule.name}.schedule"
        lines += [
            "",
            f"# {schedule.cron}, {schedule.timezone}",
            f"{goal}: export INTERVAL ?= {schedule.name}@now",
        ]
        lines.append(f"{goal}: {' '.join(schedule.jobs)}")
    known = frozenset(names)
    for name in names:
        upstream = [each for each in manifest.index.jobs[name].upstream if each in known]
        lines += ["", *_rule(manifest.jobs[name], upstream, deployment)]
    return {file: "\n".join(lines) + "\n"}


def _is_started(job: JobDocument) -> bool:
    return job.kind != "external" if job.start is None else job.start.kind in STARTS


def _left_out(manifest: Manifest) -> Iterator[str]:
    for name, job in manifest.jobs.items():
        if job.start is not None and job.start.kind not in STARTS:
            yield f"# {name} is not here: it is {EXTERNAL_KINDS[job.start.kind]}, which make cannot start."


def _chosen(deployment: Deployment, names: list[str]) -> Iterator[str]:
    yield "# Of a schedule its own jobs alone are run; what else they read is there, or they are not ready."
    yield "chosen.jobs :="
    for schedule in deployment.schedules.values():
        yield f"ifneq (,$(filter {schedule.name}.schedule,$(MAKECMDGOALS)))"
        yield f"chosen.jobs += {' '.join(schedule.jobs)}"
        yield "endif"
    yield "ifeq (,$(chosen.jobs))"
    yield f"chosen.jobs := {' '.join(names)}"
    yield "endif"
    yield ""


def makefile(deployment: Deployment) -> str:
    """The makefile's name."""
    return f"{deployment.project}_{deployment.environment}.mk"


def goals(deployment: Deployment) -> list[str]:
    """The goals of the schedules."""
    return [f"{name}.schedule" for name in deployment.schedules]


def _rule(job: JobDocument, upstream: list[str], deployment: Deployment) -> Iterator[str]:
    command = _command(job, deployment)
    if not command.isprintable():
        what = f"{job.name}: a text with a line break or another control character cannot be in a makefile"
        raise MisconfiguredError(Fault(what=what, where=job.file))
    timeout = deployment.jobs[job.name].timeout
    yield f".PHONY: {job.name}"
    # In a variable, because in a call's argument commas and parentheses would part it.
    yield f"{job.name}: COMMAND = {command}"
    yield f"{job.name}: $(filter $(chosen.jobs),{' '.join(upstream)})" if upstream else f"{job.name}:"
    seconds = "" if timeout is None else f"{timeout:.0f}"
    # What the exit codes of others say, nobody knows.
    final = "$(FINAL)" if job.start is None else ""
    yield f"\t$(call try,{seconds},$(COMMAND),{final})"


def _command(job: JobDocument, deployment: Deployment) -> str:
    match job.start:
        case CommandEntry(words=words):
            return _escaped(shell_line(words))
        case ApplicationEntry() as start:
            words = tuple(external_application(start, INTERVAL))
            return f"$(SPARK_SUBMIT) {_escaped(shell_line(words))}"
        case _:
            conf = shell_line(tuple(conf_words(spark_settings(job, deployment))))
    own = shell_line((job.file, "--job", job.name, "--env", deployment.environment))
    said = '${INTERVAL:+--interval "$INTERVAL"}'
    return f'$(SPARK_SUBMIT) {_escaped(conf)} "$(ROOT)"/{_escaped(own)} {_escaped(said)}'.replace("  ", " ")


def _escaped(text: str) -> str:
    """`text` in a variable of a makefile."""
    return text.replace("$", "$$").replace("#", "$(HASH)")


def _value(text: str) -> str:
    if not text.isprintable():
        raise MisconfiguredError(Fault(what=f"a makefile cannot hold {text!r}"))
    return _escaped(text)


TARGET = Target(settings=(ROOT, SUBMIT), render=render_make)
