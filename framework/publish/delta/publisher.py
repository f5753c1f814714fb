"""`Publisher` for Delta: loop until the generation is ours, somebody else's, or the table another."""

from collections.abc import Sequence

from framework.audit.audited import Audited
from framework.checks.builtin import Constraint
from framework.contract.datatype import identifier
from framework.contract.types import Output
from framework.environment.environment import Binding
from framework.errors import RetryError
from framework.plan.steps import Target
from framework.publish.delta.columns import table_fields
from framework.publish.delta.layout import check_layout
from framework.publish.delta.prepare import open_or_create
from framework.publish.delta.publication import MovedError, Publication
from framework.publish.fate import take_fate
from framework.publish.identity import identity_of
from framework.publish.protocol import Prepared, Receipt, Wanted
from framework.publish.retention import delta_retention
from framework.publish.stagecheck import check_stage
from framework.publish.targets import check_targets
from framework.tables.delta.handle import open_table

_TRIES = 50


class DeltaPublisher:
    """Publishes Delta tables by `deltalake` alone."""

    def prepare(
        self, output: Output, binding: Binding, *, owner: str, grain: str | None, zone: str = "UTC"
    ) -> Prepared:
        """See `Publisher.prepare`. New columns are added later, by the publish itself."""
        identity = identity_of(output, owner=owner, grain=grain, zone=zone)
        table = open_or_create(output, binding, identity)
        return Prepared(
            output=output,
            binding=binding,
            owner=owner,
            grain=grain,
            zone=zone,
            table_id=str(table.metadata().id),
        )

    def constraints(self, prepared: Prepared) -> tuple[Constraint, ...]:
        """The table's CHECK constraints and NOT NULL columns: deltalake's commit enforces neither."""
        table = open_table(prepared.binding.location)
        if table is None:
            return ()  # publishing will say so
        checks = [
            Constraint(name=name.removeprefix("delta.constraints."), sql=sql)
            for name, sql in sorted(table.metadata().configuration.items())
            if name.startswith("delta.constraints.")
        ]
        required = [str(column["name"]) for column in table_fields(table) if not column["nullable"]]
        return (*checks, *(Constraint(name=n, sql=f"{identifier(n)} IS NOT NULL") for n in required))

    def publish(
        self, prepared: Prepared, audited: Audited, targets: Sequence[Target], *, wanted: Wanted
    ) -> tuple[Receipt, ...]:
        """See `Publisher.publish`."""
        import tenacity

        if not targets:
            return ()
        location = audited.staged.binding.location
        identity = identity_of(
            prepared.output, owner=prepared.owner, grain=prepared.grain, zone=prepared.zone
        )
        wanted()
        files = check_targets(audited, targets, prepared)
        check_layout(audited, targets, identity)
        table = open_table(location)
        if table is None:
            raise RetryError("the table was dropped while the job ran", where=location.uri)
        written = check_stage(audited.staged, files, at_most=delta_retention(table) / 2)
        take_fate(audited.staged)
        publication = Publication(
            audited=audited,
            targets=tuple(targets),
            written=written,
            identity=identity,
            table_id=prepared.table_id,
            wanted=wanted,
            opened=table,
        )
        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception(
                lambda error: isinstance(error, MovedError) and not publication.is_hopeless
            ),
            stop=tenacity.stop_after_attempt(_TRIES),
            wait=tenacity.wait_random_exponential(multiplier=0.02, max=1),
            reraise=True,
        )
        try:
            return tries(publication.attempt)
        except MovedError as error:
            return publication.look_again(error)
