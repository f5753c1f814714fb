"""A crontab, and systemd services and timers, for one host; what they start is the makefile."""

from collections.abc import Iterator, Mapping

from framework.environment.cron import WEEKDAYS, Cron, parse_cron
from framework.errors import Fault, MisconfiguredError
from framework.manifest.deployment import Deployment, ScheduledJobs
from framework.manifest.model import Manifest
from framework.manifest.renderers.commands import join, shell_line
from framework.manifest.renderers.make import SUBMIT, makefile, render_make
from framework.manifest.renderers.target import ROOT, Setting, Target, refuse_triggered

FOLDER = Setting(
    name="folder", default="", help="Where these files are on the host; left out: the project's folder."
)
PARALLEL = Setting(name="parallel", default="1", help="How many jobs run at once.")


def render_cron(manifest: Manifest, deployment: Deployment, settings: Mapping[str, str]) -> Mapping[str, str]:
    """The makefile, `<project>_<env>.crontab`, and for each schedule a service and its timer."""
    refuse_triggered(deployment, "cron")
    faults = [
        Fault(what=f"--{name} {settings[name]} is no absolute path", hint=f"Write --{name} /opt/…")
        for name in ("root", "folder")
        if settings[name] and not settings[name].startswith("/")
    ]
    if not settings["parallel"].isdecimal():
        faults.append(Fault(what=f"--parallel {settings['parallel']} is no number"))
    if faults:
        raise MisconfiguredError(faults)
    texts = dict(render_make(manifest, deployment, settings, target="cron"))
    stem = f"{deployment.project}_{deployment.environment}"
    texts[f"{stem}.crontab"] = "\n".join(_crontab(deployment, settings)) + "\n"
    for schedule in deployment.schedules.values():
        unit = f"{stem}_{schedule.name}"
        texts[f"{unit}.service"] = "\n".join(_service(deployment, schedule, settings)) + "\n"
        texts[f"{unit}.timer"] = "\n".join(_timer(deployment, schedule)) + "\n"
    return texts


def _words(deployment: Deployment, schedule: ScheduledJobs, settings: Mapping[str, str]) -> tuple[str, ...]:
    file = join(settings["folder"] or settings["root"], makefile(deployment))
    return ("make", "-k", "-j", settings["parallel"], "-f", file, f"{schedule.name}.schedule")


def _crontab(deployment: Deployment, settings: Mapping[str, str]) -> Iterator[str]:
    yield f"# {deployment.project} in {deployment.environment}, for cronie, which knows CRON_TZ."
    yield f"# Made by `sparkjob export cron --env {deployment.environment}`; do not edit it."
    for schedule in deployment.schedules.values():
        line = shell_line(_words(deployment, schedule, settings))
        root = shell_line((settings["root"],))
        lock = shell_line((f".{deployment.project}_{deployment.environment}_{schedule.name}.lock",))
        # cron takes a bare % for the end of the line.
        command = f"cd {root} && flock -n {lock} {line}".replace("%", "\\%")
        yield from ("", f"CRON_TZ={schedule.timezone}", f"{schedule.cron} {command}")


def _service(deployment: Deployment, schedule: ScheduledJobs, settings: Mapping[str, str]) -> Iterator[str]:
    words = " ".join(map(_unit_word, _words(deployment, schedule, settings)[1:]))
    yield f"# Made by `sparkjob export cron --env {deployment.environment}`; do not edit it."
    yield "[Unit]"
    yield f"Description={deployment.project} in {deployment.environment}: {schedule.name}"
    yield ""
    yield "[Service]"
    yield "Type=oneshot"
    yield f"WorkingDirectory={_path(settings['root'])}"
    yield "# What the jobs need to know of the host: AWS_PROFILE=…, SPARK_HOME=…; %E is ~/.config."
    yield f"EnvironmentFile=-%E/sparkjob/{deployment.project}_{deployment.environment}.env"
    yield f"ExecStart=/usr/bin/make {words}"
    yield "# All of its processes are told to stop; what is being committed ends first."
    yield "KillMode=control-group"
    yield "TimeoutStopSec=120"


def _timer(deployment: Deployment, schedule: ScheduledJobs) -> Iterator[str]:
    yield f"# Made by `sparkjob export cron --env {deployment.environment}`; do not edit it."
    yield "[Unit]"
    yield f"Description={deployment.project} in {deployment.environment}: {schedule.name}, {schedule.cron}"
    yield ""
    yield "[Timer]"
    yield f"OnCalendar={on_calendar(parse_cron(schedule.cron or ''), schedule.timezone)}"
    yield "# A tick that the host slept through comes when it is up again."
    yield "Persistent=true"
    yield ""
    yield "[Install]"
    yield "WantedBy=timers.target"


def on_calendar(cron: Cron, zone: str) -> str:
    """The line as a calendar event of systemd (systemd.time(7)): `Mon *-*-* 02:30:00 UTC`."""
    days = "" if cron.any_weekday else ",".join(WEEKDAYS[day].capitalize() for day in cron.weekdays) + " "
    month, day = _listed(cron.months, 12), _listed(cron.days, 31)
    hour, minute = _listed(cron.hours, 24), _listed(cron.minutes, 60)
    return f"{days}*-{month}-{day} {hour}:{minute}:00 {zone}"


def _listed(values: tuple[int, ...], every: int) -> str:
    return "*" if len(values) == every else ",".join(f"{value:02}" for value in values)


def _unit_word(word: str) -> str:
    """A word of a command line in a unit (systemd.service(5), "Command lines")."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if escaped != word or " " in word or "'" in word or ";" in word else word


def _path(path: str) -> str:
    return path.replace("%", "%%")


TARGET = Target(settings=(ROOT, SUBMIT, FOLDER, PARALLEL), render=render_cron)
