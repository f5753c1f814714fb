"""What goes wrong in Redshift has an outcome, says why, and says what to do."""

import pytest

from framework.errors import FailedError, MisconfiguredError, RejectedError, RetryError, SparkjobError
from tests.redshift.rig.faults import Fault
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import RedshiftWorld, redshift_world
from tests.s3.serving import S3
from tests.storage.publishing import D1, rows_of


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
        ("57014", "Query (12) cancelled by WLM abort action", "", RetryError, "workload management", "WLM"),
        ("XX000", "Something new", "", FailedError, "refused with XX000: Something new", None),
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
    """What SYS_LOAD_ERROR_DETAIL has about this session's COPY stands in the message."""
    audited = world.stage({D1: rows_of(D1, "new")}, code="v2")
    fault = Fault(
        match="^copy",
        do="error",
        text="Load into table 'x' failed. Check 'sys_load_error_detail' system table for details.",
        detail="",
        load={"column": "name", "reason": "Invalid digit", "file": "s3://b/part-1.parquet", "line": 7},
    )
    with redshift.faults.during(fault), pytest.raises(FailedError) as raised:
        world.publish(audited)
    assert "(column name, s3://b/part-1.parquet, line 7: Invalid digit)" in str(raised.value)


def test_a_file_that_was_damaged_after_the_audit(world: RedshiftWorld) -> None:
    """Of the same size, and no Parquet any more: COPY says which file, and nothing is published."""
    audited = world.stage({D1: rows_of(D1, "new")}, code="v2")
    (file,) = audited.staged.files
    world.put(file.path, b"x" * file.size)
    with pytest.raises(FailedError) as raised:
        world.publish(audited)
    assert file.path.rpartition("/")[2] in str(raised.value)
    assert "not a readable Parquet file" in str(raised.value)
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


def test_no_message_holds_a_value(redshift: Redshift, world: RedshiftWorld) -> None:
    """An error about data may quote it; ours does not."""
    audited = world.stage({D1: rows_of(D1, "new")}, code="v2")
    text = 'invalid input syntax for integer: "very private"'
    fault = Fault(match="^insert into .* select", do="error", state="22P02", text=text, detail="")
    with redshift.faults.during(fault), pytest.raises(FailedError) as raised:
        world.publish(audited)
    assert "22P02" in str(raised.value)
    assert "private" not in str(raised.value)


def test_a_text_that_is_too_long_is_rejected(redshift: Redshift, world: RedshiftWorld) -> None:
    """The data breaks what the table can hold: an outcome of its own, which no retry heals."""
    audited = world.stage({D1: rows_of(D1, "new")}, code="v2")
    text = "value too long for type character varying(4)"
    fault = Fault(match="^copy", do="error", state="22001", text=text, detail="")
    with redshift.faults.during(fault), pytest.raises(RejectedError, match="longer than the column"):
        world.publish(audited)
