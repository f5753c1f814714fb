"""What is wrong with a rule about the past on an output of this job."""

from collections.abc import Iterator

from framework.contract.types import Expectation, Job


def find_past_misuse(job: Job, expectation: Expectation) -> Iterator[tuple[str, str | None]]:
    """Why there is nothing that the rule could compare with, as pairs of a fault's text and hint."""
    is_change = expectation.type == "table_row_count_change_to_be_between"
    if is_change and job.interval is None and "window" in expectation.arguments:
        hint = "The rows are compared with those that are published now; leave window out"
        yield f"{expectation.type}: window on a job without intervals", hint
