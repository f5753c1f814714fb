"""What the publisher suite publishes: outputs, staged files written by pyarrow, and who reads them."""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from framework import Interval, Output, Schema
from framework.audit.audit import reaudit_footers
from framework.audit.audited import SEAL, Audited, Seen
from framework.contract.columns import INTERVAL_DIRECTORY, VALUE_DIRECTORY
from framework.environment.environment import Binding, Format
from framework.environment.location import Location
from framework.environment.objects import list_objects, put_object, read_object
from framework.generation import Fingerprint, Generation
from framework.interval import WHOLE, parse_interval
from framework.plan.steps import Target
from framework.publish.delta.publisher import DeltaPublisher
from framework.publish.parquet.publisher import ParquetPublisher
from framework.publish.protocol import Prepared, Publisher, Receipt
from framework.stage.staged import Staged, StagedFile, stage_directory
from framework.tables.delta.reader import DeltaReader
from framework.tables.parquet.reader import ParquetReader
from framework.tables.parquet.table import open_table, read_pointers
from framework.tables.protocol import TableReader
from framework.testing.memory import MemoryTables
from tests.s3.serving import write_aged

OWNER = "flights"
SCHEMA = "day DATE NOT NULL, name STRING, amount BIGINT"
TYPES = {
    "date": pa.date32(),
    "string": pa.string(),
    "bigint": pa.int64(),
    "int": pa.int32(),
    "double": pa.float64(),
    "decimal(15,2)": pa.decimal128(15, 2),
    "decimal(16,2)": pa.decimal128(16, 2),
    "timestamp": pa.timestamp("us", "UTC"),
    "timestamp_ntz": pa.timestamp("us"),
}
Rows = Sequence[tuple[object, ...]]


def day(text: str) -> Interval:
    """The interval that a text names."""
    return parse_interval(text)


D1, D2, D3 = (day(f"2013-01-0{n}") for n in (1, 2, 3))


def by_day(**changes: Any) -> Output:
    """An output partitioned by its DATE time column."""
    return Output("flights.daily", **{"schema": SCHEMA, "time": "day", **changes})


def by_path(**changes: Any) -> Output:
    """An output whose intervals are told from paths: its time column is no partition."""
    schema = "at TIMESTAMP, name STRING, amount BIGINT"
    return Output("flights.hourly", **{"schema": schema, "time": "at", **changes})


def whole(**changes: Any) -> Output:
    """An output without intervals."""
    return Output("flights.all", **{"schema": SCHEMA, **changes})


def fingerprint(text: str) -> Fingerprint:
    """A fingerprint whose code is `text`."""
    return Fingerprint(code=text, contract="c", checks="k", parameters="p", inputs="i")


@dataclass
class World:
    """One table, who publishes to it and who looks at it."""

    output: Output
    binding: Binding
    publisher: Publisher
    reader: TableReader
    grain: str | None = "day"
    prepared: Prepared | None = None

    def prepare(self, *, owner: str = OWNER, output: Output | None = None, zone: str = "UTC") -> "World":
        """The table exists; this world again."""
        self.prepared = self.publisher.prepare(
            output or self.output, self.binding, owner=owner, grain=self.grain, zone=zone
        )
        return self

    def published(self, *intervals: Interval) -> Mapping[Interval, Generation]:
        """Generations of these intervals, or of the usual ones."""
        return self.reader.published(self.binding, intervals or (D1, D2, D3, WHOLE))

    def stage(
        self,
        rows: Mapping[Interval, Rows],
        *,
        code: str | Fingerprint = "v1",
        expected: Mapping[Interval, Generation] | None = None,
        output: Output | None = None,
        types: Mapping[str, pa.DataType] | None = None,
    ) -> Audited:
        """Stage and audit these rows, as a run that planned on `expected` (default: what is there)."""
        output = output or self.output
        before = self.published(*rows) if expected is None else expected
        stage_id = f"run-{os.urandom(4).hex()}"
        assert output.schema is not None
        files: list[StagedFile] = []
        for interval, of_interval in rows.items():
            files += write_files(self.binding, stage_id, output, output.schema, interval, of_interval, types)
        parts = fingerprint(code) if isinstance(code, str) else code
        targets = tuple(
            Target(output=output, binding=self.binding, interval=i, expected=before.get(i), fingerprint=parts)
            for i in rows
        )
        staged = Staged(
            output=output,
            binding=self.binding,
            targets=targets,
            run_id="run",
            stage_id=stage_id,
            directory=stage_directory(self.binding, stage_id),
            files=tuple(files),
        )
        return reaudit_footers(staged, ())

    def publish(self, audited: Audited, targets: Sequence[Target] | None = None) -> tuple[Receipt, ...]:
        """Publish these targets, or all that may be."""
        targets = audited.publishable if targets is None else targets
        assert self.prepared is not None
        return self.publisher.publish(self.prepared, audited, targets, wanted=lambda: None)

    def run(self, rows: Mapping[Interval, Rows], code: str = "v1") -> list[str]:
        """Stage and publish; the outcomes."""
        return [receipt.outcome for receipt in self.publish(self.stage(rows, code=code))]

    def version(self) -> int:
        """The table's version now."""
        version = self.reader.pin(self.binding, ()).read_version
        assert version is not None
        return version

    def delta(self) -> DeltaTable:
        """A fresh handle."""
        uri, options = self.binding.location.for_deltalake
        return DeltaTable(uri, storage_options=options or None)

    def drop(self) -> None:
        """Somebody drops the table; its data files stay."""
        if isinstance(self.publisher, MemoryTables):
            self.publisher.drop(self.binding)
        else:
            log = "_published" if self.binding.format == "parquet" else "_delta_log"
            remove_objects(self.binding.location, log)

    def put(self, path: str, content: bytes | None) -> None:
        """Somebody writes, or with None removes, an object below the table's root."""
        if content is None:
            self.binding.stage.store().delete(path)
        else:
            put_object(self.binding.stage, path, content)

    def read(self, path: str) -> bytes:
        """An object below the table's root."""
        content = read_object(self.binding.stage, path)
        assert content is not None
        return content

    def age(self, path: str, moment: datetime) -> None:
        """From now on the object was written at `moment`."""
        location = self.binding.stage
        if location.is_local:
            os.utime(Path(location.uri, path), (moment.timestamp(), moment.timestamp()))
        else:
            write_aged(location, path, self.read(path), moment)

    def delete(self, interval: Interval, name: str) -> None:
        """Somebody deletes the rows of this name, and so writes the others of the day anew."""
        if isinstance(self.publisher, MemoryTables):
            self._rewrite(self.publisher, interval, keep=lambda row: row["name"] != name)
        elif self.binding.format == "parquet":
            for path, rows in self.pointed().items():
                content = BytesIO()
                pq.write_table(rows.filter(pc.field("name") != name), content)
                self.put(path, content.getvalue())
        else:
            self.delta().delete(f"name = '{name}'")

    def optimize(self, interval: Interval) -> None:
        """Somebody writes the same rows into another file."""
        if isinstance(self.publisher, MemoryTables):
            self._rewrite(self.publisher, interval, keep=None)
        else:
            self.delta().optimize.z_order(["name"])

    def _rewrite(
        self, tables: MemoryTables, interval: Interval, *, keep: Callable[[dict[str, object]], bool] | None
    ) -> None:
        root, path = Path(self.binding.location.uri), f"foreign-{os.urandom(4).hex()}.parquet"
        files = tables.live_files(self.binding)[interval]
        table = pa.concat_tables(pq.ParquetFile(root / file.path).read() for file in files)
        kept = [row for row in table.to_pylist() if keep is None or keep(row)]
        pq.write_table(pa.Table.from_pylist(kept, table.schema), root / path)
        size = (root / path).stat().st_size
        new = StagedFile(path=path, size=size, interval=interval, partition=files[0].partition)
        tables.rewrite(self.binding, {interval: (new,)}, changes_data=keep is not None)

    def pointed(self) -> dict[str, pa.Table]:
        """The files that the current pointers of a Parquet table name."""
        table, snapshot = open_table(self.binding.location), self.reader.pin(self.binding, ()).snapshot
        if table is None or snapshot is None:
            return {}
        pointers = read_pointers(table, snapshot.numbers).values()
        paths = [file.path for each in pointers for file in each.files]
        return {path: pq.ParquetFile(BytesIO(self.read(path))).read() for path in paths}

    def rows(self) -> list[tuple[object, ...]]:
        """What a reader sees now, sorted."""
        if isinstance(self.publisher, MemoryTables):
            there = self.binding.location.uri in self.publisher.tables
            live = self.publisher.live(self.binding) if there else ()
            paths = [f"{self.binding.location.uri}/{path}" for path in live]
            found: Iterable[dict[str, object]] = (
                r for p in paths for r in pq.ParquetFile(p).read().to_pylist()
            )
        elif self.binding.format == "parquet":
            found = (row for rows in self.pointed().values() for row in rows.to_pylist())
        else:
            # `to_pyarrow_table` reads no deletion vectors; `scan` does.
            table = pa.table(self.delta().scan().read_all())
            found = table.select([field.name for field in self.delta().schema().fields]).to_pylist()
        return sorted((tuple(row.values()) for row in found), key=repr)


def delta_world(path: Path | Location, output: Output | None = None, *, grain: str | None = "day") -> World:
    """A world of Delta on a disk or in a bucket, with a publisher of its own, as another process has it."""
    output = output or by_day()
    return World(output, _binding(path, output), DeltaPublisher(), DeltaReader(), grain)


def parquet_world(path: Path | Location, output: Output | None = None, *, grain: str | None = "day") -> World:
    """The same of Parquet files that are found by pointers."""
    output = output or by_day()
    return World(output, _binding(path, output, "parquet"), ParquetPublisher(), ParquetReader(), grain)


def memory_world(path: Path, output: Output | None = None, *, grain: str | None = "day") -> World:
    """The same in memory."""
    output = output or by_day()
    tables = MemoryTables()
    return World(output, _binding(path, output), tables, tables, grain)


WORLDS = {
    "delta": delta_world,
    "delta on S3": delta_world,
    "parquet": parquet_world,
    "parquet on S3": parquet_world,
    "memory": memory_world,
}
"""Every world that the shared suites run in, by the name that their tests are told by."""


def make_of(request: pytest.FixtureRequest, path: Path) -> Callable[..., World]:
    """Makes worlds of the name that the fixture's parameter is, in a folder or in a bucket of their own."""
    on_s3 = request.param.endswith("on S3")
    place = request.getfixturevalue("s3").new_bucket() if on_s3 else path
    return partial(WORLDS[request.param], place)


def remove_objects(location: Location, below: str) -> None:
    """Somebody removes a folder of a table."""
    for each in list_objects(location, below):
        location.store().delete(each.path)


def _binding(path: Path | Location, output: Output, form: Format = "delta") -> Binding:
    root = path if isinstance(path, Location) else Location(uri=str(path))
    return Binding(dataset=output.dataset, format=form, location=root.child(output.dataset))


def write_files(
    binding: Binding,
    stage_id: str,
    output: Output,
    schema: Schema,
    interval: Interval,
    rows: Rows,
    types: Mapping[str, pa.DataType] | None,
) -> list[StagedFile]:
    """One Parquet file for each combination of partition values, named as stage names them."""
    names = [column.name for column in schema.columns]
    arrow = pa.schema([(c.name, (types or {}).get(c.name) or TYPES[c.type]) for c in schema.columns])
    by_partition: dict[tuple[object, ...], list[tuple[object, ...]]] = {}
    for row in rows:
        key = tuple(row[names.index(column)] for column in output.partition_columns)
        by_partition.setdefault(key, []).append(row)
    files = []
    for key, part in by_partition.items():
        values = {
            c: None if v is None else _text(v) for c, v in zip(output.partition_columns, key, strict=True)
        }
        folders = [
            f"{VALUE_DIRECTORY}{n}={quote('v' + v, safe=' ') if v is not None else 'n'}"
            for n, (column, v) in enumerate(values.items())
            if column != output.time
        ]
        name = hashlib.md5(repr(key).encode(), usedforsecurity=False).hexdigest()[:8]
        path = "/".join(
            [
                stage_directory(binding, stage_id),
                f"{INTERVAL_DIRECTORY}=v{interval.label}",
                *folders,
                f"part-{name}.parquet",
            ]
        )
        columns = list(zip(*part, strict=True))
        arrays = [pa.array(c, f.type) for c, f in zip(columns, arrow, strict=True)]
        content = BytesIO()
        pq.write_table(pa.table(arrays, schema=arrow), content)
        put_object(binding.stage, path, content.getvalue())
        size = len(content.getvalue())
        files.append(StagedFile(path=path, size=size, interval=interval, partition=values))
    return files


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def rows_of(interval: Interval, *names: str, amount: int = 1) -> Rows:
    """A row for each name, in the interval's first day."""
    return [(interval.first_day, name, amount) for name in names]


def seen(audited: Audited, version: int, *intervals: Interval) -> Audited:
    """As if rules about the whole table had looked at this version, with these intervals replaced."""
    return replace(audited, seen=Seen(version=version, intervals=frozenset(intervals)), seal=SEAL)
