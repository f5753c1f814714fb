"""Removes what nothing refers to any more: stages of runs that died, and superseded files.

`clean` competes with `publish` for the fate of a stage (`publish.fate`): a stage whose fate `clean` has
taken is never published. Its `_fate` stays behind, so that a run that slept all the time still finds it,
and goes with a later `clean`. A stage whose fate `publish` has was published and superseded, or its run
died between that and the commit; it goes by age alone, as VACUUM goes by it: nobody takes that long.

Killed at any moment it has removed a part of what was to go; the next one removes the rest.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from framework.environment.catalog import Catalog
from framework.environment.environment import Binding
from framework.environment.location import Location
from framework.environment.objects import Object, delete_object, find_object, list_objects, put_if_absent
from framework.publish.catalog.show import show_published
from framework.publish.fate import FATE
from framework.publish.garbage import Garbage, Stage, find_garbage
from framework.publish.retention import RETENTION, delta_retention
from framework.stage.staged import stage_directory
from framework.tables.parquet.history import ParquetHistory
from framework.tables.parquet.table import at_once

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_CLEAN = json.dumps({"fate": "clean"}).encode()


def look(binding: Binding, cutoff: datetime) -> Garbage:
    """What of a table may go that was not touched since `cutoff`. Nothing when there is no table of ours."""
    kept = _kept(binding, cutoff)
    if kept is None:
        return Garbage()
    stages = stage_directory(binding, "").rstrip("/")
    return find_garbage(
        list_objects(binding.stage), kept, stages=stages, cutoff=cutoff, loose=binding.format != "parquet"
    )


def retention_of(binding: Binding) -> timedelta:
    """How long this table's readers may need a file that was superseded."""
    if binding.format == "delta":
        from framework.tables.delta.handle import open_table

        table = open_table(binding.location)
        return RETENTION if table is None else delta_retention(table)
    return RETENTION


def catalog_of(binding: Binding) -> Catalog | None:
    """The catalog that leads others to files of a table by their folders; Delta's leads to its log."""
    return binding.catalog if binding.format == "parquet" else None


def show_all(binding: Binding, *, spark: "Callable[[], SparkSession]", state: Location) -> None:
    """Before anything is removed, let the table's catalog lead nobody to what was superseded.

    A run that was killed after its publish, or that the catalog refused, has left it behind; nobody may
    ever run that interval again. Raises as `show_published`.
    """
    if catalog_of(binding) is not None:
        show_published(binding, ParquetHistory().intervals(binding), spark=spark, state=state)


def remove(
    binding: Binding, garbage: Garbage, cutoff: datetime, *, taken: Callable[[], None] = lambda: None
) -> Garbage:
    """Take the fates, look once more, remove; what was removed. `taken` is called when the fates are.

    After `show_all` of the table.
    """
    location = binding.stage
    stages = [stage for stage in garbage.stages if _take(location, stage, cutoff)]
    taken()
    # A run that took its fate before us may have published since we looked.
    kept = _kept(binding, cutoff)
    if kept is None:
        return Garbage()
    done = Garbage(
        stages=tuple(stage for stage in stages if not any(each.path in kept for each in stage.objects)),
        files=tuple(each for each in garbage.files if each.path not in kept),
        fates=garbage.fates,
    )
    remove_objects(location, done.objects)
    return done


def old_intents(state: Location, job: str, cutoff: datetime) -> tuple[Object, ...]:
    """Intents of attempts that nobody can carry forward any more, since their stage is too old."""
    return tuple(each for each in list_objects(state, f"intents/{job}") if each.modified < cutoff)


def remove_objects(location: Location, objects: Iterable[Object]) -> None:
    """Remove these, many at once; one that is gone already is none."""
    at_once(lambda each: delete_object(location, each.path), objects)


def _kept(binding: Binding, cutoff: datetime) -> set[str] | None:
    """Paths that somebody may need who reads, or has read since `cutoff`; None: no table of ours."""
    if binding.format == "redshift":
        return set()  # what was published is in the table itself
    if binding.format == "delta":
        from framework.tables.delta.needed import needed_paths

        return needed_paths(binding, cutoff, retention=retention_of(binding))
    from framework.tables.parquet.needed import needed_paths as pointed_paths

    return pointed_paths(binding, cutoff)


def _take(location: Location, stage: Stage, cutoff: datetime) -> bool:
    """Whether the stage may go: its fate is ours, or was taken for publishing long ago."""
    path = f"{stage.directory}/{FATE}"
    if put_if_absent(location, path, _CLEAN):
        return True
    found = find_object(location, path)
    return found is not None and found.modified < cutoff
