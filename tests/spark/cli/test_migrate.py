"""`migrate` and `adopt --from`: rows that are published already, written anew under the contract of now."""

import datetime as dt
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.spark.cli.conftest import Caller

GOOD, BAD = "small.good", "small.bad"
SCHEMA = "day DATE NOT NULL, sensor INT NOT NULL, v INT"


@pytest.fixture
def ran(sparkjob: Caller) -> Caller:
    """Both outputs of `split`, for two days."""
    assert sparkjob("run", "split").code == 0
    return sparkjob


def _edit(sparkjob: Caller, path: str, *pairs: tuple[str, str]) -> None:
    place = sparkjob.project.root / path
    text = place.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    place.write_text(text)


def _rows(sparkjob: Caller, dataset: str) -> list[dict[str, object]]:
    rows = DeltaTable(sparkjob.project.table(dataset)).to_pyarrow_table().to_pylist()
    return sorted(rows, key=lambda row: (row["day"], row.get("sensor", row.get("probe"))))


def test_a_wider_type_is_one_commit_and_nothing_runs_again(ran: Caller) -> None:
    """The run refuses it and names the command; dry run first; then both intervals are still current."""
    before, version = _rows(ran, GOOD), DeltaTable(ran.project.table(GOOD)).version()
    wide = SCHEMA.replace("v INT", "v BIGINT")
    _edit(ran, "jobs/split.py", ("schema=SCHEMA,\n            key", f'schema="{wide}",\n            key'))
    refused = ran("run", "split")
    assert refused.code == 64
    assert "sparkjob migrate" in refused.out + refused.err
    assert "--cast v" in ran("migrate", GOOD).err
    dry = ran("migrate", GOOD, "--cast", "v")
    assert dry.code == 0, dry.err
    assert "v: int → bigint" in dry.out
    assert "2 generations" in dry.out
    assert DeltaTable(ran.project.table(GOOD)).version() == version
    done = ran("migrate", GOOD, "--cast", "v", "--yes")
    assert done.code == 0, done.out + done.err
    assert "2 intervals, 40 rows published" in done.out
    assert "The next run leaves it so" in done.out
    assert _rows(ran, GOOD) == before
    assert str(DeltaTable(ran.project.table(GOOD)).schema().fields[2].type) == 'PrimitiveType("long")'
    assert "unchanged" in ran("run", "split").out
    assert "migrated: v: int" in ran("show", "split").out
    assert "has the columns of the contract already" in ran("migrate", GOOD, "--yes").out


def test_a_renamed_column_needs_other_code_which_may_be_accepted(ran: Caller) -> None:
    """The rows are the old ones under the new name; the changed function runs again unless one says so."""
    before = _rows(ran, BAD)
    text = (ran.project.root / "jobs/split.py").read_text()
    text = text.replace(
        '"bad": Output("small.bad", schema=SCHEMA, time="day")',
        '"bad": Output("small.bad", schema="day DATE NOT NULL, probe INT NOT NULL, v INT", time="day")',
    )
    text = text.replace(
        'days.where("sensor % 2 = 1")', 'days.where("sensor % 2 = 1").withColumnRenamed("sensor", "probe")'
    )
    (ran.project.root / "jobs/split.py").write_text(text)
    refused = ran("migrate", BAD, "--drop", "sensor", "--yes")
    assert (refused.code, "probe is new and NOT NULL" in refused.err) == (64, True), refused.err
    done = ran("migrate", BAD, "--rename", "sensor=probe", "--as-current", "--yes")
    assert done.code == 0, done.out + done.err
    assert _rows(ran, BAD) == [{"day": row["day"], "probe": row["sensor"], "v": row["v"]} for row in before]
    plan = ran("plan", "split").out
    assert "code changed" in plan, "the other output was made by the function of before"
    history = ran("history", f"dataset:{BAD}").out
    assert history.count("#2") == 2


def test_what_does_not_fit_or_breaks_a_rule_changes_nothing(ran: Caller) -> None:
    """A cast that loses, and rows that break the contract of now: 65 or 70, and the table is as it was."""
    place = ran.project.table(GOOD)
    rows, version = _rows(ran, GOOD), DeltaTable(place).version()
    _edit(
        ran,
        "jobs/split.py",
        ('"v", 0, 9', '"v", 5, 9'),
        (
            "schema=SCHEMA,\n            key",
            'schema="day DATE NOT NULL, sensor INT NOT NULL, v BIGINT",\n            key',
        ),
    )
    ended = ran("migrate", GOOD, "--cast", "v", "--yes")
    assert (ended.code, "does not hold in 2013-01-01" in ended.err) == (65, True), ended.out + ended.err
    assert (DeltaTable(place).version(), _rows(ran, GOOD)) == (version, rows)


def test_a_cast_that_cuts_a_value_changes_nothing(ran: Caller) -> None:
    """Spark's own CAST makes `true` of every number but 0."""
    place = ran.project.table(BAD)
    rows, version = _rows(ran, BAD), DeltaTable(place).version()
    boolean = '"small.bad", schema="day DATE NOT NULL, sensor BOOLEAN NOT NULL, v INT"'
    _edit(ran, "jobs/split.py", ('"small.bad", schema=SCHEMA', boolean))
    ended = ran("migrate", BAD, "--cast", "sensor", "--yes")
    assert (ended.code, "does not fit into boolean" in ended.err) == (70, True), ended.out + ended.err
    assert (DeltaTable(place).version(), _rows(ran, BAD)) == (version, rows)


def test_another_place_and_format_by_copying(ran: Caller) -> None:
    """From Delta to Parquet elsewhere: intervals keep their fingerprints, again copies nothing."""
    old = ran.project.table(GOOD)
    local = ran.project.root / "configs/local.yml"
    text = local.read_text()
    local.write_text(f'{text}datasets: {{{GOOD}: {{format: parquet, location: "{{lake}}/new"}}}}\n')
    assert "the table" not in ran("validate").err
    assert ran("migrate", GOOD, "--from", str(old)).out.count("stay as they are") == 1
    dry = json.loads(ran("migrate", GOOD, "--from", str(old), "--json").out)
    assert (dry["done"], dry["source"], dry["intervals"], dry["changes"]) == (False, str(old), 2, [])
    done = ran("migrate", GOOD, "--from", str(old), "--yes", "--json")
    assert done.code == 0, done.out + done.err
    told = json.loads(done.out)
    assert (told["done"], told["intervals"], told["rows"]) == (True, 2, 40)
    assert "The next run leaves it so" in told["next_run"]
    assert "1 unchanged" in ran("run", "split").out
    assert "is there already" in ran("migrate", GOOD, "--from", str(old), "--yes").out
    assert ran("checks", "run", GOOD).code == 0


def test_rules_about_the_table_and_about_change_are_looked_at_too(ran: Caller) -> None:
    """What holds of each interval and not of all together is not copied; a rule about change is known."""
    old = ran.project.table(GOOD)
    local = ran.project.root / "configs/local.yml"
    local.write_text(f'{local.read_text()}datasets: {{{GOOD}: {{location: "{{lake}}/new"}}}}\n')
    change = "expectations=[expect.table_row_count_change_to_be_between(min_factor=0.5), "
    unique = 'expect.column_values_to_be_unique("sensor", scope="table"), '
    _edit(ran, "jobs/split.py", ("expectations=[", change + unique))
    refused = ran("migrate", GOOD, "--from", str(old), "--yes")
    assert refused.code == 65, refused.out + refused.err
    assert "column_values_to_be_unique" in refused.err
    assert "table_row_count_change" not in refused.err
    assert DeltaTable(ran.project.root / ".data/new").to_pyarrow_table().num_rows == 0
    _edit(ran, "jobs/split.py", (unique, ""))
    done = ran("migrate", GOOD, "--from", str(old), "--yes")
    assert done.code == 0, done.out + done.err
    # Where the table is, too: beside the staged rows there are none.
    warned = unique.replace('scope="table"', 'scope="table", severity="warning"')
    _edit(ran, "jobs/split.py", ("v INT", "v BIGINT"), (change, change + warned))
    widened = ran("migrate", GOOD, "--cast", "v", "--yes")
    assert widened.code == 0, widened.out + widened.err


def test_another_partitioning_is_refused_in_place_and_copied(ran: Caller) -> None:
    """The old contract is proved from the old table, so the intervals stay current."""
    _edit(
        ran,
        "jobs/split.py",
        (
            '"small.bad", schema=SCHEMA, time="day"',
            '"small.bad", schema=SCHEMA, time="day", partition_by=("day", "sensor")',
        ),
    )
    refused = ran("migrate", BAD, "--yes")
    assert (refused.code, "--from" in refused.err) == (64, True), refused.err
    local = ran.project.root / "configs/local.yml"
    old = ran.project.table(BAD)
    local.write_text(f'{local.read_text()}datasets: {{{BAD}: {{location: "{{lake}}/new"}}}}\n')
    done = ran("migrate", BAD, "--from", str(old), "--yes")
    assert (done.code, "The next run leaves it so" in done.out) == (0, True), done.out + done.err


@pytest.mark.parametrize("kind", ["hive", "plain", "delta"])
def test_a_table_of_others_is_copied_through_the_checks(sparkjob: Caller, tmp_path: Path, kind: str) -> None:
    """Hive-partitioned or plain Parquet, and Delta that cannot be adopted as it lies."""
    days = [dt.date(2013, 1, 1), dt.date(2013, 1, 2)]
    rows = pa.table(
        {
            "day": days * 2,
            "sensor": pa.array([0, 2, 4, 6], pa.int32()),
            "v": pa.array([1, 2, None, 4], pa.int32()),
        }
    )
    place = tmp_path / "others"
    if kind == "delta":
        write_deltalake(place, rows)
    elif kind == "hive":
        pq.write_to_dataset(rows, place, partition_cols=["day"])
    else:
        place.mkdir()
        pq.write_table(rows, place / "all.parquet")
    form = "delta" if kind == "delta" else "parquet"
    arguments = ("adopt", GOOD, "--from", str(place), "--from-format", form)
    dry = sparkjob(*arguments)
    assert (dry.code, "nothing was changed" in dry.out) == (0, True), dry.out + dry.err
    assert not sparkjob.project.table(GOOD).exists()
    done = sparkjob(*arguments, "--yes")
    assert done.code == 0, done.out + done.err
    assert "2 intervals, 4 rows published" in done.out
    assert [row["v"] for row in _rows(sparkjob, GOOD)] == [1, None, 2, 4]
    assert "will run" in sparkjob("plan", "split").out
    again = sparkjob(*arguments, "--yes")
    assert "is there already" in again.out
    if kind == "plain":
        pq.write_table(rows.set_column(2, "v", pa.array([99] * 4, pa.int32())), place / "all.parquet")
        _edit(sparkjob, "configs/local.yml", ("lake: {uri: .data}", "lake: {uri: .other}"))
        broken = sparkjob(*arguments, "--yes")
        assert (broken.code, "does not hold" in broken.err) == (65, True), broken.out + broken.err


@pytest.mark.parametrize("form", ["delta", "parquet"])
def test_a_contract_is_corrected_after_a_first_run_that_was_rejected(sparkjob: Caller, form: str) -> None:
    """Nothing was published with the columns of before: the next run makes the table anew by itself."""
    _edit(sparkjob, "configs/base.yml", ('"*": {format: delta', f'"*": {{format: {form}'))
    sparkjob.project.write_readings(99)
    assert sparkjob("run", "split").code == 65
    _edit(sparkjob, "jobs/split.py", ("v INT", "v DOUBLE"), ('"v", 0, 9', '"v", 0, 99'))
    told = sparkjob("run", "split")
    assert told.code == 0, told.out + told.err
    assert "good 40, bad 40" in told.out
    _edit(sparkjob, "jobs/total.py", ("v BIGINT", "v DOUBLE"))
    told = sparkjob("run", "total")  # which reads them by Spark
    assert told.code == 0, told.out + told.err
