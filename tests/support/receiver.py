"""An HTTP server on this machine that keeps what it is sent, and answers as it is told."""

import json
import queue
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Its body."""
        return json.loads(self.body)


@dataclass
class Receiver:
    """`status`: of its answers. `answers`: cleared, it takes a request and never answers it."""

    url: str = ""
    status: int = 200
    answers: Event = field(default_factory=Event)
    requests: "queue.Queue[Received]" = field(default_factory=queue.Queue)

    def next(self) -> Received:
        """The next request, waited for."""
        return self.requests.get(timeout=30)

    def all(self) -> list[Received]:
        """Those that came and were not taken yet."""
        found = []
        while not self.requests.empty():
            found.append(self.requests.get())
        return found


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver at a port of its own."""
    receiver = Receiver()
    receiver.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.requests.put(Received(self.path, dict(self.headers.items()), body))
            receiver.answers.wait()
            self.send_response(receiver.status)
            if receiver.status in (301, 302):
                self.send_header("Location", f"{receiver.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - whoever follows a redirect

        def log_message(self, *arguments: object) -> None:
            del arguments

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield receiver
        receiver.answers.set()
        server.shutdown()
