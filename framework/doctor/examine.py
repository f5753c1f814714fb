"""Looks at everything that the jobs of a project need in one environment, one thing after the other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from framework.contract.quarantine import published_outputs
from framework.contract.types import Job, Output
from framework.doctor.finding import FAULT, WARNING, Finding, findings_of, good
from framework.doctor.stores import examine_folder, examine_store
from framework.doctor.versions import examine_versions
from framework.environment.environment import Binding, Environment
from framework.environment.location import Location
from framework.environment.objects import find_object
from framework.environment.secrets import Secret
from framework.errors import SparkjobError
from framework.project.project import Project
from framework.publish.catalog.show import require_catalog
from framework.tables.readers import reader_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OpenSpark = Callable[[], "SparkSession"]


def examine(project: Project, environment: Environment, spark: OpenSpark | None) -> Iterator[Finding]:
    """All findings. `spark` starts a session when it is called; None: what needs one is not looked at."""
    yield from examine_versions(project.root)
    yield from _secrets(environment)
    stores = stores_of(project, environment)
    for about, location in stores.items():
        yield from examine_folder(about, location)
        yield from examine_store(about, location)
    for dataset in _read_only(project):
        yield from _guarded(dataset, _source(environment.input(dataset)))
    for job, output in _outputs(project):
        binding = environment.binding(output.dataset)
        yield from _guarded(output.dataset, _output(job, output, binding, environment, spark))
    if spark is not None:
        yield from _guarded("session", _executors(spark, stores))


def stores_of(project: Project, environment: Environment) -> Mapping[str, Location]:
    """Where runs write objects: the state, and the stores below which outputs are staged.

    Of several places in one store the first stands for all: what a store can do, it can do everywhere.
    """
    found = {"state": environment.state}
    staged = [
        environment.binding(output.dataset)
        for _, output in _outputs(project)
        if environment.binding(output.dataset).format != "redshift"
    ]
    for name, store in environment.stores.items():
        if any(f"{each.stage.uri}/".startswith(f"{store.uri}/") for each in staged):
            found[f"store {name}"] = store
    elsewhere = [each for each in staged if not _is_below(each.location, environment.stores.values())]
    found |= {f"store of {each.dataset}": each.location for each in elsewhere}
    return found


def _is_below(place: Location, stores: Iterable[Location]) -> bool:
    return any(f"{place.uri}/".startswith(f"{store.uri}/") for store in stores)


def _outputs(project: Project) -> Iterator[tuple[Job, Output]]:
    for job in project.jobs.values():
        if job.runner is None:
            for output in published_outputs(job).values():
                yield job, output


def _read_only(project: Project) -> tuple[str, ...]:
    """Datasets that jobs read and none of them makes."""
    read = {declared.dataset for job in project.jobs.values() for declared in job.inputs.values()}
    return tuple(sorted(dataset for dataset in read if project.owner_of(dataset) is None))


def _guarded(about: str, looks: Iterator[Finding]) -> Iterator[Finding]:
    """The findings, and at their end the error that a look ended with."""
    try:
        yield from looks
    except SparkjobError as error:
        yield from findings_of(error, about)


def _secrets(environment: Environment) -> Iterator[Finding]:
    passwords = {f"connection {c.name}": c.password for c in environment.connections.values() if c.password}
    asked: dict[str, Secret] = {f"secret {n}": each for n, each in environment.secrets.items()} | passwords
    for about, secret in asked.items():
        try:
            secret.reveal()
        except SparkjobError as error:
            yield from findings_of(error, about)
        else:
            yield good(about, "can be fetched")


def _source(binding: Binding) -> Iterator[Finding]:
    """Whether a dataset is there, and its newest file may be read."""
    pin = reader_of(binding).pin(binding, ())
    if not pin.exists:
        hint = "Jobs that read it wait (75) until it is there."
        what = f"is not there yet ({binding.wanted_at})"
        yield Finding(state=WARNING, about=binding.dataset, what=what, hint=hint)
        return
    root = binding.location
    for file in pin.files[-1:]:
        parent = root.parent if file.uri == root.uri else root
        if parent is not None:
            find_object(parent, file.uri.removeprefix(f"{parent.uri}/"))
    yield good(binding.dataset, f"{binding.format}, readable")


def _output(
    job: Job, output: Output, binding: Binding, environment: Environment, spark: OpenSpark | None
) -> Iterator[Finding]:
    if binding.format == "redshift":
        from framework.doctor.databases import examine_redshift

        yield from examine_redshift(binding)
        return
    from framework.doctor.tables import examine_output

    yield from examine_output(job, output, binding, environment.project)
    catalog = binding.catalog
    if catalog is None:
        return
    if catalog.type == "hive" and spark is None:
        what = f"{catalog} was not looked at: only Spark reaches it"
        yield Finding(state=WARNING, about=output.dataset, what=what, hint="sparkjob doctor --spark")
        return
    require_catalog(binding, output, spark or _no_spark)
    yield good(output.dataset, f"{catalog} is there, and the table is ours or free")


def _no_spark() -> "SparkSession":
    raise AssertionError("Glue is asked without Spark")


def _executors(spark: OpenSpark, stores: Mapping[str, Location]) -> Iterator[Finding]:
    from framework.doctor.executors import examine_executors

    yield from examine_executors(spark(), stores)


def is_sound(findings: Iterable[Finding]) -> bool:
    """Whether no finding is a fault."""
    return all(each.state != FAULT for each in findings)
