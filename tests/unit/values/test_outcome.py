"""Exit codes of a process with several outcomes."""

import pytest

from framework.outcome import Outcome, exit_code, worst


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([], 0),
        ([Outcome.PUBLISHED, Outcome.UNCHANGED], 0),
        ([Outcome.PUBLISHED, Outcome.RETRY], 75),
        ([Outcome.RETRY, Outcome.REJECTED], 65),
        ([Outcome.REJECTED, Outcome.FAILED, Outcome.BLOCKED], 70),
        ([Outcome.FAILED, Outcome.MISCONFIGURED], 64),
        ([Outcome.BLOCKED], 0),
    ],
)
def test_process_exits_with_the_gravest_code(outcomes: list[Outcome], code: int) -> None:
    """64 if any, else 70, else 65, else 75, else 0; blocked has no code of its own."""
    assert exit_code(outcomes) == code


def test_one_published_interval_among_unchanged_ones_is_a_publish() -> None:
    """A batch that published something is told as published."""
    assert worst([Outcome.UNCHANGED, Outcome.PUBLISHED]) is Outcome.PUBLISHED
