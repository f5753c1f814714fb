"""Bad data, bad jobs, bad tables: a line that says so, the right code, and what is published stays."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from tests.support.calling import Caller, calling
from tests.support.golden import compare
from tests.support.project import SmallProject

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

READINGS = ".data/raw/readings.csv"
SCHEMA = pa.schema([("day", pa.date32()), ("sensor", pa.int32()), ("v", pa.int32())])


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, spark: "SparkSession") -> Path:
    """The small project after one good run; each test has a copy of it."""
    assert spark is not None
    return tmp_path_factory.mktemp("published") / "project"


@pytest.fixture
def sparkjob(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Caller]:
    """The command line in a copy of the published project."""
    if not published.exists():
        with pytest.MonkeyPatch.context() as patch, calling(published, patch, capsys) as caller:
            told = caller("run", "--all")
            assert told.code == 0, told.err
    with calling(tmp_path / "project", monkeypatch, capsys) as caller:
        shutil.rmtree(caller.project.root)
        shutil.copytree(published, caller.project.root)
        monkeypatch.chdir(caller.project.root)
        yield caller


def _state(project: SmallProject) -> dict[str, bytes]:
    """Every commit and checkpoint of every table: what readers see follows from these bytes."""
    logs = (project.root / ".data").glob("*/_delta_log/*")
    return {str(path.relative_to(project.root)): path.read_bytes() for path in logs if path.is_file()}


def _refused(sparkjob: Caller, name: str, *commands: str) -> None:
    """The commands say what the golden file says, and change no table."""
    before = _state(sparkjob.project)
    text = sparkjob.transcript(*commands)
    compare(Path(__file__).parent / "golden" / f"{name}.txt", text)
    assert _state(sparkjob.project) == before
    assert "Traceback" not in text


def _edit(project: SmallProject, path: str, old: str, new: str) -> None:
    text = (project.root / path).read_text()
    assert old in text
    (project.root / path).write_text(text.replace(old, new))


# Sources: the file is not what the contract says.


def _csv(old: str, new: str) -> Callable[[SmallProject], None]:
    return lambda project: _edit(project, READINGS, old, new)


def _emptied(project: SmallProject) -> None:
    (project.root / READINGS).write_bytes(b"")


def _gone(project: SmallProject) -> None:
    (project.root / READINGS).unlink()


def _reordered(project: SmallProject) -> None:
    lines = (project.root / READINGS).read_text().splitlines()
    cells = [line.split(",") for line in lines]
    text = "".join(f"{sensor},{day},{v}\n" for day, sensor, v in cells)
    (project.root / READINGS).write_text(text)


def _as_parquet(project: SmallProject, table: pa.Table | None = None) -> Path:
    """The source as one Parquet file, which is returned."""
    if table is None:
        types = {field.name: field.type for field in SCHEMA}
        table = pa.csv.read_csv(
            project.root / READINGS, convert_options=pa.csv.ConvertOptions(column_types=types)
        )
    place = project.root / ".data/raw/readings.parquet"
    pq.write_table(table, place, write_page_checksum=True, compression="none", use_dictionary=False)
    _edit(project, "configs/base.yml", "format: csv", "format: parquet")
    _edit(project, "configs/base.yml", "readings.csv", "readings.parquet")
    _edit(project, "configs/base.yml", ", options: {header: true}", "")
    return place


def _truncated(project: SmallProject) -> None:
    place = _as_parquet(project)
    place.write_bytes(place.read_bytes()[:-20])


def _zero_bytes(project: SmallProject) -> None:
    _as_parquet(project).write_bytes(b"")


def _flipped(project: SmallProject) -> None:
    place = _as_parquet(project)
    content = bytearray(place.read_bytes())
    content[300] ^= 0xFF
    place.write_bytes(content)


def _no_column(project: SmallProject) -> None:
    day = pa.array([15706], pa.int32()).cast(pa.date32())
    _as_parquet(
        project, pa.table({"day": day, "sensr": pa.array([1], pa.int32()), "v": day.cast(pa.int32())})
    )


def _other_type(project: SmallProject) -> None:
    day = pa.array([15706], pa.int32()).cast(pa.date32())
    _as_parquet(project, pa.table({"day": day, "sensor": pa.array([1], pa.int32()), "v": ["4711"]}))


def _bad_json(project: SmallProject) -> None:
    project.write(
        ".data/raw/readings.json",
        '{"day": "2013-01-01", "sensor": 4, "v": 1}\n{"day": "2013-01-01", "sensor": "4711", "v": {\n',
    )
    _edit(project, "configs/base.yml", "format: csv", "format: json")
    _edit(project, "configs/base.yml", "readings.csv", "readings.json")
    _edit(project, "configs/base.yml", ", options: {header: true}", "")


SOURCES: dict[str, Callable[[SmallProject], None]] = {
    "csv_malformed": _csv("2013-01-02,4,1", "2013-01-02,4,4711x"),
    "csv_short_row": _csv("2013-01-02,4,1", "2013-01-02,4711"),
    "csv_long_row": _csv("2013-01-02,4,1", "2013-01-02,4,1,4711"),
    "csv_renamed": _csv("day,sensor,v", "day,sensr,v"),
    "csv_extra": _csv("day,sensor,v", "day,sensor,v,w"),
    "csv_reordered": _reordered,
    "csv_empty": _emptied,
    "csv_gone": _gone,
    "parquet_truncated": _truncated,
    "parquet_zero_bytes": _zero_bytes,
    "parquet_flipped": _flipped,
    "parquet_no_column": _no_column,
    "parquet_other_type": _other_type,
    "json_malformed": _bad_json,
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_damaged_source_is_named_and_nothing_changes(sparkjob: Caller, name: str) -> None:
    """The file and what is wrong with it, never a row of it; 65, or 75 for one that may come yet."""
    SOURCES[name](sparkjob.project)
    _refused(sparkjob, f"source_{name}", "run split")
    text = (Path(__file__).parent / "golden" / f"source_{name}.txt").read_text()
    assert "4711" not in text


# Jobs: the function does not do what the contract says.

RETURN = 'return good.groupBy("day").agg(F.count("*").alias("n"), F.sum("v").alias("v"))'
AGG = 'good.groupBy("day").agg(F.count("*").alias("n"), F.sum("v").alias("v"))'
FUNCTIONS = {
    "raises": 'raise ValueError("the sun was down")',
    "raises_below": "from jobs._shared.below import deeper\n\n    return deeper(good)",
    "raises_nothing_said": "raise KeyError",
    "raises_pages": 'raise ValueError("first\\nsecond\\n" * 500)',
    "exits": "raise SystemExit(3)",
    "udf": f"""@F.udf("bigint")
    def odd(v):
        raise ValueError(f"cannot do {{v + 4710}}")

    return {AGG}.withColumn("v", odd("v"))""",
    "division": f"return {AGG}.withColumn('v', F.expr('v div (n - n)'))",
    "cast": f"return {AGG}.withColumn('v', F.expr(\"CAST(concat(v, '4711x') AS BIGINT)\"))",
    "unresolved": f"return {AGG}.select('day', 'n', 'w')",
    "sql": "return good.sparkSession.sql('SELEC 1')",
    "none": AGG,
    "dict": f'return {{"total": {AGG}}}',
    "list": f"return [{AGG}]",
    "no_column": f"return {AGG}.drop('v')",
    "extra_column": f"return {AGG}.withColumn('vv', F.col('v'))",
    "wrong_type": f"return {AGG}.withColumn('n', F.col('n').cast('string'))",
    "wide_decimal": f"return {AGG}.withColumn('n', F.col('n').cast('decimal(25,2)'))",
    "null_in_key": f"return {AGG}.withColumn('day', F.expr(\"IF(day = DATE '2013-01-02', NULL, day)\"))",
    "duplicate_key": f"return {AGG}.unionAll({AGG})",
    "transient": 'raise ConnectionError("reset by peer")',
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_wrong_function_is_told_by_its_own_lines(sparkjob: Caller, name: str) -> None:
    """What was raised or returned, and where in the user's files; no frame of ours and no row."""
    sparkjob.project.write("jobs/_shared/below.py", "def deeper(good):\n    return 1 / 0\n")
    _edit(sparkjob.project, "jobs/total.py", RETURN, FUNCTIONS[name])
    _refused(sparkjob, f"function_{name}", "run total", *(["show total"] if name == "raises" else []))
    text = (Path(__file__).parent / "golden" / f"function_{name}.txt").read_text()
    assert "4711" not in text
    assert "framework/" not in text


@pytest.mark.parametrize("sql", ["SELEC day FROM good", "SELECT day, n, v FROM god", "SELECT 1 AS day"])
def test_a_wrong_query_is_told_by_its_file(sparkjob: Caller, sql: str) -> None:
    """A syntax error, an unknown view or column names the SQL file; wrong columns name the output."""
    sparkjob.project.write(
        "jobs/total.py",
        """
        from framework import Input, Output, sql_job

        total = sql_job(
            "total",
            file="total.sql",
            inputs={"good": Input("small.good")},
            outputs=Output("small.total", schema="day DATE NOT NULL, n BIGINT, v BIGINT", key="day"),
        )
        """,
    )
    sparkjob.project.write("jobs/total.sql", sql)
    _refused(sparkjob, f"query_{sql.rsplit(maxsplit=1)[-1]}", "run total")


INTERVALS = {
    "outside": (
        'days = readings.where(F.col("day").between(interval.first_day, interval.last_day))',
        'days = readings.withColumn("day", F.expr("IF(sensor = 3, DATE \'2013-02-01\', day)"))',
    ),
    "null_time": (
        'days = readings.where(F.col("day").between(interval.first_day, interval.last_day))',
        'days = readings.withColumn("day", F.expr("IF(sensor = 4, NULL, day)"))',
    ),
    "critical": ('"v", 0, 9', '"v", 2, 9'),
}


@pytest.mark.parametrize("name", INTERVALS)
def test_rows_that_break_a_rule_are_never_visible(sparkjob: Caller, name: str) -> None:
    """Rejected by the check's name and the number of rows; what was published before stays."""
    _edit(sparkjob.project, "jobs/split.py", *INTERVALS[name])
    _refused(sparkjob, f"rows_{name}", "run split", "show split")


def _words(project: SmallProject) -> None:
    """`small.total` with a column of words and a rule on them."""
    _edit(project, "jobs/total.py", "v BIGINT", "v BIGINT, word STRING")
    _edit(project, "jobs/total.py", RETURN, f"return {AGG}.withColumn('word', F.lit('b'))")
    _edit(project, "jobs/total.py", "import Input, Output,", "import Input, Output, expect,")


def test_an_expression_that_java_cannot_compile_is_unknown(sparkjob: Caller) -> None:
    """What only Java finds wrong passes validation: not a rejection, and not passed (70)."""
    _words(sparkjob.project)
    rule = 'key="day", expectations=[expect.column_values_to_match_regex("word", "a++b[")]'
    _edit(sparkjob.project, "jobs/total.py", 'key="day"', rule)
    _refused(sparkjob, "rows_unknown", "run total", "show total")


def test_a_warning_is_told_and_published(sparkjob: Caller) -> None:
    """A broken rule of severity warning counts in the summary and stands in `show`; exit 0."""
    _edit(sparkjob.project, "jobs/split.py", '"v", 0, 9', '"v", 2, 9, severity="warning"')
    text = sparkjob.transcript("run split", "show split")
    compare(Path(__file__).parent / "golden" / "rows_warning.txt", text)
    assert DeltaTable(sparkjob.project.table("small.good")).version() == 2


def test_an_undeclared_read_is_told_and_never_current(sparkjob: Caller) -> None:
    """What the plan read beside its inputs is named and recorded; the job runs again next time."""
    _edit(sparkjob.project, "jobs/total.py", "def total(good):", "def total(good, *, spark):")
    path = sparkjob.project.root / "other.parquet"
    pq.write_table(pa.table({"w": [1]}), path)
    _edit(
        sparkjob.project,
        "jobs/total.py",
        RETURN,
        f"return {AGG}.crossJoin(spark.read.parquet('{path}')).drop('w')",
    )
    text = sparkjob.transcript("run total", "show total", "plan total", "run total")
    compare(Path(__file__).parent / "golden" / "function_undeclared.txt", text)
    assert DeltaTable(sparkjob.project.table("small.total")).version() == 3


# Secrets.

SECRET = """
secrets: {api: "${secret:env:SPARKJOB_TEST_TOKEN}"}
"""


def _with_secret(project: SmallProject) -> None:
    local = (project.root / "configs/local.yml").read_text()
    project.write("configs/local.yml", local + SECRET)
    _edit(project, "jobs/total.py", 'key="day"),', 'key="day"),\n    secrets={"token": "api"},')
    _edit(project, "jobs/total.py", "def total(good):", "def total(good, *, token):")
    _edit(project, "jobs/total.py", RETURN, 'raise ValueError(f"refused for {token}: {token.reveal()}")')


def test_a_secret_in_a_message_is_masked(sparkjob: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Printed, recorded and shown as ***, also when the user's own exception has it."""
    monkeypatch.setenv("SPARKJOB_TEST_TOKEN", "open-sesame-4711")
    _with_secret(sparkjob.project)
    _refused(sparkjob, "secret_masked", "run total", "show total", "config")
    kept = [path.read_text() for path in (sparkjob.project.root / ".data/sparkjob").rglob("*.json")]
    assert "refused for" in "".join(kept)
    assert "sesame" not in "".join(kept)


def test_a_secret_that_is_not_set(sparkjob: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable's name and where it is asked for, when a job needs it (64)."""
    monkeypatch.delenv("SPARKJOB_TEST_TOKEN", raising=False)
    _with_secret(sparkjob.project)
    _refused(sparkjob, "secret_missing", "run total")


# Tables: somebody else's, or not as the contract says.


def _sql(statement: str) -> Callable[[SmallProject, "SparkSession"], None]:
    def run(project: SmallProject, spark: "SparkSession") -> None:
        spark.sql(statement.format(table=f"delta.`{project.table('small.total')}`"))

    return run


def _property(text: str) -> Callable[[SmallProject, "SparkSession"], None]:
    return _sql(f"ALTER TABLE {{table}} SET TBLPROPERTIES ({text})")


def _text(path: str, old: str, new: str) -> Callable[[SmallProject, "SparkSession"], None]:
    return lambda project, _: _edit(project, path, old, new)


def _foreign(project: SmallProject, spark: "SparkSession") -> None:
    shutil.rmtree(project.table("small.total"))
    spark.range(3).write.format("delta").save(str(project.table("small.total")))


TABLES = {
    "owner": _text("configs/base.yml", "project: small", "project: large"),
    "foreign": _foreign,
    "partitioning": _text("jobs/total.py", 'key="day"', 'key="day", partition_by=("day",)'),
    "narrowed": _text("jobs/total.py", "n BIGINT", "n INT"),
    "removed": _text("jobs/total.py", ", v BIGINT", ""),
    "grain": _text(
        "jobs/total.py",
        'key="day"),',
        'key="day", time="day"),\n    interval="day",\n    start="2013-01-01",',
    ),
    "check": _sql("ALTER TABLE {table} ADD CONSTRAINT few CHECK (n < 100)"),
    "append_only": _property("'delta.appendOnly' = 'true'"),
    "column_mapping": _property("'delta.columnMapping.mode' = 'name'"),
    "row_tracking": _property("'delta.enableRowTracking' = 'true'"),
    "commit_timestamps": _property("'delta.enableInCommitTimestamps' = 'true'"),
    "forgets": _property("'delta.setTransactionRetentionDuration' = 'interval 1 day'"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_does_not_fit_is_refused_by_name(
    sparkjob: Caller, spark: "SparkSession", name: str
) -> None:
    """Before anything is staged, with what is in the way and what to do; the table stays as it is."""
    TABLES[name](sparkjob.project, spark)
    if name == "check":
        _edit(sparkjob.project, "jobs/total.py", 'F.count("*")', '(F.count("*") * 100)')
    _refused(sparkjob, f"table_{name}", "run total --force")


def test_a_dropped_table_is_made_again(sparkjob: Caller) -> None:
    """What is gone is no longer published: its job makes it again, its reader waits for it (75)."""
    before = DeltaTable(sparkjob.project.table("small.good")).to_pyarrow_table()
    shutil.rmtree(sparkjob.project.table("small.good"))
    text = sparkjob.transcript("plan", "run total", "run split")
    compare(Path(__file__).parent / "golden" / "table_dropped.txt", text)
    after = DeltaTable(sparkjob.project.table("small.good")).to_pyarrow_table()
    by = [("day", "ascending"), ("sensor", "ascending")]
    assert after.sort_by(by).equals(before.sort_by(by))


# Places of the run's own.


def test_a_state_store_that_cannot_be_written_publishes_no_half(sparkjob: Caller) -> None:
    """A job of several outputs needs its intent kept before the first is published."""
    state = sparkjob.project.root / ".data/sparkjob"
    shutil.rmtree(state)
    state.write_text("in the way")
    _refused(sparkjob, "state_file", "run split --force")


def test_a_result_that_cannot_be_written_is_told_after_the_run(sparkjob: Caller) -> None:
    """The run stays published and its summary is there; the code says that the result is not (64)."""
    text = sparkjob.transcript("run total --force --result configs/base.yml/result.json")
    compare(Path(__file__).parent / "golden" / "result_file.txt", text)
    assert DeltaTable(sparkjob.project.table("small.total")).version() == 2


def test_a_table_that_breaks_during_a_run_ends_only_its_readers(sparkjob: Caller) -> None:
    """What was published before it is told, what cannot be planned any more is 64."""
    breaks = (
        "from pathlib import Path\n\n    "
        "Path('.data/small.total/_delta_log/00000000000000000002.json').write_text('{nope')\n    return {"
    )
    _edit(sparkjob.project, "jobs/split.py", "return {", breaks)
    text = sparkjob.transcript("run --all")
    compare(Path(__file__).parent / "golden" / "table_breaks.txt", text)
    assert json.loads(sparkjob("show", "split", "--json").out)["outcome"] == "published"
