"""Catalogs follow what is published: a run that finds one behind brings it there, or says why not."""

from collections.abc import Iterable, Sequence

from framework.contract.quarantine import published_outputs
from framework.contract.types import Job
from framework.errors import Fault, SparkjobError
from framework.interval import Interval
from framework.publish.catalog.show import show_published
from framework.run.context import Context


def show_in_catalogs(job: Job, intervals: Iterable[Interval], context: Context) -> tuple[Fault, ...]:
    """Tell the catalogs of the job's outputs what is current of `intervals`; why it could not be done.

    What is published stays published, whatever becomes of the catalog.
    """
    wanted: Sequence[Interval] = sorted(intervals)
    faults: list[Fault] = []
    for output in published_outputs(job).values():
        binding = context.environment.binding(output.dataset)
        if binding.catalog is None or not wanted:
            continue
        try:
            show_published(binding, wanted, spark=lambda: context.spark, state=context.environment.state)
        except SparkjobError as error:
            faults += (
                Fault(
                    what=f"{output.dataset} is published, and the catalog does not show it yet: {fault.what}",
                    where=binding.location.uri,
                    hint=f"{fault.hint} Then run the same again: nothing is made anew for it."
                    if fault.hint
                    else "Run the same again: nothing is made anew for it.",
                )
                for fault in error.faults
            )
    return tuple(faults)
