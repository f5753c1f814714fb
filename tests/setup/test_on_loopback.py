"""`scripts/on_loopback.sh`: whatever tries to reach anything outside this machine is counted."""

import subprocess
import sys

import pytest

from tests.support.project import ROOT

LISTENS = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname())
"""
CONNECTS = "import socket; socket.create_connection(('192.0.2.1', 80))"
SENDS = "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'1', ('192.0.2.1', 9))"
CONNECTS_BY_6 = "import socket; socket.socket(socket.AF_INET6).connect(('2001:db8::1', 80))"
LOOKS_UP = "import socket; socket.getaddrinfo('example.invalid', 80)"


def _run(program: str) -> tuple[int, int]:
    """The exit code of the whole, and how many attempts were counted."""
    done = subprocess.run(
        [ROOT / "scripts/on_loopback.sh", sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    counted = [line for line in done.stderr.splitlines() if line.startswith("attempts to reach")]
    assert len(counted) == 1, done.stderr
    return done.returncode, int(counted[0].rpartition(" ")[2])


def test_what_stays_on_this_machine_is_no_attempt() -> None:
    """A server and its client work; the command's own exit code is the whole's."""
    assert _run(LISTENS) == (0, 0)
    assert _run(f"{LISTENS}\nraise SystemExit(65)") == (65, 0)


@pytest.mark.parametrize("attempt", [CONNECTS, SENDS, CONNECTS_BY_6, LOOKS_UP])
def test_every_attempt_is_counted(attempt: str) -> None:
    """Also one that the program itself hides: the kernel saw it."""
    code, counted = _run(f"try:\n    {attempt}\nexcept OSError:\n    pass")
    assert code == 70
    assert counted >= 1
