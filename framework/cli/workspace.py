"""Loads what a command works on: the project from jobs/, the environment from configs/."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from framework.cli.told import told
from framework.contract.parameters import parameter_types, parse_parameter
from framework.contract.suggest import suggest
from framework.contract.types import Scalar
from framework.environment.environment import Environment
from framework.environment.load import load_environment
from framework.environment.released import PROJECT, load_process
from framework.errors import Fault, MisconfiguredError
from framework.plan.request import build_request, merge_requests
from framework.plan.steps import Only, Request
from framework.plan.ticks import Tick, is_tick, parse_tick
from framework.present.faults import render_faults
from framework.project.load import find_root, load_project
from framework.project.project import Project
from framework.project.select import select
from framework.project.validate import unmade_inputs, validate_project


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A project without faults that matter, and one environment."""

    project: Project
    environment: Environment

    def select(self, selectors: Sequence[str]) -> tuple[str, ...]:
        """Names of the selected jobs in dependency order; all without a selector. See `cli.told`.

        Raises `MisconfiguredError` when one of them reads what a broken job file may make.
        """
        names = select(self.project, selectors, told(self.project, self.environment))
        if self.project.broken:
            faults = unmade_inputs(self.project, names, sources=sources_of(self.environment))
            if faults:
                raise MisconfiguredError(faults)
        return names

    def request(
        self,
        names: Sequence[str],
        interval: str | None,
        *,
        params: Sequence[str] = (),
        force: bool = False,
        only: Only | None = None,
    ) -> Request:
        """What is asked for; without an interval, the environment's example.

        `interval` may be several, joined by commas, and ticks of schedules (see `plan.ticks`).
        """
        example = self.environment.example_interval
        parameters = self._parameters(names, params)
        try:
            asked = self._asked(example if interval is None else interval)
            request = merge_requests(
                [
                    build_request(self.project, names, interval=each, parameters=parameters, force=force)
                    for each in asked
                ]
            )
        except MisconfiguredError as error:
            if interval is not None or example is None:
                raise
            hint = (
                f"{example} is the example_interval of {self.environment.name}; give another by --interval."
            )
            raise MisconfiguredError([replace(fault, hint=hint) for fault in error.faults]) from None
        return replace(request, only=only)

    def _asked(self, text: str | None) -> list[str | Tick | None]:
        if text is None:
            return [None]
        schedules, now = self.environment.schedules, datetime.now(UTC)
        return [parse_tick(p, schedules, now=now) if is_tick(p) else p for p in text.split(",")]

    def _parameters(self, names: Sequence[str], params: Sequence[str]) -> dict[str, dict[str, Scalar]]:
        if not params:
            return {}
        if len(names) != 1:
            raise MisconfiguredError("--param is for one job", hint="Name the one job that takes it.")
        job = self.project.jobs[names[0]]
        types = parameter_types(job)
        values: dict[str, Scalar] = {}
        faults = []
        for text in params:
            name, equals, value = text.partition("=")
            if not equals:
                faults.append(Fault(what=f'--param "{text}" has no value', hint="Write --param NAME=VALUE."))
                continue
            if name not in types:
                hint = suggest(name, types, kind="Parameters") or f"{job.name} takes none."
                faults.append(
                    Fault(what=f'"{name}" is no parameter of {job.name}', where=job.where, hint=hint)
                )
                continue
            try:
                values[name] = parse_parameter(name, value, types[name])
            except MisconfiguredError as error:
                faults += error.faults
        if faults:
            raise MisconfiguredError(faults)
        return {job.name: values}


def load_workspace(env: str, *, start: Path | None = None, lenient: bool = True) -> Workspace:
    """The project around `start` (default: the working directory) in environment `env`.

    `lenient`: a broken job file is a warning on stderr, so that it stops nobody else's job; the
    faults of what was loaded stop everybody, since the graph cannot be trusted.

    Raises `MisconfiguredError` with all faults of contracts and configuration at once.
    """
    # The Python of a release says where its project is: a job's file lies elsewhere on a cluster.
    root = find_root(Path(os.environ.get(PROJECT) or start or Path.cwd()))
    faults: list[Fault] = []
    loaded = load_project(root)
    environment: Environment | None = None
    try:
        environment = load_environment(root, env, process=load_process(root, env, os.environ))
    except MisconfiguredError as error:
        faults += error.faults
    found: list[Fault] = []
    if environment is not None:
        found = validate_project(
            loaded.project, sources=sources_of(environment), landing=landing_of(environment)
        )
    if loaded.faults and lenient and not faults and not found:
        warned = [replace(fault, where=f"warning: {fault.where}") for fault in loaded.faults]
        sys.stderr.write(f"{render_faults(warned)}\n")
    else:
        faults = [*loaded.faults, *faults, *found]
    if faults or environment is None:
        raise MisconfiguredError(sorted(set(faults), key=lambda fault: fault.place))
    return Workspace(project=loaded.project, environment=environment)


def landing_of(environment: Environment) -> set[str]:
    """The sources whose files land one by one."""
    return {name for name in sources_of(environment) if environment.input(name).landing is not None}


def sources_of(environment: Environment) -> set[str]:
    """Datasets that the configuration declares as made by nobody in the project."""
    bindings = environment.bindings
    borrowed = set() if environment.inputs_from is None else sources_of(environment.inputs_from)
    return borrowed | {name for name in bindings.named if bindings.of(name).source}
