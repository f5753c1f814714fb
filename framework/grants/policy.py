"""Statements of AWS IAM as data, and as the JSON document that AWS takes. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from framework.environment.location import Location

READ = ("s3:GetObject",)
WRITE = ("s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
DELETE = ("s3:DeleteObject",)

Json = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What is allowed, and why. `prefixes`: of keys that may be listed, with `*` or exact; none: all."""

    why: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    prefixes: tuple[str, ...] = ()


_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


def partition_of(region: str) -> str:
    """The partition of AWS that a region is in (AWS General Reference, «Amazon Resource Names»)."""
    return next((name for start, name in _PARTITIONS.items() if region.startswith(start)), "aws")


def in_partition(statement: Statement, partition: str) -> Statement:
    """The statement with its ARNs in this partition; they are rendered for the usual one."""
    usual, own = "arn:aws:", f"arn:{partition}:"
    resources = tuple(
        own + arn.removeprefix(usual) if arn.startswith(usual) else arn for arn in statement.resources
    )
    return replace(statement, resources=resources)


def on_objects(why: str, actions: Sequence[str], place: Location, *below: str) -> Statement:
    """Actions on the objects of a place on S3, or on those in it that `below` matches; "" is itself."""
    arn = f"arn:aws:s3:::{_key(place)}"
    resources = tuple(f"{arn}/{path}" if path else arn for path in below or ("*",))
    return Statement(why=why, actions=tuple(actions), resources=resources)


def to_list(why: str, places: Iterable[Location], *more: str) -> tuple[Statement, ...]:
    """Listing of places, for each bucket; and of the folders above by name, at which Spark looks.

    `more`: actions on the bucket that no prefix narrows.
    """
    prefixes: dict[str, dict[str, None]] = {}
    for place in places:
        bucket, _, key = _key(place).partition("/")
        listed = prefixes.setdefault(bucket, {})
        parts = key.split("/") if key else []
        for end in range(len(parts)):
            above = "/".join(parts[:end])
            listed.update(dict.fromkeys((above, f"{above}/") if above else ("",)))
        listed.update(dict.fromkeys((key, f"{key}/*") if key else ("*",)))
    found = []
    for bucket, listed in prefixes.items():
        resource = (f"arn:aws:s3:::{bucket}",)
        found.append(
            Statement(why=why, actions=("s3:ListBucket",), resources=resource, prefixes=tuple(sorted(listed)))
        )
        if more:
            found.append(Statement(why=why, actions=more, resources=resource))
    return tuple(found)


def build_document(statements: Iterable[Statement]) -> Json:
    """The policy document; equal statements are one, and what they are for is in `why` alone."""
    said: dict[Statement, None] = dict.fromkeys(statements)
    return {"Version": "2012-10-17", "Statement": [_render(each) for each in said]}


def _render(statement: Statement) -> dict[str, object]:
    found: dict[str, object] = {
        "Effect": "Allow",
        "Action": list(statement.actions),
        "Resource": list(statement.resources),
    }
    if statement.prefixes:
        found["Condition"] = {"StringLike": {"s3:prefix": list(statement.prefixes)}}
    return found


def _key(place: Location) -> str:
    return place.uri.removeprefix("s3://")
