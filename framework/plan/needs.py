"""What has to be read from the world before a request can be planned."""

from collections.abc import Mapping
from dataclasses import dataclass

from framework.contract.quarantine import published_outputs
from framework.interval import Interval
from framework.plan.steps import Request
from framework.plan.windows import units_of
from framework.project.project import Project


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Unit intervals by dataset.

    `outputs` must be read before `inputs`: in the other order a publish between the two would
    pair old inputs with a newer generation, and stale data win.

    Every input's version is wanted too; of one without intervals only that.
    """

    outputs: Mapping[str, tuple[Interval, ...]]
    inputs: Mapping[str, tuple[Interval, ...]]


def collect_needs(project: Project, request: Request) -> Needs:
    """The generations and pins that `build_plan` looks at for `request`."""
    outputs: dict[str, dict[Interval, None]] = {}
    inputs: dict[str, dict[Interval, None]] = {}
    for name, intervals in request.intervals.items():
        job = project.jobs[name]
        for output in published_outputs(job).values():
            outputs.setdefault(output.dataset, {}).update(dict.fromkeys(intervals))
        for declared in job.inputs.values():
            wanted = inputs.setdefault(declared.dataset, {})
            for interval in intervals:
                wanted.update(dict.fromkeys(units_of(project, declared, interval) or ()))
    return Needs(
        outputs={dataset: tuple(sorted(units)) for dataset, units in outputs.items()},
        inputs={dataset: tuple(sorted(units)) for dataset, units in inputs.items()},
    )
