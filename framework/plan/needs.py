"""What has to be read from the world before a request can be planned."""

from collections.abc import Mapping
from dataclasses import dataclass

from framework.contract.quarantine import published_outputs
from framework.interval import Interval
from framework.plan.foreign import looked_at
from framework.plan.steps import Request
from framework.plan.windows import reach_of, units_of
from framework.project.project import Project


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Unit intervals by dataset.

    `outputs` must be read before `inputs`: in the other order a publish between the two would
    pair old inputs with a newer generation, and stale data win.

    Every input's version is wanted too; of one without intervals only that. Of a source the
    intervals are the stretches that are read of it, none when it is read whole: files that land one
    by one belong to them.
    """

    outputs: Mapping[str, tuple[Interval, ...]]
    inputs: Mapping[str, tuple[Interval, ...]]


def collect_needs(project: Project, request: Request) -> Needs:
    """The generations and pins that `build_plan` looks at for `request`."""
    outputs: dict[str, dict[Interval, None]] = {}
    inputs: dict[str, dict[Interval, None]] = {}
    whole: set[str] = set()
    for name, intervals in request.intervals.items():
        job = project.jobs[name]
        for output in published_outputs(job).values():
            wanted = outputs.setdefault(output.dataset, {})
            wanted.update(dict.fromkeys(looked_at(output, intervals)))
        for declared in job.inputs.values():
            read = inputs.setdefault(declared.dataset, {})
            for interval in intervals:
                if project.owner_of(declared.dataset) is not None:
                    read.update(dict.fromkeys(units_of(project, declared, interval) or ()))
                elif (reach := reach_of(declared, interval)).is_whole:
                    whole.add(declared.dataset)
                else:
                    read[reach] = None
    return Needs(
        outputs={dataset: tuple(sorted(units)) for dataset, units in outputs.items()},
        inputs={
            dataset: () if dataset in whole else tuple(sorted(units)) for dataset, units in inputs.items()
        },
    )
