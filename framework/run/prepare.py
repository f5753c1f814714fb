"""Before anything is staged: every output's table is there and may be published to."""

from framework.contract.types import Job, Output
from framework.publish.catalog.show import require_catalog
from framework.publish.protocol import Prepared
from framework.run.context import Context


def prepare_output(job: Job, output: Output, context: Context) -> Prepared:
    """Prepare one output's table. Raises `MisconfiguredError`, see `Publisher.prepare`.

    Also for a catalog that could not show the table afterwards.
    """
    binding = context.environment.binding(output.dataset)
    require_catalog(binding, output, lambda: context.spark)
    return context.formats.publisher(binding).prepare(
        output, binding, owner=context.environment.project, grain=job.interval, zone=job.timezone
    )
