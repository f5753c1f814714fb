"""Whole runs with Spark, killed or put to sleep at random moments: the rows of one clean run, each time.

    SPARKJOB_SPARK_KILLS=40 pytest -p no:xdist -s tests/faults/test_random_runs.py    what `make faults` does
    SPARKJOB_SEED=1234 pytest …                                                  the same choices once more

Many more moments, of runs without Spark: `tests/faults/publishers/test_random.py`.
"""

import os
import random
import signal
import time

import pytest

from tests.faults.processes import Driver, Plain, Resident
from tests.faults.tally import TALLY
from tests.faults.world import TABLES, expected, history, rows, whole
from tests.support.project import SmallProject

KILLS = int(os.environ.get("SPARKJOB_SPARK_KILLS", "3"))
EVENTS = ("planned", "staged", "audited", "intent", "published small.good", "published small.bad")
_LONGEST = 0.5
"""Seconds after an event: about what lies between two of them."""


def test_killed_or_asleep_at_a_random_moment(
    project: SmallProject, resident: Resident, plain: Plain, capfd: pytest.CaptureFixture[str]
) -> None:
    """Promises 1 to 5: whatever the moment, no reader sees a mix, exit 0 is true, the next run ends well."""
    seed = int(os.environ.get("SPARKJOB_SEED", str(random.SystemRandom().randrange(10**6))))
    with capfd.disabled():
        print(f"\nSPARKJOB_SEED={seed}", flush=True)  # noqa: T201 - the way to the same choices again
    chance = random.Random(seed)
    TALLY["scenarios"] += 1
    assert resident.run(project, "split").code == 0
    plain.watch(*map(project.table, TABLES))
    v = 1
    for _ in range(KILLS):
        v = v % 8 + 1
        project.write_readings(v)
        event, after = chance.choice(EVENTS), chance.random() * _LONGEST
        what = chance.choice(("kill all", "kill the driver", "sleep"))
        told = f"seed {seed}: {what} {after:.2f} s after {event}"
        with Driver(project, "run", "split") as driver:
            driver.until_said(event)
            time.sleep(after)
            if what == "kill all":
                driver.kill()
            elif driver.process.poll() is None:
                driver.send(signal.SIGKILL if what == "kill the driver" else signal.SIGSTOP)
            if what == "sleep":
                v = v % 8 + 1
                project.write_readings(v)
                newer = resident.run(project, "split")
                assert newer.code == 0, told + newer.err
                driver.go_on()
                assert driver.end().code in (0, 75), told
            again = resident.run(project, "split")
            assert again.code == 0, told + again.err
        TALLY["runs"] += 3 if what == "sleep" else 2
        TALLY["sleepers" if what == "sleep" else "kills"] += 1
        for dataset in TABLES:
            assert rows(project, dataset) == expected(dataset, v), told
    looks = plain.seen()
    for dataset in TABLES:
        allowed = whole(dataset, *range(1, 9))
        assert set(looks[project.table(dataset)]) <= allowed, f"seed {seed}"
        assert set(history(project, dataset)) <= allowed, f"seed {seed}"
        TALLY["looks"] += sum(looks[project.table(dataset)].values())
