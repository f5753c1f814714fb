"""`Publisher` for Parquet: a compare-and-set of each interval's pointer."""

from collections.abc import Sequence

from framework.audit.audited import Audited
from framework.checks.builtin import Constraint
from framework.contract.types import Output
from framework.environment.environment import Binding
from framework.plan.steps import Target
from framework.publish.fate import take_fate
from framework.publish.identity import identity_of
from framework.publish.parquet.prepare import open_or_create
from framework.publish.parquet.publication import Publication
from framework.publish.protocol import Prepared, Receipt, Wanted
from framework.publish.retention import RETENTION
from framework.publish.stagecheck import check_stage
from framework.publish.targets import check_targets


class ParquetPublisher:
    """Publishes tables of Parquet files, found by pointers, with conditional puts alone.

    A batch of intervals is atomic for each of them, not for all together.
    """

    def prepare(
        self, output: Output, binding: Binding, *, owner: str, grain: str | None, zone: str = "UTC"
    ) -> Prepared:
        """See `Publisher.prepare`. New columns are added later, by the publish itself."""
        identity = identity_of(output, owner=owner, grain=grain, zone=zone)
        table = open_or_create(output, binding.location, identity)
        return Prepared(
            output=output, binding=binding, owner=owner, grain=grain, zone=zone, table_id=table.id
        )

    def constraints(self, prepared: Prepared) -> tuple[Constraint, ...]:  # noqa: ARG002 - the protocol's
        """None: the table itself has no rules."""
        return ()

    def publish(
        self, prepared: Prepared, audited: Audited, targets: Sequence[Target], *, wanted: Wanted
    ) -> tuple[Receipt, ...]:
        """See `Publisher.publish`."""
        if not targets:
            return ()
        wanted()
        files = check_targets(audited, targets, prepared)
        publication = Publication(prepared=prepared, audited=audited, targets=tuple(targets), wanted=wanted)
        publication.open()
        check_stage(audited.staged, files, at_most=RETENTION / 2)
        take_fate(audited.staged)
        return publication.run()
