"""What a table's log says that `deltalake` does not hand out cheaply: app transactions, commits.

`DeltaTable.transaction_version` replays the log, with its reads, at every call (2 ms a call on a
disk with 30 commits); a job of a year of days asks for 1,095 numbers. Here the newest checkpoint
and the commits after it are read once. The format is the Delta protocol's ("Delta Log Entries",
"Checkpoints", "Transaction Identifiers").
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

from framework.environment.location import Location
from framework.environment.objects import Object, list_objects, read_object
from framework.errors import MisconfiguredError, RetryError

_COMMIT = re.compile(r"_delta_log/(\d{20})\.json")
# One file, one of several parts, or a v2 checkpoint (app transactions are never in its sidecars).
_CHECKPOINT = re.compile(
    r"_delta_log/(\d{20})\.checkpoint\.(?:\d{10}\.(\d{10})\.|[0-9a-f-]{36}\.)?(parquet|json)"
)
_AT_ONCE = 16
_FAR = 1 << 62  # a removal of unknown time: never long enough ago
Action = Mapping[str, object]
_OF_FILES = (b'{"add":', b'{"remove":')
_HINT = "Restore _delta_log from a copy, or drop the table and run again."


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One commit. `changes_schema`: columns, properties or protocol.

    `lines`: its actions on files, undecoded: there may be a hundred thousand, and few look at them.
    """

    version: int
    transactions: Mapping[str, int]
    info: Mapping[str, object]
    changes_schema: bool
    lines: Sequence[bytes] = ()

    @property
    def changes_data(self) -> bool:
        """Whether it has files with `dataChange`, or another schema or protocol."""
        return self.changes_schema or any(
            action.get("dataChange", True) for action in (*self.added, *self.removed)
        )

    @property
    def added(self) -> Sequence[Action]:
        """The files that it adds, as the log has them."""
        return self._files["add"]

    @property
    def removed(self) -> Sequence[Action]:
        """The files that it removes, as the log has them."""
        return self._files["remove"]

    @cached_property
    def _files(self) -> Mapping[str, Sequence[Action]]:
        found: dict[str, list[Action]] = {"add": [], "remove": []}
        for line in self.lines:
            for kind, action in json.loads(line).items():
                found[kind].append(action)
        return found


@dataclass(frozen=True)
class Log:
    """The log of `location` up to `version`, read as far as it is asked for."""

    location: Location
    version: int
    _loaded: dict[int, Commit] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def transactions(self) -> Mapping[str, int]:
        """The newest version of each app id, at `version`.

        Raises `MisconfiguredError` for a commit that is empty or missing.
        """
        found: dict[str, int] = {}
        for part in self._checkpoint[1]:
            found.update(_checkpointed(part.path, self._read(part.path)))
        for commit in self._load(self._tail):
            found.update(commit.transactions)
        return found

    @cached_property
    def removed(self) -> Mapping[str, int]:
        """When files were removed, by path (as the log has it), in ms since 1970.

        Those of which the newest checkpoint or a later commit tells: a checkpoint has them for the
        retention (`delta.deletedFileRetentionDuration`). A file may have been added again since.
        Raises `MisconfiguredError` for a checkpoint that has them in sidecar files, and as `transactions`.
        """
        found: dict[str, int] = {}
        for part in self._checkpoint[1]:
            found.update(_removed(self.location, part.path, self._read(part.path)))
        for commit in self._load(self._tail):
            for action in commit.removed:
                moment = action.get("deletionTimestamp") or commit.info.get("timestamp") or _FAR
                found[str(action["path"])] = int(str(moment))
        return found

    def newest_first(self, limit: int) -> Iterator[Commit]:
        """At most `limit` commits from `version` backwards, until one is gone (expired)."""
        last = max(self.version - limit, -1)
        for start in range(self.version, last, -_AT_ONCE):
            wanted = range(start, max(start - _AT_ONCE, last), -1)
            there = [version for version in wanted if version in self._commits]
            yield from self._load(there)
            if len(there) < len(wanted):
                return

    @cached_property
    def last_data_version(self) -> int:
        """The newest version that changed data or schema; OPTIMIZE and VACUUM do not.

        When that is further back than what is kept, or than 200 commits, the oldest that was
        looked at: it grows with time, which costs a needless run and never misses one.
        """
        oldest = self.version
        for commit in self.newest_first(200):
            if commit.changes_data:
                return commit.version
            oldest = commit.version
        return oldest

    @cached_property
    def _objects(self) -> Sequence[Object]:
        return list_objects(self.location, "_delta_log")

    @cached_property
    def _commits(self) -> Mapping[int, str]:
        commits = {}
        for each in self._objects:
            if (named := _COMMIT.fullmatch(each.path)) and int(named[1]) <= self.version:
                if each.size == 0:
                    # deltalake reads an empty commit as one that changes nothing.
                    raise MisconfiguredError(
                        f"commit {int(named[1])} of the Delta log is empty",
                        where=self.location.uri,
                        hint=_HINT,
                    )
                commits[int(named[1])] = each.path
        return commits

    @cached_property
    def _checkpoint(self) -> tuple[int, Sequence[Object]]:
        """Version and files of the newest complete checkpoint; (-1, ()) when there is none."""
        found: dict[tuple[int, str], list[Object]] = {}
        for each in self._objects:
            named = _CHECKPOINT.fullmatch(each.path)
            if named and int(named[1]) <= self.version:
                # Parts of one checkpoint share their count; otherwise each file is a whole one.
                found.setdefault((int(named[1]), named[2] or each.path), []).append(each)
        complete = [
            (version, parts)
            for (version, kind), parts in found.items()
            if not kind.isdigit() or len(parts) == int(kind)
        ]
        return max(complete, key=lambda each: each[0], default=(-1, []))

    @property
    def _tail(self) -> Sequence[int]:
        """The versions after the checkpoint, all of which are there."""
        tail = range(self._checkpoint[0] + 1, self.version + 1)
        if missing := [version for version in tail if version not in self._commits]:
            raise MisconfiguredError(
                f"the Delta log has no commit {missing[0]}", where=self.location.uri, hint=_HINT
            )
        return tail

    def _load(self, versions: Sequence[int]) -> list[Commit]:
        missing = [version for version in versions if version not in self._loaded]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            texts = pool.map(self._read, (self._commits[version] for version in missing))
            for version, text in zip(missing, texts, strict=True):
                self._loaded[version] = parse_commit(version, text)
        return [self._loaded[version] for version in versions]

    def _read(self, path: str) -> bytes:
        content = read_object(self.location, path)
        if content is None:
            raise RetryError(f"{path} expired while it was read", where=self.location.uri)
        return content


def parse_commit(version: int, text: bytes) -> Commit:
    """One commit file: a JSON action a line."""
    transactions: dict[str, int] = {}
    info: Mapping[str, object] = {}
    lines = []
    changes_schema = False
    for line in text.splitlines():
        if not line.strip():
            continue
        if line.startswith(_OF_FILES):
            lines.append(line)
            continue
        for kind, action in json.loads(line).items():
            if kind == "txn":
                transactions[action["appId"]] = int(action["version"])
            elif kind == "commitInfo":
                info = action
            elif kind in ("add", "remove"):
                lines.append(line)  # written with blanks that no known writer has
            elif kind in ("metaData", "protocol"):
                changes_schema = True
    return Commit(
        version=version,
        transactions=transactions,
        info=info,
        changes_schema=changes_schema,
        lines=lines,
    )


def _checkpointed(path: str, content: bytes) -> Mapping[str, int]:
    """The app transactions of one checkpoint file."""
    if path.endswith(".json"):
        return parse_commit(0, content).transactions
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(content))
    if "txn" not in file.schema_arrow.names:
        return {}
    rows = file.read(columns=["txn"]).column("txn").drop_null().to_pylist()
    return {row["appId"]: int(row["version"]) for row in rows if row["appId"] is not None}


def _removed(location: Location, path: str, content: bytes) -> Mapping[str, int]:
    """The removals that one checkpoint file tells."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [] if path.endswith(".json") else pq.ParquetFile(pa.BufferReader(content)).schema_arrow.names
    if path.endswith(".json") or "sidecar" in names:
        raise MisconfiguredError(
            "the newest checkpoint has its files in sidecars, which are not read here",
            where=location.uri,
            hint="VACUUM by delta-spark cleans this table.",
        )
    if "remove" not in names:
        return {}
    rows = pq.ParquetFile(pa.BufferReader(content)).read(columns=["remove"]).column("remove").drop_null()
    return {row["path"]: row["deletionTimestamp"] or _FAR for row in rows.to_pylist() if row["path"]}
