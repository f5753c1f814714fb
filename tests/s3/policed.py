"""Policies of AWS IAM, in force for requests on their way to the S3 server: by whom they are signed decides.

What request needs what: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html.
An object that is not there is `403` for who may not list it, as S3 says; its name is the prefix then.
"""

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

from tests.s3.faulty import Application, body_of

POLICIES = "/policies-of-the-tests"
"""A PUT there gives access keys their policy: `{key: document}`. All other keys may do everything.

A GET there tells of each request since then what it asked for, and by which statements it was allowed.
"""
_KEY = re.compile(r"Credential=([^/]+)/")
_IN_BODY = re.compile(rb"<Key>(.*?)</Key>", re.DOTALL)
_DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


@dataclass(frozen=True)
class Need:
    """A right that a request needs. `prefix`: what it lists, None: everything."""

    action: str
    resource: str
    prefix: str | None = None


@dataclass(frozen=True)
class Seen:
    """What was asked for, and the numbers of the statements that allow it: none, and it was refused."""

    need: Need
    by: tuple[int, ...]


class Policed:
    """A WSGI application in front of another."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._policies: Mapping[str, Mapping[str, Any]] = {}
        self._seen: dict[str, list[int]] = {}

    def __call__(self, request: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        if request["PATH_INFO"] == POLICIES:
            return self._told(request, start)
        key = _KEY.search(request.get("HTTP_AUTHORIZATION", ""))
        policy = self._policies.get(key[1]) if key else None
        if policy is None:
            return self._inner(request, start)
        for need in needs_of(request):
            if not self._is_allowed(policy, need):
                return _refuse(start)
        if request["REQUEST_METHOD"] in ("GET", "HEAD"):
            return self._looked_for(policy, request, start)
        return self._inner(request, start)

    def _looked_for(
        self, policy: Mapping[str, Any], request: dict[str, Any], start: Callable[..., Any]
    ) -> Iterable[bytes]:
        """The answer; what is not there is told only to who may list it."""
        answer: list[Any] = []
        content = b"".join(self._inner(request, lambda *said: answer.extend(said)))
        bucket, _, key = request["PATH_INFO"][1:].partition("/")
        listed = Need("s3:ListBucket", f"arn:aws:s3:::{bucket}", key)
        if answer[0].startswith("404") and key and not self._is_allowed(policy, listed):
            return _refuse(start)
        start(*answer)
        return [content]

    def _is_allowed(self, policy: Mapping[str, Any], need: Need) -> bool:
        by = [n for n, statement in enumerate(policy["Statement"]) if _allows(statement, need)]
        with self._lock:
            self._seen[json.dumps([need.action, need.resource, need.prefix])] = by
        return bool(by)

    def _told(self, request: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            if request["REQUEST_METHOD"] == "PUT":
                self._policies, self._seen = json.loads(body_of(request)), {}
            told = json.dumps([[*json.loads(need), by] for need, by in self._seen.items()]).encode()
        start("200 OK", [("Content-Length", str(len(told)))])
        return [told]


def needs_of(request: dict[str, Any]) -> Iterator[Need]:
    """The rights that a request to S3 by path needs."""
    bucket, _, key = request["PATH_INFO"][1:].partition("/")
    asked = parse_qs(request.get("QUERY_STRING", ""), keep_blank_values=True)
    method, arn = request["REQUEST_METHOD"], f"arn:aws:s3:::{bucket}"
    if not key:
        yield from _of_bucket(request, method, arn, asked)
        return
    source = request.get("HTTP_X_AMZ_COPY_SOURCE")
    if source is not None:
        yield Need("s3:GetObject", f"arn:aws:s3:::{source.lstrip('/')}")
    action = {
        ("GET", False): "s3:GetObject",
        ("HEAD", False): "s3:GetObject",
        ("GET", True): "s3:ListMultipartUploadParts",
        ("PUT", False): "s3:PutObject",
        ("PUT", True): "s3:PutObject",
        ("POST", False): "s3:PutObject",  # begins an upload
        ("POST", True): "s3:PutObject",  # completes it
        ("DELETE", False): "s3:DeleteObject",
        ("DELETE", True): "s3:AbortMultipartUpload",
    }[method, "uploadId" in asked]
    yield Need(action, f"{arn}/{key}")


def _of_bucket(
    request: dict[str, Any], method: str, arn: str, asked: Mapping[str, list[str]]
) -> Iterator[Need]:
    if method == "POST" and "delete" in asked:
        content = body_of(request)
        request["wsgi.input"] = BytesIO(content)
        for key in _IN_BODY.findall(content):
            yield Need("s3:DeleteObject", f"{arn}/{key.decode()}")
    elif method == "GET" and "uploads" in asked:
        yield Need("s3:ListBucketMultipartUploads", arn)
    elif method == "GET" and "location" in asked:
        yield Need("s3:GetBucketLocation", arn)
    elif method in ("GET", "HEAD"):
        yield Need("s3:ListBucket", arn, asked["prefix"][0] if "prefix" in asked else None)
    else:
        yield Need(f"s3:{method} of a bucket", arn)


def _allows(statement: Mapping[str, Any], need: Need) -> bool:
    named = any(fnmatchcase(need.action, action) for action in statement["Action"])
    meant = any(_matches(need.resource, resource) for resource in statement["Resource"])
    prefixes = statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix")
    listed = prefixes is None or (
        need.prefix is not None and any(_matches(need.prefix, each) for each in prefixes)
    )
    return named and meant and listed


def _matches(text: str, pattern: str) -> bool:
    """As IAM compares: `*` and `?` are the only signs."""
    words = "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in pattern)
    return re.fullmatch(words, text, re.DOTALL) is not None


def _refuse(start: Callable[..., Any]) -> Iterable[bytes]:
    start("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(_DENIED)))])
    return [_DENIED]
