"""`Publisher` for Redshift: tried again, not for ever, when a transaction or a connection is lost."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from framework.audit.audited import Audited
from framework.checks.builtin import Constraint
from framework.contract.types import Output
from framework.environment.environment import Binding
from framework.plan.steps import Target
from framework.publish.fate import take_fate
from framework.publish.identity import identity_of
from framework.publish.protocol import Prepared, Receipt, Wanted
from framework.publish.redshift.constraints import value_constraints
from framework.publish.redshift.prepare import open_or_create
from framework.publish.redshift.publication import AgainError, Publication
from framework.publish.retention import RETENTION
from framework.publish.stagecheck import check_stage
from framework.publish.targets import check_targets
from framework.tables.redshift.connection import PATIENCE, connect
from framework.tables.redshift.errors import ConnectionLostError, StatementError, explain, lost

logger = logging.getLogger(__name__)

_TRIES = 10
_LONGEST = 10.0
"""Seconds between two tries, at most; they begin with a tenth and double, each by chance."""


class RedshiftPublisher:
    """Publishes tables of Redshift; all targets of a call in one transaction."""

    def prepare(
        self, output: Output, binding: Binding, *, owner: str, grain: str | None, zone: str = "UTC"
    ) -> Prepared:
        """See `Publisher.prepare`. New columns are added later, by the publish itself."""
        where = binding.location.uri
        logger.debug("%s passes through %s", binding.dataset, binding.stage.uri)
        identity = identity_of(output, owner=owner, grain=grain, zone=zone)
        try:
            with connect(binding, f"sparkjob {output.dataset}", at_most=PATIENCE) as connection:
                table = open_or_create(connection, output, binding, identity)
        except StatementError as error:
            raise explain(error, doing="preparing the table", where=where) from error
        except ConnectionLostError as error:
            raise lost(doing="preparing the table", where=where) from error
        return Prepared(
            output=output, binding=binding, owner=owner, grain=grain, zone=zone, table_id=table.id
        )

    def constraints(self, prepared: Prepared) -> tuple[Constraint, ...]:
        """What Redshift keeps of each column: a row that would not come back as it is, is not loaded."""
        schema = prepared.output.schema
        assert schema is not None, "contract.validate comes first"
        return value_constraints(schema, prepared.binding.redshift)

    def publish(
        self, prepared: Prepared, audited: Audited, targets: Sequence[Target], *, wanted: Wanted
    ) -> tuple[Receipt, ...]:
        """See `Publisher.publish`."""
        import tenacity

        if not targets:
            return ()
        wanted()
        files = check_targets(audited, targets, prepared)
        check_stage(audited.staged, files, at_most=RETENTION / 2)
        take_fate(audited.staged)
        publication = Publication(prepared=prepared, audited=audited, targets=tuple(targets), wanted=wanted)
        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(AgainError),
            stop=tenacity.stop_after_attempt(_TRIES),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=_LONGEST),
            reraise=True,
        )
        try:
            receipts = tries(publication.attempt)
        finally:
            publication.close()
        retries = tuple(publication.retries)
        return tuple(replace(receipt, retries=retries) for receipt in receipts)
