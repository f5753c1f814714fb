"""The processes of these tests: drivers that meet a fault, and Spark of others. Each ends by its own id."""

import contextlib
import ctypes
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

from tests.faults.held import is_event
from tests.support.project import ROOT, SmallProject

HERE = Path(__file__).parent
_LIMIT = 120.0
"""Seconds after which a process that hangs is killed, so that its test fails and does not hang too."""


P = TypeVar("P", bound="_Answering")


@dataclass(frozen=True)
class Ended:
    """How a command line ended."""

    code: int
    out: str
    err: str


class _Child:
    """A child in a process group of its own, which ends with the `with` block at the latest."""

    def __init__(
        self,
        command: Sequence[str],
        cwd: Path,
        *,
        stdin: int,
        stderr: int,
        environment: Mapping[str, str] | None = None,
        limit: float | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
        self._limit = threading.Timer(limit or _LIMIT, self.kill)
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
        streams = (self.process.stderr, self.process.stdout)
        return "".join(stream.read() for stream in streams if stream is not None)


class Driver(_Child):
    """One `sparkjob` process, as a user starts it; with `hold` it stops itself at that event.

    `limit`: seconds after which it is killed.
    """

    def __init__(
        self,
        project: SmallProject,
        *arguments: str,
        hold: str | None = None,
        environment: Mapping[str, str] | None = None,
        limit: float | None = None,
    ) -> None:
        super().__init__(
            command_line(*arguments, hold=hold),
            project.root,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            environment=environment,
            limit=limit,
        )
        self._limit.start()
        if hold is not None:
            self.until_held()

    def until_said(self, event: str) -> None:
        """Wait until the driver has said `event`; it does not wait for us."""
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            if is_event(line, event):
                return
        raise AssertionError(f"never said {event}: {''.join(said)}")

    def until(self, seen: Callable[[], bool], *, pause: float = 0.0) -> None:
        """Look until something is `seen` from outside, which nobody announces.

        `pause`: seconds between two looks; none where the driver goes on meanwhile.
        """
        while not seen():
            assert self.process.poll() is None, f"not seen before the end: {self._said()}"
            time.sleep(pause)

    def kill_jvm(self) -> None:
        """SIGKILL to the JVM, its only child."""
        pid = self.process.pid
        (jvm,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(int(jvm), signal.SIGKILL)

    def end(self) -> Ended:
        """Wait for its end."""
        out, err = self.process.communicate()
        return Ended(self.process.returncode, out, err)


def command_line(*arguments: str, hold: str | None = None) -> list[str]:
    """`sparkjob ARGUMENTS` as a list of words."""
    script = ["-m", "framework.cli.main"] if hold is None else [str(HERE / "held.py"), hold]
    return [sys.executable, *script, *arguments]


class Orphan(_Child):
    """A held driver that a shell has started; the shell can be killed alone."""

    def __init__(self, project: SmallProject, *arguments: str, hold: str) -> None:
        _adopt_orphans(yes=True)
        words = shlex.join(command_line(*arguments, hold=hold))
        super().__init__(
            ["/bin/sh", "-c", f"{words} & echo $!; wait"],
            project.root,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._limit.start()
        assert self.process.stdout is not None
        self._driver = int(self.process.stdout.readline())
        assert self.process.stderr is not None
        # It is no child of ours yet, so that we cannot see it stop; but it is about to.
        assert any(is_event(line, hold) for line in self.process.stderr), "ended before"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        _adopt_orphans(yes=False)

    def kill_parent(self) -> None:
        """SIGKILL to the shell; comes back when the driver, now ours, holds still."""
        self.send(signal.SIGKILL)
        self.process.wait()
        _, status = os.waitpid(self._driver, os.WUNTRACED)
        assert os.WIFSTOPPED(status), self._said()

    def end(self) -> Ended:
        """Let the driver go on, to its end."""
        os.kill(self._driver, signal.SIGCONT)
        assert self.process.stdout is not None
        out, err = self.process.stdout.read(), self._said()
        _, status = os.waitpid(self._driver, 0)
        return Ended(os.waitstatus_to_exitcode(status), out, err)


def _adopt_orphans(*, yes: bool) -> None:
    """Whether orphans become children of this process, not of init: only so can one wait for them."""
    set_child_subreaper = 36  # linux/prctl.h
    ctypes.CDLL(None).prctl(set_child_subreaper, int(yes), 0, 0, 0)


class _Answering(_Child):
    """A process that answers each line of its standard input by a line."""

    def __init__(self, script: str, cwd: Path) -> None:
        super().__init__(
            [sys.executable, str(HERE / script)], cwd, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.is_busy = False

    def _ask(self, **command: object) -> None:
        assert self.process.stdin is not None
        assert not self.is_busy
        self.is_busy = True
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
        self.is_busy = False
        answer: dict[str, object] = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer


class Resident(_Answering):
    """A driver that stays, for many invocations one after the other (`resident.py`)."""

    def __init__(self, cwd: Path) -> None:
        super().__init__("resident.py", cwd)

    def begin(self, project: SmallProject, *arguments: str, hold: str | None = None) -> None:
        """Start `sparkjob run ARGUMENTS`. With `hold` it stops itself at that event: see `until_held`."""
        self._ask(root=str(project.root), arguments=["run", *arguments], hold=hold)

    def end(self) -> Ended:
        """The end of the command line that was begun."""
        return Ended(**self._answer())  # type: ignore[arg-type]

    def run(self, project: SmallProject, *arguments: str) -> Ended:
        """`sparkjob run ARGUMENTS`, to its end."""
        self.begin(project, *arguments)
        return self.end()

    def verify(self, project: SmallProject, *arguments: str) -> Ended:
        """`sparkjob verify ARGUMENTS`, to its end."""
        self._ask(root=str(project.root), arguments=["verify", *arguments], hold=None)
        return self.end()

    def hold(self, project: SmallProject, *arguments: str, at: str) -> None:
        """`sparkjob run ARGUMENTS` until it holds still `at` an event."""
        self.begin(project, *arguments, hold=at)
        self.until_held()

    def release(self) -> Ended:
        """Let it go on from there, to its end."""
        self.go_on()
        return self.end()


class Plain(_Answering):
    """Another team's Spark (`plain.py`)."""

    def __init__(self, cwd: Path) -> None:
        super().__init__("plain.py", cwd)

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


class Pool(Generic[P]):
    """Processes that are started when they are needed, and used again unless a test left them at work."""

    def __init__(self, start: Callable[[], P]) -> None:
        self._start = start
        self._idle: list[P] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._idle:
            with process:
                pass

    @contextlib.contextmanager
    def lend(self) -> Iterator[P]:
        """One of them for a test."""
        process = self._idle.pop() if self._idle else self._start()
        yield process
        if process.is_busy:
            with process:
                return
        self._idle.append(process)
