"""An earlier generation as a new one: its files are copied into a stage and published as any others.

They are copied, and not named a second time, so that all that holds for a publish holds here: a
stage of its own, `_fate`, the compare-and-set, and no VACUUM that counts from the day on which the
old files were replaced.

The new generation has the fingerprint of the one whose place it takes. So the next run of the same
code on the same inputs leaves it alone, and one with a repair makes the interval anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from framework.audit.restored import audit_restored
from framework.contract.columns import INTERVAL_DIRECTORY
from framework.contract.types import Output
from framework.environment.environment import Binding
from framework.environment.objects import copy_object
from framework.errors import FailedError, Fault, MisconfiguredError, RetryError
from framework.generation import Fingerprint, Generation
from framework.interval import Interval
from framework.plan.steps import Target
from framework.publish.protocol import Prepared, Publisher, Receipt, Wanted
from framework.stage.staged import KEPT, Staged, StagedFile, stage_directory
from framework.tables.history import History, PastGeneration
from framework.tables.parquet.table import at_once

UNKNOWN = Fingerprint(code="", contract="", checks="", parameters="", inputs=None)
"""Of a generation of which nobody knows any more what it was made of: equal to none."""


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """One interval of a dataset: the generation that is to come back, and the one that is current."""

    table_id: str
    interval: Interval
    past: PastGeneration
    current: PastGeneration

    @property
    def is_done(self) -> bool:
        """Whether the current generation has these rows by a rollback already."""
        return self.current.restored == self.past.number


def find_restorations(
    output: Output, history: History, intervals: Sequence[Interval], number: int, *, where: str, hint: str
) -> tuple[Restoration, ...]:
    """The generation `number` of each interval. `hint`: where a person finds which numbers there are.

    Raises `MisconfiguredError` with all that is in the way.
    """
    if output.mode not in ("replace", "append"):
        raise MisconfiguredError(
            f'{output.dataset} is made by mode "{output.mode}": rows of its intervals are mixed',
            where=where,
            hint="RESTORE the table to before the first bad publish; then run from there on with --force.",
        )
    found, faults = [], []
    for interval in intervals:
        past, current = history.find(interval, number), history.generations[interval][0]
        if past is None or past.number >= current.number:
            what = (
                f"#{number} of {interval} is the current generation"
                if past
                else f"{interval} never had a #{number}"
            )
            faults.append(Fault(what=what, where=output.dataset, hint=hint))
        elif past.files is None:
            faults.append(
                Fault(
                    what=f"the files of #{number} of {interval} are not known: its log has expired",
                    where=output.dataset,
                    hint="Run the job as it was then: check out that version of it.",
                )
            )
        else:
            found.append(
                Restoration(table_id=history.table_id, interval=interval, past=past, current=current)
            )
    if faults:
        raise MisconfiguredError(faults)
    return tuple(found)


def stage_restored(
    prepared: Prepared,
    restorations: Sequence[Restoration],
    expected: Mapping[Interval, Generation],
    *,
    run_id: str,
    stage_id: str,
) -> Staged:
    """Copy the old files below a new stage. The sizes are compared by who looks at it.

    Raises `MisconfiguredError` for files that were cleaned away, and `RetryError` when the
    generations have moved on since the history was read.
    """
    binding, output = prepared.binding, prepared.output
    moved = [each.interval for each in restorations if _moved(each, expected.get(each.interval))]
    if moved:
        raise RetryError(
            f"another run publishes {', '.join(map(str, moved))}", where=output.dataset, hint="Try again."
        )
    directory = stage_directory(binding, stage_id)
    copies: dict[str, StagedFile] = {}
    for each in restorations:
        for number, file in enumerate(each.past.files or ()):
            copies[file.path] = StagedFile(
                path=f"{directory}/{_below_stage(file.path, binding, each.interval, number)}",
                size=file.size,
                interval=each.interval,
                partition=file.partition,
            )

    def copy(path: str) -> bool:
        return copy_object(binding.location, path, copies[path].path)

    gone = [path for path, is_there in zip(copies, at_once(copy, copies), strict=True) if not is_there]
    if gone:
        raise MisconfiguredError(
            [
                Fault(
                    what="a file of the earlier generation is gone: it was cleaned away",
                    where=binding.location.child(path).uri,
                    hint="Run the job as it was then: check out that version of it.",
                )
                for path in gone
            ]
        )
    return Staged(
        output=output,
        binding=binding,
        targets=tuple(_target(prepared, each, expected[each.interval]) for each in restorations),
        run_id=run_id,
        stage_id=stage_id,
        directory=directory,
        files=tuple(copies.values()),
    )


def publish_restored(
    publisher: Publisher,
    prepared: Prepared,
    staged: Staged,
    restorations: Sequence[Restoration],
    *,
    wanted: Wanted,
) -> tuple[Receipt, ...]:
    """Publish the stage as the intervals' next generations.

    Raises `RejectedError` when the contract has changed since, `RetryError` when another run
    published first, and as `Publisher.publish` does.
    """
    audited = audit_restored(staged)
    other = [
        f"#{each.past.number} of {each.interval}"
        for each in restorations
        if each.past.rows not in (None, audited.rows[each.interval])
    ]
    if other:
        what = f"the copies have other numbers of rows than {', '.join(other)}: nothing was published"
        raise FailedError(what, where=prepared.output.dataset)
    receipts = publisher.publish(prepared, audited, audited.publishable, wanted=wanted)
    lost = [str(receipt.interval) for receipt in receipts if receipt.outcome != "published"]
    if lost:
        raise RetryError(
            f"another run has published {', '.join(lost)}",
            where=prepared.output.dataset,
            hint="Its history says what; roll that back, or leave it.",
        )
    return receipts


def _below_stage(path: str, binding: Binding, interval: Interval, number: int) -> str:
    """Where the copy lies in its stage: as the file did in its own, because folders mean something.

    (`tables.delta.live`, catalogs.) One of other writers lies in the folder of its interval.
    """
    parts = path.split("/")
    if f"{parts[0]}/" == stage_directory(binding, ""):
        return "/".join(parts[2:])
    return f"{INTERVAL_DIRECTORY}={KEPT}{interval.label}/{number}-{parts[-1]}"


def _moved(restoration: Restoration, expected: Generation | None) -> bool:
    seen = restoration.table_id, restoration.current.number
    return expected is None or (expected.table_id, expected.number) != seen


def _target(prepared: Prepared, restoration: Restoration, expected: Generation) -> Target:
    return Target(
        output=prepared.output,
        binding=prepared.binding,
        interval=restoration.interval,
        expected=expected,
        fingerprint=restoration.current.parts or UNKNOWN,
        restored=restoration.past.number,
    )
