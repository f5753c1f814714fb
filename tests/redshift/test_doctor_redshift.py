"""`sparkjob doctor` on Redshift: rights that a publish needs are asked for, one by one."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from framework.doctor.databases import examine_redshift
from framework.environment.location import Location
from framework.errors import RetryError
from tests.redshift.rig.server import Redshift
from tests.redshift.worlds import connection_to, new_schema, redshift_world
from tests.s3.serving import S3
from tests.storage.publishing import D1, rows_of


@pytest.fixture
def limited(redshift: Redshift) -> Iterator[str]:
    """A user without rights, as whom sessions come in from now on."""
    name = f"u_{uuid4().hex[:10]}"
    redshift.run(f"CREATE ROLE {name} LOGIN; REVOKE TEMP ON DATABASE postgres FROM PUBLIC")
    redshift.login["user"] = name
    yield name
    redshift.run(f"DROP OWNED BY {name}; DROP ROLE {name}; GRANT TEMP ON DATABASE postgres TO PUBLIC")


def test_missing_rights_are_named_with_their_grants(redshift: Redshift, s3: S3, limited: str) -> None:
    """On the schema, on the database, and for a table that is there on it and on its ledger."""
    world = redshift_world(redshift, s3)
    binding = world.binding
    schema = binding.location.uri.rpartition("/")[2].partition(".")[0]
    hints = [each.hint for each in examine_redshift(binding) if each.state == "fault"]
    assert hints == [
        f'GRANT USAGE ON SCHEMA "{schema}" TO "etl";',
        f'GRANT CREATE ON SCHEMA "{schema}" TO "etl";',
        'GRANT TEMP ON DATABASE "postgres" TO "etl";',
    ]
    redshift.run(
        f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {limited}; GRANT TEMP ON DATABASE postgres TO {limited}"
    )
    assert [each.state for each in examine_redshift(binding)] == ["good"]

    redshift.login["user"] = "postgres"
    world.prepare().run({D1: rows_of(D1, "a")})
    assert [each.state for each in examine_redshift(binding)] == ["good"]
    redshift.login["user"] = limited
    whats = [each.what for each in examine_redshift(binding)]
    assert [what.partition(" on ")[0] for what in whats] == ["no right SELECT, INSERT, DELETE"] * 2


def test_what_is_not_there_or_not_ours_is_a_fault(redshift: Redshift, s3: S3) -> None:
    """A schema, and a table that somebody else has made."""
    binding = redshift_world(redshift, s3).binding
    nowhere = replace(binding, location=Location(uri="redshift://dwh/nowhere_at_all.t"))
    assert "there is no schema" in next(examine_redshift(nowhere)).what
    schema = new_schema(redshift)
    redshift.run(f"CREATE TABLE {schema}.t (a int)")
    theirs = replace(binding, location=Location(uri=f"redshift://dwh/{schema}.t"))
    assert "was not made by sparkjob" in next(examine_redshift(theirs)).what


def test_a_cluster_that_is_away_is_told(redshift: Redshift, s3: S3) -> None:
    """As a run would tell it."""
    binding = redshift_world(redshift, s3).binding
    away = replace(binding, database=replace(connection_to(redshift), port=1))
    with pytest.raises(RetryError, match="nobody listens there"):
        list(examine_redshift(away))
