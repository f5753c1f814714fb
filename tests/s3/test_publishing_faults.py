"""Publishing while S3 answers badly: it happens once, or not at all and says why."""

import pytest

from framework.errors import MisconfiguredError
from tests.s3.faulty import Fault
from tests.s3.serving import S3, SECRET
from tests.storage.publishing import D1, World, delta_world, rows_of

COMMIT = r"PUT .*/_delta_log/\d+\.json"


@pytest.fixture
def world(s3: S3) -> World:
    """A table of Delta with one row, on S3."""
    world = delta_world(s3.new_bucket()).prepare()
    world.run({D1: rows_of(D1, "old")}, code="v1")
    return world


@pytest.mark.parametrize(
    "fault",
    [
        Fault(match=COMMIT, action="lost"),
        Fault(match=COMMIT, action="busy", times=2),
        Fault(match=r"PUT .*/_fate", action="lost"),
        Fault(match=r"GET .*_delta_log", action="busy", times=2),
    ],
    ids=[
        "the commit's reply is lost",
        "the commit is throttled",
        "the fate's reply is lost",
        "reads are throttled",
    ],
)
def test_a_publish_that_met_a_fault_is_there_once(s3: S3, world: World, fault: Fault) -> None:
    """A repeated conditional put that meets its own object is no conflict, and nothing is doubled."""
    with s3.faults(fault):
        assert world.run({D1: rows_of(D1, "new")}, code="v2") == ["published"]
    assert world.rows() == rows_of(D1, "new")
    assert world.published()[D1].number == 2


def test_who_may_not_write_is_told_so(s3: S3, world: World) -> None:
    """No right to commit: 64, no key in the message, and readers have what they had."""
    with s3.faults(Fault(match=COMMIT, action="denied", times=100)):
        audited = world.stage({D1: rows_of(D1, "new")}, code="v2")
        with pytest.raises(MisconfiguredError, match="may not be written: permission denied") as caught:
            world.publish(audited)
    assert SECRET not in str(caught.value)
    assert caught.value.faults[0].hint
    assert world.rows() == rows_of(D1, "old")
