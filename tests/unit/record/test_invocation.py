"""What was asked for is kept before it begins, and read back as it was."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from framework.environment.location import Location
from framework.errors import MisconfiguredError
from framework.interval import WHOLE, Interval, parse_interval
from framework.plan.steps import Request
from framework.record.invocation import (
    Invocation,
    chain_of,
    load_invocation,
    parse_invocation,
    render_invocation,
    write_invocation,
)

NOW = datetime(2013, 2, 8, 3, 5, tzinfo=UTC)


def _units(text: str, **options: str) -> tuple[Interval, ...]:
    return tuple(parse_interval(text, **options).units())  # type: ignore[arg-type]


def _invocation(name: str, resumes: str | None = None) -> Invocation:
    request = Request(intervals={"report": (WHOLE,)})
    return Invocation(id=name, started=NOW, request=request, resumes=resumes)


def test_it_reads_back_as_it_was_written() -> None:
    """Jobs in their order, gaps between intervals, other grains and zones, parameters, force."""
    request = Request(
        intervals={
            "clean": (*_units("2013-01-01/2013-01-04"), *_units("2013-01-06/2013-01-08")),
            "hourly": _units("2013-11-03", grain="hour", zone="America/New_York"),
            "days": _units("2013-03-09/2013-03-12", zone="America/New_York"),
            "report": (WHOLE,),
        },
        parameters={"clean": {"limit": 3, "name": "ä", "exact": None, "share": 0.5}},
        force=True,
    )
    kept = Invocation(id="01B", started=NOW, request=request, resumes="01A")
    assert parse_invocation(render_invocation(kept)) == kept


def test_a_year_of_days_is_one_stretch() -> None:
    """What is kept does not grow with the number of intervals."""
    whole = Invocation(
        id="01A", started=NOW, request=Request(intervals={"a": _units("2013-01-01/2014-01-01")})
    )
    assert len(render_invocation(whole)) < 500


def test_the_last_one_is_found_and_others_by_their_beginning(tmp_path: Path) -> None:
    """Ids sort by time; a beginning must be of one alone."""
    state = Location(uri=str(tmp_path))
    for name in ("01AA", "01AB", "01B"):
        write_invocation(state, _invocation(name))
    assert load_invocation(state).id == "01B"
    assert load_invocation(state, "01AB").id == "01AB"
    with pytest.raises(MisconfiguredError, match='2 invocations begin with "01A"'):
        load_invocation(state, "01A")
    with pytest.raises(MisconfiguredError, match="no invocation begins"):
        load_invocation(state, "02")


def test_nothing_was_run_yet(tmp_path: Path) -> None:
    """An empty state store is no crash."""
    with pytest.raises(MisconfiguredError, match="nothing was run here yet") as caught:
        load_invocation(Location(uri=str(tmp_path / "nowhere")))
    assert "resume --last" not in str(caught.value.faults[0].hint), "which is what was tried"


def test_a_resumed_one_leads_back_to_the_first(tmp_path: Path) -> None:
    """So that what any of them has published is known."""
    state = Location(uri=str(tmp_path))
    for name, resumes in (("01A", None), ("01B", "01A"), ("01C", "01B")):
        write_invocation(state, _invocation(name, resumes))
    assert [each.id for each in chain_of(state, load_invocation(state))] == ["01C", "01B", "01A"]


def test_one_that_was_cleaned_ends_the_chain(tmp_path: Path) -> None:
    """What is kept of it is still resumed."""
    state = Location(uri=str(tmp_path))
    write_invocation(state, _invocation("01B", "01A"))
    assert [each.id for each in chain_of(state, load_invocation(state))] == ["01B"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 9}', "null"])
def test_what_is_none_is_refused(tmp_path: Path, text: str) -> None:
    """A torn or foreign object is told, not guessed at."""
    (tmp_path / "invocations").mkdir()
    (tmp_path / "invocations" / "01A.json").write_text(text)
    with pytest.raises(MisconfiguredError, match="01A cannot be read"):
        load_invocation(Location(uri=str(tmp_path)))
