"""Why (job, interval) has to be built, or None when what is published is current."""

from collections.abc import Iterator, Sequence

from framework.contract.types import Job
from framework.generation import Fingerprint, Generation
from framework.plan.inputs import changed_inputs
from framework.plan.steps import Reason, Target


def find_reasons(job: Job, targets: Sequence[Target], *, force: bool) -> tuple[Reason, ...]:
    """Reasons over all outputs of one interval, the first of each kind; empty: unchanged."""
    reasons = [Reason(kind="forced", text="forced")] if force else []
    for target in targets:
        reasons += _reasons_of(job, target)
    return tuple({reason.kind: reason for reason in reversed(reasons)}.values())[::-1]


def is_settled(job: Job, target: Target) -> bool:
    """Whether a target is published once and for all: what changes later is no reason to run again."""
    return target.expected is not None and (job.rerun == "once" or target.output.mode == "append")


def _reasons_of(job: Job, target: Target) -> Iterator[Reason]:
    published, fingerprint = target.expected, target.fingerprint
    if published is None:
        yield Reason(kind="never_published", text="never published")
        return
    if is_settled(job, target):
        return
    if job.rerun == "always":
        yield Reason(kind="rerun_always", text='rerun="always"')
    if not published.is_intact:
        yield Reason(kind="files_changed", text=f"{target.output.dataset} was changed by somebody else")
    if fingerprint.inputs is None:
        yield Reason(kind="input_unknown", text="an input's version is unknown")
    elif fingerprint.value != published.fingerprint:
        yield from _differences(job, fingerprint, published)


def _differences(job: Job, now: Fingerprint, published: Generation) -> Iterator[Reason]:
    then = published.parts
    parts = now.difference(then) if then else ()
    if not parts or then is None:
        yield Reason(kind="fingerprint", text="made by another version (its details have expired)")
    if "code" in parts:
        called = f"{job.function.__name__}()" if job.function else job.sql_file
        yield Reason(kind="code", text=f"code changed: {called}")
    if "contract" in parts:
        yield Reason(kind="contract", text="contract changed")
    if "checks" in parts:
        yield Reason(kind="checks", text="expectations changed")
    if "parameters" in parts:
        yield Reason(kind="parameters", text="parameters changed")
    if "inputs" in parts and then is not None:
        named = ", ".join(changed_inputs(job, now.inputs, then.inputs))
        text = f"input changed: {named}" if named else "what it read last time is unknown"
        yield Reason(kind="inputs", text=text)
