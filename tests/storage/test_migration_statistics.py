"""Which columns have statistics while a table gets other columns."""

from pathlib import Path

import pytest

from framework import Output
from framework.publish.delta.migration import commit_migration
from framework.publish.delta.statistics import STATISTICS_COLUMNS, parse_indexed
from tests.storage.publishing import D1, World, by_day, delta_world, rows_of


def _indexed(world: World) -> tuple[str, ...]:
    return parse_indexed(world.delta().metadata().configuration[STATISTICS_COLUMNS])


def test_a_migration_adds_no_feature_to_a_table(tmp_path: Path) -> None:
    """One that it does not need would lock out readers, and our own publishes after them."""
    before: Output = by_day(schema="day DATE NOT NULL, name STRING, amount BIGINT, seen TIMESTAMP_NTZ")
    world = delta_world(tmp_path, before).prepare()
    world.run({D1: [(D1.first_day, "a", 1, None)]})
    protocol = world.delta().protocol()
    after: Output = by_day(schema="day DATE NOT NULL, name STRING, amount DOUBLE, seen TIMESTAMP_NTZ")
    audited = world.stage({D1: [(D1.first_day, "a", 1.5, None)]}, code="v2", output=after)
    table = world.delta()
    commit_migration(audited, table_id=str(table.metadata().id), version=table.version(), wanted=lambda: None)
    assert world.delta().protocol() == protocol
    assert _indexed(world) == ("name",)
    world.prepare(output=after)


def test_a_column_of_another_type_has_no_statistics_in_between(tmp_path: Path) -> None:
    """DOUBLE has no bounds: while the property names such a column, deltalake's reader may skip its rows."""
    world = delta_world(tmp_path).prepare()
    world.run({D1: rows_of(D1, "a")})
    assert _indexed(world) == ("name", "amount")
    wider: Output = by_day(schema="day DATE NOT NULL, name STRING, amount DOUBLE")
    rows = [(D1.first_day, "a", 1.5)]
    audited = world.stage({D1: rows}, code="v2", output=wider)
    between = []

    class KilledError(Exception):
        """SIGKILL just before the commit of the new columns."""

    def look_and_die() -> None:
        between.append(_indexed(world))
        raise KilledError

    def migrate(wanted) -> None:
        table = world.delta()
        commit_migration(audited, table_id=str(table.metadata().id), version=table.version(), wanted=wanted)

    with pytest.raises(KilledError):
        migrate(look_and_die)
    assert between == [("name",)]
    migrate(lambda: None)
    assert _indexed(world) == ("name",)
    assert world.rows() == rows
