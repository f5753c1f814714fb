"""`sparkjob verify` finds the planted fault in each sample job, by its column, its cause and its line."""

import json

import pytest

from tests.faults.processes import Resident
from tests.support.exhaustive import mark_all_but
from tests.support.faulty import FAULTY, Faulty, make_faulty
from tests.support.project import SmallProject


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """All sample jobs in one project."""
    return make_faulty(tmp_path_factory.mktemp("faulty"))


OFTEN = [each for each in FAULTY if each.name in ("chance", "ties", "few", "undeclared", "counted")]


@pytest.mark.parametrize("faulty", mark_all_but(OFTEN, FAULTY), ids=[each.name for each in FAULTY])
def test_the_planted_fault_is_found(samples: SmallProject, resident: Resident, faulty: Faulty) -> None:
    """One finding, 65: the columns in which it shows, its cause, the line that is to be changed."""
    told = resident.verify(samples, faulty.name, "--quick", "--json")
    assert told.code == 65, told.out + told.err
    (finding,) = json.loads(told.out)["findings"]
    assert finding["columns"] == list(faulty.columns)
    assert finding["cause"] == faulty.cause.format(root=samples.root)
    assert finding["where"] == [f"jobs/{faulty.name}.py:{faulty.line}"]
    assert finding["hint"]


def test_last_bits_are_told_apart(samples: SmallProject, resident: Resident) -> None:
    """A floating sum differs in its last bits, a number by chance in all of them."""
    told = resident.verify(samples, "sums", "--quick")
    assert "total differs in the last bits" in told.out
    told = resident.verify(samples, "chance", "--quick")
    assert "lot differs in 400 of 400 rows each time: rand()" in told.out


def test_a_sound_job_passes(samples: SmallProject, resident: Resident) -> None:
    """Window, join and sum in a total order: nothing to find."""
    told = resident.verify(samples, "sound", "--quick")
    assert told.code == 0, told.out + told.err
    assert "nothing found in 4 trials" in told.out


def test_a_job_that_fails_has_its_own_code(samples: SmallProject, resident: Resident) -> None:
    """Nothing is compared: 70, and the fault with its line, as `run` says it."""
    source = (samples.root / "jobs" / "sound.py").read_text()
    samples.write(
        "jobs/broken.py", source.replace("sound", "broken").replace('"customer")\n', '"custmer")\n')
    )
    try:
        told = resident.verify(samples, "broken", "--quick")
    finally:
        (samples.root / "jobs" / "broken.py").unlink()
    assert told.code == 70
    assert "jobs/broken.py" in told.err
    assert "broken did not publish by itself" in told.out
