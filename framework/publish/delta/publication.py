"""One publish: compare on a handle, commit on that handle, read back.

Whether a commit came to be is never concluded from its error or the lack of one. It is read: after an
error on a fresh handle; otherwise in the log itself, whose newest commit tells what became of the files
that the handle had, because loading all of a large table once more takes longer than all the rest. Our
generation number, our fingerprint, and `#files` equal to the hash of our files, whose paths hold
our random stage id. (For an interval without files, whose hash is anybody's, and for merged rows,
whose files are the whole table's, the stage id in the commit's metadata, which is as old as the
commit and so not expired.)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from framework.audit.audited import Audited
from framework.environment.objects import refusal_of
from framework.errors import FailedError, Fault, MisconfiguredError, RetryError, SparkjobError
from framework.generation import Generation
from framework.interval import Interval
from framework.plan.steps import Target
from framework.publish.delta.columns import file_faults
from framework.publish.delta.commit import Change, checkpoint, commit, next_number, widen
from framework.publish.delta.prepare import check_table
from framework.publish.identity import Identity
from framework.publish.protocol import Receipt, Wanted
from framework.publish.seen import check_seen
from framework.tables.delta.generations import LOOK_BACK, read_generations, read_notes
from framework.tables.delta.handle import first_line, open_table
from framework.tables.delta.live import LiveFile, files_hash
from framework.tables.delta.log import Log
from framework.tables.delta.snapshot import files_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deltalake import DeltaTable

_STRANGE_ERRORS = 5
_RECENT = 16  # commits in which a loser looks for the winner's name


class MovedError(RetryError):
    """Somebody else committed in between, or the commit failed for now: look again."""


@dataclass(kw_only=True)
class Publication:
    """The targets of one call of `publish`, and how often it went strangely wrong.

    `opened`: a handle for the first try, so that it is not loaded again.
    """

    audited: Audited
    targets: tuple[Target, ...]
    written: "Mapping[str, datetime]"
    identity: Identity
    table_id: str
    wanted: Wanted
    opened: "DeltaTable | None"
    strange: int = 0
    widenings: int = 0
    hashes: dict[Interval, int] = field(init=False)

    def __post_init__(self) -> None:
        self.hashes = {
            target.interval: files_hash(
                LiveFile(path=file.path, size=file.size) for file in self.audited.staged.of(target.interval)
            )
            for target in self.targets
        }

    def attempt(self) -> tuple[Receipt, ...]:
        """Publish what is still open; receipts of all targets.

        Raises `MovedError` when it is to be tried again.
        """
        table = self._open()
        version = table.version()
        receipts = self._compare(table, self._log(version))
        still_open = tuple(target for target in self.targets if target.interval not in receipts)
        if still_open:
            check_seen(self.audited, still_open, table.version(), ours=self.widenings)
            self._refuse_strangers(table, still_open)
            self.wanted()
            self._commit(table, still_open)
            receipts = self._compare(table, self._log(version + 1))
            if any(target.interval not in receipts for target in still_open):
                raise MovedError("the commit is not there", where=self._where)
            self._check_published(still_open, receipts)
            checkpoint(table, version + 1)
        return tuple(receipts[target.interval] for target in self.targets)

    def _refuse_strangers(self, table: "DeltaTable", targets: Sequence[Target]) -> None:
        """Raise `MisconfiguredError` when the first `append` of an interval would remove others' rows."""
        first = [t.interval for t in targets if t.output.mode == "append" and t.expected is None]
        if not first:
            return
        there = files_of(table, first, self.audited.staged.binding.location)
        faults = [
            Fault(
                what=f"{interval} has rows that somebody else has written",
                where=self._where,
                hint="DELETE them, or take them over: sparkjob adopt.",
            )
            for interval in first
            if there.get(interval)
        ]
        if faults:
            raise MisconfiguredError(faults)

    @property
    def is_hopeless(self) -> bool:
        """Whether commits failed too often in ways that nobody expects."""
        return self.strange >= _STRANGE_ERRORS

    def look_again(self, error: MovedError) -> tuple[Receipt, ...]:
        """Receipts of all targets after the last try, which ended with `error`: it may be published."""
        table = self._open()
        receipts = self._compare(table, self._log(table.version()))
        if any(target.interval not in receipts for target in self.targets):
            raise error
        return tuple(receipts[target.interval] for target in self.targets)

    @property
    def _where(self) -> str:
        return self.audited.staged.binding.location.uri

    def _open(self) -> "DeltaTable":
        """A handle on the table that `prepare` saw, fresh but for the first."""
        location = self.audited.staged.binding.location
        table, self.opened = self.opened or open_table(location), None
        if table is None or str(table.metadata().id) != self.table_id:
            raise self._dropped(is_there=table is not None)
        check_table(table, location, self.identity)
        return table

    def _dropped(self, *, is_there: bool) -> RetryError:
        what = "dropped and created anew" if is_there else "dropped"
        return RetryError(f"the table was {what} while the job ran", where=self._where)

    def _log(self, version: int) -> Log:
        """The log up to `version`, read anew. Raises `MovedError` when it does not reach that far."""
        log = Log(self.audited.staged.binding.location, version)
        if not log.reaches:
            raise MovedError("the commit is not there", where=self._where)
        if log.table_id != self.table_id:  # a handle does not notice
            raise self._dropped(is_there=True)
        return log

    def _compare(self, table: "DeltaTable", log: Log) -> dict[Interval, Receipt]:
        """A receipt for each target that is decided; none for one that is still to be published.

        `log` is at the handle's version or, after a commit on that handle, at the next.
        """
        binding = self.audited.staged.binding
        intervals = [target.interval for target in self.targets]
        current = read_generations(table, binding, intervals, look_back=_RECENT, log=log)
        found = {}
        for target in self.targets:
            generation = current.get(target.interval)
            expected = target.expected
            if expected is not None and expected.table_id != self.table_id:
                raise RetryError("the table was created anew since it was planned", where=self._where)
            if generation is None and expected is None:
                continue
            if generation is None:
                raise RetryError(f"{target.interval} has lost its generation", where=self._where)
            if expected is not None and _same(generation, expected):
                continue
            found[target.interval] = Receipt(
                interval=target.interval,
                outcome=self._outcome(log, target, generation),
                generation=generation,
            )
        return found

    def _outcome(
        self, log: Log, target: Target, generation: Generation
    ) -> Literal["published", "unchanged", "retry"]:
        if self._is_ours(log, target, generation):
            return "published"
        return "unchanged" if generation.is_made_of(target.fingerprint) else "retry"

    def _is_ours(self, log: Log, target: Target, generation: Generation) -> bool:
        staged = self.audited.staged
        if (generation.number, generation.fingerprint) != (next_number(target), target.fingerprint.value):
            return False
        if staged.merge is None:
            if generation.files != self.hashes[target.interval]:
                return False
            if staged.of(target.interval):
                return True
        note = read_notes(log, {target.interval: generation.number}, LOOK_BACK).get(target.interval)
        return note is not None and note.stage_id == staged.stage_id

    def _check_columns(self, table: "DeltaTable", targets: Sequence[Target]) -> None:
        import pyarrow as pa

        wanted = pa.schema(table.schema().to_arrow())
        faults = [
            Fault(
                what=fault, where=self._where, hint="This is a fault of the staging; nothing was published."
            )
            for target in targets
            for file in self.audited.staged.of(target.interval)
            for fault in file_faults(file.path, self.audited.footers[file.path], wanted)
        ]
        if faults:
            raise FailedError(faults)

    def _commit(self, table: "DeltaTable", targets: tuple[Target, ...]) -> None:
        from deltalake.exceptions import CommitFailedError

        change = Change(audited=self.audited, targets=targets, hashes=self.hashes, written=self.written)
        try:
            widened = widen(table, change)
            self.widenings += widened
            if not widened:
                self._check_columns(table, targets)
                commit(table, change)
        except SparkjobError:
            raise
        except CommitFailedError as error:
            raise MovedError(
                f"other writers were faster, again and again: {first_line(error)}", where=self._where
            ) from error
        except Exception as error:
            refusal = refusal_of(error)
            if refusal is not None:
                what = f"the table may not be written: {refusal.what}"
                raise MisconfiguredError(what, where=self._where, hint=refusal.hint) from error
            self.strange += 1
            raise MovedError(f"the commit failed: {first_line(error)}", where=self._where) from error
        if widened:
            # This handle is old now, and on a fresh one the generations are to be compared.
            raise MovedError("columns were added to the table", where=self._where)

    def _check_published(self, targets: Sequence[Target], receipts: "Mapping[Interval, Receipt]") -> None:
        """Raise `FailedError` when the live files are not ours just after the commit."""
        foreign = [
            str(t.interval)
            for t in targets
            if receipts[t.interval].outcome == "published" and not receipts[t.interval].generation.is_intact
        ]
        if foreign:
            raise FailedError(
                f"after the commit, other files than the published ones are live in {', '.join(foreign)}",
                where=self._where,
                hint="Please report this. RESTORE the table to the version before.",
            )


def _same(generation: Generation, expected: Generation) -> bool:
    return (generation.number, generation.fingerprint) == (expected.number, expected.fingerprint)
