"""A publishing process that is killed (SIGKILL) at each statement, then run again."""

import subprocess
import sys

import pytest

from tests.redshift.polling import polled
from tests.redshift.rig.faults import Fault, Kind
from tests.redshift.rig.server import Redshift
from tests.redshift.victim import NAMES
from tests.redshift.worlds import new_schema, redshift_world
from tests.s3.serving import ROOT, S3
from tests.storage.publishing import D1, D2, rows_of


@pytest.mark.parametrize(
    ("statement", "do"),
    [
        ("^create temp table", "drop"),
        ("^copy", "lose_reply"),
        ("^lock", "lose_reply"),
        ("^delete", "lose_reply"),
        ("^insert into .* select", "lose_reply"),
        ("^insert into .*__sparkjob", "lose_reply"),
        ("^commit", "drop"),
        ("^commit", "lose_reply"),
        ("^commit", "linger"),
    ],
)
def test_a_process_that_is_killed(redshift: Redshift, s3: S3, statement: str, do: Kind) -> None:
    """Whatever step it died in: readers saw the old rows or the new, and the next run converges."""
    schema, bucket = new_schema(redshift), s3.new_bucket()
    world = redshift_world(redshift, s3, schema=schema, passage=bucket).prepare()
    world.run({D1: rows_of(D1, "old"), D2: rows_of(D2, "other")})
    command = [
        sys.executable,
        "-m",
        "tests.redshift.victim",
        str(redshift.port),
        schema,
        s3.endpoint,
        bucket.name,
    ]
    victims: list[subprocess.Popen[bytes]] = []
    # The process's own first COMMIT is none: its table is there.
    fault = Fault(
        match=statement,
        do=do,
        then=lambda: victims[0].kill(),  # noqa: PLW0108 - it is not there yet
    )
    with polled(redshift, world) as seen, redshift.faults.during(fault):
        victims.append(subprocess.Popen(command, cwd=ROOT))
        assert victims[0].wait(120) < 0
        world.run({D1: rows_of(D1, *NAMES)}, code="v2")
    assert fault.seen
    assert sorted(str(row[1]) for row in world.rows()) == [*NAMES, "other"]
    assert world.published()[D1].is_intact
    assert seen <= {("old", "other"), (*NAMES, "other")}
