"""Where a job is tried: what it reads is another environment's, what it writes is in a folder of its own."""

from dataclasses import replace
from pathlib import Path

from framework.contract.types import Job
from framework.environment.bindings import PASSAGE, Bindings, DatasetRule
from framework.environment.environment import Environment
from framework.environment.location import Location
from framework.environment.objects import delete_object, list_objects
from framework.project.project import datasets_of

_UNLOADED = "verify"


def build_scratch(environment: Environment, job: Job, folder: Path) -> Environment:
    """`environment` with all that a run of `job` writes below `folder`: tables, stages, state.

    A table keeps its format; one of Redshift is tried as Delta, with the same rows. No catalog is told.
    Only rows that are unloaded from Redshift to be read pass through the environment's own bucket, in a
    directory that is called as the folder around (see `forget_unloaded`).
    """
    place = Location(uri=str(folder))
    stores = {"lake": place}
    passage = environment.stores.get(PASSAGE)
    if passage is not None:
        stores[PASSAGE] = passage.child(f"{_UNLOADED}/{folder.parent.name}")
    rules = [DatasetRule(pattern="*", format="delta", location="{lake}/{dataset}")]
    rules += [
        DatasetRule(pattern=dataset, format="parquet")
        for dataset in datasets_of(job)
        if environment.binding(dataset).format == "parquet"
    ]
    return replace(
        environment,
        stores=stores,
        state=place.child("state"),
        bindings=Bindings(rules, stores=stores),
        inputs_from=environment,
        kept=frozenset(),
        made=None,
    )


def forget_unloaded(environment: Environment, folder: Path) -> None:
    """Remove what runs that were killed have unloaded to be read, of all trials below `folder`.

    Raises `RetryError` when the store does not answer.
    """
    passage = environment.stores.get(PASSAGE)
    if passage is not None and passage.is_s3 and environment.connections:
        place = passage.child(f"{_UNLOADED}/{folder.name}")
        for found in list_objects(place):
            delete_object(place, found.path)
