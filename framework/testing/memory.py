"""The in-memory twin of a table format: same protocols, same suite, no log and no library.

Only the metadata is in memory; staged files lie where stage put them, because publishing moves
none. It says what a format has to do, in the fewest lines, for tests of what calls one.
"""

import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from framework.audit.audited import Audited
from framework.checks.builtin import Constraint
from framework.contract.schema import Schema
from framework.contract.types import Input, Output
from framework.environment.environment import Binding
from framework.errors import FailedError, MisconfiguredError, RetryError
from framework.generation import Generation, Pin, digest, short
from framework.interval import WHOLE, Interval
from framework.plan.steps import Target
from framework.publish.fate import take_fate
from framework.publish.protocol import Prepared, Receipt, Wanted
from framework.publish.seen import check_seen
from framework.publish.stagecheck import check_stage
from framework.publish.widening import required_faults
from framework.stage.staged import StagedFile
from framework.tables.contents import Contents
from framework.tables.protocol import ALL_ROWS, Reading

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Files = Mapping[Interval, tuple[StagedFile, ...]]


@dataclass(kw_only=True)
class _Table:
    """A table; `versions` are its live files by interval, the newest last.

    `changed`: the last of them that has other rows than the one before. `left`: where rows are merged,
    which files the last publish left.
    """

    identity: tuple[str, str | None, str, str]
    schema: Schema
    table_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    versions: list[Files] = field(default_factory=lambda: [{}])
    changed: int = 0
    generations: dict[Interval, Generation] = field(default_factory=dict)
    left: int | None = None

    @property
    def live(self) -> list[StagedFile]:
        """All live files."""
        return [file for files in self.versions[-1].values() for file in files]


class _Counted:
    """`checks.measure.Statistics` of files: the number of their rows."""

    def __init__(self, binding: Binding, files: Iterable[StagedFile]) -> None:
        import pyarrow.parquet as pq

        root = Path(binding.location.uri)
        self.rows: int = sum(pq.read_metadata(root / file.path).num_rows for file in files)

    def nulls(self, column: str) -> None:
        """Unknown."""

    def bounds(self, column: str) -> None:
        """Unknown."""


@dataclass(frozen=True)
class MemoryTables:
    """A `TableReader` and a `Publisher` in one, for the tables that it was used for."""

    tables: dict[str, _Table] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def published(self, binding: Binding, intervals: Iterable[Interval]) -> Mapping[Interval, Generation]:
        """See `TableReader.published`."""
        with self.lock:
            table = self.tables.get(binding.location.uri)
            if table is None:
                return {}
            known = dict(table.generations)
            if table.left is not None and table.identity[1] is not None:
                known[WHOLE] = _of_table(table, binding)
            return {each: _now(table, known[each]) for each in intervals if each in known}

    def pin(self, binding: Binding, intervals: Iterable[Interval]) -> Pin:
        """See `TableReader.pin`."""
        with self.lock:
            table = self.tables.get(binding.location.uri)
            if table is None:
                return Pin(dataset=binding.dataset, exists=False)
            known = table.generations
            return Pin(
                dataset=binding.dataset,
                exists=bool(known),
                table_id=table.table_id,
                read_version=len(table.versions) - 1,
                version=f"{table.table_id}@{table.changed}",
                generations={each: known[each].number for each in intervals if each in known},
            )

    def contents(self, binding: Binding, intervals: Iterable[Interval]) -> Contents | None:
        """See `TableReader.contents`; of rows it knows no more than their number."""
        with self.lock:
            table = self.tables.get(binding.location.uri)
            if table is None:
                return None
            asked = tuple(intervals)
            live, version = table.versions[-1], len(table.versions) - 1
            rest = [file for interval, files in live.items() if interval not in asked for file in files]
            return Contents(
                pin=Pin(dataset=binding.dataset, exists=True, table_id=table.table_id, read_version=version),
                of={i: _Counted(binding, live.get(i, ())) for i in asked if i in table.generations},
                rest=_Counted(binding, rest),
            )

    def scan(
        self,
        spark: "SparkSession",
        binding: Binding,
        pin: Pin,
        declared: Input,  # noqa: ARG002 - the protocol's
        reading: Reading = ALL_ROWS,  # noqa: ARG002 - the protocol's
    ) -> "DataFrame":
        """See `TableReader.scan`."""
        if pin.read_version is None:
            raise RetryError(f"{binding.dataset} is not there yet", where=binding.location.uri)
        root = binding.location
        paths = [root.child(path).for_spark for path in self.live(binding, pin.read_version)]
        schema = self.tables[root.uri].schema.ddl
        return spark.read.schema(schema).parquet(*paths) if paths else spark.createDataFrame([], schema)

    def live_files(self, binding: Binding, version: int = -1) -> Files:
        """The live files of a version, the newest by default."""
        return self.tables[binding.location.uri].versions[version]

    def live(self, binding: Binding, version: int = -1) -> tuple[str, ...]:
        """Their paths, below the table's root."""
        return tuple(file.path for each in self.live_files(binding, version).values() for file in each)

    def rewrite(self, binding: Binding, files: Files, *, changes_data: bool) -> None:
        """What a foreign hand does: other live files, the same rows (OPTIMIZE) or others (DELETE)."""
        with self.lock:
            table = self.tables[binding.location.uri]
            table.versions.append({**table.versions[-1], **files})
            if changes_data:
                table.changed = len(table.versions) - 1

    def drop(self, binding: Binding) -> None:
        """Forget the table, not its files."""
        with self.lock:
            del self.tables[binding.location.uri]

    def prepare(
        self, output: Output, binding: Binding, *, owner: str, grain: str | None, zone: str = "UTC"
    ) -> Prepared:
        """See `Publisher.prepare`."""
        assert output.schema is not None
        identity = (owner, grain, zone, output.mode if output.is_merged else "")
        with self.lock:
            created = _Table(identity=identity, schema=output.schema)
            table = self.tables.setdefault(binding.location.uri, created)
        if table.identity != identity:
            raise MisconfiguredError(f"the table is of {table.identity}", where=binding.location.uri)
        if not table.generations and table.versions == [{}]:
            table.schema = output.schema  # nobody has read the columns of before
        kept = {column.name: column.type for column in output.schema.columns}
        if any(kept.get(column.name) != column.type for column in table.schema.columns):
            raise MisconfiguredError("the schema is no widening of the table's", where=binding.location.uri)
        fields = [{"name": column.name} for column in table.schema.columns]
        keeps_rows = grain is not None or output.is_merged
        for what in required_faults(fields, output.schema, keeps_rows=keeps_rows):
            raise MisconfiguredError(what, where=binding.location.uri)
        return Prepared(
            output=output, binding=binding, owner=owner, grain=grain, zone=zone, table_id=table.table_id
        )

    def constraints(self, prepared: Prepared) -> tuple[Constraint, ...]:  # noqa: ARG002 - the protocol's
        """See `Publisher.constraints`."""
        return ()

    def publish(
        self, prepared: Prepared, audited: Audited, targets: Sequence[Target], *, wanted: Wanted
    ) -> tuple[Receipt, ...]:
        """See `Publisher.publish`. The lock is what a conditional put is to a log."""
        if not targets:
            return ()
        staged, location = audited.staged, prepared.binding.location
        wanted()
        if not set(map(_key, targets)) <= set(map(_key, audited.publishable)):
            raise FailedError("not publishable", where=location.uri)
        if prepared.output.is_merged and staged.merge is None:
            raise FailedError("rows of this mode were not merged into the table", where=location.uri)
        files = [file for target in targets for file in staged.of(target.interval)]
        check_stage(staged, files, at_most=timedelta(days=3, hours=12))
        take_fate(staged)
        with self.lock:
            table = self.tables.get(location.uri)
            if table is None or table.table_id != prepared.table_id:
                what = "dropped" if table is None else "dropped and created anew"
                raise RetryError(f"the table was {what} while the job ran", where=location.uri)
            outcomes = {target.interval: _outcome(table, target, audited) for target in targets}
            won = [target for target in targets if outcomes[target.interval] == "open"]
            if won:
                check_seen(audited, won, len(table.versions) - 1)
                schema = staged.output.schema
                assert schema is not None
                there = {column.name: column.type for column in table.schema.columns}
                is_lacking = not table.generations and not {*there} <= {*schema.names}
                is_other = any(there.get(each.name, each.type) != each.type for each in schema.columns)
                if is_other or is_lacking:
                    raise MisconfiguredError("the columns are other ones now", where=location.uri)
                table.schema = schema
                table.versions.append(_after(table, won, audited))
                table.changed = len(table.versions) - 1
                table.left = None if staged.merge is None else _hash(table.live)
                table.generations.update({t.interval: _generation(table, t, audited) for t in won})
            return tuple(
                Receipt(
                    interval=interval,
                    outcome="published" if outcome == "open" else outcome,
                    generation=_now(table, table.generations[interval]),
                )
                for interval, outcome in outcomes.items()
            )


def _key(target: Target) -> tuple[str, Interval]:
    return target.output.dataset, target.interval


def _hash(files: Iterable[StagedFile]) -> int:
    return short(digest(sorted(file.path for file in files)))


def _now(table: _Table, generation: Generation) -> Generation:
    """A generation beside the files that are live now."""
    if table.left is not None:
        live = _hash(table.live)
        return replace(generation, live=generation.files if live == table.left else live)
    return replace(generation, live=_hash(table.versions[-1].get(generation.interval, ())))


def _after(table: _Table, targets: Sequence[Target], audited: Audited) -> Files:
    """The live files when these targets are published."""
    staged, live = audited.staged, table.versions[-1]
    new = {target.interval: staged.of(target.interval) for target in targets}
    if staged.merge is None:
        return {**live, **new}
    gone = set(staged.merge.replaces)
    kept = {each: tuple(file for file in files if file.path not in gone) for each, files in live.items()}
    return {**kept, **{each: (*kept.get(each, ()), *files) for each, files in new.items()}}


def _of_table(table: _Table, binding: Binding) -> Generation:
    """What stands for a table whose intervals share files."""
    assert table.left is not None
    return Generation(
        dataset=binding.dataset,
        interval=WHOLE,
        number=0,
        fingerprint=0,
        files=table.left,
        live=table.left,
        table_id=table.table_id,
    )


def _outcome(
    table: _Table, target: Target, audited: Audited
) -> Literal["open", "published", "unchanged", "retry"]:
    current, expected = table.generations.get(target.interval), target.expected
    if expected is not None and expected.table_id != table.table_id:
        raise RetryError("the table was created anew since it was planned")
    if current is None and expected is None:
        return "open"
    if current is None:
        raise RetryError(f"{target.interval} has lost its generation")
    if expected is not None and current.number == expected.number:
        return "open"
    if current.stage_id == audited.staged.stage_id:
        return "published"
    return "unchanged" if _now(table, current).is_made_of(target.fingerprint) else "retry"


def _generation(table: _Table, target: Target, audited: Audited) -> Generation:
    files = _hash(audited.staged.of(target.interval)) if table.left is None else table.left
    return Generation(
        dataset=target.output.dataset,
        interval=target.interval,
        number=(target.expected.number if target.expected else 0) + 1,
        fingerprint=target.fingerprint.value,
        files=files,
        live=files,
        table_id=table.table_id,
        run_id=audited.staged.run_id,
        stage_id=audited.staged.stage_id,
        parts=target.fingerprint,
        restored=target.restored,
    )
