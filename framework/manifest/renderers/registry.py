"""The schedulers that there are renderers for. A new one is a module with a `TARGET`, and a line here."""

from importlib import import_module

from framework.manifest.renderers.target import Target

TARGETS = {
    "airflow": "A DAG file for each schedule.",
    "cron": "A crontab, and systemd services and timers.",
    "emr-serverless": "Requests of start-job-run, one for each job.",
    "emr-steps": "Steps of add-steps, one file for each schedule.",
    "make": "A makefile of all jobs.",
    "step-functions": "A state machine for each schedule.",
}


def load_target(name: str) -> Target:
    """The target of that name; `KeyError` when there is none."""
    if name not in TARGETS:
        raise KeyError(name)
    target = import_module(f"framework.manifest.renderers.{name.replace('-', '_')}").TARGET
    assert isinstance(target, Target)
    return target
