"""A project: its jobs, the hashes of their code, and the graph that their datasets make."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path

from framework.contract.quarantine import published_outputs
from framework.contract.types import Job, Output


@dataclass(frozen=True, kw_only=True)
class Project:
    """All jobs of a project by name, and for each the hex digest of the code that it reaches.

    `namesakes`: further jobs whose name one of `jobs` has; `broken`: job files that could not be
    loaded. Both are empty in a sound project, and `project.validate` looks at them.
    """

    root: Path
    jobs: Mapping[str, Job]
    hashes: Mapping[str, str]
    namesakes: tuple[Job, ...] = ()
    broken: tuple[str, ...] = ()

    def owner_of(self, dataset: str) -> Job | None:
        """The one job that makes `dataset`; None for a source or an unknown dataset."""
        return self._owners.get(dataset)

    def output_of(self, dataset: str) -> Output | None:
        """How `dataset` is declared by the job that makes it; None where no job does."""
        owner = self.owner_of(dataset)
        declared = () if owner is None else published_outputs(owner).values()
        return next((output for output in declared if output.dataset == dataset), None)

    def upstream_of(self, name: str) -> tuple[str, ...]:
        """Names of the jobs that make what job `name` reads, without itself."""
        return self._upstream[name]

    def downstream_of(self, name: str) -> tuple[str, ...]:
        """Names of the jobs that read what job `name` makes, without itself."""
        return self._downstream[name]

    def in_order(self, names: Iterable[str]) -> Iterator[Job]:
        """The named jobs, each after those it reads from; otherwise in the order of their names.

        Raises `graphlib.CycleError` on a cycle (found by `project.validate` before).
        """
        wanted = set(names)
        return (self.jobs[name] for name in self._order if name in wanted)

    @cached_property
    def _order(self) -> tuple[str, ...]:
        graph = {name: sorted(self._upstream[name]) for name in sorted(self.jobs)}
        return tuple(TopologicalSorter(graph).static_order())

    @cached_property
    def _owners(self) -> Mapping[str, Job]:
        owners: dict[str, Job] = {}
        for job in self.jobs.values():
            for dataset in datasets_of(job):
                owners.setdefault(dataset, job)
        return owners

    @cached_property
    def _upstream(self) -> Mapping[str, tuple[str, ...]]:
        upstream = {}
        for name, job in self.jobs.items():
            owners = (self.owner_of(declared.dataset) for declared in job.inputs.values())
            upstream[name] = tuple(dict.fromkeys(o.name for o in owners if o is not None and o.name != name))
        return upstream

    @cached_property
    def _downstream(self) -> Mapping[str, tuple[str, ...]]:
        downstream: dict[str, list[str]] = {name: [] for name in self.jobs}
        for name, owners in self._upstream.items():
            for owner in owners:
                downstream[owner].append(name)
        return {name: tuple(readers) for name, readers in downstream.items()}


def datasets_of(job: Job) -> tuple[str, ...]:
    """The datasets that `job` makes, those of quarantined rows too."""
    return tuple(output.dataset for output in published_outputs(job).values())
