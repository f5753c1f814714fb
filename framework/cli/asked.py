"""What several commands are told in the same options, as one argument each: `asked` and `executed`."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from framework.cli.examples import refuse_rows_as_json, show_rows
from framework.cli.invocation import Options
from framework.cli.options import as_json, environment, interval, parallel, parameters, selectors
from framework.cli.workspace import Workspace, load_workspace
from framework.plan.steps import Only, Request

Command = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which jobs, for which intervals, in which environment, with which parameters; as it was written."""

    selectors: tuple[str, ...]
    env: str
    interval: str | None
    params: tuple[str, ...]

    def load(self, *, force: bool = False, only: Only | None = None) -> tuple[Workspace, Request]:
        """The project in that environment, and the intervals of each selected job."""
        workspace = load_workspace(self.env)
        names = workspace.select(self.selectors)
        return workspace, workspace.request(names, self.interval, params=self.params, force=force, only=only)


def asked(command: Command) -> Command:
    """Selectors, `--env`, `--interval` and `--param`; the command takes `asked`."""

    @selectors
    @environment
    @interval
    @parameters
    @wraps(command)
    def call(
        selectors: tuple[str, ...], env: str, interval: str | None, params: tuple[str, ...], **others: object
    ) -> object:
        given = Asked(selectors=selectors, env=env, interval=interval, params=params)
        return command(asked=given, **others)

    return call


def executed(command: Command) -> Command:
    """`--parallel`, `--show-rows` and `--json`; the command takes `options`, begun now."""

    @parallel
    @show_rows
    @as_json
    @wraps(command)
    def call(parallel: int, show_rows: int, json_: bool, **others: object) -> object:
        begun = time.monotonic()
        refuse_rows_as_json(show_rows, is_json=json_)
        options = Options(begun=begun, json_=json_, show_rows=show_rows, parallel=parallel)
        return command(options=options, **others)

    return call
