"""The statements that merge rows, carried out by a server that compares texts as Redshift does."""

import re
import sqlite3
from dataclasses import replace

from framework import Output
from framework.publish.redshift.change import render_change
from tests.unit.redshift.tables import HOURLY

OUTPUT = Output("flights.state", schema="name STRING NOT NULL, amount BIGINT", key="name", mode="merge")
TABLE = replace(HOURLY, grain="whole", time="", time_type="", merged="merge")


def _merge(*rows: tuple[str, int], into: sqlite3.Connection) -> list[tuple[object, ...]]:
    """The table after these rows were merged into it."""
    into.execute("CREATE TABLE stage (name TEXT COLLATE RTRIM, amount INTEGER)")
    into.executemany("INSERT INTO stage VALUES (?, ?)", rows)
    for sql in render_change(TABLE, OUTPUT, (), "stage"):
        # SQLite has no USING in DELETE.
        into.execute(re.sub(r"USING (\w+) WHERE (.*)", r"WHERE EXISTS (SELECT 1 FROM \1 WHERE \2)", sql))
    into.execute("DROP TABLE stage")
    return sorted(into.execute("SELECT * FROM t"))


def test_keys_that_differ_by_blanks_at_the_end_are_two() -> None:
    """They are equal for Redshift, and two for Spark and for the audit: each row is kept."""
    server = sqlite3.connect(":memory:")
    server.create_function("octet_length", 1, lambda text: len(text.encode()))
    server.execute("CREATE TABLE t (name TEXT COLLATE RTRIM, amount INTEGER)")
    assert _merge(("a", 1), ("a ", 2), into=server) == [("a", 1), ("a ", 2)]
    assert _merge(("a", 3), into=server) == [("a", 3), ("a ", 2)]
    assert _merge(("a  ", 4), into=server) == [("a", 3), ("a ", 2), ("a  ", 4)]
