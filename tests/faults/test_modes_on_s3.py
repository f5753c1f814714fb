"""Runs in every mode on S3 that are killed, or meet each other, on Delta and on Parquet."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.processes import Driver, Pool, Resident
from tests.s3.modes import D1, D2, JOBS, NAMES, Modes, make_modes
from tests.s3.serving import S3
from tests.support.exhaustive import mark_all_but


@pytest.fixture(scope="module")
def residents_on_s3(
    s3: S3, quick_start: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pool[Resident]]:
    """Drivers that stay, and find the S3 server."""
    with pytest.MonkeyPatch.context() as patch:
        s3.set_in(patch)
        with Pool(lambda: Resident(tmp_path_factory.mktemp("resident"))) as pool:
            yield pool


@pytest.fixture
def modes(residents_on_s3: Pool[Resident], s3: S3, tmp_path: Path) -> Modes:
    """Two days of changes, the first of which is published in all tables."""
    modes = make_modes(tmp_path / "project", s3.new_bucket())
    modes.write(D1, [(n, n, "U", n, "old") for n in range(len(NAMES))])
    modes.write(D2, [(n, 20 + n, "UD"[n % 2], (n + 1) % len(NAMES), "new") for n in range(2, 8)])
    with residents_on_s3.lend() as resident:
        assert set(modes.run(resident, D1).values()) == {"published"}
    return modes


EVENTS = [
    *((job, event) for job in JOBS for event in ("audited", "intent")),
    *((job, f"published {tables[0]}") for job, tables in JOBS.items()),
]
OFTEN = [("merged", "intent")]


@pytest.mark.parametrize(("job", "event"), mark_all_but(OFTEN, EVENTS), ids=map(" ".join, EVENTS))
def test_killed_at_an_event_and_run_again_equals_one_clean_run(
    residents_on_s3: Pool[Resident], modes: Modes, job: str, event: str
) -> None:
    """What was published stays, what was staged is nobody's, and a second run has nothing to do."""
    with Driver(modes.project, "run", job, "--interval", D2.label, hold=event) as driver:
        driver.kill()
        assert driver.end().code == -signal.SIGKILL
    seen = {table: modes.rows(table) for table in JOBS[job]}
    before, after = (modes.wanted(*days, only=JOBS[job]) for days in ((D1,), (D1, D2)))
    done = JOBS[job][:1] if event.startswith("published") else ()
    assert seen == {table: (after if table in done else before)[table] for table in JOBS[job]}
    with residents_on_s3.lend() as resident:
        assert modes.run(resident, D2, only=(job,)) == {job: "published"}
        assert {table: modes.rows(table) for table in JOBS[job]} == after
        assert modes.run(resident, D2, only=(job,)) == {job: "unchanged"}


@pytest.mark.parametrize("job", mark_all_but(["merged"], JOBS))
def test_of_two_at_once_one_publishes(residents_on_s3: Pool[Resident], modes: Modes, job: str) -> None:
    """Both are ready to publish the same day, and go on at one moment: no row is lost, none doubled."""
    with residents_on_s3.lend() as one, residents_on_s3.lend() as two:
        twins = (one, two)
        for twin in twins:
            twin.begin(modes.project, job, "--interval", D2.label, hold="intent")
        for twin in twins:
            twin.until_held()
        for twin in twins:
            twin.go_on()
        ends = [twin.end() for twin in twins]
    assert 0 in {end.code for end in ends} <= {0, 75}, [end.err for end in ends]
    said = " ".join(end.out + end.err for end in ends)
    assert {table: modes.rows(table) for table in JOBS[job]} == modes.wanted(D1, D2, only=JOBS[job]), said
