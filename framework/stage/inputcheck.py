"""Whether what Spark read is what was pinned, and which input an error of Spark is about."""

from collections.abc import Iterator
from contextlib import contextmanager

from framework.contract.types import Input
from framework.environment.environment import Environment
from framework.errors import FailedError, Fault, MisconfiguredError, RetryError, SparkjobError
from framework.plan.steps import Build
from framework.stage.damage import find_damage
from framework.stage.sparkerror import RIGHTS, is_lost, is_spark, refused_by_store
from framework.stage.usercode import render_error
from framework.tables.readers import reader_of


def require_unchanged(build: Build, environment: Environment) -> None:
    """Raise `RetryError` when plain files that `build` has pinned are others now, or gone.

    To be called after Spark has read them: it reads a path, not a version, so that rows of a file
    that was replaced meanwhile would be published under the fingerprint of the old one. A Delta
    version does not change; new files beside the pinned ones are the next run's.
    """
    faults = []
    for name, pin in build.pins.items():
        if not pin.files:
            continue
        declared = build.job.inputs[name]
        binding = environment.input(declared.dataset)
        spans = {file.span for file in pin.files if file.span is not None}
        now = set(reader_of(binding).pin(binding, spans).files)
        faults += [
            Fault(
                what=f"{declared.dataset}: changed or gone while it was read",
                where=file.uri,
                hint="Nothing was published; the next run reads what is there then.",
            )
            for file in pin.files
            if file not in now
        ]
    if faults:
        raise RetryError(faults)


@contextmanager
def scanning(declared: Input) -> Iterator[None]:
    """A block in which we ask Spark for one input: its error names the input, and no row of it."""
    try:
        yield
    except SparkjobError:
        raise
    except Exception as error:
        if not is_spark(error) or is_lost(error):
            raise
        if refused := refused_by_store(error):
            raise MisconfiguredError(
                f"{declared.dataset}: the store refused Spark: {refused}", where=declared.where, hint=RIGHTS
            ) from error
        raise find_damage(error) or FailedError(
            f"{declared.dataset} cannot be read: {render_error(error)}",
            where=declared.where,
            hint="Spark's own log has the details.",
        ) from error
