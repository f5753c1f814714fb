"""A job with several outputs: no run takes part of it for all, and what one leaves the next finishes."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from framework import Output, expect
from framework.contract.declare import ATTRIBUTE
from framework.errors import RetryError
from framework.outcome import Outcome
from tests.storage.publishing import seen
from tests.storage.trio import D1, D2, D3, SCHEMA, World, delta, memory, mixed, parquet, trio

PUBLISHED, UNCHANGED, RETRY, FAILED = Outcome.PUBLISHED, Outcome.UNCHANGED, Outcome.RETRY, Outcome.FAILED


@pytest.fixture(params=[delta, parquet, mixed, memory], ids=["delta", "parquet", "mixed", "memory"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """A job with the outputs a, b and c, never run."""
    found: World = request.param(tmp_path)
    return found


def test_who_lost_to_a_run_that_published_all_is_unchanged(world: World) -> None:
    """Promise 4: exit 0 without publishing, because every output is what this run would have made."""
    winner, loser = world.stage(), world.stage()
    assert winner.publish() == {D1: PUBLISHED}
    assert loser.publish() == {D1: UNCHANGED}
    assert world.made_by() == [winner.stage_id] * 3


def test_none_is_published_when_a_later_table_is_not_as_it_was_checked(world: World) -> None:
    """A rule about all of the third table has looked at an older version: the first is not begun."""
    ours = world.stage()
    third = ours.outputs[2]
    ready = replace(third, audited=seen(third.audited, 0, D1))
    world.days = (D2,)
    world.stage().publish()
    with pytest.raises(RetryError, match="the table changed since it was checked"):
        replace(ours, outputs=(*ours.outputs[:2], ready)).publish()
    assert world.made_by(D1) == [None, None, None]


def test_a_rule_about_the_whole_table_is_not_carried_forward(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an earlier run saw of the table says nothing now: its later outputs are made anew."""
    declared = getattr(trio, ATTRIBUTE)
    rule = expect.column_values_to_be_unique("v", scope="table")
    last = Output("t.c", schema=SCHEMA, time="day", expectations=[rule])
    monkeypatch.setattr(trio, ATTRIBUTE, replace(declared, outputs={**declared.outputs, "c": last}))
    died = world.stage()
    died.publish(2)
    assert world.walk() == {D1: FAILED}  # there is no Spark here to make it anew
    assert "must look at it anew" in capsys.readouterr().err
    assert world.made_by() == [died.stage_id] * 2 + [None]


@pytest.mark.parametrize("first", [1, 2])
def test_who_lost_to_a_run_that_died_between_two_outputs_says_so(world: World, first: int) -> None:
    """Promise 4: the first output is what it would have been, a later one is not: never exit 0."""
    winner, loser = world.stage(), world.stage()
    winner.publish(first)
    assert loser.publish() == {D1: RETRY}
    assert world.made_by() == [winner.stage_id] * first + [None] * (3 - first)


def test_an_older_generation_of_a_later_output_is_not_taken_for_ours(world: World) -> None:
    """Promise 4: the same with earlier data, which readers of the later outputs still see."""
    old = world.stage()
    old.publish()
    winner, loser = world.stage("v2"), world.stage("v2")
    winner.publish(1)
    assert loser.publish() == {D1: RETRY}
    assert world.made_by() == [winner.stage_id, old.stage_id, old.stage_id]


def test_who_lost_the_first_output_never_publishes_the_second(world: World) -> None:
    """Outputs of two runs are not mixed."""
    other, ours = world.stage("v2"), world.stage()
    other.publish(1)
    assert ours.publish() == {D1: RETRY}
    assert world.made_by() == [other.stage_id, None, None]


def test_who_lost_a_middle_output_never_publishes_the_last(world: World) -> None:
    """What is lost stays lost for the outputs behind it, and other intervals go on."""
    world.days = (D1, D2)
    ours = world.stage()
    world.days = (D2,)
    other = world.stage("v2")
    ours.publish(1)
    other.but_first().publish()
    assert ours.publish() == {D1: PUBLISHED, D2: RETRY}
    assert world.made_by(D1) == [ours.stage_id] * 3
    assert world.made_by(D2) == [ours.stage_id, other.stage_id, other.stage_id]


@pytest.mark.parametrize("first", [1, 2])
def test_the_next_run_finishes_what_a_dead_one_began(world: World, first: int) -> None:
    """Without Spark: the staged files of the dead run are published as they are, and recorded."""
    dead = world.stage()
    dead.publish(first)
    assert world.walk() == {D1: PUBLISHED}
    assert world.made_by() == [dead.stage_id] * 3
    (record,) = world.kept()
    assert record.reasons == (f"carries run {dead.attempt.run_id} forward",)
    assert set(record.intervals[0].generations) == {"t.b", "t.c"} if first == 1 else {"t.c"}
    assert world.walk() == {D1: UNCHANGED}


def test_a_zombie_of_the_same_run_id_is_not_carried(world: World) -> None:
    """A scheduler's retry has the run id of the attempt before: the intent is found by the attempt."""
    zombie, retry = (world.stage(run_id="one") for _ in range(2))
    retry.publish(1)
    zombie.intend()
    assert world.walk() == {D1: PUBLISHED}
    assert world.made_by() == [retry.stage_id] * 3


@pytest.mark.parametrize("damage", ["gone", "too old", "cleaned"])
@pytest.mark.parametrize("name", ["b", "c"])
def test_a_stage_that_cannot_be_published_any_more_is_made_anew(world: World, damage: str, name: str) -> None:
    """Its files are gone, too old, or clean's: the job runs again, and not for ever in vain."""
    dead = world.stage()
    dead.publish(1)
    for file in dead.files(name):
        if damage == "gone":
            file.unlink()
        elif damage == "too old":
            os.utime(file, (1_700_000_000, 1_700_000_000))
        else:
            (file.parents[1] / "_fate").write_text('{"fate": "clean"}')
    assert world.walk() == {D1: FAILED}
    (record,) = world.records
    assert [fault.what for fault in record.faults] == ["Spark is needed"]
    if damage == "gone":
        # All files are looked at before the first of them is published.
        assert world.made_by() == [dead.stage_id, None, None]
    assert world.stage().publish() == {D1: PUBLISHED}


def test_what_was_made_by_other_code_is_not_carried(world: World) -> None:
    """The code has changed since: the job runs again."""
    dead = world.stage()
    dead.publish(1)
    assert world.walk("v2") == {D1: FAILED}
    assert world.made_by() == [dead.stage_id, None, None]


def test_an_output_with_other_rules_than_then_is_not_carried(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dead run's files of b were audited by rules that are not those of now: it is made anew."""
    dead = world.stage()
    dead.publish(1)
    declared = getattr(trio, ATTRIBUTE)
    rule = expect.column_values_to_be_between("v", 0, 9)
    stricter = Output("t.b", schema=SCHEMA, time="day", expectations=[rule])
    monkeypatch.setattr(trio, ATTRIBUTE, replace(declared, outputs={**declared.outputs, "b": stricter}))
    assert world.walk() == {D1: FAILED}
    assert world.made_by() == [dead.stage_id, None, None]


def test_what_somebody_has_put_between_is_not_carried_past(world: World) -> None:
    """Of a dead run's outputs b is another's by now: c is not put beside it."""
    dead = world.stage()
    dead.publish(1)
    other = world.stage("v2").but_first()
    replace(other, outputs=other.outputs[:1]).publish(1)
    assert world.walk() == {D1: FAILED}
    assert world.made_by() == [dead.stage_id, other.stage_id, None]


def test_force_makes_everything_anew(world: World) -> None:
    """With --force nothing of an earlier run is used."""
    dead = world.stage()
    dead.publish(1)
    assert world.walk(force=True) == {D1: FAILED}
    assert world.made_by() == [dead.stage_id, None, None]


def test_an_output_that_is_lost_while_carrying_stops_the_later_ones(world: World) -> None:
    """Somebody publishes b meanwhile: c is not published on top of it, and the job is planned again."""
    dead = world.stage()
    dead.publish(1)
    context = world.context()
    plan = context.plan()
    other = world.stage("v2").but_first()
    other.publish(1)
    assert world.walk_on(context, plan) == {D1: FAILED}
    assert world.made_by() == [dead.stage_id, other.stage_id, None]


def test_a_first_output_that_moves_while_carrying_keeps_the_later_ones_back(world: World) -> None:
    """A newer run publishes a and dies: the older b and c are not put beside it (as tests/model found)."""
    dead = world.stage()
    dead.publish(1)
    context = world.context()
    plan = context.plan()
    newer = world.stage("v2")
    newer.publish(1)
    assert world.walk_on(context, plan) == {D1: FAILED}
    assert world.made_by() == [newer.stage_id, None, None]


def test_every_interval_of_a_build_has_a_line_in_the_record(world: World) -> None:
    """One day is carried, one was made by somebody else meanwhile, one has to be made."""
    dead = world.stage()
    dead.publish(1)
    world.days = (D1, D2, D3)
    context = world.context()
    plan = context.plan()
    world.days = (D2,)
    world.stage().publish()
    assert world.walk_on(context, plan) == {D1: PUBLISHED, D2: UNCHANGED, D3: FAILED}


def test_a_run_that_is_not_wanted_carries_nothing(world: World) -> None:
    """SIGTERM while carrying: a retry, with its reason, and no further attempt."""
    dead = world.stage()
    dead.publish(1)
    context = world.context()
    with context.guard.watching():
        signal.raise_signal(signal.SIGTERM)
    assert world.walk_on(context, context.plan()) == {D1: RETRY}
    assert world.made_by() == [dead.stage_id, None, None]
    assert "stopped by SIGTERM" in world.records[0].faults[0].what


def test_a_run_that_cannot_keep_its_record_warns(world: World, tmp_path: Path) -> None:
    """What is published stays published, and the record in hand says that it is lost."""
    dead = world.stage()
    dead.publish(1)
    (tmp_path / "state" / "runs").write_text("a file in the way")
    assert world.walk() == {D1: PUBLISHED}
    assert "could not be kept" in world.records[0].warnings[0]
