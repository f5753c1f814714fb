"""One publish: compare, put each interval's next pointer if there is none, and look what is there now.

Whether a pointer came to be is never concluded from an error or the lack of one. It is read: our
number and our stage id, which is random.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from framework.audit.audited import Audited
from framework.errors import RetryError
from framework.generation import Generation
from framework.interval import Interval
from framework.plan.steps import Target
from framework.publish.parquet.claim import claim, finish_last
from framework.publish.parquet.objects import put_and_look
from framework.publish.parquet.prepare import widen
from framework.publish.protocol import Prepared, Receipt, Wanted
from framework.publish.seen import check_seen
from framework.tables.parquet.generations import read_generations
from framework.tables.parquet.names import folder_of
from framework.tables.parquet.pointer import PointedFile, Pointer, render_pointer
from framework.tables.parquet.table import Names, PointerTable, at_once, open_table, read_names


@dataclass(frozen=True, kw_only=True)
class Publication:
    """The targets of one call of `publish`."""

    prepared: Prepared
    audited: Audited
    targets: tuple[Target, ...]
    wanted: Wanted

    def run(self) -> tuple[Receipt, ...]:
        """Publish what is still open; receipts of all targets."""
        table = self.open()
        names = read_names(table)
        if self.audited.seen is not None and finish_last(table, names):
            names = read_names(table)
        receipts = self._compare(table, names)
        still_open = [target for target in self.targets if target.interval not in receipts]
        if still_open:
            check_seen(self.audited, still_open, names.version)
            self._publish(table, names, still_open)
            table = self.open()  # who dropped it meanwhile has dropped our pointers
            receipts = self._compare(table, read_names(table))
            if any(target.interval not in receipts for target in still_open):
                raise RetryError("a pointer that was put is not there", where=self._where)
        return tuple(receipts[target.interval] for target in self.targets)

    def open(self) -> PointerTable:
        """The table that `prepare` saw. Raises `RetryError` when it is another now, or none."""
        table = open_table(self.prepared.binding.location)
        if table is None or table.id != self.prepared.table_id:
            what = "dropped" if table is None else "dropped and created anew"
            raise RetryError(f"the table was {what} while the job ran", where=self._where)
        return table

    def pointer_of(self, target: Target) -> Pointer:
        """The next pointer of a target's interval."""
        staged, interval = self.audited.staged, target.interval
        return Pointer(
            dataset=target.output.dataset,
            interval=interval.key,
            number=(target.expected.number if target.expected else 0) + 1,
            fingerprint=target.fingerprint.value,
            parts=target.fingerprint,
            run_id=staged.run_id,
            stage_id=staged.stage_id,
            rows=self.audited.rows[interval],
            files=tuple(
                PointedFile(path=file.path, size=file.size, partition=dict(file.partition))
                for file in staged.of(interval)
            ),
            restored=target.restored,
        )

    @property
    def _where(self) -> str:
        return self.prepared.binding.location.uri

    def _publish(self, table: PointerTable, names: Names, targets: Sequence[Target]) -> None:
        schema = self.audited.staged.output.schema
        assert schema is not None, "contract.validate comes first"
        widen(table, schema)
        pointers = {target.interval: self.pointer_of(target) for target in targets}
        self.wanted()
        if self.audited.seen is not None:
            claim(table, names, pointers)

        def put(item: tuple[Interval, Pointer]) -> bool:
            interval, pointer = item
            path = table.place(folder_of(interval), pointer.number)
            return put_and_look(table.location, path, render_pointer(pointer).encode())

        at_once(put, pointers.items())

    def _compare(self, table: PointerTable, names: Names) -> dict[Interval, Receipt]:
        """A receipt for each target that is decided; none for one that is still to be published."""
        current = read_generations(table, names, [target.interval for target in self.targets])
        found = {}
        for target in self.targets:
            generation, expected = current.get(target.interval), target.expected
            if expected is not None and expected.table_id != table.id:
                raise RetryError("the table was created anew since it was planned", where=self._where)
            if generation is None and expected is None:
                continue
            if generation is None:
                raise RetryError(f"{target.interval} has lost its generation", where=self._where)
            if expected is not None and generation.number == expected.number:
                continue
            found[target.interval] = Receipt(
                interval=target.interval, outcome=self._outcome(target, generation), generation=generation
            )
        return found

    def _outcome(self, target: Target, generation: Generation) -> Literal["published", "unchanged", "retry"]:
        if generation.stage_id == self.audited.staged.stage_id:
            return "published"
        return "unchanged" if generation.is_made_of(target.fingerprint) else "retry"
