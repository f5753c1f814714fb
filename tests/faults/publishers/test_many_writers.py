"""Eight processes publish the same interval, again and again, over HTTP: one winner for each generation.

SPARKJOB_PUBLISHES=200 pytest -p no:xdist -s tests/faults/publishers/test_many_writers.py
"""

import json
import multiprocessing
import os
import time
from collections import Counter
from typing import Any

import pytest

from framework.environment.location import Location
from framework.tables.delta.names import COMMIT_KEY
from tests.faults.publishers.onlooker import objects
from tests.faults.tally import TALLY
from tests.s3.serving import S3
from tests.storage.publishing import D1, WORLDS, fingerprint, rows_of

WRITERS = 8
PUBLISHES = int(os.environ.get("SPARKJOB_PUBLISHES", "12"))
"""How often each writer plans, stages and publishes."""


def _write(place: Location, form: str, writer: int, start: Any, told: Any) -> None:
    """One process. Every third time all writers would publish the same, else each something else."""
    world = WORLDS[form](place).prepare()
    start.wait()
    found = []
    for n in range(PUBLISHES):
        code = f"all {n}" if n % 3 == 0 else f"writer {writer}, {n}"
        audited = world.stage({D1: rows_of(D1, code)}, code=code)
        (receipt,) = world.publish(audited)
        found.append((receipt.outcome, receipt.generation.number, code, audited.staged.stage_id))
    told.put(found)


def _history(place: Location, form: str) -> dict[int, tuple[str, int]]:
    """By the number of each generation that there ever was: which stage made it, of which fingerprint."""
    uri = f"{place.uri}/flights.daily"
    if form == "parquet":
        pointers = [
            json.loads(t) for p, t in objects(uri, place.options, "_published").items() if "/2013" in p
        ]
        found = [(each["number"], each["stage_id"], each["fingerprint"]) for each in pointers]
    else:
        found = []
        for text in objects(uri, place.options, "_delta_log").values():
            actions = [json.loads(line) for line in text.splitlines()]
            info = next((each["commitInfo"] for each in actions if "commitInfo" in each), {})
            if COMMIT_KEY in info:
                kept = {
                    each["txn"]["appId"].rpartition("#")[2]: each["txn"]["version"]
                    for each in actions
                    if "txn" in each
                }
                found.append(
                    (kept["generation"], json.loads(info[COMMIT_KEY])["stage_id"], kept["fingerprint"])
                )
    assert len({number for number, _, _ in found}) == len(found), "a generation has two winners"
    return {number: (stage_id, parts) for number, stage_id, parts in found}


@pytest.mark.parametrize("form", ["delta", "parquet"])
def test_each_generation_has_one_winner_and_every_outcome_is_true(
    s3: S3, form: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Who says published has made that generation, who says unchanged has found its own result there."""
    place = s3.new_bucket()
    world = WORLDS[form](place).prepare()
    context = multiprocessing.get_context("spawn")
    start, told = context.Barrier(WRITERS + 1), context.Queue()
    writers = [context.Process(target=_write, args=(place, form, n, start, told)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    start.wait()
    TALLY["publishes"] += WRITERS * PUBLISHES
    begun = time.monotonic()
    found = [each for _ in writers for each in told.get(timeout=3600)]
    seconds = time.monotonic() - begun
    for writer in writers:
        writer.join()

    history = _history(place, form)
    published = {number: stage_id for outcome, number, _, stage_id in found if outcome == "published"}
    assert len(found) == WRITERS * PUBLISHES
    assert published == {number: stage_id for number, (stage_id, _) in history.items()}
    assert sorted(history) == list(range(1, len(history) + 1))
    for outcome, number, code, _ in found:
        made_of = history[number][1] == fingerprint(code).value
        assert made_of if outcome in ("published", "unchanged") else not made_of
    outcomes = Counter(outcome for outcome, _, _, _ in found)
    assert outcomes["published"] == len(history) == world.published()[D1].number
    (last,) = (
        code for outcome, number, code, _ in found if outcome == "published" and number == len(history)
    )
    assert world.rows() == rows_of(D1, last)
    with capfd.disabled():
        told_of = f"{WRITERS} writers, {PUBLISHES} times each, over HTTP in {seconds:.1f} s: {dict(outcomes)}"
        print(f"\n{form}: {told_of}")  # noqa: T201
