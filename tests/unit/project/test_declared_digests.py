"""What counts as a change of a contract, of the checks, of what is read."""

from dataclasses import replace

from framework.contract import expect
from framework.contract.types import Input, Job, Output
from framework.errors import Where
from framework.project.digests import checks_digest, contract_digest, reads_digest
from framework.project.sql_text import normalise_sql

JOB = Job(
    name="a", inputs={}, outputs={}, where=Where(file="jobs/a.py", line=1), interval="day", start="2013-01-01"
)


def of(**options):
    """The contract digest of one output."""
    given = {"schema": "day DATE, n INT", "key": "day", "time": "day"} | options
    return contract_digest(JOB, Output("x.a", **given))


def test_contract():
    """Schema, key, time, partitioning and grain count; comments, owner, tags, batch and places do not."""
    same = of()
    assert of(schema="day DATE COMMENT 'x', n INTEGER") == same
    assert of(partition_by="day") == same
    moved = replace(JOB, owner="ops", tags=("t",), batch=9, where=Where(file="b", line=2), description="x")
    assert contract_digest(moved, Output("x.a", schema="day DATE, n INT", key="day", time="day")) == same
    others = {
        of(schema="day DATE, n BIGINT"),
        of(schema="day DATE NOT NULL, n INT"),
        of(schema="n INT, day DATE"),
        of(key=("day", "n")),
        of(time=None),
        of(partition_by=()),
        contract_digest(replace(JOB, interval="month"), Output("x.a", schema="day DATE, n INT", key="day")),
    }
    assert len(others - {same}) == 7


def test_the_name_under_which_rows_are_returned():
    """Two outputs of one function whose names are exchanged get each other's rows."""
    good, bad = Output("x.a", schema="n INT"), Output("x.b", schema="n INT")
    before = replace(JOB, outputs={"good": good, "bad": bad})
    after = replace(JOB, outputs={"good": bad, "bad": good})
    assert contract_digest(before, good) != contract_digest(after, good)
    assert contract_digest(replace(before, outputs={"bad": bad, "good": good}), good) == contract_digest(
        before, good
    )


def test_checks():
    """Rules, arguments, severity and mostly count; their order and places do not."""
    one, two = expect.column_values_to_not_be_null("n"), expect.column_values_to_be_unique("n")
    same = checks_digest(JOB, Output("x.a", expectations=[one, two]))
    assert checks_digest(JOB, Output("x.b", schema="n INT", expectations=[two, one])) == same
    assert checks_digest(JOB, Output("x.a", expectations=[one])) != same
    assert checks_digest(JOB, Output("x.a", expectations=[one, replace(two, severity="warning")])) != same
    assert checks_digest(JOB, Output("x.a", expectations=[one, replace(two, mostly=0.9)])) != same


def test_reads():
    """Dataset, window, columns and a file's schema count."""
    digests = {
        reads_digest(replace(JOB, inputs={"a": declared}))
        for declared in (
            Input("x.a"),
            Input("x.b"),
            Input("x.a", window="1 day"),
            Input("x.a", columns=["n"]),
            Input("x.a", optional=True),
            Input("x.a", schema="n INT"),
        )
    }
    assert len(digests) == 6
    assert reads_digest(replace(JOB, inputs={"a": Input("x.a")})) in digests


def test_sql_text():
    """Comments and white space go, nested comments too; literals, names and hints stay as they are."""
    text = "SELECT /*+ BROADCAST( a ) */ 1.5 -- x\n,'a -- b  ''c' /* x /* y */ ' */ ,\n `a  b`,r'\\'FROM\ta.b"
    assert (
        normalise_sql(text) == "SELECT /*+ BROADCAST( a ) */ 1.5 , 'a -- b  ''c' , `a  b` , r'\\' FROM a . b"
    )
