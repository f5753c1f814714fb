"""Faults on the way to the S3 server: a denied, refused or dropped request, chosen by what it asks for."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

CONTROL = "/faults-of-the-tests"
"""A PUT there says which faults there are from now on: `[{"match": …, "action": …, "times": …}]`.

A GET there tells by which access keys requests were signed since then.
"""
_KEY = re.compile(r"Credential=([^/]+)/")

_REPLIES = {
    "denied": ("403 Forbidden", "AccessDenied", "Access Denied"),
    "busy": ("503 Slow Down", "SlowDown", "Please reduce your request rate."),
}


@dataclass
class Fault:
    """What happens to the next `times` requests whose `METHOD /bucket/key` `match` is found in.

    Of other services it is `POST /` and the operation, like `AWSGlue.CreateTable`.

    `denied` and `busy` are answers of S3; after `lost` the request was carried out, and the
    connection ends without an answer.
    """

    match: str
    action: str
    times: int = 1


class Faulty:
    """A WSGI application in front of another."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._keys: set[str] = set()

    def __call__(self, request: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path = request["PATH_INFO"]
        if path == CONTROL and request["REQUEST_METHOD"] == "GET":
            told = json.dumps(sorted(self._keys)).encode()
            start("200 OK", [("Content-Length", str(len(told)))])
            return [told]
        if path == CONTROL:
            said = json.loads(_body(request))
            with self._lock:
                self._faults = [Fault(**each) for each in said]
                self._keys.clear()
            start("200 OK", [("Content-Length", "0")])
            return []
        self._keys |= set(_KEY.findall(request.get("HTTP_AUTHORIZATION", "")))
        # Services that are not S3 name the operation in a header.
        operation = request.get("HTTP_X_AMZ_TARGET", "")
        fault = self._next(f"{request['REQUEST_METHOD']} {path}{operation}")
        if fault is None:
            return self._inner(request, start)
        if fault.action == "lost":
            list(self._inner(request, lambda *_: None))
            request["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            start("200 OK", [])
            return []
        # The body is read, or it would be taken for the next request of this connection.
        _body(request)
        status, code, message = _REPLIES[fault.action]
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
        start(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [body]

    def _next(self, line: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.times > 0 and re.search(fault.match, line):
                    fault.times -= 1
                    return fault
        return None


def _body(request: dict[str, Any]) -> bytes:
    body = request["wsgi.input"].read(int(request.get("CONTENT_LENGTH") or 0))
    assert isinstance(body, bytes)
    return body
