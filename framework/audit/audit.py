"""Look at the very files that will be published: footers first, then one aggregate for the rest."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from framework.audit.audited import SEAL, Audited, Seen
from framework.audit.columns import find_difference
from framework.audit.compared import mask_compared
from framework.audit.evaluate import build_verdict, evaluate
from framework.audit.footers import read_footers
from framework.audit.past import moments
from framework.audit.relation import NO_INPUTS, Relation, staged_relation
from framework.audit.statistics import FooterStatistics
from framework.checks.builtin import Constraint
from framework.checks.compiled import Compiled, Judgement
from framework.checks.output import compile_checks
from framework.checks.verdict import Verdict
from framework.contract.schema import Schema
from framework.contract.types import Expectation
from framework.errors import FailedError
from framework.interval import Interval
from framework.stage.staged import Staged, StagedFile

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData
    from pyspark.sql import SparkSession

_UNREAD = Judgement(state="unknown", reason="the columns are not those of the contract")


def audit(
    staged: Staged,
    *,
    spark: "Callable[[], SparkSession]",
    constraints: Sequence[Constraint] = (),
    inputs: Mapping[str, Relation] = NO_INPUTS,
    started: datetime | None = None,
) -> Audited:
    """Evaluate the built-in checks and the output's expectations on each planned interval.

    `spark` is called only when footers do not answer everything. `constraints`: CHECKs and
    invariants of the table that is published to. `inputs`: what the job's function got, for rules
    that compare; one that is not there is left out. `started`: when the run did (aware); without it
    how recent a whole table is stays unknown, as rules about change do: those are `judge_changes`'s.
    Verdicts are ordered by interval, built-in checks first. Rows outside every planned interval fail
    `rows_in_interval` of each of them. Rules that look at the table are `audit_table`'s.

    Raises `FailedError` when a staged file is damaged or gone, `RetryError` when the store does
    not answer; a storage error while Spark reads comes through as Spark's.
    """
    schema = _schema(staged)
    footers = read_footers(staged.binding.stage, staged.files)
    files = _by_interval(staged)
    statistics = {i: FooterStatistics([footers[f.path] for f in files[i]], schema) for i in files}
    outside = sum(footers[file.path].num_rows for file in staged.files if file.interval is None)
    differences = {i: _difference(files[i], footers, schema) for i in files}
    differ = any(_difference([file], footers, schema) for file in staged.files)

    compiled = {interval: compile_checks(staged.output, interval, constraints) for interval in files}
    rows = {interval: each.rows for interval, each in statistics.items()}
    found = (
        # Spark may not read files under a schema that is not theirs: what is left stays unknown.
        {interval: [_UNREAD] * len(checks) for interval, checks in compiled.items()}
        if differ
        else evaluate(
            compiled,
            statistics,
            lambda: replace(staged_relation(spark(), staged, rows), inputs=inputs),
            moments(compiled, started),
        )
    )
    dataset = staged.output.dataset
    verdicts: list[Verdict] = []
    for interval, checks in compiled.items():
        verdicts.append(_columns_verdict(dataset, schema, interval, differences[interval]))
        for check, judgement in zip(checks, found[interval], strict=True):
            told = _with_outside(check, judgement, outside)
            verdicts.append(build_verdict(dataset, mask_compared(check, inputs), interval, told))
    return _seal(staged, verdicts, footers, rows)


def reaudit_footers(staged: Staged, verdicts: Iterable[Verdict]) -> Audited:
    """Take up the files and verdicts of an earlier audit, for an intent that is carried forward.

    The intent was written after that audit, so the rows are not read again; every file must
    still be there, whole, of its size, with the contract's columns. Raises as `audit` does.
    """
    schema = _schema(staged)
    footers = read_footers(staged.binding.stage, staged.files)
    difference = _difference(staged.files, footers, schema)
    if difference is not None:
        raise FailedError(f"staged files have other columns: {difference}", where=staged.output.dataset)
    files = _by_interval(staged)
    rows = {i: sum(footers[file.path].num_rows for file in files[i]) for i in files}
    return _seal(staged, verdicts, footers, rows)


def _seal(
    staged: Staged,
    verdicts: Iterable[Verdict],
    footers: Mapping[str, "FileMetaData"],
    rows: Mapping[Interval, int],
) -> Audited:
    """What was merged is the result for one version of the table, and for all of its intervals."""
    seen = None
    if staged.merge is not None:
        intervals = frozenset(target.interval for target in staged.targets)
        seen = Seen(version=staged.merge.version, intervals=intervals)
    return Audited(staged=staged, verdicts=tuple(verdicts), footers=footers, rows=rows, seen=seen, seal=SEAL)


def _with_outside(check: Compiled, found: Judgement, outside: int) -> Judgement:
    """Rows of no planned interval break `rows_in_interval` of each."""
    if check.expectation.type != "rows_in_interval" or not outside:
        return found
    unexpected, considered = (found.unexpected or 0) + outside, (found.considered or 0) + outside
    return replace(found, state="fail", unexpected=unexpected, considered=considered, reason=None)


def _columns_verdict(dataset: str, schema: Schema, interval: Interval, difference: str | None) -> Verdict:
    arguments = {"column_list": schema.names}
    return Verdict(
        dataset=dataset,
        expectation=Expectation(type="table_columns_to_match_ordered_list", arguments=arguments),
        interval=interval,
        state="pass" if difference is None else "fail",
        observed=difference,
        builtin=True,
    )


def _difference(
    files: Iterable[StagedFile], footers: Mapping[str, "FileMetaData"], schema: Schema
) -> str | None:
    found = (find_difference(footers[file.path], schema) for file in files)
    return next((difference for difference in found if difference is not None), None)


def _by_interval(staged: Staged) -> dict[Interval, list[StagedFile]]:
    files: dict[Interval, list[StagedFile]] = {target.interval: [] for target in staged.targets}
    for file in staged.files:
        if file.interval is not None:
            files[file.interval].append(file)
    return files


def _schema(staged: Staged) -> Schema:
    assert staged.output.schema is not None, "contract.validate comes first"
    return staged.output.schema
