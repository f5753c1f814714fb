"""Who is told of runs: of those that fail, and of what they read and make."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from framework.environment.secrets import Secret

_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+(\.fifo)?")
_ADDRESS = re.compile(r"https?://[^/\s@]+(/\S*)?")


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """Where it is said that a run failed: a webhook's address, the ARN of a topic of AWS SNS, or both."""

    webhook: Secret | None = None
    topic: str | None = None


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """Where OpenLineage events go: the address of a collector, a file on this machine, or both.

    `namespace`: of the jobs; None: the project's name.
    """

    url: str | None = None
    token: Secret | None = None
    file: str | None = None
    namespace: str | None = None


def alert_problems(webhook: str | None, topic: str | None) -> Iterator[tuple[str | None, str, str]]:
    """What is wrong with `on_failure`: the field (None: the whole), what, and a hint."""
    if webhook is None and topic is None:
        yield None, "says nobody", "Say webhook, topic, or both."
    if webhook is not None and not webhook.startswith("${secret:") and not _ADDRESS.fullmatch(webhook):
        yield (
            "webhook",
            "is no address",
            "It looks like https://host/path; a ${secret:…} reference may hold it.",
        )
    if topic is not None and not _TOPIC.fullmatch(topic):
        yield "topic", "is no ARN of a topic", "It looks like arn:aws:sns:eu-west-1:123456789012:alerts."


def lineage_problems(
    url: str | None, token: str | None, file: str | None
) -> Iterator[tuple[str | None, str, str]]:
    """What is wrong with `lineage`, in the same form."""
    if url is None and file is None:
        yield None, "says no place", "Say url, file, or both."
    if url is not None and not _ADDRESS.fullmatch(url):
        yield "url", "is no address", "It looks like https://host/api/v1/lineage; a token goes into token."
    if token is not None and url is None:
        yield "token", "is for a url, and there is none", "Say url."
    if file is not None and "://" in file:
        yield "file", "is no file on this machine", "Say a path, or url for a collector."
