"""`history` tells what was published; `rollback` publishes an earlier generation as a new one."""

import json
from pathlib import Path

import pytest

from framework.environment.objects import list_objects
from framework.errors import RetryError
from framework.outcome import Outcome
from framework.publish.rollback import find_restorations, publish_restored, stage_restored
from framework.record.store import load_records, write_log
from framework.tables.history import history_of
from tests.storage.lake import BAD, D1, D2, GOOD, Lake, make_lake
from tests.storage.publishing import by_day, fingerprint, make_of, remove_objects, rows_of


@pytest.fixture(params=["delta", "parquet"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    """Both outputs published once, of values 1, and the second day again, of values 2."""
    lake = make_lake(tmp_path, request.param)
    lake.run(1, run_id="first")
    lake.edit("jobs/split.py", 'F.col("v") + add', 'F.col("v") + 2 * add')
    lake.run(2, D2, run_id="second")
    return lake


def _history(lake: Lake, *arguments: str) -> list[dict[str, object]]:
    ended = lake.call("history", *arguments, "--json")
    assert ended.code == 0, ended.err
    found: list[dict[str, object]] = json.loads(ended.out)
    return found


def test_history_tells_every_generation(lake: Lake) -> None:
    """Of each: its run, rows, files and bytes, and the run that took its place; other intervals apart."""
    lines = _history(lake, f"dataset:{GOOD}")
    told = [
        (e["interval"], e["generation"], e["run_id"], e["superseded_by"], e["rows"], e["files"])
        for e in lines
    ]
    assert told == [
        (D1.key, 1, "first", None, 3, 1),
        (D2.key, 2, "second", None, 3, 1),
        (D2.key, 1, "first", "second", 3, 1),
    ]
    assert all(isinstance(e["bytes"], int) and e["bytes"] > 0 and e["published"] for e in lines)
    assert lines[1]["fingerprint"] != lines[2]["fingerprint"]
    text = lake.call("history", "split", "--interval", "2013-01-02").out
    assert text.count("#2") == text.count("superseded by second") == 2
    assert "2013-01-01" not in text


def test_history_of_nothing_is_no_error(tmp_path: Path) -> None:
    """A dataset that was never published has no lines."""
    assert "nothing is published" in make_lake(tmp_path).call("history", "split").out


def test_what_the_log_has_lost_is_unknown(tmp_path: Path) -> None:
    """With the commits of a Delta log gone, the numbers are known and the rest is a question mark."""
    lake = make_lake(tmp_path)
    lake.run(1)
    lake.run(2, D2)
    table = lake.world(GOOD).delta()
    table.create_checkpoint()
    for path in (lake.project.table(GOOD) / "_delta_log").glob("*.json"):
        if int(path.stem) < table.version():
            path.unlink()
    lines = _history(lake, f"dataset:{GOOD}")
    assert [(e["interval"], e["generation"], e["rows"]) for e in lines] == [
        (D1.key, 1, None),
        (D2.key, 2, 3),
        (D2.key, 1, None),
    ]
    refused = lake.call("rollback", f"dataset:{GOOD}", "--interval", "2013-01-02", "--to", "1")
    assert (refused.code, "its log has expired" in refused.err) == (64, True), refused.err


def test_a_rollback_is_a_new_generation_with_the_old_rows(lake: Lake) -> None:
    """All outputs of the job, that interval alone; the history says whose rows they are."""
    ended = lake.call("rollback", "split", "--interval", "2013-01-02", "--to", "1")
    assert ended.code == 0, ended.err
    assert "#3 has the rows of #1" in ended.out
    for dataset in (GOOD, BAD):
        assert lake.values(dataset) == {"2013-01-01": {1}, "2013-01-02": {1}}
        newest = next(e for e in _history(lake, f"dataset:{dataset}") if e["interval"] == D2.key)
        assert (newest["generation"], newest["restored"], newest["rows"]) == (3, 1, 3)
        assert lake.world(dataset).published(D2)[D2].is_intact


def test_a_rollback_tells_machines_what_it_did(lake: Lake) -> None:
    """Under the names of `history --json`, and what the next run does about it."""
    ended = lake.call("rollback", "split", "--interval", "2013-01-02", "--to", "1", "--json")
    told = json.loads(ended.out)
    assert "The next run leaves it so" in told["next_run"]
    assert [entry["dataset"] for entry in told["generations"]] == [GOOD, BAD]
    for entry in told["generations"]:
        newest = next(e for e in _history(lake, f"dataset:{entry['dataset']}") if e["generation"] == 3)
        assert entry.items() <= newest.items()


def test_the_next_run_of_the_same_code_leaves_it_so_and_says_why(lake: Lake) -> None:
    """Plan and status tell the rollback; changed code makes the interval anew."""
    lake.edit("jobs/split.py", "2 * add", "add")  # what the first day was made of
    lake.run(1, D1, run_id="third")
    lake.edit("jobs/split.py", 'F.col("v") + add', 'F.col("v") + 2 * add')
    ended = lake.call("rollback", "split", "--interval", "2013-01-02", "--to", "1")
    assert "The next run leaves it so" in ended.out, ended.out
    plan = lake.call("plan", "split", "--interval", "2013-01-02")
    assert f"rolled back: {GOOD} has the rows of #1" in plan.out
    assert "rolled back" in lake.call("status", "split", "--interval", "2013-01-02").out
    lake.edit("jobs/split.py", "2 * add", "3 * add")
    assert "code changed" in lake.call("plan", "split", "--interval", "2013-01-02").out
    lake.run(3, D2)
    newest = _history(lake, f"dataset:{GOOD}", "--interval", "2013-01-02")[0]
    assert (newest["generation"], newest["restored"]) == (4, None)


def test_a_rollback_that_the_next_run_would_undo_says_so(lake: Lake) -> None:
    """When the code has changed since the bad generation was made, the next run makes the interval anew."""
    lake.edit("jobs/split.py", "2 * add", "4 * add")
    ended = lake.call("rollback", "split", "--interval", "2013-01-02", "--to", "1")
    assert "Careful: the next run makes it anew, for code changed" in ended.out


def test_again_is_no_new_generation(lake: Lake) -> None:
    """Who was killed between two outputs runs the same command again; what is done stays done."""
    lake.call("rollback", f"dataset:{GOOD}", "--interval", "2013-01-02", "--to", "1")
    ended = lake.call("rollback", "split", "--interval", "2013-01-02", "--to", "1")
    assert ended.code == 0, ended.err
    assert "rows of #1 already" in ended.out
    for dataset in (GOOD, BAD):
        assert lake.values(dataset)["2013-01-02"] == {1}
        assert _history(lake, f"dataset:{dataset}", "--interval", "2013-01-02")[0]["generation"] == 3


def test_refused_by_name(lake: Lake) -> None:
    """The current generation, one that never was, no interval, and files that are gone."""
    for number, said in (("2", "is the current generation"), ("9", "never had a #9")):
        ended = lake.call("rollback", "split", "--interval", "2013-01-02", "--to", number)
        assert (ended.code, said in ended.err) == (64, True), ended.err
    assert "which interval" in lake.call("rollback", "split", "--to", "1").err
    world = lake.world(GOOD)
    old = lake.workspace.environment.binding(GOOD)
    first = next(e.path for e in list_objects(old.location) if "first-" in e.path and "2013-01-02" in e.path)
    world.put(first, None)
    ended = lake.call("rollback", f"dataset:{GOOD}", "--interval", "2013-01-02", "--to", "1")
    assert (ended.code, "cleaned away" in ended.err) == (64, True), ended.err
    assert lake.values(GOOD)["2013-01-02"] == {2}


def test_outputs_that_were_not_published_together_are_not_rolled_back_together(lake: Lake) -> None:
    """Generations of one number, but of two attempts: each dataset is to be named."""
    lake.publish(lake.stage(GOOD, {D2: [(D2.first_day, 0, 5)]}, "third-1"))
    lake.publish(lake.stage(BAD, {D2: [(D2.first_day, 1, 5)]}, "fourth-1"))
    lake.run(6, D2)
    ended = lake.call("rollback", "split", "--interval", "2013-01-02", "--to", "3")
    assert (ended.code, "were not published together" in ended.err) == (64, True), ended.err


def test_a_nullable_column_that_was_added_since_is_no_obstacle(lake: Lake) -> None:
    """Old files without it are read as NULL; NOT NULL, it is refused by name."""
    lake.edit("jobs/split.py", 'sensor INT NOT NULL, v INT"', 'sensor INT NOT NULL, v INT, extra STRING"')
    good, bad = lake.stage(GOOD, {D2: [(D2.first_day, 0, 5, "x")]}), lake.stage(BAD, {D2: []})
    lake.publish(good)
    lake.publish(bad)
    ended = lake.call("rollback", f"dataset:{GOOD}", "--interval", "2013-01-02", "--to", "1")
    assert ended.code == 0, ended.err
    lake.edit("jobs/split.py", "extra STRING", "extra STRING NOT NULL")
    ended = lake.call("rollback", f"dataset:{GOOD}", "--interval", "2013-01-02", "--to", "2")
    assert (ended.code, "extra was added since, and is NOT NULL" in ended.err) == (65, True), ended.err


def test_a_table_that_was_created_anew_has_no_earlier_generation(lake: Lake) -> None:
    """The generations of the dropped table are none of this one, though their files may still lie there."""
    form = lake.workspace.environment.binding(GOOD).format
    location = lake.workspace.environment.binding(GOOD).location
    remove_objects(location, "_delta_log" if form == "delta" else "_published")
    lake.publish(lake.stage(GOOD, {D2: [(D2.first_day, 0, 7)]}))
    ended = lake.call("rollback", f"dataset:{GOOD}", "--interval", "2013-01-02", "--to", "2")
    assert (ended.code, "never had a #2" in ended.err) == (64, True), ended.err


@pytest.mark.parametrize("place", ["delta", "delta on S3", "parquet", "parquet on S3"])
def test_on_every_store_by_the_publisher_s_own_way(
    request: pytest.FixtureRequest, tmp_path: Path, place: str
) -> None:
    """Also with values in several partitions, hostile names and an interval of no rows; a late twin loses."""
    request.param = place
    world = make_of(request, tmp_path)(by_day(partition_by=("day", "name"))).prepare()
    first = [*rows_of(D1, "a b=c/d", "ü%2F"), (D1.first_day, None, 7)]
    world.run({D1: first, D2: []}, code="v1")
    world.run({D1: rows_of(D1, "x"), D2: rows_of(D2, "y")}, code="v2")
    reader = history_of(world.binding)
    assert reader is not None
    assert reader.intervals(world.binding) == (D1, D2)
    past = reader.history(world.binding, (D1, D2))
    assert past is not None
    found = find_restorations(world.output, past, (D1, D2), 1, where="t", hint="see")
    assert world.prepared is not None
    current = world.published(D1, D2)
    stages = [
        stage_restored(world.prepared, found, current, run_id="back", stage_id=f"back-{number}")
        for number in range(2)
    ]
    receipts = publish_restored(world.publisher, world.prepared, stages[0], found, wanted=lambda: None)
    assert [receipt.generation.number for receipt in receipts] == [3, 3]
    assert world.rows() == sorted(first, key=repr)
    with pytest.raises(RetryError, match="another run has published"):
        publish_restored(world.publisher, world.prepared, stages[1], found, wanted=lambda: None)
    after = world.published(D1, D2)
    for interval in (D1, D2):
        assert after[interval].restored == 1
        assert after[interval].is_intact
        assert after[interval].fingerprint == current[interval].fingerprint
        assert not after[interval].is_made_of(fingerprint("v2"))


def test_a_rollback_has_neither_a_log_nor_a_request(lake: Lake) -> None:
    """`logs JOB` is that of the last run which has one; `resume` says why there is nothing to take up."""
    state = lake.workspace.environment.state
    write_log(state, lake.record(Outcome.PUBLISHED, run_id="01RAN"), "said by the run\n")
    assert lake.call("rollback", "split", "--interval", "2013-01-02", "--to", "1").code == 0
    (rolled,) = (each for each in load_records(state, "split") if each.run_id != "01RAN")
    told = lake.call("logs", "split")
    assert "said by the run" in told.out, told.err
    assert f"sparkjob show {rolled.run_id} is newer and has no log: rolled back to #1" in told.out
    refused = lake.call("logs", rolled.run_id)
    assert (refused.code, "no log" in refused.err) == (64, True)
    refused = lake.call("resume", rolled.run_id)
    assert refused.code == 64
    assert "a rollback or a migration has no request" in refused.err
    assert "sparkjob plan split --interval 2013-01-02 shows what is left" in refused.err
