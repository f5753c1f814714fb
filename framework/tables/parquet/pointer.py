"""What a pointer says: the files of one generation of one interval, and what made them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from framework.generation import Fingerprint, digest, short

_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class PointedFile:
    """One Parquet file: its path below the table's root, its bytes, its partition values as text.

    The file has all columns, partition columns too; their values are for catalogs.
    """

    path: str
    size: int
    partition: Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """The generation `number` of the interval with this key. `rows`: in all files together.

    `restored`: the number of the earlier generation whose rows it has, if a rollback made it.
    """

    dataset: str
    interval: str
    number: int
    fingerprint: int
    parts: Fingerprint
    run_id: str
    stage_id: str
    rows: int
    files: tuple[PointedFile, ...]
    restored: int | None = None


def files_hash(sizes: Iterable[tuple[str, int]]) -> int:
    """63 bits over paths and bytes, in no order. Our paths hold a random stage id."""
    return short(digest(sorted(f"{path}\0{size}" for path, size in sizes)))


def render_pointer(pointer: Pointer) -> str:
    """The pointer as JSON; equal pointers are equal texts."""
    return json.dumps({"version": _VERSION, **asdict(pointer)}, indent=1, sort_keys=True)


def parse_pointer(text: bytes | str) -> Pointer:
    """`render_pointer` read back. ValueError for anything else."""
    try:
        document = json.loads(text)
        if document.pop("version") != _VERSION:
            raise ValueError("a pointer of another version of sparkjob")
        files = tuple(PointedFile(**file) for file in document.pop("files"))
        return Pointer(**{**document, "parts": Fingerprint(**document["parts"])}, files=files)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no pointer: {error}") from error
