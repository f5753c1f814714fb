"""Processes that hold still just before a call by which they touch a table: ptrace(2) and seccomp(2).

Nothing in the product knows of it. A child is forked from a process that has imported everything and
run nothing. Its calls that open, make, rename, link or remove a file below a folder, write to such a
file, or send to and receive from a socket are its *touches*. Before any of them all its threads can be
stopped, for as long as one likes, and then go on or be killed.
"""

import ctypes
import os
import platform
import signal
import struct
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

_CALLS = {
    "x86_64": {
        "write": 1,
        "pwrite64": 18,
        "writev": 20,
        "sendto": 44,
        "recvfrom": 45,
        "sendmsg": 46,
        "ftruncate": 77,
        "rename": 82,
        "mkdir": 83,
        "link": 86,
        "unlink": 87,
        "openat": 257,
        "mkdirat": 258,
        "unlinkat": 263,
        "renameat": 264,
        "linkat": 265,
        "renameat2": 316,
    },
    "aarch64": {
        "mkdirat": 34,
        "unlinkat": 35,
        "linkat": 37,
        "renameat": 38,
        "ftruncate": 46,
        "openat": 56,
        "write": 64,
        "writev": 66,
        "pwrite64": 68,
        "sendto": 206,
        "recvfrom": 207,
        "sendmsg": 211,
        "renameat2": 276,
    },
}[platform.machine()]
_OF_A_DESCRIPTOR = {
    number
    for name, number in _CALLS.items()
    if name in ("write", "pwrite64", "writev", "sendto", "recvfrom", "sendmsg", "ftruncate")
}
_NAMES = {number: name for name, number in _CALLS.items()}

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.ptrace.argtypes = [ctypes.c_long] * 2 + [ctypes.c_void_p] * 2
_LIBC.ptrace.restype = ctypes.c_long
# linux/ptrace.h
_CONT, _SEIZE, _INTERRUPT, _SYSCALL_INFO = 7, 0x4206, 0x4207, 0x420E
_OPTIONS = 0x8 | 0x80 | 0x100000  # trace clones, stop at what the filter names, end with the tracer
_STOP_OF_SECCOMP = 7
_WALL = 0x40000000
_INFO = struct.Struct("<B3xIQQQ6QI")


def _ptrace(request: int, thread: int, address: int = 0, data: object = 0) -> int:
    done: int = _LIBC.ptrace(request, thread, address, data)
    if done < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return done


def _let_calls_be_seen() -> None:
    """From here on the kernel stops this process for its tracer at the calls above, and at no others."""
    load, jump_if_equal, give = 0x20, 0x15, 0x06
    trace, allow = 0x7FF00000, 0x7FFF0000
    numbers = sorted(_CALLS.values())
    program = [(load, 0, 0, 0)]
    program += [(jump_if_equal, len(numbers) - n, 0, number) for n, number in enumerate(numbers)]
    program += [(give, 0, 0, allow), (give, 0, 0, trace)]
    code = b"".join(struct.pack("HBBI", *each) for each in program)
    text = ctypes.create_string_buffer(code)
    filter_ = struct.pack("HxxxxxxP", len(program), ctypes.addressof(text))
    no_new_privileges, seccomp, by_filter = 38, 22, 2
    assert _LIBC.prctl(no_new_privileges, 1, 0, 0, 0) == 0
    assert _LIBC.prctl(seccomp, by_filter, filter_, 0, 0) == 0


@dataclass
class Traced:
    """One child. `touches`: how many it has made; `hold`: before which it is to hold still."""

    pid: int
    threads: set[int]
    touches: int = 0
    hold: int | None = None
    held: list[int] = field(default_factory=list)
    is_held: bool = False
    code: int | None = None
    last: str = ""


class Tracer:
    """The children of this process that touch files below `root`. `root` None: only sockets count."""

    def __init__(self, root: Path | None) -> None:
        self._root = None if root is None else str(root)
        self._children: dict[int, Traced] = {}

    def start(self, work: Callable[[], int]) -> Traced:
        """A child that will do `work`, whose result is its exit code; it has not begun."""
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            code = 99
            try:
                os.kill(os.getpid(), signal.SIGSTOP)
                _let_calls_be_seen()
                code = work()
            except BaseException:  # noqa: BLE001 - its end is near
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        os.waitpid(pid, os.WUNTRACED)
        _ptrace(_SEIZE, pid, 0, _OPTIONS)
        child = Traced(pid=pid, threads={pid}, is_held=True)
        self._children[pid] = child
        os.kill(pid, signal.SIGCONT)
        return child

    def go_on(self, children: Iterable[Traced]) -> None:
        """Let these run until each has ended or holds still."""
        running = list(children)
        for child in running:
            child.is_held = False
            held, child.held = child.held, []
            for thread in held:
                self._let(thread)
        while any(child.code is None and not self._all_held(child) for child in running):
            self._one_event()

    def kill(self, child: Traced) -> None:
        """SIGKILL, and its end."""
        if child.code is None:
            os.kill(child.pid, signal.SIGKILL)
            while child.code is None:
                self._one_event()

    @staticmethod
    def _all_held(child: Traced) -> bool:
        return child.is_held and set(child.held) >= child.threads

    def _one_event(self) -> None:
        thread, status = os.waitpid(-1, _WALL)
        child = self._of(thread)
        if child is None:
            return
        if not os.WIFSTOPPED(status):
            child.threads.discard(thread)
            if thread in child.held:
                child.held.remove(thread)
            if thread == child.pid:
                child.code = os.waitstatus_to_exitcode(status)
                self._children.pop(child.pid)
            return
        child.threads.add(thread)
        event = status >> 16
        signal_ = 0 if event else os.WSTOPSIG(status)
        if event == _STOP_OF_SECCOMP and self._is_touch(thread, child):
            child.touches += 1
            if child.hold is not None and child.touches >= child.hold and not child.is_held:
                child.hold, child.is_held = None, True
                for other in child.threads - {thread}:
                    try:
                        _ptrace(_INTERRUPT, other)
                    except ProcessLookupError:
                        child.threads.discard(other)
        if child.is_held and event:
            child.held.append(thread)
        else:
            self._let(thread, signal_)

    def _let(self, thread: int, signal_: int = 0) -> None:
        try:
            _ptrace(_CONT, thread, 0, signal_)
        except ProcessLookupError:
            return  # killed meanwhile: its end is yet to be waited for

    def _of(self, thread: int) -> Traced | None:
        for child in self._children.values():
            if thread in child.threads:
                return child
        try:
            status = Path(f"/proc/{thread}/status").read_text()
        except FileNotFoundError:
            return None
        process = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("Tgid:"))
        return self._children.get(process)

    def _is_touch(self, thread: int, child: Traced) -> bool:
        buffer = ctypes.create_string_buffer(_INFO.size)
        try:
            _ptrace(_SYSCALL_INFO, thread, _INFO.size, ctypes.addressof(buffer))
        except ProcessLookupError:
            return False
        _, _, _, _, number, *arguments, _ = _INFO.unpack(buffer.raw)
        if number in _OF_A_DESCRIPTOR:
            place = self._descriptor(thread, arguments[0])
        else:
            place = self._text(
                thread, arguments[1] if _NAMES[number].endswith(("at", "at2")) else arguments[0]
            )
        is_ours = place.startswith("socket:") if self._root is None else place.startswith(self._root)
        if is_ours:
            child.last = f"{_NAMES[number]} {place}"
        return is_ours

    @staticmethod
    def _descriptor(thread: int, number: int) -> str:
        try:
            return str(Path(f"/proc/{thread}/fd/{number & 0xFFFFFFFF}").readlink())
        except OSError:
            return ""

    @staticmethod
    def _text(thread: int, address: int) -> str:
        try:
            with Path(f"/proc/{thread}/mem").open("rb", buffering=0) as memory:
                memory.seek(address)
                return memory.read(400).split(b"\0")[0].decode(errors="replace")
        except (OSError, OverflowError):
            return ""
