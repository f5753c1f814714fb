"""Which objects of a table nobody needs any more. Pure: what is kept is found by each format.

An object goes when nothing refers to it and it is older than the cutoff. A stage of which nothing is
kept goes as a whole, and only after its fate was taken: see `clean`. Its events are a part of it, which lie
elsewhere (`tables.events`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from framework.environment.objects import Object
from framework.publish.fate import FATE
from framework.tables.events import EVENTS, list_path, number_of

_TABLES = ("_delta_log", "_published")
"""Folders that a table has right below its root, of Delta and of pointers."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage's directory of which no file is needed, with all that is in it but its fate."""

    directory: str
    objects: tuple[Object, ...]


@dataclass(frozen=True, kw_only=True)
class Garbage:
    """What may go of one table.

    `files`: superseded files, beside others that stay. `fates`: what an earlier `clean` has left of
    a stage, so that nobody could publish it any more.
    """

    stages: tuple[Stage, ...] = ()
    files: tuple[Object, ...] = ()
    fates: tuple[Object, ...] = ()

    @property
    def objects(self) -> tuple[Object, ...]:
        """All of it."""
        return (*(each for stage in self.stages for each in stage.objects), *self.files, *self.fates)

    @property
    def size(self) -> int:
        """Bytes of all objects."""
        return sum(each.size for each in self.objects)


def find_garbage(
    objects: Iterable[Object], kept: set[str], *, stages: str, cutoff: datetime, loose: bool
) -> Garbage:
    """Sort the objects of a table. `stages`: the folder of its stages; `kept`: paths that are needed.

    `loose`: whether files outside of stages are the table's, too: those that other writers have put into
    a Delta table, rows that Redshift has unloaded. What belongs to a table inside this one's folder stays.
    """
    there = [(each, each.path.split("/")) for each in objects]
    inner = {root for _, parts in there if (root := _inner_table(parts)) is not None}
    lists = _lists(there)
    staged: dict[str, list[Object]] = {}
    files = []
    for each, parts in there:
        if inner and any("/".join(parts[:depth]) in inner for depth in range(1, len(parts))):
            continue
        stage_id = lists.get(each.path)
        if len(parts) > 2 and parts[0] in ((stages, EVENTS) if lists else (stages,)):  # noqa: PLR2004  # folder/stage/file
            stage_id = parts[1]
        if stage_id is not None:
            staged.setdefault(f"{stages}/{stage_id}", []).append(each)
        elif loose and _is_loose(parts) and each.path not in kept and each.modified < cutoff:
            files.append(each)
    found, fates = [], []
    for directory, members in staged.items():
        if any(each.path in kept for each in members):
            files += [each for each in members if _is_superseded(each, kept, cutoff)]
            continue
        # A clean that was killed has left a young fate beside old files.
        rest = tuple(each for each in members if each.path != f"{directory}/{FATE}")
        if max(each.modified for each in rest or members) >= cutoff:
            continue
        if rest:
            found.append(Stage(directory=directory, objects=rest))
        else:
            fates += members
    return Garbage(stages=tuple(found), files=tuple(files), fates=tuple(fates))


def _lists(objects: Iterable[tuple[Object, Sequence[str]]]) -> dict[str, str]:
    """The stage of each list of events. Without a list the folder is somebody else's."""
    stages = {parts[1] for _, parts in objects if parts[0] == EVENTS and len(parts) > 2}  # noqa: PLR2004  # likewise
    owners = {list_path(number_of(stage_id)): stage_id for stage_id in stages}
    return {each.path: owners[each.path] for each, _ in objects if each.path in owners}


def _inner_table(parts: Sequence[str]) -> str | None:
    """The root of another table below this one's, if an object shows that there is one."""
    depth = next((n for n, part in enumerate(parts[:-1]) if n and part in _TABLES), None)
    return None if depth is None else "/".join(parts[:depth])


def _is_loose(parts: Sequence[str]) -> bool:
    """Whether a data file lies outside of every stage, as other writers put it. Hidden folders stay."""
    return parts[-1].endswith(".parquet") and not any(part.startswith(("_", ".")) for part in parts)


def _is_superseded(each: Object, kept: set[str], cutoff: datetime) -> bool:
    is_list = each.path.startswith(f"{EVENTS}/") and each.path.count("/") == 1
    return (is_list or each.path.endswith(".parquet")) and each.path not in kept and each.modified < cutoff
