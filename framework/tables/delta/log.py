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
from framework.tables.delta.actions import Action

_COMMIT = re.compile(r"_delta_log/(\d{20})\.json")
# One file, one of several parts, or a v2 checkpoint (app transactions are never in its sidecars).
_CHECKPOINT = re.compile(
    r"_delta_log/(\d{20})\.checkpoint\.(?:\d{10}\.(\d{10})\.|[0-9a-f-]{36}\.)?(parquet|json)"
)
_AT_ONCE = 16
_FAR = 1 << 62  # a removal of unknown time: never long enough ago
_OF_FILE = re.compile(rb'\s*\{\s*"(?:add|remove)"\s*:')
# Every line but those that are actions on files in the spelling of every known writer.
_OTHER = re.compile(rb'\n(?!\{"add":|\{"remove":)([^\n]+)')
_HINT = "Restore _delta_log from a copy, or drop the table and run again."


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One commit. `changes_schema`: columns, properties or protocol.

    `table_id`: which table's it says to be, if it does. `text`: all of it.
    """

    version: int
    transactions: Mapping[str, int]
    info: Mapping[str, object]
    changes_schema: bool
    table_id: str | None
    text: bytes = field(repr=False)

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
    def lines(self) -> Sequence[bytes]:
        """Its actions on files, undecoded: there may be a hundred thousand, and few look at them."""
        return [line for line in self.text.splitlines() if _OF_FILE.match(line)]

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

    @property
    def transactions(self) -> Mapping[str, int]:
        """The newest version of each app id, at `version`.

        Raises `MisconfiguredError` for a commit that is empty or missing.
        """
        return self._state[0]

    @property
    def table_id(self) -> str | None:
        """The id of the table that the log says to be of; of one created anew another. Raises as above."""
        return self._state[1]

    @cached_property
    def _state(self) -> tuple[Mapping[str, int], str | None]:
        transactions: dict[str, int] = {}
        table_id = None
        for part in self._checkpoint[1]:
            found, name = _checkpointed(part.path, self._read(part.path))
            transactions.update(found)
            table_id = name or table_id
        for commit in self._load(self._tail):
            transactions.update(commit.transactions)
            table_id = commit.table_id or table_id
        return transactions, table_id

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

    @property
    def reaches(self) -> bool:
        """Whether `version` is there, as a commit or a checkpoint."""
        return self.version in self._commits or self.version == self._checkpoint[0]

    def since(self, version: int) -> Sequence[Commit]:
        """The commits after `version`, which have not expired, oldest first."""
        return self._load(range(version + 1, self.version + 1))

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
    table_id: str | None = None
    changes_schema = False
    for line in filter(bytes.strip, _OTHER.findall(b"\n" + text)):
        for kind, action in json.loads(line).items():
            if kind == "txn":
                transactions[action["appId"]] = int(action["version"])
            elif kind == "commitInfo":
                info = action
            elif kind in ("metaData", "protocol"):
                changes_schema = True
                table_id = action.get("id", table_id)
    return Commit(
        version=version,
        transactions=transactions,
        info=info,
        changes_schema=changes_schema,
        table_id=table_id,
        text=text,
    )


def _checkpointed(path: str, content: bytes) -> tuple[Mapping[str, int], str | None]:
    """The app transactions of one checkpoint file, and the table's id if it is in this one."""
    if path.endswith(".json"):
        commit = parse_commit(0, content)
        return commit.transactions, commit.table_id
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(content))
    columns = [name for name in ("txn", "metaData") if name in file.schema_arrow.names]
    read = file.read(columns=[{"metaData": "metaData.id"}.get(name, name) for name in columns])
    rows = {name: read.column(name).drop_null().to_pylist() for name in columns}
    ids = [row["id"] for row in rows.get("metaData", ()) if row["id"] is not None]
    transactions = {
        row["appId"]: int(row["version"]) for row in rows.get("txn", ()) if row["appId"] is not None
    }
    return transactions, ids[0] if ids else None


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
