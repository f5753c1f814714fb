"""The guards of publishing to Redshift. Their tests publish to the stand-in, a PostgreSQL behind a proxy."""

from collections.abc import Iterator

from tests.faults.publishers.guard import Guard

_SUITE = "tests/redshift/test_publisher_redshift.py"
_ERRORS = "tests/redshift/test_errors_redshift.py"
_MODES = "tests/redshift/test_modes_redshift.py"
_WAITING = "tests/redshift/test_waiting_redshift.py"
_BETWEEN = "tests/redshift/faults/test_between_redshift.py"
_FAULTS = "tests/redshift/faults/test_publisher_faults_redshift.py"
_LEVEL = "repeatable read"
"""The isolation level that is nearest to Redshift's; with the other, PostgreSQL itself sees more."""

_PUBLICATION = "framework/publish/redshift/publication.py"


def redshift_guards() -> Iterator[Guard]:
    """All of them, in the order in which a publish comes by."""
    yield from _before()
    yield from _loading()
    yield from _within()
    yield from _after()


def _before() -> Iterator[Guard]:
    yield Guard(
        name="columns are the contract's (Redshift)",
        path="framework/publish/redshift/prepare.py",
        there="        column_faults(columns, output.schema), required, dataset=table.dataset, where=where\n",
        tests=(f"{_SUITE}::test_a_new_column_is_added_and_another_type_is_not[{_LEVEL}]",),
    )
    yield Guard(
        name="fate: clean's stage is not published (Redshift)",
        path="framework/publish/redshift/publisher.py",
        there="        take_fate(audited.staged)\n",
        tests=(f"{_SUITE}::test_a_stage_that_is_being_cleaned_is_not_published[{_LEVEL}]",),
    )


def _loading() -> Iterator[Guard]:
    yield Guard(
        name="what was loaded is what was audited (Redshift)",
        path="framework/publish/redshift/load.py",
        there="    _compare(connection, stage, audited, files)\n",
        tests=(f"{_ERRORS}::test_a_file_that_was_exchanged_after_the_audit",),
    )
    yield Guard(
        name="rows that were loaded for more than is still open are not put in (Redshift)",
        path=_PUBLICATION,
        there="            if still_open != loaded.targets:\n",
        gone="            if False:\n",
        tests=(f"{_BETWEEN}::test_an_interval_that_another_publishes_meanwhile_is_left_out",),
    )


def _within() -> Iterator[Guard]:
    yield Guard(
        name="the ledger is locked before it is looked at (Redshift)",
        path="framework/publish/redshift/waiting.py",
        there='        connection.execute(f"LOCK TABLE {names_of(binding).ledger}")\n',
        tests=(f"{_BETWEEN}::test_who_comes_within_the_transaction_of_another_waits",),
    )
    yield Guard(
        name="one transaction (Redshift)",
        path=_PUBLICATION,
        there="            connection.execute(statement)\n",
        gone='            connection.execute(statement)\n            connection.execute("COMMIT")\n'
        '            connection.execute("BEGIN")\n',
        tests=(f"{_WAITING}::test_a_query_does_not_wait_for_a_publish[{_LEVEL}-^insert into .* select]",),
    )
    yield Guard(
        name="compare of the generation (Redshift)",
        path=_PUBLICATION,
        there="            if number is not None and (expected is None or number != expected.number):\n",
        gone="            if False:\n",
        tests=(f"{_SUITE}::test_a_zombie_cannot_overwrite_a_newer_generation[{_LEVEL}]",),
    )
    yield Guard(
        name="compare of the generation, again under the lock (Redshift)",
        path=_PUBLICATION,
        there="            receipts = self._compare(connection, table)\n            still_open = tuple(",
        gone="            receipts: dict[Interval, Receipt] = {}\n            still_open = tuple(",
        tests=(f"{_BETWEEN}::test_who_publishes_while_another_loads_wins",),
    )
    yield Guard(
        name="table id (Redshift)",
        path=_PUBLICATION,
        there="        if table.id != self.prepared.table_id:\n",
        gone="        if False:\n",
        tests=(f"{_BETWEEN}::test_a_table_created_anew_since_a_first_run_s_plan_is_left_alone",),
    )
    yield Guard(
        name="table id, again under the lock (Redshift)",
        path=_PUBLICATION,
        there="            if table_id != table.id:\n",
        gone="            if False:\n",
        tests=(f"{_BETWEEN}::test_a_table_created_anew_while_rows_are_loaded_is_left_alone",),
    )
    yield Guard(
        name="a verdict on the table is of one version (Redshift)",
        path=_PUBLICATION,
        there="            check_seen(self.audited, still_open, version)\n",
        tests=(f"{_SUITE}::test_a_table_that_changed_since_it_was_checked_is_not_published_to[{_LEVEL}]",),
    )
    yield Guard(
        name="a first append removes no rows of others (Redshift)",
        path=_PUBLICATION,
        there="        if foreign:\n",
        gone="        if False:\n",
        tests=(f"{_MODES}::test_rows_of_others_are_not_appended_to",),
    )
    yield Guard(
        name="the run is still wanted, just before the commit (Redshift)",
        path=_PUBLICATION,
        there="            self.wanted()\n",
        tests=(f"{_BETWEEN}::test_a_run_that_is_stopped_just_before_its_commit_publishes_nothing",),
    )


def _after() -> Iterator[Guard]:
    yield Guard(
        name="a lost COMMIT is asked for (Redshift)",
        path=_PUBLICATION,
        there='            raise AgainError(lost(doing="publishing", where=self._where).faults) from error\n',
        gone='            raise lost(doing="publishing", where=self._where) from error\n',
        tests=(f"{_FAULTS}::test_a_commit_that_still_runs_when_it_is_asked_for[{_LEVEL}-fin]",),
    )
    yield Guard(
        name="ours is told by the stage (Redshift)",
        path=_PUBLICATION,
        there="        if generation.stage_id == self.audited.staged.stage_id:\n",
        gone="        if False:\n",
        tests=(f"{_SUITE}::test_publishing_the_same_stage_twice_is_one_generation[{_LEVEL}]",),
    )
    yield Guard(
        name="a transaction that lost a conflict is tried again (Redshift)",
        path=_PUBLICATION,
        there="            elif error.conflict is not None:\n",
        gone="            elif False:\n",
        tests=(f"{_FAULTS}::test_conflicts_are_tried_again[{_LEVEL}-^delete]",),
    )
