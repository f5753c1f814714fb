"""Before anything is staged: every output's table is there and may be published to."""

from framework.contract.types import Job, Output
from framework.publish.publishers import publisher_of
from framework.run.context import Context


def prepare_output(job: Job, output: Output, context: Context) -> None:
    """Prepare one output's table. Raises `MisconfiguredError`, see `Publisher.prepare`."""
    binding = context.environment.binding(output.dataset)
    publisher_of(binding).prepare(
        output, binding, owner=context.environment.project, grain=job.interval, zone=job.timezone
    )
