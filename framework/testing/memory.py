"""The in-memory twin of a table format: same protocols, same suite, no log and no library.

Only the metadata is in memory; staged files lie where stage put them, because publishing moves
none. It says what a format has to do, in the fewest lines, for tests of what calls one.
"""

import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from framework.audit.audited import Audited
from framework.checks.builtin import Constraint
from framework.contract.schema import Schema
from framework.contract.types import Input, Output
from framework.environment.environment import Binding
from framework.errors import MisconfiguredError, RetryError
from framework.generation import Generation, Pin, digest, short
from framework.interval import Interval
from framework.plan.steps import Target
from framework.publish.fate import take_fate
from framework.publish.protocol import Receipt, Wanted
from framework.publish.stagecheck import check_stage
from framework.stage.staged import StagedFile

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Files = Mapping[Interval, tuple[StagedFile, ...]]


@dataclass(kw_only=True)
class _Table:
    """A table; `versions` are its live files by interval, the newest last."""

    identity: tuple[str, str | None, str]
    schema: Schema
    table_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    versions: list[Files] = field(default_factory=lambda: [{}])
    generations: dict[Interval, Generation] = field(default_factory=dict)


@dataclass(frozen=True)
class MemoryTables:
    """A `TableReader` and a `Publisher` in one, for the tables that it was used for."""

    tables: dict[str, _Table] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def published(self, binding: Binding, intervals: Iterable[Interval]) -> Mapping[Interval, Generation]:
        """See `TableReader.published`."""
        with self.lock:
            table = self.tables.get(binding.location.uri)
            known = {} if table is None else table.generations
            return {interval: known[interval] for interval in intervals if interval in known}

    def pin(self, binding: Binding, intervals: Iterable[Interval]) -> Pin:
        """See `TableReader.pin`."""
        numbers = {each: found.number for each, found in self.published(binding, intervals).items()}
        table = self.tables.get(binding.location.uri)
        if table is None:
            return Pin(dataset=binding.dataset, exists=False)
        version = len(table.versions) - 1
        return Pin(dataset=binding.dataset, exists=True, read_version=version, generations=numbers)

    def scan(self, spark: "SparkSession", binding: Binding, pin: Pin, declared: Input) -> "DataFrame":  # noqa: ARG002 - the protocol's
        """See `TableReader.scan`."""
        if pin.read_version is None:
            raise RetryError(f"{binding.dataset} is not there yet", where=binding.location.uri)
        root = binding.location
        paths = [root.child(path).for_spark for path in self.live(binding, pin.read_version)]
        schema = self.tables[root.uri].schema.ddl
        return spark.read.schema(schema).parquet(*paths) if paths else spark.createDataFrame([], schema)

    def live(self, binding: Binding, version: int = -1) -> tuple[str, ...]:
        """Paths of the live files, below the table's root."""
        files = self.tables[binding.location.uri].versions[version].values()
        return tuple(file.path for each in files for file in each)

    def prepare(
        self, output: Output, binding: Binding, *, owner: str, grain: str | None, zone: str = "UTC"
    ) -> None:
        """See `Publisher.prepare`."""
        assert output.schema is not None
        identity = (owner, grain, zone)
        with self.lock:
            created = _Table(identity=identity, schema=output.schema)
            table = self.tables.setdefault(binding.location.uri, created)
        if table.identity != identity:
            raise MisconfiguredError(f"the table is of {table.identity}", where=binding.location.uri)
        kept = {column.name: column.type for column in output.schema.columns}
        if any(kept.get(column.name) != column.type for column in table.schema.columns):
            raise MisconfiguredError("the schema is no widening of the table's", where=binding.location.uri)

    def constraints(self, binding: Binding) -> tuple[Constraint, ...]:  # noqa: ARG002 - the protocol's
        """See `Publisher.constraints`."""
        return ()

    def publish(self, audited: Audited, targets: Sequence[Target], *, wanted: Wanted) -> tuple[Receipt, ...]:
        """See `Publisher.publish`. The lock is what a conditional put is to a log."""
        staged = audited.staged
        wanted()
        files = [file for target in targets for file in staged.of(target.interval)]
        check_stage(staged, files, at_most=timedelta(days=3))
        take_fate(staged.binding.location, staged.stage_id)
        table = self.tables[staged.binding.location.uri]
        with self.lock:
            outcomes = {t.interval: _outcome(table.generations.get(t.interval), t, audited) for t in targets}
            won = [target for target in targets if outcomes[target.interval] == "open"]
            new = {target.interval: staged.of(target.interval) for target in won}
            if won:
                assert staged.output.schema is not None
                table.schema = staged.output.schema
                table.versions.append({**table.versions[-1], **new})
                table.generations.update({t.interval: _generation(table, t, audited) for t in won})
        return tuple(
            Receipt(
                interval=interval,
                outcome="published" if outcome == "open" else outcome,
                generation=table.generations[interval],
            )
            for interval, outcome in outcomes.items()
        )


def _outcome(
    current: Generation | None, target: Target, audited: Audited
) -> Literal["open", "published", "unchanged", "retry"]:
    expected = target.expected
    if (current.number if current else 0) == (expected.number if expected else 0):
        return "open"
    if current is None:
        raise RetryError(f"{target.interval} has lost its generation")
    if current.run_id == audited.staged.stage_id:
        return "published"
    wanted = target.fingerprint.value
    return "unchanged" if wanted and current.fingerprint == wanted else "retry"


def _generation(table: _Table, target: Target, audited: Audited) -> Generation:
    files = short(digest(sorted(file.path for file in audited.staged.of(target.interval))))
    return Generation(
        dataset=target.output.dataset,
        interval=target.interval,
        number=(target.expected.number if target.expected else 0) + 1,
        fingerprint=target.fingerprint.value,
        files=files,
        live=files,
        table_id=table.table_id,
        run_id=audited.staged.stage_id,
        parts=target.fingerprint,
    )
