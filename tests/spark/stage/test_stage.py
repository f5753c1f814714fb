"""From pinned inputs to staged files, by real Spark on a disk."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from framework.contract.declare import ATTRIBUTE, job, sql_job
from framework.contract.types import Input, Job, Output
from framework.environment.bindings import Bindings
from framework.environment.environment import Binding, Environment
from framework.environment.location import Location
from framework.environment.secrets import Secret
from framework.errors import FailedError, RejectedError, RetryError
from framework.generation import Fingerprint, Pin
from framework.interval import WHOLE, Interval, parse_interval
from framework.plan.steps import Build, Target
from framework.project.project import Project
from framework.stage.function import UserCodeError
from framework.stage.sparkerror import is_lost
from framework.stage.stage import stage
from framework.stage.staged import Staged
from framework.tables.readers import reader_of

FINGERPRINT = Fingerprint(code="a", contract="b", checks="c", parameters="d", inputs=None)
SCHEMA = "day DATE, at TIMESTAMP, n BIGINT, name STRING"
ROWS = """day,at,n,name
2013-01-01,2013-01-01T05:30:00Z,1,a/b
2013-01-02,2013-01-02T00:00:00Z,2,
2013-01-02,2013-01-02T23:59:59Z,3,%20
2013-01-09,2013-01-09T00:00:00Z,4,x
"""


class World:
    """A lake in a folder, with one source of four rows, in which one job is staged."""

    def __init__(self, spark, folder: Path) -> None:
        self.spark = spark
        self.folder = folder
        (folder / "raw.csv").write_text(ROWS)
        self.attempts = 0

    def stage(
        self,
        declared: Job,
        interval: str | None = None,
        parameters: Mapping[str, int] | None = None,
        others: tuple[Job, ...] = (),
    ) -> tuple[tuple[Staged, ...], tuple[str, ...]]:
        """Stage one build of a job, as the run would."""
        span = WHOLE
        if interval is not None and declared.interval is not None:
            span = parse_interval(interval, grain=declared.interval, zone=declared.timezone)
        units = tuple(span.units())
        jobs = {each.name: each for each in (declared, *others)}
        project = Project(root=self.folder, jobs=jobs, hashes={})
        pins = {name: self.pin(i.dataset) for name, i in declared.inputs.items()}
        build = Build(
            job=declared,
            intervals=units,
            interval=span,
            pins=pins,
            windows={
                name: WHOLE if i.dataset == "source.raw" or i.window == "all" else span
                for name, i in declared.inputs.items()
            },
            targets=tuple(
                Target(
                    output=output,
                    binding=self.binding(output.dataset),
                    interval=unit,
                    expected=None,
                    fingerprint=FINGERPRINT,
                )
                for unit in units
                for output in declared.outputs.values()
            ),
            parameters={**declared.parameters, **(parameters or {})},
            reasons=(),
        )
        self.attempts += 1
        done = stage(self.spark, build, project, self.environment(), "run", f"run-{self.attempts}")
        return done.outputs, done.undeclared

    def one(self, declared: Job, interval: str | None = None, **more) -> Staged:
        """Stage a job of one output that declares all it reads."""
        (staged,), undeclared = self.stage(declared, interval, **more)
        assert undeclared == ()
        return staged

    def binding(self, dataset: str) -> Binding:
        """Where a dataset is."""
        return self.environment().binding(dataset)

    def pin(self, dataset: str) -> Pin:
        """The state of a dataset now."""
        binding = self.binding(dataset)
        return reader_of(binding).pin(binding, ())

    def environment(self) -> Environment:
        """The lake's environment."""
        lake = {
            name: Binding(
                dataset=name,
                format="csv" if name == "source.raw" else "delta",
                source=name == "source.raw",
                location=Location(uri=f"{self.folder}/{'raw.csv' if name == 'source.raw' else name}"),
                options={"header": "true"} if name == "source.raw" else {},
            )
            for name in ("source.raw", "out", "second", "up")
        }
        return Environment(
            name="test",
            project="p",
            stores={},
            state=Location(uri=f"{self.folder}/state"),
            bindings=InOrder(lake),
            secrets={"api": Secret("env:API", lambda: "hush")},
        )

    def rows(self, staged: Staged) -> dict[str, int]:
        """Rows by the label of their interval."""
        found: dict[str, int] = {}
        for file in staged.files:
            label = "outside" if file.interval is None else file.interval.label
            rows = pq.read_metadata(f"{staged.binding.location.uri}/{file.path}").num_rows
            found[label] = found.get(label, 0) + rows
        return found


class InOrder(Bindings):
    """Bindings by their exact names."""

    def __init__(self, bindings: Mapping[str, Binding]) -> None:
        self._bindings = bindings

    def of(self, dataset: str) -> Binding:
        """The binding of that name."""
        return self._bindings[dataset]


@pytest.fixture
def world(spark, tmp_path) -> World:
    """A new lake for each test."""
    return World(spark, tmp_path)


def declared(function) -> Job:
    """The job that a decorated function declares."""
    return getattr(function, ATTRIBUTE)


RAW = {"raw": Input("source.raw", schema=SCHEMA)}
DAILY = {"inputs": RAW, "interval": "day", "start": "2013-01-01"}


def copy(output: Output, **options):
    """A job that gives its source as it is."""
    options = {"inputs": RAW, **options}

    @job(outputs=output, **options)
    def copy_raw(raw):
        return raw

    return declared(copy_raw)


def test_one_day_of_a_table_by_day_needs_no_directories(world):
    """The files hold all columns in order; the partition value is known from the interval."""
    staged = world.one(copy(Output("out", schema=SCHEMA, time="day"), **DAILY), "2013-01-02")
    assert {file.path.rpartition("/")[0] for file in staged.files} == {"data/run-1"}
    assert [file.partition for file in staged.files] == [{"day": "2013-01-02"}]
    table = pq.read_table(f"{world.folder}/out/{staged.files[0].path}", partitioning=None)
    assert table.column_names == ["day", "at", "n", "name"]
    assert staged.files[0].size == (world.folder / "out" / staged.files[0].path).stat().st_size


def test_rows_of_a_batch_go_to_their_days_or_outside(world):
    """A batch of days is told apart by directories; a row of no planned day is kept apart."""
    staged = world.one(
        copy(Output("out", schema=SCHEMA, time="day"), batch=3, **DAILY), "2013-01-01/2013-01-04"
    )
    assert world.rows(staged) == {"2013-01-01": 1, "2013-01-02": 2, "outside": 1}
    assert {file.partition["day"] for file in staged.files} == {"2013-01-01", "2013-01-02", None}
    assert len(staged.targets) == 3


def test_an_instant_belongs_to_the_day_of_the_jobs_zone(world):
    """05:30 and 00:00 UTC of a January day are that day and the day before in New York."""
    options = {**DAILY, "timezone": "America/New_York"}
    for span in ("2013-01-01", "2013-01-01/2013-01-03"):
        staged = world.one(copy(Output("out", schema=SCHEMA, time="at"), batch=9, **options), span)
        expected = {"2013-01-01": 2, "2013-01-02": 1, "outside": 1}
        if span == "2013-01-01":
            expected = {"2013-01-01": 2, "outside": 2}
        assert world.rows(staged) == expected
        assert all("sparkjob_interval=" in file.path for file in staged.files)


def test_partition_values_are_delta_texts(world):
    """NULL, signs that a path cannot hold, instants and numbers come back as they were."""
    output = Output("out", schema=SCHEMA, partition_by=("name", "at", "n"))
    staged = world.one(copy(output))
    assert sorted((tuple(file.partition.values()) for file in staged.files), key=lambda v: v[2]) == [
        ("a/b", "2013-01-01T05:30:00.000000Z", "1"),
        (None, "2013-01-02T00:00:00.000000Z", "2"),
        ("%20", "2013-01-02T23:59:59.000000Z", "3"),
        ("x", "2013-01-09T00:00:00.000000Z", "4"),
    ]
    assert all((world.folder / "out" / file.path).is_file() for file in staged.files)


def test_no_rows_are_no_error(world):
    """An interval without rows is staged as such."""

    @job(outputs=Output("out", schema=SCHEMA, time="day"), batch=2, **DAILY)
    def nothing(raw):
        return raw.where("false")

    for span in ("2013-01-01", "2013-01-01/2013-01-03"):
        assert sum(world.rows(world.one(declared(nothing), span)).values()) == 0


def test_columns_that_do_not_fit_are_all_named_before_anything_is_written(world):
    """Missing, surplus and narrowed columns of all outputs are one report."""

    @job(
        inputs=RAW,
        outputs={"a": Output("out", schema="n INT, nam STRING"), "b": Output("second", schema="x INT")},
    )
    def wrong(raw):
        return {"a": raw.select("n", "name"), "b": raw.selectExpr("1L AS x")}

    with pytest.raises(RejectedError) as caught:
        world.stage(declared(wrong))
    assert [fault.what for fault in caught.value.faults] == [
        'out: column "n" is BIGINT, the schema says INT',
        'out: no column "nam"',
        'out: column "name" is not in the schema',
        'second: column "x" is BIGINT, the schema says INT',
    ]
    assert 'did you mean "name"' in str(caught.value.faults[1].hint)
    assert not (world.folder / "out").exists()


def test_what_loses_nothing_is_widened(world):
    """Columns are matched by name, at every depth, and widened."""

    @job(
        inputs={},
        outputs=Output("out", schema="d DECIMAL(12,2), s STRUCT<b: BIGINT, a: ARRAY<DOUBLE>>, v STRING"),
    )
    def narrow(*, spark):
        return spark.sql(
            "SELECT NULL AS v, named_struct('a', array(CAST(1.5 AS FLOAT)), 'b', 7) AS s, 1.25 AS d"
        )

    staged = world.one(declared(narrow))
    (row,) = pq.read_table(f"{world.folder}/out/{staged.files[0].path}").to_pylist()
    assert {**row, "d": str(row["d"])} == {"d": "1.25", "s": {"b": 7, "a": [1.5]}, "v": None}


def test_a_function_gets_what_its_signature_asks_for(world):
    """Inputs by name, None for an optional one that is not there, context, parameters, secrets."""
    seen = {}

    @job(
        inputs={**RAW, "second": Input("second", optional=True)},
        outputs=Output("out", schema="n BIGINT"),
        secrets={"token": "api"},
    )
    def asks(second, raw, *, interval: Interval, token, factor: int = 1):
        seen.update(second=second, interval=interval, token=token.reveal())
        return raw.selectExpr(f"n * {factor} AS n")

    staged = world.one(declared(asks), parameters={"factor": 10})
    assert seen == {"second": None, "interval": WHOLE, "token": "hush"}
    (file,) = staged.files
    assert pq.read_table(f"{world.folder}/out/{file.path}")["n"].to_pylist() == [10, 20, 30, 40]


def test_sql_is_bound_and_its_views_are_gone_afterwards(world, spark):
    """Instants and parameters are values; the next job does not see this one's inputs."""
    (world.folder / "q.sql").write_text(
        "SELECT n, day FROM raw WHERE at >= :interval_start AND at < :interval_end AND n > :least;"
    )
    query = sql_job(
        "q",
        file="q.sql",
        inputs=RAW,
        outputs=Output("out", schema="n BIGINT, day DATE", time="day"),
        interval="day",
        parameters={"least": 2},
    )
    query = Job(**{**vars(query), "where": type(query.where)(file="q.py", line=1)})
    staged = world.one(query, "2013-01-02")
    assert sum(world.rows(staged).values()) == 1
    assert not spark.catalog.tableExists("raw")


def test_an_undeclared_read_is_seen(world, spark):
    """A table that the plan scans beside its inputs is named, also inside a subquery."""
    secret_table = str(world.folder / "hidden")
    spark.range(5).write.format("delta").save(secret_table)
    spark.range(5).write.parquet(str(world.folder / "plain"))

    @job(inputs=RAW, outputs=Output("out", schema="n BIGINT"))
    def reads_more(raw, *, spark):
        spark.read.parquet(str(world.folder / "plain")).createOrReplaceTempView("plain_view")
        more = spark.read.format("delta").load(secret_table).crossJoin(spark.range(1).toDF("one"))
        local = spark.createDataFrame([(1,)], "k INT")
        frame = raw.join(more, raw.n == more.id).crossJoin(local).select("n")
        return frame.join(spark.sql("SELECT (SELECT max(id) FROM plain_view) AS m")).select("n")

    _, undeclared = world.stage(declared(reads_more))
    assert [name.partition(str(world.folder))[2] for name in undeclared] == ["/hidden@0", "/plain"], (
        undeclared
    )


def test_a_window_of_an_upstream_is_cut_and_pinned(world, spark):
    """Only the interval's days of the pinned version are read, and only the declared columns."""
    path = str(world.folder / "up")
    frame = spark.sql(
        "SELECT explode(sequence(DATE '2013-01-01', DATE '2013-01-04')) AS day, 1L AS n, 2 AS z"
    )
    frame.write.format("delta").partitionBy("day").save(path)
    upstream = declared(
        job(outputs=Output("up", schema="day DATE, n BIGINT, z INT", time="day"), interval="day", inputs=RAW)(
            lambda raw: raw
        )
    )
    upstream = Job(**{**vars(upstream), "name": "upstream"})

    @job(
        inputs={"up": Input("up", columns=["day", "n"])},
        outputs=Output("out", schema="day DATE, n BIGINT", time="day"),
        interval="day",
        batch=2,
    )
    def reader(up):
        return up

    staged = world.one(declared(reader), "2013-01-02/2013-01-04", others=(upstream,))
    assert world.rows(staged) == {"2013-01-02": 1, "2013-01-03": 1}


def test_a_missing_input_is_to_be_tried_again(world):
    """An input that is not there yet stops the job before it is called."""
    (world.folder / "raw.csv").unlink()
    with pytest.raises(RetryError, match=r"source\.raw"):
        world.stage(copy(Output("out", schema=SCHEMA)))


def test_errors_of_the_users_code_name_its_lines_only(world):
    """What the function raises, in the driver, in a plan and in a worker, without a row's values."""
    from pyspark.sql import functions as F

    @job(inputs=RAW, outputs=Output("out", schema="n BIGINT"))
    def raises(raw):
        raise ValueError("the user's words")

    @job(inputs=RAW, outputs=Output("out", schema="n INT"))
    def casts(raw):
        return raw.select(F.concat("name", F.lit("soso")).cast("int").alias("n"))

    @job(inputs=RAW, outputs=Output("out", schema="n BIGINT"))
    def works(raw):
        @F.udf("bigint")
        def worker(value):
            return int(f"soso{value}")

        return raw.select(worker("n").alias("n"))

    @job(inputs=RAW, outputs=Output("out", schema="n BIGINT"))
    def misspells(raw):
        return raw.select("nn")

    said = {}
    for function in (raises, casts, works, misspells):
        with pytest.raises(UserCodeError) as caught:
            world.stage(declared(function))
        said[function.__name__] = caught.value.faults[0].what
    assert "ValueError: the user's words (" in said["raises"]
    assert "in raises)" in said["raises"]
    assert "CAST_INVALID_INPUT" in said["casts"]
    assert "ValueError in a Python worker" in said["works"]
    assert "in worker)" in said["works"]
    assert "UNRESOLVED_COLUMN" in said["misspells"]
    for text in said.values():
        assert "/framework/" not in text
        assert "soso" not in text
        assert "\n" not in text


def test_what_is_no_frame_is_said(world):
    """A function that returns something else, or other names than declared, failed."""

    @job(inputs=RAW, outputs=Output("out", schema="n INT"))
    def nothing(raw):
        return None

    @job(inputs=RAW, outputs={"a": Output("out", schema="n INT"), "b": Output("second", schema="n INT")})
    def others(raw):
        return {"a": 1, "c": raw}

    with pytest.raises(FailedError, match="nothing returned None and not a DataFrame"):
        world.stage(declared(nothing))
    with pytest.raises(FailedError) as caught:
        world.stage(declared(others))
    assert [fault.what for fault in caught.value.faults] == [
        'others returned no frame for its output "b"',
        'others returned "c", which is no output of it',
        'others returned int and not a DataFrame for "a"',
    ]


def test_damage_found_while_staging_is_the_files_fault(world):
    """A malformed row that Spark meets while it writes rejects the run and names the file."""
    with (world.folder / "raw.csv").open("a") as raw:
        raw.write("2013-01-01,never,5,soso\n")
    with pytest.raises(RejectedError) as caught:
        world.stage(copy(Output("out", schema=SCHEMA)))
    assert "raw.csv" in str(caught.value)
    assert "soso" not in str(caught.value)


def test_a_value_of_a_wrong_type_is_not_told(world):
    """`createDataFrame` names the value in its error; only Spark's condition is passed on."""

    @job(inputs={}, outputs=Output("out", schema="n INT"))
    def by_rows(*, spark):
        return spark.createDataFrame([("Jane Doe",)], "n INT")

    @job(inputs={}, outputs=Output("out", schema="n INT"))
    def by_pandas(*, spark):
        import pyarrow as pa

        return spark.createDataFrame(pa.array(["Jane Doe"]).cast("int32").to_pandas())

    for function, told in (
        (by_rows, r"PySparkTypeError [A-Z]+(_[A-Z]+)+"),  # each line of Spark has another name for it
        (by_pandas, "ArrowInvalid"),
    ):
        with pytest.raises(UserCodeError) as caught:
            world.stage(declared(function))
        assert re.search(told, str(caught.value))
        assert "Jane" not in str(caught.value) + str(caught.value.faults[0].hint)


def test_a_condition_is_no_word_of_a_row(world):
    """What is in brackets in a row is not taken for Spark's name of the error."""

    @job(inputs={}, outputs=Output("out", schema="n INT"))
    def casts(*, spark):
        return spark.range(1).selectExpr("CAST(concat('[JANE_DOE]', id) AS INT) AS n")

    with pytest.raises(UserCodeError, match="CAST_INVALID_INPUT") as caught:
        world.stage(declared(casts))
    assert "JANE" not in str(caught.value)


def test_words_of_the_user_are_no_lost_connection(world, spark):
    """An error is a retry by what Spark's JVM threw, not by what a worker, a row or a message says."""

    @job(inputs=RAW, outputs=Output("out", schema="n BIGINT"))
    def refuses(raw):
        from pyspark.sql import functions as F

        @F.udf("bigint")
        def rule(n):
            raise ValueError("java.net.ConnectException: Connection refused by rule 7, ExecutorLostFailure")

        return raw.select(rule("n").alias("n"))

    @job(inputs=RAW, outputs=Output("out", schema="n BIGINT"))
    def asserts(raw):
        return raw.selectExpr("CAST(raise_error('Connection reset, Read timed out') AS BIGINT) AS n")

    @job(inputs=RAW, outputs=Output("out", schema="n BIGINT"))
    def loses(raw):
        raw.sparkSession._jvm.java.net.Socket("127.0.0.1", 1)

    lost = {}
    for function in (refuses, asserts, loses):
        with pytest.raises(UserCodeError) as caught:
            world.stage(declared(function))
        lost[function.__name__] = is_lost(caught.value.original)
    assert lost == {"refuses": False, "asserts": False, "loses": True}


def test_a_file_replaced_while_the_job_ran_is_not_staged(world):
    """The fingerprint is of the pinned file: rows of another, or errors over them, are a retry."""

    def put(text: str) -> None:
        (world.folder / "new").write_text(text)
        (world.folder / "new").replace(world.folder / "raw.csv")

    @job(inputs=RAW, outputs=Output("out", schema=SCHEMA))
    def late(raw):
        put(ROWS.replace("a/b", "b/a"))
        return raw

    @job(inputs=RAW, outputs=Output("out", schema=SCHEMA))
    def damaged(raw):
        put("day\nsoso\n")
        return raw

    for function in (late, damaged):
        with pytest.raises(RetryError, match=r"source\.raw: changed or gone while it was read"):
            world.stage(declared(function))


def test_an_input_that_spark_cannot_open_is_named(world, spark):
    """A pinned version that Delta cannot read any more is the input's trouble, and says which."""
    path = world.folder / "up"
    spark.range(3).write.format("delta").save(str(path))

    @job(inputs={"up": Input("up")}, outputs=Output("out", schema="id BIGINT"))
    def reader(up):
        return up

    pin = world.pin("up")
    world.pin = lambda dataset: replace(pin, read_version=7)
    with pytest.raises(FailedError, match=r"up cannot be read: .*version 7") as caught:
        world.stage(declared(reader))
    assert caught.value.faults[0].where == declared(reader).inputs["up"].where
