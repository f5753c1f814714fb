"""Publishing while S3 answers badly: it happens once, or not at all and says why."""

from datetime import UTC, datetime, timedelta

import pytest

from framework.errors import MisconfiguredError, RetryError
from tests.s3.faulty import Fault
from tests.s3.serving import S3, SECRET
from tests.storage.publishing import D1, WORLDS, World, delta_world, rows_of

COMMIT = r"PUT .*/_delta_log/\d+\.json"
COMMIT_OR_POINTER = r"PUT .*/(_delta_log/\d+|_published/.*/\d+)\.json"


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


WEATHER = {
    "the store is busy, whatever is asked": Fault(match=".", action="busy", times=6),
    "uploads are reset in their middle": Fault(match=r"PUT .*\.parquet", action="reset", times=2),
    "the commit is reset in its middle": Fault(match=COMMIT_OR_POINTER, action="reset", times=2),
    "the commit's reply is lost": Fault(match=COMMIT_OR_POINTER, action="lost"),
    "the commit's reply is cut": Fault(match=COMMIT_OR_POINTER, action="cut"),
    "the commit is slow": Fault(match=COMMIT_OR_POINTER, action="slow"),
    "logs and pointers are cut": Fault(match=r"GET .*\.json", action="cut", times=2),
    "footers are cut": Fault(match=r"GET .*\.parquet", action="cut", times=2),
    "lists are cut": Fault(match=r"GET /[^/]+/?$", action="cut", times=2),
}


@pytest.mark.parametrize("weather", WEATHER)
@pytest.mark.parametrize("form", ["delta", "parquet"])
def test_in_bad_weather_a_publish_is_there_once_or_not_at_all(s3: S3, form: str, weather: str) -> None:
    """It ends well or is a retry, readers see old rows or new, and when it is tried again it ends well."""
    world = WORLDS[form](s3.new_bucket()).prepare()
    world.run({D1: rows_of(D1, "old")}, code="v1")
    new = rows_of(D1, "new")
    with s3.faults(WEATHER[weather]) as met:
        try:
            ended = world.run({D1: new}, code="v2")
        except RetryError:
            ended = ["retry"]
    assert met > [0]
    assert ended in (["published"], ["retry"])
    assert world.rows() == (new if ended == ["published"] else rows_of(D1, "old"))
    if ended == ["retry"]:
        assert world.run({D1: new}, code="v2") == ["published"]
    assert world.rows() == new
    assert world.published()[D1].number == 2


@pytest.mark.parametrize("form", ["delta", "parquet"])
@pytest.mark.parametrize("hours", [-26, 26], ids=["behind", "ahead"])
def test_a_store_whose_clock_is_wrong_by_a_day_is_published_to(s3: S3, form: str, hours: int) -> None:
    """Its times are compared with ours in one place, with a margin of days."""
    world = WORLDS[form](s3.new_bucket()).prepare()
    audited = world.stage({D1: rows_of(D1, "new")})
    for file in audited.staged.files:
        world.age(file.path, datetime.now(UTC) + timedelta(hours=hours))
    assert [receipt.outcome for receipt in world.publish(audited)] == ["published"]
    assert world.rows() == rows_of(D1, "new")


def test_who_may_not_write_is_told_so(s3: S3, world: World) -> None:
    """No right to commit: 64, no key in the message, and readers have what they had."""
    with s3.faults(Fault(match=COMMIT, action="denied", times=100)):
        audited = world.stage({D1: rows_of(D1, "new")}, code="v2")
        with pytest.raises(MisconfiguredError, match="may not be written: permission denied") as caught:
            world.publish(audited)
    assert SECRET not in str(caught.value)
    assert caught.value.faults[0].hint
    assert world.rows() == rows_of(D1, "old")
