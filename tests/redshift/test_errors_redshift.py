"""What goes wrong in Redshift has an outcome, says why, and says what to do."""

import re
import traceback

import pytest

from framework.errors import FailedError, MisconfiguredError, RejectedError, RetryError, SparkjobError
from tests.redshift.rig.faults import Fault
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import RedshiftWorld, redshift_world
from tests.s3.serving import S3
from tests.storage.publishing import D1, rows_of


def shown(error: BaseException) -> str:
    """All that a log can have of an error: itself, its hint, its causes, their attributes."""
    hints = "".join(fault.hint or "" for fault in getattr(error, "faults", ()))
    return hints + "".join(traceback.format_exception(error))


@pytest.fixture
def world(redshift: Redshift, s3: S3) -> RedshiftWorld:
    """A table with a generation."""
    world = redshift_world(redshift, s3).prepare()
    world.run({D1: rows_of(D1, "old")})
    return world


@pytest.mark.parametrize(
    ("state", "text", "detail", "kind", "said", "hint"),
    [
        (
            "42501",
            "permission denied for schema reports",
            "",
            MisconfiguredError,
            "may not",
            "sparkjob grants",
        ),
        (
            "XX000",
            "User arn:aws:redshift:eu-west-1:1:dbuser:c/etl is not authorized to assume IAM Role r",
            "",
            MisconfiguredError,
            "may not take the role",
            "copy_role",
        ),
        (
            "XX000",
            "S3ServiceException:Access Denied,Status 403,Error AccessDenied",
            "",
            MisconfiguredError,
            "the stage on S3",
            "copy_role",
        ),
        (
            "XX000",
            "S3ServiceException:The bucket must be addressed using the specified endpoint.,Status 301",
            "",
            MisconfiguredError,
            "another region",
            "store `stage`",
        ),
        ("XX000", "Disk Full", "error: Disk Full code: 1016", RetryError, "disk is full", "VACUUM"),
        (
            "57014",
            "Query (12) cancelled by WLM abort action",
            "",
            RetryError,
            "workload management",
            "SVV_TRANSACTIONS",
        ),
        ("XX000", "Something new", "", FailedError, "refused with XX000$", "SYS_LOAD_ERROR_DETAIL"),
        (
            "0A000",
            "cannot alter type of a column used by a view or rule",
            'rule _RETURN on view v depends on column "name"',
            MisconfiguredError,
            "a view is bound",
            "WITH NO SCHEMA BINDING",
        ),
    ],
)
def test_a_copy_that_is_refused(
    redshift: Redshift,
    world: RedshiftWorld,
    state: str,
    text: str,
    detail: str,
    kind: type[SparkjobError],
    said: str,
    hint: str | None,
) -> None:
    """The outcome tells whether trying again can help; the hint, what does. Nothing was published."""
    audited = world.stage({D1: rows_of(D1, "new")}, code="v2")
    fault = Fault(match="^copy", do="error", state=state, text=text, detail=detail)
    with redshift.faults.during(fault), pytest.raises(kind, match=said) as raised:
        world.publish(audited)
    assert type(raised.value) is kind
    (told,) = raised.value.faults
    assert told.where == world.binding.location.uri
    assert (hint is None and told.hint is None) or (hint or "") in (told.hint or "")
    assert world.rows() == rows_of(D1, "old")


def test_a_load_error_says_column_reason_file_and_line(redshift: Redshift, world: RedshiftWorld) -> None:
    """What SYS_LOAD_ERROR_DETAIL has about this very COPY stands in the message, and no value of a row."""
    audited = world.stage({D1: rows_of(D1, "new")}, code="v2")
    fault = Fault(
        match="^copy",
        do="error",
        text="Load into table 'x' failed. Check 'sys_load_error_detail' system table for details.",
        detail="",
        load={
            "column": "name",
            "reason": "Invalid digit, Value 'very private', Pos 0, Type: Integer",
            "file": "s3://b/q=vvery private/part-1.parquet",
            "line": 7,
        },
    )
    with redshift.faults.during(fault), pytest.raises(FailedError) as raised:
        world.publish(audited)
    assert re.search(
        r": Invalid digit \(column name, part-1\.parquet, line 7, query \d+\)", str(raised.value)
    )
    assert "private" not in shown(raised.value)


def test_the_load_error_of_another_copy_is_not_told(redshift: Redshift, world: RedshiftWorld) -> None:
    """A COPY that is refused before it loads has none: that of a session with the same number is not its."""
    audited = world.stage({D1: rows_of(D1, "new")}, code="v2")
    redshift.run(
        "INSERT INTO stl_load_errors (session, query, filename, line_number, colname, err_reason) "
        "SELECT pid, 0, 'old.parquet', 1, 'old', 'Invalid digit' FROM generate_series(1, 100000) pid"
    )
    fault = Fault(match="^copy", do="error", text="S3ServiceException:Access Denied,Status 403", detail="")
    with redshift.faults.during(fault), pytest.raises(MisconfiguredError, match="the stage on S3") as raised:
        world.publish(audited)
    redshift.run("DELETE FROM stl_load_errors WHERE query = 0")
    assert "old" not in str(raised.value)


def test_a_file_that_was_damaged_after_the_audit(world: RedshiftWorld) -> None:
    """Of the same size, and no Parquet any more: COPY says which file, and nothing is published."""
    audited = world.stage({D1: rows_of(D1, "new")}, code="v2")
    (file,) = audited.staged.files
    world.put(file.path, b"x" * file.size)
    with pytest.raises(FailedError) as raised:
        world.publish(audited)
    assert file.path.rpartition("/")[2] in str(raised.value)
    assert str(raised.value).count("has an invalid version number") == 1
    assert "xxxx" not in shown(raised.value)
    assert world.rows() == rows_of(D1, "old")


def test_a_file_that_was_exchanged_after_the_audit(world: RedshiftWorld) -> None:
    """Of the same size, with other rows: what was loaded is compared with what the audit saw."""
    audited = world.stage({D1: rows_of(D1, "new", amount=1)}, code="v2")
    other = world.stage({D1: rows_of(D1, "new", amount=2)}, code="v3")
    (file,), (exchanged,) = audited.staged.files, other.staged.files
    assert file.size == exchanged.size
    world.put(file.path, world.read(exchanged.path))
    with pytest.raises(FailedError, match="these differ: smallest value of amount, largest value of amount"):
        world.publish(audited)
    assert world.rows() == rows_of(D1, "old")


def test_a_missing_schema_is_found_before_anything_is_staged(redshift: Redshift, s3: S3) -> None:
    """`prepare` says it: a schema is for a DBA to create."""
    with pytest.raises(MisconfiguredError, match="the database or the schema is not there"):
        redshift_world(redshift, s3, schema="nowhere").prepare()


def test_a_table_that_is_not_ours_is_refused(redshift: Redshift, world: RedshiftWorld, s3: S3) -> None:
    """A table of that name that somebody else has made is never written to."""
    schema = world.binding.location.uri.rpartition("/")[2].partition(".")[0]
    redshift.run(f"CREATE TABLE {schema}.theirs (day date)")
    with pytest.raises(MisconfiguredError, match="not made by sparkjob"):
        redshift_world(redshift, s3, schema=schema, table="theirs").prepare()


def test_a_table_without_a_bucket_to_pass_through_is_refused(redshift: Redshift, s3: S3) -> None:
    """Without a stage on S3 there is no way into Redshift, and the hint says what to configure."""
    from dataclasses import replace

    world = redshift_world(redshift, s3)
    world.binding = replace(world.binding, passage=None)
    with pytest.raises(MisconfiguredError, match='the store "stage"'):
        world.prepare()


@pytest.mark.parametrize(
    "statement", ["^copy", "^select count", "^delete", "^insert into .* select", "^commit"]
)
@pytest.mark.parametrize(
    ("state", "text", "detail"),
    [
        ("22P02", 'invalid input syntax for integer: "very private"', ""),
        ("23505", "duplicate key", "Key (name)=(very private) already exists."),
        ("XX000", "very private", "\n error: Overflow code: 1058 context: very private"),
        ("42P01", "nonexistent table", "very private"),
    ],
)
def test_no_message_holds_a_value(
    redshift: Redshift, world: RedshiftWorld, statement: str, state: str, text: str, detail: str
) -> None:
    """Whatever the server says, its words may quote a row; ours do not, and no traceback does."""
    audited = world.stage({D1: rows_of(D1, "new")}, code="v2")
    fault = Fault(match=statement, do="error", times=1_000, state=state, text=text, detail=detail)
    with redshift.faults.during(fault), pytest.raises(SparkjobError) as raised:
        world.publish(audited)
    assert fault.seen
    assert "private" not in shown(raised.value)


def test_retries_tell_no_value(redshift: Redshift, world: RedshiftWorld) -> None:
    """They are kept in the run's record."""
    audited = world.stage({D1: rows_of(D1, "new")}, code="v2")
    text = "could not serialize access: very private"
    with redshift.faults.during(Fault(match="^delete", do="error", state="40001", text=text, detail="")):
        (receipt,) = world.publish(audited)
    assert receipt.retries == ("a conflict with another transaction (could not serialize)",)


def test_a_text_that_is_too_long_is_rejected(redshift: Redshift, world: RedshiftWorld) -> None:
    """The data breaks what the table can hold: an outcome of its own, which no retry heals."""
    audited = world.stage({D1: rows_of(D1, "new")}, code="v2")
    text = "value too long for type character varying(4)"
    fault = Fault(match="^copy", do="error", state="22001", text=text, detail="")
    with redshift.faults.during(fault), pytest.raises(RejectedError, match="longer than the column"):
        world.publish(audited)


def test_a_text_that_stays_too_long_is_not_tried_for_ever(redshift: Redshift, world: RedshiftWorld) -> None:
    """The columns are long enough, so that another try has no better outlook: rows are loaded once."""
    audited = world.stage({D1: rows_of(D1, "new")}, code="v2")
    text = "value too long for type character varying(4)"
    always = Fault(
        match="^insert into .* select", do="error", times=1_000, state="22001", text=text, detail=""
    )
    before = len(redshift.faults.statements)
    with redshift.faults.during(always), pytest.raises(RejectedError, match="longer than the column"):
        world.publish(audited)
    assert sum(sql.startswith("COPY") for sql in redshift.faults.statements[before:]) == 1


def test_a_view_that_is_bound_to_a_text_is_named_as_the_reason(
    redshift: Redshift, world: RedshiftWorld
) -> None:
    """Redshift lengthens no column under a bound view: a person drops it, or binds it late."""
    redshift.run(f"CREATE VIEW {world.table}_v AS SELECT name FROM {world.table}".replace('"_v', '_v"'))
    audited = world.stage({D1: rows_of(D1, "x" * 300)}, code="v2")
    with pytest.raises(MisconfiguredError, match="a view is bound") as raised:
        world.publish(audited)
    assert "WITH NO SCHEMA BINDING" in (raised.value.faults[0].hint or "")
    assert world.rows() == rows_of(D1, "old")
