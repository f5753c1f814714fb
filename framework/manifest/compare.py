"""Two manifests beside each other: what changed, and whom it breaks. Pure."""

from collections.abc import Iterator, Mapping
from functools import partial

from framework.manifest.change import Change
from framework.manifest.compare_datasets import compare_dataset, readers_of
from framework.manifest.deployment import Deployment
from framework.manifest.model import JobDocument, Manifest, OutputEntry

_LEVELS = ("breaking", "deploy", "compatible")


def compare_manifests(old: Manifest, new: Manifest) -> tuple[Change, ...]:
    """All differences that somebody may notice, the breaking ones first.

    Readers are those of the new version, which will meet the change, and for what is gone those
    of the old one.
    """
    found = [*_datasets(old, new), *_jobs(old, new)]
    return _sorted(found)


def compare_deployments(old: Deployment, new: Deployment) -> tuple[Change, ...]:
    """Differences between two versions of one environment: places and schedules."""
    return _sorted([*_places(old, new), *_schedules(old, new)])


def _sorted(found: list[Change]) -> tuple[Change, ...]:
    return tuple(sorted(found, key=lambda it: (_LEVELS.index(it.level), it.subject, it.kind, it.what)))


def _datasets(old: Manifest, new: Manifest) -> Iterator[Change]:
    before, after = _outputs(old), _outputs(new)
    for dataset, (job, output) in before.items():
        if dataset not in after:
            yield Change(
                level="breaking",
                kind="output removed",
                subject=dataset,
                what="made no more",
                readers=readers_of(old, dataset, None),
            )
            continue
        maker, now = after[dataset]
        if maker.name != job.name:
            what = f"made by {maker.name}, not by {job.name}"
            yield Change(level="deploy", kind="owner changed", subject=dataset, what=what)
        yield from compare_dataset(
            output, now, (job.interval, maker.interval), partial(readers_of, new, dataset)
        )
    for dataset, (job, _) in after.items():
        if dataset not in before:
            yield Change(level="compatible", kind="output added", subject=dataset, what=f"made by {job.name}")


def _jobs(old: Manifest, new: Manifest) -> Iterator[Change]:
    for name in old.jobs.keys() - new.jobs.keys():
        yield Change(level="deploy", kind="job removed", subject=name, what="removed")
    for name in new.jobs.keys() - old.jobs.keys():
        yield Change(level="deploy", kind="job added", subject=name, what="added")
    for name in old.jobs.keys() & new.jobs.keys():
        yield from _job(old.jobs[name], new.jobs[name])


def _job(old: JobDocument, new: JobDocument) -> Iterator[Change]:
    def deploy(kind: str, what: str) -> Change:
        return Change(level="deploy", kind=kind, subject=new.name, what=what)

    before, after = ({read.dataset for read in job.inputs} for job in (old, new))
    for dataset in after - before:
        yield deploy("input added", f"reads {dataset}: it waits for it, and needs the right to")
    for dataset in before - after:
        yield deploy("input removed", f"reads {dataset} no more")
    for secret in set(new.secrets.values()) - set(old.secrets.values()):
        yield deploy("secret added", f"needs the secret {secret}")
    if (old.file, old.kind, old.start) != (new.file, new.kind, new.start):
        yield deploy("started otherwise", f"started by {new.runner or new.file}")
    known = {each.name: each for each in new.parameters}
    for parameter in old.parameters:
        now = known.get(parameter.name)
        if now is None or now.type != parameter.type:
            what = f"parameter {parameter.name} {'is gone' if now is None else f'is {now.type} now'}"
            yield Change(level="breaking", kind="parameter changed", subject=new.name, what=what)


def _outputs(manifest: Manifest) -> Mapping[str, tuple[JobDocument, OutputEntry]]:
    return {output.dataset: (job, output) for job in manifest.jobs.values() for output in job.outputs}


def _places(old: Deployment, new: Deployment) -> Iterator[Change]:
    for dataset, place in old.bindings.items():
        now = new.bindings.get(dataset, place)
        if (now.uri, now.format) != (place.uri, place.format):
            what = f"moved to {now.format} at {now.uri}, from {place.format} at {place.uri}"
            yield Change(level="breaking", kind="output moved", subject=dataset, what=what)


def _schedules(old: Deployment, new: Deployment) -> Iterator[Change]:
    for name in sorted({*old.schedules, *new.schedules}):
        before, after = old.schedules.get(name), new.schedules.get(name)
        if before != after:
            what = "removed" if after is None else "added" if before is None else "changed"
            yield Change(level="deploy", kind=f"schedule {what}", subject=f"schedules.{name}", what=what)
