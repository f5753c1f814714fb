"""The job as another process runs it: held still at a step, then killed or woken, from outside.

The child is `sparkjob verify` itself with `--scratch` and `--hold`. It stops itself (SIGSTOP) when it has
told the event, so that the kill comes at that step and not some milliseconds later.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from framework.errors import FailedError
from framework.testing.verify.trial import Event

_OURS = ("PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET")
"""What would make the child a part of the Spark that started this process."""
_TAIL = 5


class Child:
    """A process group of its own, which ends with the `with` block at the latest.

    Of this session, so that the kernel hangs up on it when it is stopped and this process dies (POSIX,
    orphaned process groups).

    `arguments`: of `sparkjob`. `folder`: of the trial. `step`: see `step_of`. `log`: where its output goes.
    """

    def __init__(self, arguments: Sequence[str], *, folder: Path, step: str, log: Path) -> None:
        hidden = ["--scratch", str(folder), "--hold", step]
        environment = {name: value for name, value in os.environ.items() if name not in _OURS}
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  # our own command line
                [sys.executable, "-m", "framework.cli.main", *arguments, *hidden],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def until_held(self) -> None:
        """Wait until it holds still. Raises `FailedError` when it ends before."""
        _, status = os.waitpid(self._process.pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            self._process.returncode = os.waitstatus_to_exitcode(status)
            raise FailedError(
                f"a run in another process ended with {self._process.returncode} before it was killed",
                hint=f"It said: {self._said()}",
            )

    def wake(self) -> None:
        """Let it go on."""
        os.kill(self._process.pid, signal.SIGCONT)

    def end(self) -> int:
        """Wait for its end; its exit code."""
        return self._process.wait()

    def kill(self) -> None:
        """SIGKILL to it and to the Spark that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _said(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return " / ".join(lines[-_TAIL:]) or "nothing"


def hold_at(event: Event, step: str) -> None:
    """Stop this process when `event` is that step; who started it goes on from there."""
    if step_of(event) == step:
        os.kill(os.getpid(), signal.SIGSTOP)


def step_of(event: Event) -> str:
    """What an event is called in every run: `staged`, `published small.good`."""
    name, detail = event
    return f"{name} {detail}" if name == "published" else name
