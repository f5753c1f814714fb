"""What a clean removes, or would remove, as lines."""

from collections.abc import Mapping, Sequence

from framework.environment.catalog import Catalog
from framework.environment.objects import Object
from framework.present.history import render_size
from framework.present.table import count, render_table
from framework.publish.garbage import Garbage

_KEPT = {
    "intents": "intents of old runs",
    "logs": "logs of old runs",
    "invocations": "what old runs were asked for",
}
"""What the state store keeps of runs, by its folder there."""


def render_clean(
    found: Mapping[str, Garbage],
    kept: Mapping[str, Sequence[Object]],
    catalogs: Mapping[str, Catalog | None],
    *,
    done: bool,
) -> str:
    """A line a dataset that has something to go, a line a kind of objects in the state store, and the sum.

    Before the sum a line for each of these datasets whose catalog is told first what is published.
    """
    rows = [
        [dataset, *_amounts(garbage), render_size(garbage.size)]
        for dataset, garbage in found.items()
        if garbage.objects
    ]
    rows += [
        [_KEPT[kind], count(len(objects), "object"), "", _size(objects)]
        for kind, objects in kept.items()
        if objects
    ]
    objects = [each for garbage in found.values() for each in garbage.objects]
    objects += [each for group in kept.values() for each in group]
    verb = "removed" if done else "would be removed"
    total = f"{count(len(objects), 'object')}, {_size(objects)}, {verb}"
    if not rows:
        return f"nothing to clean in {count(len(found), 'dataset')}"
    before = [
        f"{dataset}: before that, {catalog} {'was' if done else 'is'} told what is published"
        for dataset, garbage in found.items()
        if (catalog := _told(garbage, catalogs[dataset])) is not None
    ]
    return "\n".join([render_table(rows), *before, f"{total}{'' if done else ' · --yes removes them'}"])


def build_clean_document(
    found: Mapping[str, Garbage],
    kept: Mapping[str, Sequence[Object]],
    catalogs: Mapping[str, Catalog | None],
    *,
    done: bool,
) -> dict[str, object]:
    """The same for `--json`, with every path below its table's root, or that of the state store."""
    return {
        "removed": done,
        "datasets": [
            {
                "dataset": dataset,
                "stages": [stage.directory for stage in garbage.stages],
                "files": [each.path for each in garbage.files],
                "objects": len(garbage.objects),
                "bytes": garbage.size,
                "catalog": _told(garbage, catalogs[dataset]),
            }
            for dataset, garbage in found.items()
        ],
        **{kind: [each.path for each in objects] for kind, objects in kept.items()},
    }


def _told(garbage: Garbage, catalog: Catalog | None) -> str | None:
    """The catalog that has to be told before this is removed."""
    return str(catalog) if catalog is not None and garbage.objects else None


def _amounts(garbage: Garbage) -> list[str]:
    stages = count(len(garbage.stages), "stage") if garbage.stages else ""
    files = count(len(garbage.files), "superseded file") if garbage.files else ""
    fates = count(len(garbage.fates), "mark", "marks of cleaned stages") if garbage.fates else ""
    return [stages, ", ".join(filter(None, (files, fates)))]


def _size(objects: Sequence[Object]) -> str:
    return render_size(sum(each.size for each in objects))
