"""Faults on the way to the S3 server: a denied, refused or dropped request, chosen by what it asks for."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

CONTROL = "/faults-of-the-tests"
"""A PUT there says which faults there are from now on: `[{"match": …, "action": …, "times": …}]`, and tells
how many times were left of those before.

A GET there tells by which access keys requests were signed since then.
"""
_KEY = re.compile(r"Credential=([^/]+)/")

_REPLIES = {
    "denied": ("403 Forbidden", "AccessDenied", "Access Denied"),
    "busy": ("503 Slow Down", "SlowDown", "Please reduce your request rate."),
    "stale": ("404 Not Found", "NoSuchKey", "The specified key does not exist."),
}


@dataclass
class Fault:
    """What happens to the next `times` requests whose `METHOD /bucket/key` `match` is found in.

    Of other services it is `POST /` and the operation, like `AWSGlue.CreateTable`.

    `denied` and `busy` are answers of S3; after `lost` the request was carried out, and the
    connection ends without an answer. `unfenced`: as a server that knows no If-None-Match would answer.
    `skewed`: by a clock that is an hour ahead. `stale`: with what is not there yet. `reset` ends the
    connection in the middle of the request, which is not carried out, `cut` in the middle of the answer;
    `slow` answers after a second.
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
            said = json.loads(body_of(request))
            with self._lock:
                left = json.dumps([fault.times for fault in self._faults]).encode()
                self._faults = [Fault(**each) for each in said]
                self._keys.clear()
            start("200 OK", [("Content-Length", str(len(left)))])
            return [left]
        self._keys |= set(_KEY.findall(request.get("HTTP_AUTHORIZATION", "")))
        # Services that are not S3 name the operation in a header.
        operation = request.get("HTTP_X_AMZ_TARGET", "")
        fault = self._next(f"{request['REQUEST_METHOD']} {path}{operation}")
        if fault is None:
            return self._inner(request, start)
        if fault.action in ("unfenced", "skewed", "slow"):
            return self._otherwise(fault.action, request, start)
        if fault.action in ("lost", "reset", "cut"):
            return self._broken_off(fault.action, request, start)
        # The body is read, or it would be taken for the next request of this connection.
        body_of(request)
        status, code, message = _REPLIES[fault.action]
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
        start(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [body]

    def _otherwise(self, action: str, request: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """An answer as a server gives it that is not like S3, or is slow."""
        if action == "slow":
            time.sleep(1)
            return self._inner(request, start)
        if action == "unfenced":
            request.pop("HTTP_IF_NONE_MATCH", None)
            return self._inner(request, start)
        return self._inner(request, lambda status, headers, *_: start(status, _an_hour_ahead(headers)))

    def _broken_off(self, action: str, request: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """A connection that ends too early: after the request, in the middle of it, or of the answer."""
        connection: socket.socket = request["werkzeug.socket"]
        if action == "cut":
            return _cut(connection, self._inner(request, start))
        if action == "lost":
            list(self._inner(request, lambda *_: None))
        else:
            request["wsgi.input"].read(int(request.get("CONTENT_LENGTH") or 0) // 2)
        connection.shutdown(socket.SHUT_RDWR)
        start("200 OK", [])
        return []

    def _next(self, line: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.times > 0 and re.search(fault.match, line):
                    fault.times -= 1
                    return fault
        return None


def _an_hour_ahead(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers, those that are times an hour later."""
    return [
        (name, format_datetime(parsedate_to_datetime(value) + timedelta(hours=1), usegmt=True))
        if name.lower() in ("date", "last-modified")
        else (name, value)
        for name, value in headers
    ]


def _cut(connection: socket.socket, answer: Iterable[bytes]) -> Iterator[bytes]:
    """The first half of an answer whose header has told of the whole."""
    whole = b"".join(answer)
    yield whole[: len(whole) // 2]
    connection.shutdown(socket.SHUT_RDWR)


def body_of(request: dict[str, Any]) -> bytes:
    """The content that a request brings."""
    body = request["wsgi.input"].read(int(request.get("CONTENT_LENGTH") or 0))
    assert isinstance(body, bytes)
    return body
