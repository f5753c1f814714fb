"""Audits that footers alone answer: no Spark session is ever asked for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from framework import Interval, Output, expect
from framework.audit.audit import audit, reaudit_footers
from framework.audit.audited import Audited
from framework.checks.verdict import Verdict
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.errors import FailedError
from framework.generation import Fingerprint
from framework.interval import parse_interval
from framework.plan.steps import Target
from framework.stage.staged import Staged, StagedFile

FIRST, SECOND = parse_interval("2013-01-01"), parse_interval("2013-01-02")
TYPES = pa.schema({"id": pa.int64(), "day": pa.date32(), "price": pa.decimal128(9, 2), "note": pa.string()})
SCHEMA = "id BIGINT, day DATE, price DECIMAL(9,2), note STRING"
Stage = Callable[..., Staged]


def no_spark() -> NoReturn:
    """What an audit that needs no Spark must not call."""
    raise AssertionError("Spark was asked for")


def rows(*values: tuple[object, ...]) -> pa.Table:
    """A table of `TYPES`."""
    names = TYPES.names
    return pa.table({n: [v[i] for v in values] for i, n in enumerate(names)}, schema=TYPES)


ONE = rows((1, date(2013, 1, 1), Decimal("1.50"), "a"))
TWO = rows((2, date(2013, 1, 2), Decimal("2.50"), None))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Write tables as files of one staged directory, each for an interval (None: outside)."""

    def build(
        output: Output, *tables: tuple[Interval | None, pa.Table], targets: tuple[Interval, ...]
    ) -> Staged:
        files = []
        for number, (interval, table) in enumerate(tables):
            label = "outside" if interval is None else f"v{interval.label}"
            path = f"data/s1/sparkjob_interval={label}/part-{number}.parquet"
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, target)
            size = target.stat().st_size
            files.append(StagedFile(path=path, size=size, interval=interval, partition={}))
        binding = Binding(dataset="d", format="delta", location=Location(uri=str(tmp_path)))
        print_ = Fingerprint(code="", contract="", checks="", parameters="", inputs="")
        return Staged(
            output=output,
            binding=binding,
            targets=tuple(
                Target(output=output, binding=binding, interval=i, expected=None, fingerprint=print_)
                for i in targets
            ),
            run_id="r",
            stage_id="s1",
            directory="data/s1",
            files=tuple(files),
        )

    return build


def by_name(audited: Audited, interval: Interval) -> dict[str, Verdict]:
    """Verdicts of one interval by expectation type."""
    return {v.expectation.type: v for v in audited.verdicts if v.interval == interval}


def test_footers_answer_without_spark(stage: Stage) -> None:
    """Counts, NULLs, bounds, columns and the interval of each day come from footers alone."""
    output = Output(
        "d",
        schema=SCHEMA,
        time="day",
        expectations=[
            expect.table_row_count_to_be_between(1),
            expect.column_values_to_not_be_null("id"),
            expect.column_values_to_be_between("price", 1, 3),
            expect.column_values_to_not_be_null("note", mostly=0.5, severity="warning"),
        ],
    )
    audited = audit(stage(output, (FIRST, ONE), (SECOND, TWO), targets=(FIRST, SECOND)), spark=no_spark)
    assert {v.state for v in audited.verdicts if v.interval == FIRST} == {"pass"}
    assert [v.expectation.type for v in audited.verdicts if v.state != "pass"] == [
        "column_values_to_not_be_null"
    ]
    assert [target.interval for target in audited.publishable] == [FIRST, SECOND]
    assert audited.rows == {FIRST: 1, SECOND: 1}


def test_an_interval_without_files_is_empty(stage: Stage) -> None:
    """An interval that got no file has zero rows: row rules hold, a minimal count does not."""
    output = Output(
        "d",
        schema=SCHEMA,
        key="id",
        time="day",
        expectations=[
            expect.table_row_count_to_be_between(1),
            expect.column_values_to_match_regex("note", "x"),
        ],
    )
    audited = audit(stage(output, (FIRST, ONE.slice(0, 0)), targets=(FIRST, SECOND)), spark=no_spark)
    for interval in (FIRST, SECOND):
        found = by_name(audited, interval)
        assert found["table_row_count_to_be_between"].state == "fail"
        assert found["table_row_count_to_be_between"].observed == 0
        assert {v.state for n, v in found.items() if n != "table_row_count_to_be_between"} == {"pass"}
    assert audited.publishable == ()


def test_rows_outside_reject_every_interval(stage: Stage) -> None:
    """Rows of no planned interval belong to none, so that none of the run's intervals is published."""
    output = Output("d", schema=SCHEMA, time="day")
    audited = audit(stage(output, (FIRST, ONE), (None, TWO), targets=(FIRST,)), spark=no_spark)
    found = by_name(audited, FIRST)["rows_in_interval"]
    assert (found.state, found.unexpected, found.considered, found.builtin) == ("fail", 1, 2, True)
    assert audited.publishable == ()


@pytest.mark.parametrize(
    ("table", "difference"),
    [
        (
            ONE.rename_columns(["ID", "day", "price", "note"]),
            'column 1 is "ID" of type bigint, not "id" of type bigint',
        ),
        (ONE.drop_columns(["note"]), 'column 4 is nothing, not "note" of type string'),
        (ONE.append_column("x", [[1]]), 'column 5 is "x" of type bigint, not nothing'),
        (
            ONE.set_column(2, "price", ONE["price"].cast(pa.decimal128(10, 2))),
            'column 3 is "price" of type decimal(10,2), not "price" of type decimal(9,2)',
        ),
        (
            ONE.set_column(1, "day", ONE["day"].cast(pa.timestamp("us", tz="UTC"))),
            'column 2 is "day" of type timestamp, not "day" of type date',
        ),
    ],
)
def test_other_columns_stop_the_interval(stage: Stage, table: pa.Table, difference: str) -> None:
    """A wrong name, case, order, number or type of columns fails; what depends on it is unknown."""
    output = Output("d", schema=SCHEMA, expectations=[expect.column_values_to_match_regex("note", "a")])
    audited = audit(stage(output, (FIRST, table), (SECOND, TWO), targets=(FIRST, SECOND)), spark=no_spark)
    found = by_name(audited, FIRST)
    assert found["table_columns_to_match_ordered_list"].state == "fail"
    assert found["table_columns_to_match_ordered_list"].observed == difference
    assert found["column_values_to_match_regex"].state == "unknown"
    assert audited.publishable == ()


@pytest.mark.parametrize("damage", ["empty", "truncated", "longer", "gone", "no footer"])
def test_a_damaged_file_is_an_error(stage: Stage, damage: str) -> None:
    """A file that is gone, cut, of another size or without a footer is named, never read as no rows."""
    staged = stage(Output("d", schema=SCHEMA), (FIRST, ONE), targets=(FIRST,))
    file = staged.files[0]
    path = Path(staged.binding.location.uri, file.path)
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        changed = {
            "empty": b"",
            "truncated": content[: len(content) // 2],
            "longer": content + b"x",
            "no footer": content[:-8] + bytes(8),
        }
        path.write_bytes(changed[damage])
    resized = [replace(file, size=0)] if damage == "empty" else [file]
    with pytest.raises(FailedError, match=file.path):
        audit(replace(staged, files=tuple(resized)), spark=no_spark)


def test_footers_over_a_store_are_those_of_the_disk(stage: Stage, tmp_path: Path) -> None:
    """An object store's suffix reads give the footers that the disk gives, long ones too."""
    wide = pa.table({f"column_{n}": pa.array([n, None], pa.int64()) for n in range(900)})
    schema = ", ".join(f"{name} BIGINT" for name in wide.column_names)
    local = stage(Output("d", schema=schema), (FIRST, wide), targets=(FIRST,))
    location = Location(uri="memory://audit-footers")
    location.store().put(local.files[0].path, (tmp_path / local.files[0].path).read_bytes())
    remote = replace(local, binding=replace(local.binding, location=location))
    path = local.files[0].path
    assert audit(local, spark=no_spark).footers[path].equals(audit(remote, spark=no_spark).footers[path])


def test_nobody_else_makes_audited(stage: Stage) -> None:
    """Audited cannot be built or changed by hand: unaudited data has no way to a publisher."""
    audited = audit(stage(Output("d", schema=SCHEMA), (FIRST, ONE), targets=(FIRST,)), spark=no_spark)
    with pytest.raises(TypeError):
        Audited(staged=audited.staged, verdicts=(), footers={}, rows={})
    with pytest.raises(TypeError):
        replace(audited, verdicts=())


def test_an_earlier_audit_is_taken_up(stage: Stage) -> None:
    """Carrying an intent forward reads footers again and keeps the verdicts; damage is still an error."""
    staged = stage(Output("d", schema=SCHEMA, time="day"), (FIRST, ONE), targets=(FIRST,))
    first = audit(staged, spark=no_spark)
    again = reaudit_footers(staged, first.verdicts)
    assert (again.verdicts, again.rows) == (first.verdicts, first.rows)
    Path(staged.binding.location.uri, staged.files[0].path).write_bytes(b"")
    with pytest.raises(FailedError):
        reaudit_footers(staged, first.verdicts)


def test_timestamps_and_hours(stage: Stage) -> None:
    """A TIMESTAMP time column is compared with the interval's instants, its end exclusive."""
    hour = parse_interval("2013-01-01T05:00:00Z", grain="hour")
    output = Output("d", schema="at TIMESTAMP", time="at")

    def verdict(*moments: datetime) -> str:
        table = pa.table({"at": pa.array(moments, pa.timestamp("us", tz="UTC"))})
        audited = audit(stage(output, (hour, table), targets=(hour,)), spark=no_spark)
        return by_name(audited, hour)["rows_in_interval"].state

    first = datetime(2013, 1, 1, 5, tzinfo=UTC)
    assert verdict(first, first.replace(minute=59, second=59, microsecond=999_999)) == "pass"
    with pytest.raises(AssertionError, match="Spark was asked for"):
        verdict(first.replace(hour=6))
