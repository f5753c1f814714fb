"""Rules that Great Expectations evaluates are a fault where it is not installed."""

from collections.abc import Iterator
from importlib.util import find_spec

from framework.contract.expect.external import __all__ as EXTERNAL
from framework.contract.types import Job
from framework.errors import Fault

_PACKAGE = "great_expectations"


def engine_faults(job: Job) -> Iterator[Fault]:
    """A fault for each such rule of the job's outputs and inputs. Nothing is imported: that takes seconds."""
    declared = [(expectation, o.where) for o in job.outputs.values() for expectation in o.expectations]
    declared += [(expectation, i.where) for i in job.inputs.values() for expectation in i.expectations]
    needed = [(expectation, where) for expectation, where in declared if expectation.type in EXTERNAL]
    if not needed or find_spec(_PACKAGE) is not None:
        return
    for expectation, where in needed:
        yield Fault(
            what=f"{expectation.type}: Great Expectations evaluates it, and it is not installed",
            where=expectation.where or where,
            hint='pip install "sparkjob[gx]"',
        )
