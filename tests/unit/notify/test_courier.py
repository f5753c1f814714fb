"""Messages to others: delivered beside the work, and never in its way."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from framework.notify import courier as couriers
from framework.notify.courier import Courier, close_all, post
from tests.support.receiver import Receiver, receiving

PATH = "/hook/s3ntin3l"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that answers."""
    with receiving() as started:
        yield started


def _send(url: str, *messages: bytes) -> list[str]:
    """Send them, and what was warned of."""
    warnings: list[str] = []
    sender = Courier("on_failure.webhook", lambda m: post(url, m, headers={"X": "1"}), warnings.append)
    for message in messages:
        sender.send(message)
    close_all([sender])
    return warnings


def test_messages_arrive_in_their_order(receiver: Receiver) -> None:
    """As JSON by POST, all before `close` returns; no warning."""
    assert _send(f"{receiver.url}{PATH}", b'{"n": 1}', b'{"n": 2}') == []
    got = receiver.all()
    assert [each.json for each in got] == [{"n": 1}, {"n": 2}]
    assert {(each.path, each.headers["Content-Type"], each.headers["X"]) for each in got} == {
        (PATH, "application/json", "1")
    }


@pytest.mark.parametrize("status", [400, 403, 500, 503])
def test_a_receiver_that_refuses_is_one_warning(receiver: Receiver, status: int) -> None:
    """However many messages it refuses; without its address, which may be a secret."""
    receiver.status = status
    warnings = _send(f"{receiver.url}{PATH}", b"1", b"2", b"3")
    assert warnings == [f"on_failure.webhook was not told: HTTP {status}"]
    assert len(receiver.all()) == 3


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    """A token would go to a host that nobody has named."""
    receiver.status = 302
    assert _send(f"{receiver.url}{PATH}", b"1") == ["on_failure.webhook was not told: HTTP 302"]
    assert [each.path for each in receiver.all()] == [PATH]


def test_nobody_there_is_one_warning() -> None:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    warnings = _send(f"http://127.0.0.1:{port}{PATH}", b"1", b"2")
    assert warnings == ["on_failure.webhook was not told: ConnectionRefusedError"]


def test_a_receiver_that_hangs_keeps_nobody(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """`send` returns at once, `close` soon, and the thread does not keep the process."""
    monkeypatch.setattr(couriers, "_FAREWELL", 0.05)
    receiver.answers.clear()
    assert _send(f"{receiver.url}{PATH}", b"1", b"2") == [
        "on_failure.webhook was not told: no answer in time"
    ]
    assert all(
        thread.daemon for thread in threading.enumerate() if thread.name == "courier-on_failure.webhook"
    )
    assert receiver.next().body == b"1"


def test_an_address_is_of_the_web() -> None:
    """A secret may hold anything: no file is opened for it, and nothing of it is told."""
    warnings = _send("file:///etc/s3ntin3l", b"1")
    assert warnings == ["on_failure.webhook was not told: its address is none of http or https"]


def test_what_a_receiver_raises_is_its_own_fault() -> None:
    """Whatever it is, one warning with its kind and no word of it."""

    def deliver(message: bytes) -> None:
        Path("/nowhere/s3ntin3l").write_bytes(message)

    warnings: list[str] = []
    sender = Courier("lineage.file", deliver, warnings.append)
    sender.send(b"1")
    close_all([sender])
    assert warnings == ["lineage.file was not told: FileNotFoundError"]
