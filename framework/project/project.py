"""A project: its jobs, the hashes of their code, and the graph that their datasets make."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from framework.contract.types import Job


@dataclass(frozen=True, kw_only=True)
class Project:
    """All jobs of a project by name, and for each the hex digest of the code that it reaches."""

    root: Path
    jobs: Mapping[str, Job]
    hashes: Mapping[str, str]

    def owner_of(self, dataset: str) -> Job | None:
        """The one job that makes `dataset`; None for a source or an unknown dataset."""
        return next((job for job in self.jobs.values() if dataset in datasets_of(job)), None)

    def upstream_of(self, name: str) -> tuple[str, ...]:
        """Names of the jobs that make what job `name` reads, without itself."""
        owners = (self.owner_of(i.dataset) for i in self.jobs[name].inputs.values())
        return tuple(dict.fromkeys(o.name for o in owners if o is not None and o.name != name))

    def downstream_of(self, name: str) -> tuple[str, ...]:
        """Names of the jobs that read what job `name` makes, without itself."""
        return tuple(other for other in self.jobs if name in self.upstream_of(other))

    def in_order(self, names: Iterable[str]) -> Iterator[Job]:
        """The named jobs, each after those it reads from; otherwise in the order of their names.

        Raises `graphlib.CycleError` on a cycle (found by `project.validate` before).
        """
        wanted = set(names)
        graph = {name: self.upstream_of(name) for name in sorted(self.jobs)}
        return (self.jobs[n] for n in TopologicalSorter(graph).static_order() if n in wanted)


def datasets_of(job: Job) -> tuple[str, ...]:
    """The datasets that `job` makes."""
    return tuple(output.dataset for output in job.outputs.values())
