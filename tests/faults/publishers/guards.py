"""Every guard of publishing, how to take it out of the code, and the fast test that then fails.

A guard is taken out by replacing one passage of the source, which must be there exactly once: code
that moves breaks `test_guards.py` loudly, never silently.
"""

from collections.abc import Iterator

from tests.faults.publishers.guard import Guard
from tests.faults.publishers.guards_redshift import redshift_guards

_CONTRACT = "tests/storage/test_publisher_contract.py"
_DELTA = "tests/storage/test_publisher_delta.py"
_PARQUET = "tests/storage/test_publisher_parquet.py"
_SEVERAL = "tests/storage/test_several_outputs.py"
_BETWEEN = "tests/storage/test_between_look_and_commit.py"
_RUNS = "tests/faults/publishers/test_runs.py"
_FOOTERS = "tests/storage/test_statistics_footers.py"
_ANEW = "tests/faults/publishers/test_created_anew.py"


def _guards() -> Iterator[Guard]:
    yield from _looks()
    yield from _compares()
    yield from _commits()
    yield from _stages()
    yield from _outputs()
    yield from _contents()
    yield from redshift_guards()


def _looks() -> Iterator[Guard]:
    yield Guard(
        name="outputs are looked at before inputs are pinned",
        path="framework/tables/published.py",
        there="    for dataset, intervals in needs.outputs.items():\n",
        gone="    for dataset, intervals in needs.inputs.items():\n"
        "        binding = environment.input(dataset)\n"
        "        pins[dataset] = reader(binding).pin(binding, intervals)\n"
        "    for dataset, intervals in needs.outputs.items():\n",
        also=(("            pins[dataset] = replace(", "            pins.get(dataset) or replace("),),
        tests=(f"{_BETWEEN}::test_inputs_are_never_older_than_the_output_that_was_looked_at",),
    )
    yield Guard(
        name="an unknown fingerprint equals nothing",
        path="framework/generation.py",
        there="self.is_intact and bool(fingerprint.value) and ",
        gone="self.is_intact and ",
        tests=(f"{_CONTRACT}::test_an_unknown_fingerprint_is_never_unchanged[delta]",),
    )
    yield Guard(
        name="what a foreign hand changed equals nothing",
        path="framework/generation.py",
        there="self.is_intact and bool(",
        gone="bool(",
        tests=(f"{_CONTRACT}::test_what_a_foreign_hand_changed_is_never_unchanged[delta]",),
    )
    yield Guard(
        name="a table has one owner",
        path="framework/publish/identity.py",
        there="    if found.owner != wanted.owner:\n",
        gone="    if False:\n",
        tests=(
            f"{_CONTRACT}::test_a_table_of_another_owner_is_refused[delta]",
            f"{_CONTRACT}::test_a_table_of_another_owner_is_refused[parquet]",
        ),
    )
    yield Guard(
        name="table features by list, at the commit too",
        path="framework/publish/delta/publication.py",
        there="        check_table(table, location, self.identity)\n",
        tests=(f"{_DELTA}::test_properties_that_break_publishing_are_refused",),
    )


def _compares() -> Iterator[Guard]:
    yield Guard(
        name="compare of the generation (Delta)",
        path="framework/publish/delta/publication.py",
        there="            if expected is not None and _same(generation, expected):\n",
        gone="            if not self._is_ours(log, target, generation):\n",
        tests=(f"{_CONTRACT}::test_a_zombie_cannot_overwrite_a_newer_generation[delta]",),
    )
    yield Guard(
        name="compare of the generation (Parquet)",
        path="framework/publish/parquet/publication.py",
        there="        pointers = {target.interval: self.pointer_of(target) for target in targets}\n"
        "        self.wanted()\n",
        gone="        self.wanted()\n        from dataclasses import replace\n"
        "        now = read_names(table)\n"
        "        pointers = {t.interval: self.pointer_of(t) for t in targets}\n"
        "        pointers = {i: replace(p, number=now.of(i) + 1) for i, p in pointers.items()}\n",
        tests=(f"{_BETWEEN}::test_who_publishes_between_the_look_and_the_commit_wins[parquet]",),
    )
    yield Guard(
        name="table id (Delta)",
        path="framework/publish/delta/publication.py",
        there="if table is None or str(table.metadata().id) != self.table_id:",
        gone="if table is None:",
        also=(("        if log.table_id != self.table_id:", "        if False:"),),
        tests=(f"{_DELTA}::test_a_table_created_anew_since_the_plan_is_left_alone[first]",),
    )
    yield Guard(
        name="table id: the log's, read back (Delta)",
        path="framework/publish/delta/publication.py",
        there="        if log.table_id != self.table_id:",
        gone="        if False:",
        tests=(f"{_ANEW}::test_a_commit_to_another_table_of_that_name_is_no_success",),
    )
    yield Guard(
        name="a log that does not reach the handle is looked at again (Delta)",
        path="framework/publish/delta/publication.py",
        there="        if not log.reaches:",
        gone="        if False:",
        tests=(f"{_ANEW}::test_a_log_that_does_not_reach_the_handle_is_looked_at_again",),
    )
    yield Guard(
        name="table id (Parquet)",
        path="framework/publish/parquet/publication.py",
        there="if table is None or table.id != self.prepared.table_id:",
        gone="if table is None:",
        tests=(f"{_BETWEEN}::test_a_table_created_anew_since_a_first_run_s_plan_is_left_alone[parquet]",),
    )
    yield Guard(
        name="a verdict on the table is of one version (Delta)",
        path="framework/publish/delta/publication.py",
        there="            check_seen(self.audited,",
        gone="            (lambda *_, **__: None)(self.audited,",
        tests=(
            f"{_CONTRACT}::test_a_table_that_changed_since_it_was_checked_is_not_published_to[delta]",
            "tests/storage/test_publisher_merged.py::test_what_was_merged_into_an_older_version_is_not_published",
        ),
    )
    yield Guard(
        name="a verdict on the table is of one version (Parquet)",
        path="framework/publish/parquet/publication.py",
        there="            check_seen(self.audited,",
        gone="            (lambda *_, **__: None)(self.audited,",
        tests=(f"{_CONTRACT}::test_a_table_that_changed_since_it_was_checked_is_not_published_to[parquet]",),
    )
    yield Guard(
        name="claim of a verdict on the table (Parquet)",
        path="framework/publish/parquet/publication.py",
        there="            claim(table, names, pointers)\n",
        gone="            pass\n",
        tests=(f"{_BETWEEN}::test_of_two_that_looked_at_the_same_table_one_publishes[parquet]",),
    )
    yield Guard(
        name="a dead run's claim is carried out first (Parquet)",
        path="framework/publish/parquet/publication.py",
        there="if self.audited.seen is not None and finish_last(table, names):",
        gone="if False:",
        tests=(f"{_PARQUET}::test_a_claim_whose_run_died_is_carried_out_by_the_next",),
    )
    yield Guard(
        name="a first append removes no rows of others",
        path="framework/publish/delta/publication.py",
        there="            self._refuse_strangers(table, still_open)\n",
        tests=(f"{_DELTA}::test_the_first_append_of_an_interval_removes_no_rows_of_others",),
    )


def _commits() -> Iterator[Guard]:
    yield Guard(
        name="strict commit (Delta)",
        path="framework/publish/delta/commit.py",
        there="        max_commit_retries=0,\n",
        tests=(f"{_BETWEEN}::test_foreign_rows_that_come_between_the_look_and_the_commit_are_replaced",),
    )
    yield Guard(
        name="strict creation (Delta)",
        path="framework/publish/delta/prepare.py",
        there="commit_properties=CommitProperties(max_commit_retries=0),",
        tests=(f"{_RUNS}::test_of_two_that_create_a_table_one_does",),
    )
    yield Guard(
        name="put if absent (Parquet)",
        path="framework/publish/parquet/objects.py",
        there="        return put_if_absent(location, path, content)\n",
        gone="        location.store().put(path, content)\n        return True\n",
        tests=(f"{_BETWEEN}::test_who_publishes_between_the_look_and_the_commit_wins[parquet]",),
    )
    yield Guard(
        name="read back after an error (Delta)",
        path="framework/publish/delta/publisher.py",
        there="            return publication.look_again(error)\n",
        gone="            raise error\n",
        tests=(f"{_DELTA}::test_the_last_try_too_is_read_back",),
    )
    yield Guard(
        name="look again after an error (Delta)",
        path="framework/publish/delta/publisher.py",
        there="isinstance(error, MovedError) and not publication.is_hopeless",
        gone="False",
        tests=(f"{_BETWEEN}::test_foreign_rows_that_come_between_the_look_and_the_commit_are_replaced",),
    )
    yield Guard(
        name="read back (Parquet)",
        path="framework/publish/parquet/objects.py",
        there="        if found is None:\n            raise\n        return found == content\n",
        gone="        raise\n",
        tests=(f"{_BETWEEN}::test_a_put_that_was_made_and_then_failed_is_found_to_be_ours",),
    )
    yield Guard(
        name="a repeated put that meets its own object has won",
        path="framework/environment/objects.py",
        there="            return read_object(location, path) == content\n",
        gone="            return False\n",
        tests=(f"{_PARQUET}::test_a_put_whose_reply_is_lost_is_found_to_be_ours",),
    )
    yield Guard(
        name="ours is told by the stage (Delta)",
        path="framework/publish/delta/publication.py",
        there="if generation.files != self.hashes[target.interval]:",
        gone="if False:",
        tests=(f"{_CONTRACT}::test_a_loser_with_the_same_fingerprint_is_unchanged[delta]",),
    )
    yield Guard(
        name="ours is told by the stage, without files too (Delta)",
        path="framework/publish/delta/publication.py",
        there="            if staged.of(target.interval):\n",
        gone="            if True:\n",
        tests=(f"{_CONTRACT}::test_two_runs_of_an_empty_interval_have_one_winner[delta]",),
    )
    yield Guard(
        name="ours is told by the stage (Parquet)",
        path="framework/publish/parquet/publication.py",
        there="if generation.stage_id == self.audited.staged.stage_id:",
        gone="if generation.is_made_of(target.fingerprint):",
        tests=(f"{_CONTRACT}::test_a_loser_with_the_same_fingerprint_is_unchanged[parquet]",),
    )
    yield Guard(
        name="the run is still wanted, just before the commit (Delta)",
        path="framework/publish/delta/publication.py",
        there="            self.wanted()\n",
        tests=(f"{_BETWEEN}::test_a_run_that_is_stopped_just_before_its_commit_publishes_nothing[delta]",),
    )
    yield Guard(
        name="the run is still wanted, just before the commit (Parquet)",
        path="framework/publish/parquet/publication.py",
        there="        self.wanted()\n",
        tests=(f"{_BETWEEN}::test_a_run_that_is_stopped_just_before_its_commit_publishes_nothing[parquet]",),
    )


def _stages() -> Iterator[Guard]:
    for form, module in (("delta", "delta"), ("parquet", "parquet")):
        yield Guard(
            name=f"fate: clean's stage is not published ({form.title()})",
            path=f"framework/publish/{module}/publisher.py",
            there="        take_fate(audited.staged)\n",
            tests=(f"{_CONTRACT}::test_a_stage_that_is_being_cleaned_is_not_published[{form}]",),
        )
    yield Guard(
        name="fate: clean leaves a stage that publish has",
        path="framework/publish/clean.py",
        there="    if put_if_absent(location, path, _CLEAN):\n        return True\n",
        gone="    return True\n",
        tests=(f"{_BETWEEN}::test_clean_takes_no_stage_whose_fate_was_taken_lately",),
    )
    yield Guard(
        name="every audited file is there, of its size",
        path="framework/publish/stagecheck.py",
        there="        if found is None or found.size != size:\n",
        gone="        if False:\n",
        tests=(f"{_CONTRACT}::test_a_lost_staged_file_is_found_before_the_commit[parquet-truncated]",),
    )
    yield Guard(
        name="no stage older than half of the retention",
        path="framework/publish/stagecheck.py",
        there="    if oldest is not None and datetime.now(UTC) - oldest > at_most:\n",
        gone="    if False:\n",
        tests=(f"{_CONTRACT}::test_a_stage_older_than_half_the_retention_is_not_published[delta]",),
    )
    yield Guard(
        name="publish takes what was audited only",
        path="framework/audit/audited.py",
        there="        if seal is not SEAL:\n",
        gone="        if False:\n",
        tests=("tests/unit/checks/test_audit_by_footers.py",),
    )
    yield Guard(
        name="publish takes what has passed only",
        path="framework/publish/targets.py",
        there="    if unaudited:\n",
        gone="    if False:\n",
        tests=(f"{_CONTRACT}::test_what_an_interval_lost_in_the_audit_is_not_published[delta]",),
    )


def _outputs() -> Iterator[Guard]:
    publishing, carry = "framework/run/publishing.py", "framework/run/carry.py"
    yield Guard(
        name="intent: written before the first output",
        path="framework/run/execute.py",
        there="        write_intent(attempt.context.environment.state, name, audited, intervals)\n",
        tests=(f"{_RUNS}::test_a_run_that_dies_between_two_outputs_is_carried",),
    )
    yield Guard(
        name="intent: carried only from where it was",
        path=carry,
        there="        elif not _is_done(target, intended, intent):\n",
        gone="        elif False:\n",
        tests=(f"{_SEVERAL}::test_what_somebody_has_put_between_is_not_carried_past[delta]",),
    )
    yield Guard(
        name="intent: carried only if it would be made so now",
        path=carry,
        there="        if intended is None or intended.fingerprint != target.fingerprint:\n",
        gone="        if intended is None:\n",
        tests=(f"{_SEVERAL}::test_an_output_with_other_rules_than_then_is_not_carried[delta]",),
    )
    yield Guard(
        name="intent: rules about the whole table look anew",
        path=carry,
        there="        if table_rules(output, intervals):\n",
        gone="        if False:\n",
        tests=(f"{_SEVERAL}::test_a_rule_about_the_whole_table_is_not_carried_forward[delta]",),
    )
    yield Guard(
        name="who loses an output leaves the later ones",
        path=publishing,
        there="        open_ -= lost\n",
        tests=(f"{_SEVERAL}::test_who_lost_the_first_output_never_publishes_the_second[delta]",),
    )
    yield Guard(
        name="who loses says unchanged only if all outputs are so",
        path=publishing,
        there="_published_whole(receipts, outputs[number + 1 :], context)",
        gone="_published_whole(receipts, (), context)",
        tests=(f"{_SEVERAL}::test_who_lost_to_a_run_that_died_between_two_outputs_says_so[delta-1]",),
    )
    yield Guard(
        name="the other outputs are looked at before each commit",
        path=publishing,
        there="            if _identity(generation) != _identity(ours) and not as_ours:\n",
        gone="            if False:\n",
        tests=(f"{_BETWEEN}::test_an_output_that_moved_since_keeps_the_later_ones_back",),
    )
    yield Guard(
        name="who carries looks at what was there",
        path=publishing,
        there="        others += [target for target in there if target.interval in open_]\n",
        tests=(
            f"{_SEVERAL}::test_a_first_output_that_moves_while_carrying_keeps_the_later_ones_back[delta]",
        ),
    )
    yield Guard(
        name="no output is begun when a later table was changed",
        path=publishing,
        there="        _require_seen(outputs, attempt.context)\n",
        gone="        pass\n",
        tests=(f"{_SEVERAL}::test_none_is_published_when_a_later_table_is_not_as_it_was_checked[delta]",),
    )


def _contents() -> Iterator[Guard]:
    yield Guard(
        name="interval check: files lie in their interval",
        path="framework/publish/delta/layout.py",
        there="        if {file.path for file in lying[interval]} != {file.path for file in each}:\n",
        gone="        if False:\n",
        tests=(f"{_DELTA}::test_rows_staged_for_another_day_are_never_committed",),
    )
    yield Guard(
        name="interval check: files of no interval are refused",
        path="framework/tables/delta/live.py",
        there="        if foreign:\n",
        gone="        if False:\n",
        tests=(f"{_DELTA}::test_a_stage_of_another_engines_file_in_a_table_by_path_is_refused",),
    )
    yield Guard(
        name="types of the files are the table's",
        path="framework/publish/delta/publication.py",
        there="                self._check_columns(table, targets)\n",
        tests=(f"{_DELTA}::test_files_of_another_type_are_never_committed",),
    )
    bounds, statistics = "framework/publish/delta/bounds.py", "framework/publish/delta/statistics.py"
    match = "    match extremes, leaf.logical:\n"
    yield Guard(
        name="statistics whitelist: no floating point",
        path=bounds,
        there=match,
        gone='    if type_ == "double" and extremes is not None:\n'
        "        found = json.dumps(min(extremes[0])), json.dumps(max(extremes[1]))\n" + match,
        tests=(f"{_FOOTERS}::test_a_column_without_sure_bounds_has_none",),
    )
    yield Guard(
        name="statistics whitelist: instants in UTC only",
        path=bounds,
        there='"isAdjustedToUTC": True, ',
        tests=(f"{_FOOTERS}::test_a_column_without_sure_bounds_has_none",),
    )
    yield Guard(
        name="statistics whitelist: a cut maximum has a tie-breaker",
        path=bounds,
        there="value[:end] + _HIGHEST",
        gone="value[:end]",
        tests=(f"{_FOOTERS}::test_long_strings_are_cut_with_a_tie_breaker",),
    )
    yield Guard(
        name="statistics: bounds of all columns or of none",
        path=statistics,
        there="{} if any(_is_compared(column) for column in open_) else bounds",
        gone="bounds",
        tests=(f"{_FOOTERS}::test_a_column_without_sure_bounds_has_none",),
    )


GUARDS = tuple(_guards())

_PAGE = """# The guards of publishing

What each promise of [promises.md](promises.md) rests on in the code. `tests/faults/publishers/test_guards.py`
takes each out of a copy of the code, one at a time: the tests beside it pass with it and fail without. The
model has a list of its own, of the protocol.

This page is written by `UPDATE_GOLDEN=1 pytest tests/faults/publishers/test_guards.py -k page`.

| guard | in | without it fails |
|---|---|---|
"""


def render_page() -> str:
    """docs/guards.md."""
    lines = (f"| {g.name} | `{g.path}` | {'<br>'.join(f'`{test}`' for test in g.tests)} |\n" for g in GUARDS)
    return _PAGE + "".join(lines)
