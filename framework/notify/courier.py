"""Delivers messages beside the work, and never in its way."""

import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from time import monotonic
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from framework.errors import MisconfiguredError, SparkjobError
from framework.version import __version__

_PATIENCE = 3.0
"""Seconds for a receiver to answer."""
_FAREWELL = 5.0
"""Seconds for all that is left, when the work is done."""

Deliver = Callable[[bytes], None]


class Courier:
    """Delivers in a thread of its own, one message after the other; warns of the first that fails, once.

    `deliver` raises when a message was not taken; `name` is the receiver in the warning, which holds
    no address, since that may be a secret.
    """

    def __init__(self, name: str, deliver: Deliver, warn: Callable[[str], None]) -> None:
        self._name, self._deliver, self._warn = name, deliver, warn
        self._messages: queue.Queue[bytes] = queue.Queue()
        self._has_warned = False
        # A daemon: a receiver that does not answer must not keep the process.
        threading.Thread(target=self._work, name=f"courier-{name}", daemon=True).start()

    def send(self, message: bytes) -> None:
        """Have it delivered. Returns at once."""
        self._messages.put(message)

    def close(self, until: float) -> None:
        """Wait for what is left, at most until then, by the monotonic clock."""
        with self._messages.all_tasks_done:
            while self._messages.unfinished_tasks and (left := until - monotonic()) > 0:
                self._messages.all_tasks_done.wait(left)
            undelivered = self._messages.unfinished_tasks
        if undelivered:
            self._complain("no answer in time")

    def _work(self) -> None:
        while True:
            message = self._messages.get()
            try:
                self._deliver(message)
            except Exception as error:  # noqa: BLE001  # whatever a receiver does, the work goes on
                self._complain(_reason(error))
            finally:
                self._messages.task_done()

    def _complain(self, reason: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            self._warn(f"{self._name} was not told: {reason}")


def close_all(couriers: Iterable[Courier]) -> None:
    """Wait for what is left, but not for long, however many there are."""
    until = monotonic() + _FAREWELL
    for courier in couriers:
        courier.close(until)


def post(url: str, message: bytes, *, headers: Mapping[str, str]) -> None:
    """POST JSON.

    Raises `HTTPError` for anything but success, `OSError` when nobody answers, `MisconfiguredError` for
    what is no web address (a secret may hold anything).
    """
    if not url.startswith(("http://", "https://")):
        raise MisconfiguredError("its address is none of http or https")
    said = {"Content-Type": "application/json", "User-Agent": f"sparkjob/{__version__}", **headers}
    request = Request(url, data=message, headers=said, method="POST")  # noqa: S310 - it was looked at
    with build_opener(_NoRedirect).open(request, timeout=_PATIENCE) as reply:
        if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise HTTPError("", reply.status, reply.reason, reply.headers, None)


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would carry the token to a host that nobody has named."""

    def redirect_request(self, *_: object) -> None:
        """None: the redirect itself is the answer, and no success."""


def _reason(error: Exception) -> str:
    """In a few words, without an address or what the receiver said."""
    match error:
        case HTTPError():
            return f"HTTP {error.code}"
        case SparkjobError():
            return error.faults[0].what
        case OSError():
            cause = getattr(error, "reason", error)
            return f"{type(cause).__name__}" if isinstance(cause, Exception) else type(error).__name__
        case _:
            return type(error).__name__
