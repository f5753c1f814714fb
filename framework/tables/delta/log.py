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
from datetime import datetime, timedelta
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

    def removed_since(self, moment: datetime, *, retention: timedelta) -> set[str]:
        """Paths, as the log has them, of files that were removed since `moment`, or nobody says when.

        A checkpoint tells of removals of the `retention` before it (`delta.deletedFileRetentionDuration`)
        and forgets all others; of these the commits tell, until they expire. A file may have been added
        again since. Raises `MisconfiguredError` for a moment of which neither tells, for a checkpoint
        that has its files in sidecars, and as `transactions`.
        """
        found: set[str] = set()
        for part in self._checkpoint[1]:
            found.update(_removed_since(moment, self.location, part.path, self._read(part.path)))
        recent = [version for version, each in self._commits.items() if each.modified >= moment]
        commits = self._load(sorted({*recent, *self._tail}))
        self._require_told(moment, retention)
        for commit in commits:
            is_recent = self._commits[commit.version].modified >= moment
            found.update(
                str(action["path"])
                for action in commit.removed
                if is_recent
                or _since(moment, action.get("deletionTimestamp") or commit.info.get("timestamp"))
            )
        return found

    def newest_since(self, name: str, moment: datetime) -> set[int]:
        """The versions of an app id that were its newest at some time since `moment`; none without any.

        As far as the commits tell that have not expired.
        """
        found = {self.transactions[name]} if name in self.transactions else set()
        for commit in self.newest_first(self.version + 1) if found else ():
            if name in commit.transactions:
                found.add(commit.transactions[name])
                if self._commits[commit.version].modified < moment:
                    break
        return found

    def _require_told(self, moment: datetime, retention: timedelta) -> None:
        oldest = self.version
        while oldest - 1 in self._commits:
            oldest -= 1
        if oldest == 0:
            return
        # What came before the oldest commit was removed before that was written.
        told = [self._commits[oldest].modified] if oldest in self._commits else []
        told += [part.modified - retention for part in self._checkpoint[1][:1]]
        if moment < min(told):
            raise MisconfiguredError(
                f"the Delta log does not tell what was removed before {min(told):%Y-%m-%d %H:%M} UTC",
                where=self.location.uri,
                hint="Clean this dataset with a shorter --older-than. A log tells of more if it is kept "
                "for longer: delta.logRetentionDuration.",
            )

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
    def _commits(self) -> Mapping[int, Object]:
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
                commits[int(named[1])] = each
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
            texts = pool.map(self._read, (self._commits[version].path for version in missing))
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


def _removed_since(moment: datetime, location: Location, path: str, content: bytes) -> set[str]:
    """Of the removals that one checkpoint file tells, those since `moment` or of unknown time."""
    rows = None if path.endswith(".json") else _rows(content, "remove", "sidecar")
    # deltalake writes a column for sidecars into every checkpoint, and nothing into it.
    if rows is None or rows["sidecar"]:
        raise MisconfiguredError(
            "the newest checkpoint has its files in sidecars, which are not read here",
            where=location.uri,
            hint="VACUUM by delta-spark cleans this table.",
        )
    return {
        str(row["path"]) for row in rows["remove"] if row["path"] and _since(moment, row["deletionTimestamp"])
    }


def _rows(content: bytes, *columns: str) -> Mapping[str, Sequence[Action]]:
    """The actions of these kinds in a checkpoint file, none of a kind that it does not have."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(content))
    there = set(file.schema_arrow.names)
    return {
        name: file.read(columns=[name]).column(name).drop_null().to_pylist() if name in there else []
        for name in columns
    }


def _since(moment: datetime, milliseconds: object) -> bool:
    """Whether a time in ms since 1970 is not before `moment`; an unknown one is never long enough ago."""
    return not milliseconds or int(str(milliseconds)) >= moment.timestamp() * 1000
