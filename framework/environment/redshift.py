"""What a configuration says of a Redshift dataset beside its table, and of the way to its database. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

DistStyle = Literal["auto", "even", "all", "key"]
Value = TypeVar("Value")

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_HERE = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True, kw_only=True)
class RedshiftOptions:
    """How a table is laid out, and how a source is read. None: not said.

    `query` is read in place of a table. `version_query` gives one value that changes whenever the rows
    of a source do. `lengths`: bytes of VARCHAR columns by name.
    """

    query: str | None = None
    version_query: str | None = None
    diststyle: DistStyle | None = None
    distkey: str | None = None
    sortkey: tuple[str, ...] | None = None
    lengths: Mapping[str, int] = field(default_factory=dict)


class ConnectionFields(Protocol):
    """What `connection_problems` looks at, of a connection in a configuration."""

    host: str | None
    user: str | None
    password: str | None
    cluster: str | None
    workgroup: str | None
    region: str | None
    copy_role: str | None
    tls: bool


def merge_options(said: Iterable[RedshiftOptions]) -> RedshiftOptions:
    """From general to specific: what is said later wins, lengths by column."""
    every = tuple(said)
    return RedshiftOptions(
        query=_last(each.query for each in every),
        version_query=_last(each.version_query for each in every),
        diststyle=_last(each.diststyle for each in every),
        distkey=_last(each.distkey for each in every),
        sortkey=_last(each.sortkey for each in every),
        lengths={name: length for each in every for name, length in each.lengths.items()},
    )


def option_problems(options: RedshiftOptions, *, table: str | None, source: bool) -> Iterator[str]:
    """What does not go together in what is said of one Redshift dataset."""
    if options.query is not None and not source:
        yield "has a query, but is no source: only a table can be published to"
    if options.query is not None and table is not None:
        yield "has a table and a query: say the one that is to be read"
    if table is not None and not all(table.partition(".")):
        yield f'the table "{table}" has no schema: write schema.table'
    for name, text in (("query", options.query), ("version_query", options.version_query)):
        if text is not None and not re.match(r"(?is)\s*(select|with)\b", text):
            yield f"its {name} is no SELECT"
    if options.diststyle == "key" and options.distkey is None:
        yield "has diststyle key without a distkey"
    if options.distkey is not None and options.diststyle not in (None, "key"):
        yield f"has a distkey, which does not go with diststyle {options.diststyle}"


def connection_problems(said: ConnectionFields) -> Iterator[tuple[str | None, str, str]]:
    """What is wrong with a connection: the field (None: the whole), what, and a hint."""
    ways = [way for way in ("password", "cluster", "workgroup") if getattr(said, way) is not None]
    if len(ways) != 1:
        told = f"says {' and '.join(ways)}" if ways else "does not say how to come in"
        yield None, told, "Say one of password (a ${secret:…} reference), cluster and workgroup (by IAM)."
    elif ways == ["password"]:
        for needed in ("host", "user"):
            if getattr(said, needed) is None:
                yield None, f"has a password, but no {needed}", f"Say {needed}."
    else:
        yield from _iam_problems(said, ways[0])
    if not said.tls and said.host not in _HERE:
        yield "tls", "may only be off for a server on this machine", "Remove it."
    if said.copy_role is not None and not all(map(_ROLE.fullmatch, said.copy_role.split(","))):
        hint = "It looks like arn:aws:iam::123456789012:role/name."
        yield "copy_role", f"is no ARN of a role: {said.copy_role}", hint


def _iam_problems(said: ConnectionFields, way: str) -> Iterator[tuple[str | None, str, str]]:
    if said.region is None:
        yield None, f"has a {way}, but no region", "Say the region that it is in."
    if not said.tls:
        yield "tls", "cannot be off: a password that IAM gives is sent only over TLS", "Remove it."
    if said.workgroup is not None and said.user is not None:
        yield "user", "is not for a workgroup: IAM says who comes", "Remove it."


def _last(values: Iterable[Value | None]) -> Value | None:
    return next((value for value in reversed(list(values)) if value is not None), None)
