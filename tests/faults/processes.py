"""The processes of these tests: drivers that meet a fault, and Spark of others. Each ends by its own id."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faults.held import is_event
from tests.support.project import ROOT, SmallProject

HERE = Path(__file__).parent
_LIMIT = 120.0
"""Seconds after which a process that hangs is killed, so that its test fails and does not hang too."""


@dataclass(frozen=True)
class Ended:
    """How a command line ended."""

    code: int
    out: str
    err: str


class _Child:
    """A child in a process group of its own, which ends with the `with` block at the latest."""

    def __init__(self, arguments: Sequence[str], cwd: Path, stdin: int, stderr: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
        self._limit = threading.Timer(_LIMIT, self.kill)
        self._limit.daemon = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._limit.cancel()
        # The group: a killed driver may have left its JVM.
        self.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def kill(self) -> None:
        """SIGKILL to the process and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """A signal to the process alone."""
        os.kill(self.process.pid, number)

    def until_held(self) -> None:
        """Wait until the process has stopped itself."""
        _, status = os.waitpid(self.process.pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            self.process.returncode = os.waitstatus_to_exitcode(status)
            raise AssertionError(f"never held still, ended with {self.process.returncode}: {self._said()}")

    def go_on(self) -> None:
        """Wake it up."""
        self.send(signal.SIGCONT)

    def _said(self) -> str:
        return self.process.stderr.read() if self.process.stderr is not None else ""


class Driver(_Child):
    """One `sparkjob` process, as a user starts it; with `hold` it stops itself at that event."""

    def __init__(self, project: SmallProject, *arguments: str, hold: str | None = None) -> None:
        held = ["-m", "framework.cli.main"] if hold is None else [str(HERE / "held.py"), hold]
        super().__init__(
            [*held, *arguments], cwd=project.root, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        self._limit.start()
        if hold is not None:
            self.until_held()

    def until_said(self, event: str) -> None:
        """Wait until the driver has said `event`; it does not wait for us."""
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            if is_event(line, event):
                return
            said.append(line)
        raise AssertionError(f"never said {event}: {''.join(said)}")

    def until(self, seen: Callable[[], bool]) -> None:
        """Look without a pause until something is `seen` from outside."""
        while not seen():
            assert self.process.poll() is None, f"not seen before the end: {self._said()}"

    def end(self) -> Ended:
        """Wait for its end."""
        out, err = self.process.communicate()
        return Ended(self.process.returncode, out, err)


class _Answering(_Child):
    """A process that answers each line of its standard input by a line."""

    def __init__(self, script: str) -> None:
        super().__init__(
            [str(HERE / script)], cwd=HERE, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def _ask(self, **command: object) -> None:
        assert self.process.stdin is not None
        # Counts from now on: such a process lives as long as all tests.
        self._limit = threading.Timer(_LIMIT, self.kill)
        self._limit.daemon = True
        self._limit.start()
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def _answer(self) -> dict[str, object]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self._limit.cancel()
        assert line, f"{self.process.args} died"
        answer: dict[str, object] = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer


class Resident(_Answering):
    """A driver that stays, for many invocations one after the other (`resident.py`)."""

    def __init__(self) -> None:
        super().__init__("resident.py")

    def begin(self, project: SmallProject, *arguments: str, hold: str | None = None) -> None:
        """Start a command line; `end` waits for it. With `hold`, come back when it holds still there."""
        self._ask(root=str(project.root), arguments=arguments, hold=hold)
        if hold is not None:
            self.until_held()

    def end(self) -> Ended:
        """The end of the command line that was begun."""
        return Ended(**self._answer())  # type: ignore[arg-type]

    def run(self, project: SmallProject, *arguments: str) -> Ended:
        """`sparkjob run ARGUMENTS`, to its end."""
        self.begin(project, "run", *arguments)
        return self.end()


class Plain(_Answering):
    """Another team's Spark (`plain.py`)."""

    def __init__(self) -> None:
        super().__init__("plain.py")

    def sql(self, *statements: str) -> None:
        """Run statements of delta-spark, one after the other."""
        self._ask(sql=statements)
        self._answer()

    def watch(self, *tables: Path) -> None:
        """Read these tables again and again from now on; comes back after the first look."""
        self._ask(watch=[str(table) for table in tables])
        self._answer()

    def seen(self) -> dict[Path, dict[str, int]]:
        """Stop reading; each table's states, `{"2013-01-01 1": 20}` as text, with how often each was seen."""
        self._ask(seen=True)
        looks = self._answer()["looks"]
        assert isinstance(looks, dict)
        return {Path(table): states for table, states in looks.items()}
