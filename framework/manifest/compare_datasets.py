"""What a new version of a dataset's contract takes from those who read it."""

import json
from collections.abc import Callable, Iterator

from framework.manifest.change import Change, Level
from framework.manifest.model import ColumnEntry, ExpectationEntry, IntervalEntry, Manifest, OutputEntry
from framework.manifest.widening import is_widened

Readers = Callable[[str | None], tuple[str, ...]]
"""Jobs that read a column, or with None, that read the dataset."""


def compare_dataset(
    old: OutputEntry,
    new: OutputEntry,
    intervals: tuple[IntervalEntry | None, IntervalEntry | None],
    readers: Readers,
) -> Iterator[Change]:
    """Differences between two versions of one dataset. `intervals`: of the jobs that make it."""
    yield from _columns(old, new, readers)
    yield from _rows(old, new, readers)
    yield from _intervals(new.dataset, *intervals, readers)
    yield from _checks(old, new, readers)


def readers_of(manifest: Manifest, dataset: str, column: str | None) -> tuple[str, ...]:
    """Jobs of `manifest` that read `dataset`, and of it `column`, if one is named."""
    entry = manifest.index.datasets.get(dataset)
    return tuple(
        name
        for name in (() if entry is None else entry.readers)
        if column is None
        or any(
            read.dataset == dataset and (read.columns is None or column in read.columns)
            for read in manifest.jobs[name].inputs
        )
    )


def _columns(old: OutputEntry, new: OutputEntry, readers: Readers) -> Iterator[Change]:
    before = {column.name: column for column in old.columns}
    after = {column.name: column for column in new.columns}
    for name, column in before.items():
        subject = f"{old.dataset}.{name}"
        if name not in after:
            yield _broken("column removed", subject, "removed", readers(name))
        else:
            yield from _column(subject, column, after[name], readers(name))
    for name, column in after.items():
        if name not in before:
            yield _fine("column added", f"{old.dataset}.{name}", f"added, {column.type.upper()}")


def _column(subject: str, old: ColumnEntry, new: ColumnEntry, readers: tuple[str, ...]) -> Iterator[Change]:
    if old.type != new.type:
        what = f"{old.type.upper()} becomes {new.type.upper()}"
        if is_widened(old.type, new.type):
            yield _fine("type widened", subject, what)
        else:
            yield _broken("type changed", subject, what, readers)
    if new.nullable and not old.nullable:
        yield _broken("nullability", subject, "may be NULL now", readers)
    elif old.nullable and not new.nullable:
        yield _fine("nullability", subject, "is never NULL now")
    if old.masked and not new.masked:
        yield Change(level="deploy", kind="unmasked", subject=subject, what="its values are shown now")


def _rows(old: OutputEntry, new: OutputEntry, readers: Readers) -> Iterator[Change]:
    every = readers(None)
    if set(old.key) != set(new.key):
        yield _broken("key changed", old.dataset, f"key {_named(old.key)} becomes {_named(new.key)}", every)
    if old.time != new.time:
        what = f"the time column {old.time or 'none'} becomes {new.time or 'none'}"
        yield _broken("time changed", old.dataset, what, every)
    if old.mode != new.mode:
        yield _broken("mode changed", old.dataset, f"{old.mode} becomes {new.mode}", every)
    if old.partition_columns != new.partition_columns:
        what = f"partitioned by {_named(new.partition_columns)}, not {_named(old.partition_columns)}"
        yield Change(level="deploy", kind="partitioning", subject=old.dataset, what=what)


def _intervals(
    dataset: str, old: IntervalEntry | None, new: IntervalEntry | None, readers: Readers
) -> Iterator[Change]:
    if old is None and new is None:
        return
    every = readers(None)
    if old is None or new is None or old.grain != new.grain:
        grains = [each.grain if each else "whole table" for each in (old, new)]
        yield _broken("interval changed", dataset, f"made by {grains[1]}, not by {grains[0]}", every)
        return
    if old.timezone != new.timezone:
        what = f"its {old.grain}s are those of {new.timezone}, not of {old.timezone}"
        yield _broken("interval changed", dataset, what, every)
    if old.start != new.start:
        what = f"begins {new.start}, not {old.start}"
        if (new.start or "") > (old.start or ""):
            yield _broken("start moved", dataset, what, every)
        else:
            yield _fine("start moved", dataset, what)


def _checks(old: OutputEntry, new: OutputEntry, readers: Readers) -> Iterator[Change]:
    before = {_rule(each): each for each in old.expectations}
    after = {_rule(each): each for each in new.expectations}
    for rule, each in before.items():
        now = after.get(rule)
        if now is None:
            level: Level = "breaking" if each.severity == "critical" else "compatible"
            affected = readers(None) if level == "breaking" else ()
            yield Change(
                level=level,
                kind="check removed",
                subject=old.dataset,
                what=f"{rule} is checked no more",
                readers=affected,
            )
        elif each.severity == "critical" and now.severity != "critical":
            yield _broken("severity", old.dataset, f"{rule} only warns now", readers(None))
        elif now.mostly < each.mostly:
            what = f"{rule} holds for {now.mostly:g} of the rows, not {each.mostly:g}"
            yield _broken("severity", old.dataset, what, readers(None))
    for rule in after:
        if rule not in before:
            yield _fine("check added", old.dataset, f"{rule} is checked")


def _rule(each: ExpectationEntry) -> str:
    shown = ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}"
        for name, value in sorted(each.arguments.items())
        if value is not None
    )
    return f"{each.type}({shown})"


def _named(columns: tuple[str, ...]) -> str:
    return ", ".join(columns) or "nothing"


def _broken(kind: str, subject: str, what: str, readers: tuple[str, ...]) -> Change:
    return Change(level="breaking", kind=kind, subject=subject, what=what, readers=readers)


def _fine(kind: str, subject: str, what: str) -> Change:
    return Change(level="compatible", kind=kind, subject=subject, what=what)
