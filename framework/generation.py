"""What the world says: generations of what is published, pins of what is read, fingerprints."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal

from framework.errors import Fault
from framework.interval import Interval
from framework.outcome import Outcome


def digest(parts: Iterable[str]) -> str:
    """SHA-256 in hex over length-prefixed strings: no two different lists share it by joining."""
    sha = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        sha.update(f"{len(encoded)}:".encode())
        sha.update(encoded)
    return sha.hexdigest()


def short(value: str) -> int:
    """The first 63 bits of a hex digest: what fits an app transaction's version in a Delta log."""
    return int(value[:16], 16) >> 1


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """What decides the rows of (dataset, interval), as five hex digests that are compared apart.

    `inputs` is None when an input's version is unknown; such a fingerprint equals nothing.
    """

    code: str
    contract: str
    checks: str
    parameters: str
    inputs: str | None

    @property
    def value(self) -> int:
        """63 bits over all parts; 0 means unknown and is never equal to what is published."""
        if self.inputs is None:
            return 0
        return short(digest((self.code, self.contract, self.checks, self.parameters, self.inputs))) or 1

    def difference(self, earlier: "Fingerprint") -> tuple[str, ...]:
        """Names of the parts that differ, in the order of the fields."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) != getattr(earlier, f.name))


@dataclass(frozen=True, kw_only=True)
class Generation:
    """The current generation of (dataset, interval), as its table tells it.

    `fingerprint` and `files` are the 63-bit numbers that were published; `live` is `files`
    computed anew from what is live now, so that `live != files` means a foreign hand. `parts`,
    `run_id` and `stage_id` come from the commit's metadata, which expires with the log: None then.
    `restored`: the number of the earlier generation whose rows a rollback gave it, if one did.
    """

    dataset: str
    interval: Interval
    number: int
    fingerprint: int
    files: int
    live: int
    table_id: str
    run_id: str | None = None
    stage_id: str | None = None
    parts: Fingerprint | None = None
    restored: int | None = None

    @property
    def is_intact(self) -> bool:
        """Whether the live files are still those that were published."""
        return self.live == self.files

    def is_made_of(self, fingerprint: Fingerprint) -> bool:
        """Whether it is intact and has this fingerprint; an unknown one equals nothing.

        A rollback keeps the fingerprint and gives other rows: so nothing is made of it then.
        """
        if self.restored is not None:
            return False
        return self.is_intact and bool(fingerprint.value) and self.fingerprint == fingerprint.value


@dataclass(frozen=True, kw_only=True, order=True)
class FileVersion:
    """One plain file of a source: its URI, bytes, and etag (or modification time on a disk).

    `span`: the stretch of time that it belongs to, when files land one by one.
    """

    uri: str
    size: int
    etag: str
    span: Interval | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Landed:
    """When the landed files of a stretch of time are all there.

    `rule`: `any`, one file of it is there; `always`, also without a file; `marker`, stretches in
    `marked` cover it.
    """

    rule: Literal["any", "always", "marker"]
    marked: tuple[Interval, ...] = ()

    def is_ready(self, interval: Interval, files: Iterable[FileVersion]) -> bool:
        """Whether those of `interval` are; `files`: the ones that belong to it."""
        if self.rule == "marker" and not interval.is_whole:
            reached = interval.start
            for span in sorted(self.marked, key=lambda span: span.start):
                if span.start <= reached:
                    reached = max(reached, span.end)
            return reached >= interval.end
        return self.rule == "always" or any(True for _ in files)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A whole table that is found by pointers: the current generation number of each interval.

    `schema`: its columns, as Spark's JSON schema document.
    """

    numbers: Mapping[Interval, int]
    schema: str


@dataclass(frozen=True, kw_only=True)
class Pin:
    """The state of one input that a whole run reads, however the dataset moves on meanwhile.

    A table has its `table_id`, the Delta version to scan (`read_version`), and as `version` its id
    with the last version that changed data; a dataset of ours also the current generation number
    of each interval that was asked for. Plain files have `files`, and `landed` when they come one by one;
    a Parquet table of ours has a
    `snapshot`, and as `read_version` how often it changed. Not `exists`: nothing was published there
    yet, an empty table that was only created included. `version` None: unknown, and unknown means run.
    `borrowed_from`: the environment that it is read in, where a sandbox reads another's.
    """

    dataset: str
    exists: bool
    table_id: str | None = None
    read_version: int | None = None
    version: str | None = None
    generations: Mapping[Interval, int] = field(default_factory=dict)
    files: tuple[FileVersion, ...] = ()
    landed: Landed | None = None
    snapshot: Snapshot | None = None
    borrowed_from: str | None = None

    def within(self, window: Interval) -> "Pin":
        """The same without intervals that share no instant with `window`, where they can be told apart."""
        if self.landed is not None:
            files = tuple(file for file in self.files if file.span is None or file.span.overlaps(window))
            return replace(self, files=files, exists=self.landed.is_ready(window, files))
        if self.snapshot is None:
            return self
        kept = {each: number for each, number in self.snapshot.numbers.items() if each.overlaps(window)}
        return replace(self, snapshot=replace(self.snapshot, numbers=kept))


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """Why a dataset's table could not be looked at: what depends on it cannot be planned."""

    outcome: Outcome
    faults: tuple[Fault, ...]


@dataclass(frozen=True, kw_only=True)
class Published:
    """All that the world says to a plan: output generations, read first, and pins of inputs.

    `unreadable`: datasets of which it says nothing, because the store or the table failed.
    """

    generations: Mapping[tuple[str, Interval], Generation] = field(default_factory=dict)
    pins: Mapping[str, Pin] = field(default_factory=dict)
    unreadable: Mapping[str, Unreadable] = field(default_factory=dict)
