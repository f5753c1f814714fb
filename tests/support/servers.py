"""Servers that tests start on this machine: on free ports, each ended by its own process group."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

_STOPPING = 15.0
"""Seconds that a server has to end by itself."""


def free_ports(number: int) -> list[int]:
    """That many ports of 127.0.0.1 which nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(closing(socket.socket())) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def serving(
    command: Sequence[str | Path],
    log: Path,
    environment: Mapping[str, str],
    *,
    ready: Callable[[], bool],
    seconds: float = 90.0,
) -> Iterator["subprocess.Popen[bytes]"]:
    """A server that is `ready`, in a process group of its own; both its streams go to `log`.

    At the end of the block it gets SIGTERM, and what is left of its group SIGKILL.
    """
    with (
        log.open("wb") as out,
        subprocess.Popen(
            command,
            cwd=log.parent,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            end = time.monotonic() + seconds
            while not ready():
                assert process.poll() is None, f"{command[0]} ended: {tail(log)}"
                assert time.monotonic() < end, f"{command[0]} is not ready: {tail(log)}"
                time.sleep(0.2)
            yield process
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOPPING)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def tail(log: Path, size: int = 4000) -> str:
    """The end of a log."""
    return log.read_text(errors="replace")[-size:] if log.exists() else f"there is no {log.name}"


def processes_below(folder: Path) -> dict[int, Path]:
    """The processes whose working directory is `folder` or below it, by id, and that directory."""
    found = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError):  # it has ended, or is a zombie
                place = (process / "cwd").readlink()
                if place.is_relative_to(folder):
                    found[int(process.name)] = place
    return found
