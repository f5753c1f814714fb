"""Verdicts over both parts of an interval: the rows that are to be published, and those split off.

Each part is looked at in its files. A rule that splits rows off still has to hold in the files for
the table: what it does not hold in is a fault of the split, as when a function gives other rows each
time it is asked, and stops the interval.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from framework.audit.audited import SEAL, Audited
from framework.audit.evaluate import build_verdict, evaluate
from framework.audit.footers import read_footers
from framework.audit.relation import staged_relation
from framework.audit.statistics import FooterStatistics
from framework.checks.compile import compile_expectation
from framework.checks.compiled import Compiled, Judgement
from framework.checks.rows import row_rule
from framework.checks.verdict import Verdict
from framework.contract.quarantine import limits_of, quarantine_rules
from framework.contract.types import Expectation, Output, Quarantine
from framework.errors import FailedError
from framework.interval import Interval
from framework.stage.quarantine import render_broken
from framework.stage.staged import Staged

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def audit_split(audited: Audited, held: Audited, *, spark: "Callable[[], SparkSession]") -> Audited:
    """`audited` with its verdicts over its own rows and over those that `held`, its quarantine, has.

    Built in are two more: `quarantined_rows_to_be_at_most` where there is a limit, and
    `quarantined_rows_to_break_a_rule` where there are such rows. `spark` is called only when there
    are and footers do not answer everything. Raises as `audit` does, and `FailedError` when rows
    were lost between the two.
    """
    output = audited.staged.output
    _require_all(audited, held)
    checks = (*_rules(output), _no_stray(output))
    judged = _judge(held, checks, spark)
    verdicts: list[Verdict] = []
    for interval in audited.rows:
        found = list(zip(checks, judged[interval], strict=True))
        for verdict in audited.verdicts:
            if verdict.interval == interval:
                split = [f for check, f in found if check.expectation == verdict.expectation]
                verdicts.append(_over_both(verdict, split[0]) if split else verdict)
        verdicts += _limit(output, interval, audited.rows[interval], held.rows[interval])
        if held.rows[interval]:
            stray, judgement = found[-1]
            verdicts.append(build_verdict(held.staged.output.dataset, stray, interval, judgement))
    return replace(audited, verdicts=tuple(verdicts), seal=SEAL)


def _rules(output: Output) -> tuple[Compiled, ...]:
    assert output.schema is not None, "contract.validate comes first"
    return tuple(compile_expectation(rule, output.schema) for rule in quarantine_rules(output))


def _no_stray(output: Output) -> Compiled:
    expectation = Expectation(type="quarantined_rows_to_break_a_rule", arguments={})
    return replace(row_rule(expectation, f"NOT coalesce({render_broken(output)}, false)"), builtin=True)


def _judge(
    held: Audited, checks: Sequence[Compiled], spark: "Callable[[], SparkSession]"
) -> Mapping[Interval, Sequence[Judgement]]:
    staged = held.staged
    schema = staged.output.schema
    assert schema is not None, "contract.validate comes first"
    statistics = {
        interval: FooterStatistics([held.footers[file.path] for file in staged.of(interval)], schema)
        for interval in held.rows
    }
    return evaluate(
        dict.fromkeys(held.rows, checks), statistics, lambda: staged_relation(spark(), staged, held.rows)
    )


def _over_both(verdict: Verdict, split: Judgement) -> Verdict:
    """The rows that were split off are those that break the rule; any others are still in the table's."""
    if verdict.state == "unknown":
        return verdict
    if split.state == "unknown":
        return replace(verdict, state="unknown", unexpected=None, considered=None, reason=split.reason)
    quarantined = split.unexpected or 0
    unexpected = (verdict.unexpected or 0) + quarantined
    return replace(
        verdict,
        state="fail" if unexpected else "pass",
        unexpected=unexpected,
        considered=(verdict.considered or 0) + (split.considered or 0),
        quarantined=quarantined,
    )


def _limit(output: Output, interval: Interval, kept: int, split: int) -> Iterator[Verdict]:
    limits = limits_of(output)
    declared = {"max_rows": limits.max_rows, "max_fraction": limits.max_fraction}
    arguments = {name: limit for name, limit in declared.items() if limit is not None}
    if not arguments:
        return
    yield Verdict(
        dataset=output.dataset,
        expectation=Expectation(type="quarantined_rows_to_be_at_most", arguments=arguments),
        interval=interval,
        state="fail" if _is_over(limits, kept, split) else "pass",
        unexpected=split,
        considered=kept + split,
        builtin=True,
    )


def _is_over(limits: Quarantine, kept: int, split: int) -> bool:
    rows = kept + split
    if limits.max_rows is not None and split > limits.max_rows:
        return True
    return limits.max_fraction is not None and rows > 0 and split / rows > limits.max_fraction


def _require_all(audited: Audited, held: Audited) -> None:
    """Raise `FailedError` unless every row that was split off was copied, into its interval."""
    found = _split_rows(audited.staged)
    for interval, copied in held.rows.items():
        split = found.get(interval, 0)
        if split != copied:
            raise FailedError(
                f"{split} rows of {interval} break a rule, and {copied} are staged for quarantine",
                where=held.staged.output.dataset,
                hint="Run the job again.",
            )


def _split_rows(staged: Staged) -> dict[Interval, int]:
    """How many rows of each interval were split off, by the footers of their files."""
    footers = read_footers(staged.binding.stage, staged.split)
    found: dict[Interval, int] = {}
    for file in staged.split:
        if file.interval is not None:
            found[file.interval] = found.get(file.interval, 0) + footers[file.path].num_rows
    return found
