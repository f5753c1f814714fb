"""What is wrong with a runner is said of the job that has it, before any scheduler sees it."""

from framework import runners
from framework.contract.runners import find_runner_faults


def complaints(runner: object) -> list[str]:
    """What is said against a runner."""
    return [what for what, _ in find_runner_faults(runner)]


def test_fargate_needs_subnets() -> None:
    """RunTask refuses a task of Fargate without a network, so that a contract without one is a fault."""
    task = runners.EcsTask(cluster="c", definition="d:1", container="main", subnets=["subnet-1"])
    assert complaints(task) == []
    without = runners.EcsTask(cluster="c", definition="d:1", container="main", subnets=[])
    assert complaints(without) == ["runner=EcsTask(…) has no subnets"]


def test_one_text_is_no_list_of_texts() -> None:
    """It would be exported as its letters, and fail at the scheduler first."""
    task = runners.EcsTask(cluster="c", definition="d:1", container="main", subnets="subnet-1")
    assert complaints(task) == ["subnets of runner=EcsTask(…) is one text, and would be its letters"]


def test_an_address_is_given_or_not() -> None:
    """A text like "no" would be taken for yes."""
    task = runners.EcsTask(
        cluster="c",
        definition="d:1",
        container="main",
        subnets=["subnet-1"],
        public_ip="no",  # type: ignore[arg-type]
    )
    assert complaints(task) == ["public_ip of runner=EcsTask(…) is 'no'"]
