"""`clean` removes what nobody needs any more, and nothing that a reader or a run may need."""

import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pyarrow.dataset as ds
import pytest

from framework.audit.audit import reaudit_footers
from framework.environment.location import Location
from framework.environment.objects import list_objects
from framework.publish.catalog.show import show_published
from framework.publish.clean import look, remove
from framework.publish.fate import FATE
from framework.publish.protocol import StageLostError
from framework.stage.staged import Staged
from tests.s3.faulty import Fault
from tests.s3.serving import S3
from tests.storage.lake import D1, D2, GOOD, Lake, make_lake
from tests.storage.publishing import World, make_of, rows_of

LONG_AGO = timedelta(days=8)


@pytest.fixture(params=["delta", "parquet"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    """Two generations of the first day, one of the second."""
    lake = make_lake(tmp_path, request.param)
    lake.run(1, run_id="first")
    lake.run(2, D1, run_id="second")
    return lake


@pytest.fixture(params=["delta", "delta on S3", "parquet", "parquet on S3"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., World]:
    """Worlds of a format on a disk or in a bucket."""
    return make_of(request, tmp_path)


def _age(lake: Lake, *, days: float = 8, below: str = "") -> None:
    """As if everything below a folder of the lake had been written that long ago."""
    moment = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    for path in (lake.project.root / ".data" / below).rglob("*"):
        os.utime(path, (moment, moment))


def _clean(lake: Lake, *arguments: str) -> dict[str, list[str]]:
    """The stages and files that are removed of `small.good`, by kind."""
    ended = lake.call("clean", *arguments, "--json")
    assert ended.code == 0, ended.err
    entry = next(e for e in json.loads(ended.out)["datasets"] if e["dataset"] == GOOD)
    return {"stages": entry["stages"], "files": entry["files"]}


def _files(lake: Lake, part: str) -> list[str]:
    location = lake.workspace.environment.binding(GOOD).location
    return [
        each.path for each in list_objects(location) if part in each.path and each.path.endswith(".parquet")
    ]


def test_an_orphan_goes_when_it_is_old_enough(lake: Lake) -> None:
    """First shown and not touched; removed with --yes; a young one stays, and so does all that is live."""
    old = lake.stage(GOOD, {D1: [(D1.first_day, 0, 7)]}, "orphan-1")
    _age(lake, below=GOOD)
    young = lake.stage(GOOD, {D1: [(D1.first_day, 0, 8)]}, "orphan-2")
    assert old.directory in _clean(lake)["stages"]
    assert _files(lake, "orphan-1")
    assert old.directory in _clean(lake, "--yes")["stages"]
    assert _files(lake, "orphan-1") == []
    assert _files(lake, "orphan-2") == [file.path for file in young.files]
    assert lake.values(GOOD) == {"2013-01-01": {2}, "2013-01-02": {1}}
    again = lake.call("clean", "split", "--yes")
    assert "nothing to clean" in again.out
    assert again.err == "", "no table was touched"


def test_a_stage_that_was_cleaned_is_never_published(lake: Lake) -> None:
    """A run that slept finds the fate taken, though it had looked at its files before."""
    staged = lake.stage(GOOD, {D1: [(D1.first_day, 0, 7)]}, "sleeper-1")
    audited = reaudit_footers(staged, ())
    _age(lake, below=f"{GOOD}/{staged.directory}")
    binding = staged.binding
    cutoff = datetime.now(UTC) - timedelta(days=7)
    garbage = look(binding, cutoff)

    def publish_now() -> None:
        """The run wakes up between the two steps of the clean: its fate is gone, its files are not."""
        _age(lake, days=0, below=f"{GOOD}/{staged.directory}")
        with pytest.raises(StageLostError, match="being cleaned up"):
            lake.publish(audited.staged)

    remove(binding, garbage, cutoff, taken=publish_now)
    assert _files(lake, "sleeper-1") == []
    assert lake.values(GOOD)["2013-01-01"] == {2}


def test_a_stage_that_was_published_since_it_was_looked_at_stays(lake: Lake) -> None:
    """The publisher was faster: the stage is live when it is looked at again."""
    staged = lake.stage(GOOD, {D1: [(D1.first_day, 0, 7)]}, "faster-1")
    _age(lake, below=f"{GOOD}/{staged.directory}")
    cutoff = datetime.now(UTC) - timedelta(days=7)
    garbage = look(staged.binding, cutoff)
    assert [stage.directory for stage in garbage.stages] == [staged.directory]
    _age(lake, days=0, below=f"{GOOD}/{staged.directory}")
    lake.publish(staged)
    remove(staged.binding, garbage, cutoff)
    assert lake.values(GOOD)["2013-01-01"] == {7}
    assert _files(lake, "faster-1")


def test_a_stage_older_than_half_of_the_retention_is_not_published(lake: Lake) -> None:
    """So that what `clean` and VACUUM may remove is published by nobody."""
    staged = lake.stage(GOOD, {D1: [(D1.first_day, 0, 7)]})
    _age(lake, days=3.6, below=f"{GOOD}/{staged.directory}")
    with pytest.raises(StageLostError, match="were staged on"):
        lake.publish(staged)
    assert lake.values(GOOD)["2013-01-01"] == {2}


def test_a_superseded_generation_is_kept_for_the_retention(lake: Lake) -> None:
    """However old its files: they were replaced a moment ago, and a reader may still read them."""
    _age(lake, below=f"{GOOD}/{'data' if lake.world(GOOD).binding.format == 'delta' else '_versions'}")
    assert _clean(lake, "--yes") == {"stages": [], "files": []}
    assert lake.call("rollback", "split", "--interval", "2013-01-01", "--to", "1").code == 0


def test_a_superseded_generation_goes_after_the_retention(make: Callable[..., World]) -> None:
    """Its interval's files alone, when the stage has live ones of another; the history still tells of it."""
    world = make().prepare()
    world.run({D1: rows_of(D1, "a"), D2: rows_of(D2, "b")}, code="v1")
    world.run({D1: rows_of(D1, "c")}, code="v2")
    before = world.rows()
    garbage = look(world.binding, datetime.now(UTC) + LONG_AGO)
    assert len(garbage.files) == 1
    assert garbage.stages == ()
    remove(world.binding, garbage, datetime.now(UTC) + LONG_AGO)
    assert world.rows() == before
    assert all(each.is_intact for each in world.published(D1, D2).values())
    world.run({D1: rows_of(D1, "d"), D2: rows_of(D2, "d")}, code="v3")
    later = datetime.now(UTC) + 2 * LONG_AGO
    garbage = look(world.binding, later)
    assert len(garbage.stages) == 2, "nothing of the first two stages is live any more"
    done = remove(world.binding, garbage, later)
    assert done.size == garbage.size > 0
    assert [row[1] for row in world.rows()] == ["d", "d"]


def test_a_clean_that_was_killed_is_finished_by_the_next(lake: Lake) -> None:
    """It had taken the fate and removed some files; the mark stays for as long again, then goes too."""
    staged: Staged = lake.stage(GOOD, {D1: [(D1.first_day, 0, 7)], D2: [(D2.first_day, 0, 7)]}, "orphan-1")
    _age(lake, below=GOOD)
    cutoff = datetime.now(UTC) - timedelta(days=7)

    class KilledError(Exception):
        """SIGKILL between the two steps."""

    def die() -> None:
        raise KilledError

    with pytest.raises(KilledError):
        remove(staged.binding, look(staged.binding, cutoff), cutoff, taken=die)
    lake.world(GOOD).put(staged.files[0].path, None)
    assert staged.directory in _clean(lake, "--yes")["stages"]
    left = [each.path for each in list_objects(staged.binding.location, staged.directory)]
    assert left == [f"{staged.directory}/{FATE}"]
    _age(lake, below=f"{GOOD}/{staged.directory}")
    assert lake.call("clean", "--yes").code == 0
    assert list_objects(staged.binding.location, staged.directory) == ()


def test_too_short_an_age_is_refused(lake: Lake) -> None:
    """Less than the retention would take files from readers; less than a timeout, from runs."""
    ended = lake.call("clean", "--older-than", "1h")
    assert (ended.code, "shorter than a table's retention, 7 days\n" in ended.err) == (64, True), ended.err
    lake.edit("configs/local.yml", "datasets:", 'jobs: {"*": {timeout: 9d}}\ndatasets:')
    ended = lake.call("clean", "--older-than", "8d")
    assert (ended.code, "shorter than a job's timeout" in ended.err) == (64, True), ended.err
    assert lake.call("clean", "--older-than", "soon").code == 64


def test_foreign_files_of_a_delta_table_go_by_age_as_vacuum_does(tmp_path: Path) -> None:
    """Files outside of every stage, such as OPTIMIZE writes, when nothing refers to them; live ones stay."""
    lake = make_lake(tmp_path)
    lake.run(1)
    lake.world(GOOD).delta().optimize.compact()
    foreign = lake.project.table(GOOD) / "day=2013-01-01" / "dead.parquet"
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_bytes(b"x")
    hidden = lake.project.table(GOOD) / "_other" / "kept.parquet"
    hidden.parent.mkdir()
    hidden.write_bytes(b"x")
    _age(lake, below=GOOD)
    _clean(lake, "--yes")
    assert not foreign.exists()
    assert hidden.exists()
    assert lake.values(GOOD) == {"2013-01-01": {1}, "2013-01-02": {1}}


def test_what_lies_in_the_folder_and_is_not_the_tables_stays(lake: Lake) -> None:
    """Another table inside this one's, even where stages are; and plain files in a table of pointers."""
    root = lake.project.table(GOOD)
    stages = "data" if lake.workspace.environment.binding(GOOD).format == "delta" else "_versions"
    others = [
        root / "archive" / "_delta_log" / "00000000000000000000.json",
        root / "archive" / "day=2012-12-31" / "live.parquet",
        root / stages / "inner" / "_published" / "_table.json",
        root / stages / "inner" / "_versions" / "a" / "live.parquet",
    ]
    if stages != "data":
        others.append(root / "day=2012-12-31" / "of-the-monolith.parquet")
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    _age(lake, below=GOOD)
    _clean(lake, "--yes")
    assert [path for path in others if not path.exists()] == []


def test_intents_that_nobody_can_carry_forward_go_too(lake: Lake) -> None:
    """They lie in the state store; those of the last days stay."""
    state = lake.project.root / ".data" / "sparkjob" / "intents" / "split"
    state.mkdir(parents=True)
    for name in ("old", "new"):
        (state / f"{name}.json").write_text("{}")
    moment = (datetime.now(UTC) - LONG_AGO).timestamp()
    os.utime(state / "old.json", (moment, moment))
    assert "1 object" in lake.call("clean", "--yes").out
    assert [path.name for path in state.iterdir()] == ["new.json"]


def test_logs_and_requests_of_old_runs_go_but_the_last(lake: Lake) -> None:
    """After 30 days, however short the retention; the last stay for `logs JOB` and `resume --last`."""
    state = lake.project.root / ".data" / "sparkjob"
    young = {"logs/gone/2.log", "logs/gone/3.log", "logs/split/4.log", "invocations/01C.json"}
    last = {"logs/other/1.log", "logs/split/5.log", "invocations/01D.json"}
    old = {"logs/split/1.log", "logs/gone/1.log", "invocations/01A.json", "invocations/01B.json"}
    for path in young | last | old:
        (state / path).parent.mkdir(parents=True, exist_ok=True)
        (state / path).write_text("x")
        days = 29 if path in young else 31
        moment = (datetime.now(UTC) - timedelta(days=days)).timestamp()
        os.utime(state / path, (moment, moment))

    def would_go(*selectors: str) -> set[str]:
        document = json.loads(lake.call("clean", *selectors, "--json").out)
        return {*document["logs"], *document["invocations"]}

    assert would_go("split") == {"logs/split/1.log"}
    assert would_go() == old
    assert "logs of old runs" in lake.call("clean").out
    assert lake.call("clean", "--yes").code == 0
    assert would_go() == set()
    assert {path for path in young | last | old if (state / path).exists()} == young | last


def _superseded_days_ago(tmp_path: Path, days: float) -> Lake:
    """The first day's first generation was superseded that long ago; since then there was a checkpoint."""
    lake = make_lake(tmp_path)
    lake.run(1, run_id="first")
    lake.run(2, D1, run_id="second")
    moment = datetime.now(UTC) - timedelta(days=days)
    log = lake.project.table(GOOD) / "_delta_log"
    for commit in log.glob("*.json"):
        at = rf"\g<1>{moment.timestamp():.0f}000"
        commit.write_text(re.sub(r'("(?:deletionTimestamp|timestamp)":)\d+', at, commit.read_text()))
    _age(lake, days=40, below=f"{GOOD}/data")
    _age(lake, days=days, below=f"{GOOD}/_delta_log")
    for v in range(3, 12):
        lake.run(v, D2)
    assert list(log.glob("*.checkpoint.parquet"))
    return lake


def test_what_a_checkpoint_has_forgotten_is_in_the_commits_since(tmp_path: Path) -> None:
    """A checkpoint tells of removals for the retention alone; a longer age goes by the log's commits."""
    lake = _superseded_days_ago(tmp_path, 9)
    assert _clean(lake, "--older-than", "30d", "--yes") == {"stages": [], "files": []}
    assert lake.call("rollback", "split", "--interval", "2013-01-01", "--to", "1").code == 0


def test_it_goes_when_it_was_superseded_before_that(tmp_path: Path) -> None:
    """The same, of an age that it has reached."""
    lake = _superseded_days_ago(tmp_path, 9)
    assert len(_clean(lake, "--older-than", "8d", "--yes")["files"]) == 1
    assert lake.values(GOOD) == {"2013-01-01": {2}, "2013-01-02": {11}}


def test_an_age_of_which_the_log_does_not_tell_is_refused(tmp_path: Path) -> None:
    """The commits have expired, and the checkpoint has forgotten; an age within its retention still goes."""
    lake = _superseded_days_ago(tmp_path, 9)
    log = lake.project.table(GOOD) / "_delta_log"
    for version in range(10):
        (log / f"{version:020}.json").unlink()
    ended = lake.call("clean", "--older-than", "30d", "--yes")
    assert ended.code == 64, ended.err
    assert "does not tell what was removed" in ended.err
    assert "Hint: " in ended.err
    assert len(_clean(lake, "--yes")["files"]) == 1


@pytest.fixture
def glue(s3: S3, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client, and a database that is this test's own."""
    with s3.glue("small", monkeypatch) as client:
        yield client


def _behind(tmp_path: Path) -> Lake:
    """The first day's second generation was put long ago, and its run was killed before it told Glue so."""
    lake = make_lake(tmp_path, "parquet", ["small.good: {catalog: {type: glue, database: small}}"])
    lake.run(1, run_id="first")
    binding = lake.workspace.environment.binding(GOOD)
    show_published(binding, (D1, D2), spark=lambda: pytest.fail("no Spark"), state=Location(uri="memory://s"))
    lake.run(2, D1, run_id="second")
    _age(lake)
    return lake


def _shown(glue: Any) -> dict[str, set[int]]:
    """The values of `v` in each day, by the locations that the catalog gives."""
    found = glue.get_partitions(DatabaseName="small", TableName="small_good")["Partitions"]
    places = {each["Values"][0]: urlparse(each["StorageDescriptor"]["Location"]).path for each in found}
    return {day: set(ds.dataset(unquote(at)).to_table()["v"].to_pylist()) for day, at in places.items()}


def test_a_catalog_is_told_before_the_files_that_it_names_go(glue: Any, tmp_path: Path) -> None:
    """Otherwise its readers would lose an interval that nobody runs again. A dry run only says so."""
    lake = _behind(tmp_path)
    told = lake.call("clean", "split").out
    assert "small.good: before that, small.small_good in AWS Glue is told what is published" in told
    assert _shown(glue) == {"2013-01-01": {1}, "2013-01-02": {1}}
    assert len(_clean(lake, "--yes")["files"]) == 1
    assert _shown(glue) == {"2013-01-01": {2}, "2013-01-02": {1}}


def test_what_a_catalog_may_still_name_stays(glue: Any, s3: S3, tmp_path: Path) -> None:
    """It does not take the new place: its dataset is left out, named, and cleaned the next time."""
    lake = _behind(tmp_path)
    with s3.faults(Fault(match="BatchUpdatePartition", action="denied", times=9)):
        ended = lake.call("clean", "--yes")
    assert ended.code == 75, ended.out
    assert "nothing of small.good was removed: its catalog does not show what is published" in ended.err
    assert "small.bad" in ended.out
    assert "small.good" not in ended.out
    assert _shown(glue) == {"2013-01-01": {1}, "2013-01-02": {1}}
    assert len(_clean(lake, "--yes")["files"]) == 1
    assert _shown(glue) == {"2013-01-01": {2}, "2013-01-02": {1}}
