"""What a run says is kept apart from what others say at the same time."""

import logging
import sys
import threading

import pytest

from framework.run.log import RunLog, capturing


def test_each_thread_has_its_own_log(capsys: pytest.CaptureFixture[str]) -> None:
    """Two runs print in turns; each log has its own lines, and the stream has all of them."""
    logs = [RunLog(), RunLog()]
    turns = threading.Barrier(2, timeout=30)

    def work(number: int) -> None:
        with logs[number].listening():
            for step in range(3):
                turns.wait()
                sys.stdout.write(f"run {number}, step {step}\n")
                sys.stderr.write(f"to stderr {number}\n")

    with capturing():
        sys.stdout.write("of nobody\n")
        threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for number, log in enumerate(logs):
        said = [line.split(" ", 1)[1] for line in log.text.splitlines()]
        assert said == [
            text for step in range(3) for text in (f"run {number}, step {step}", f"to stderr {number}")
        ]
    out, err = capsys.readouterr()
    assert (out.count("step"), err.count("to stderr")) == (6, 6)
    assert "of nobody" in out


def test_log_records_are_kept_and_still_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """A warning that no handler takes goes to stderr as ever; another is kept with its level."""
    log = RunLog()
    logger = logging.getLogger("tests.of.a.log")
    logger.propagate = False  # pytest's own handlers are on the root
    heard = logging.NullHandler()
    with capturing(), log.listening():
        handler = logging.getLogger().handlers[-1]
        logger.addHandler(handler)
        logger.warning("nobody takes it")
        logger.addHandler(heard)
        logger.warning("somebody takes it")
        logger.removeHandler(heard)
        logger.removeHandler(handler)
    logger.propagate = True
    assert "nobody takes it" in log.text
    assert "WARNING tests.of.a.log: somebody takes it" in log.text
    assert capsys.readouterr().err == "nobody takes it\n"


def test_a_flood_keeps_its_end() -> None:
    """A run that prints without end costs no more than its last lines."""
    log = RunLog()
    for number in range(30_000):
        log.write(f"line {number} {'x' * 40}\n")
    log.write("the last words")
    assert len(log.text) < 1_100_000
    assert log.text.startswith("… earlier lines were left out\n")
    assert log.text.endswith("the last words\n")
