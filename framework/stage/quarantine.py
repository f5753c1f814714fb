"""Rows that break a rule: which they are, as SQL, and the stage of the dataset where they go.

One write splits them off; they are then copied, because a file belongs to one table. Where no row
breaks a rule, nothing is copied and Spark is not asked.
"""

from typing import TYPE_CHECKING

from framework.checks.compile import compile_expectation
from framework.checks.sql import literal
from framework.contract.columns import INTERVAL_DIRECTORY
from framework.contract.datatype import identifier
from framework.contract.quarantine import BROKEN_RULES, quarantine_rules, rule_names
from framework.contract.types import Output
from framework.environment.environment import Binding
from framework.plan.steps import Build
from framework.stage.staged import SPLIT, Staged, stage_directory
from framework.stage.write import stage_output, targets_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def render_broken(output: Output) -> str | None:
    """A Spark SQL predicate for the rows that are split off; None when no rule splits any off."""
    broken = _predicates(output)
    return " OR ".join(f"({each})" for each in broken) if broken else None


def render_broken_rules(output: Output) -> str:
    """Spark SQL for the names of the rules that a row breaks, in the order of the contract."""
    names = map(literal, rule_names(quarantine_rules(output)))
    pairs = zip(_predicates(output), names, strict=True)
    cases = ", ".join(f"CASE WHEN {broken} THEN {name} END" for broken, name in pairs)
    return f"array_compact(array({cases}))"


def stage_quarantine(
    spark: "SparkSession", staged: Staged, build: Build, output: Output, binding: Binding
) -> Staged:
    """Stage the rows that `staged` has split off for the quarantine dataset `output`, in its own table.

    Raises as `stage_output` does, and what Spark raises when it cannot read them back.
    """
    if staged.split:
        names = f"{render_broken_rules(staged.output)} AS {BROKEN_RULES}"
        frame = _split_rows(spark, staged).selectExpr("*", names)
        return stage_output(frame, build, output, binding, run_id=staged.run_id, stage_id=staged.stage_id)
    return Staged(
        output=output,
        binding=binding,
        targets=targets_of(build, output),
        run_id=staged.run_id,
        stage_id=staged.stage_id,
        directory=stage_directory(binding, staged.stage_id),
        files=(),
        job=build.job.name,
    )


def _split_rows(spark: "SparkSession", staged: Staged) -> "DataFrame":
    """With the types that were written; the directories of other rows are not read."""
    schema = staged.output.schema
    assert schema is not None, "contract.validate comes first"
    names = [identifier(name) for name in schema.names]
    types = [column.type for column in schema.columns]
    columns = [f"{name} {type_}" for name, type_ in zip(names, types, strict=True)]
    reader = spark.read.schema(", ".join([*columns, f"{INTERVAL_DIRECTORY} string"]))
    for name in ("ignoreCorruptFiles", "ignoreMissingFiles", "mergeSchema"):
        reader = reader.option(name, "false")
    rows = reader.parquet(staged.binding.stage.child(staged.directory).for_spark)
    return rows.where(f"{INTERVAL_DIRECTORY} LIKE '{SPLIT}%'").select(*names)


def _predicates(output: Output) -> tuple[str, ...]:
    assert output.schema is not None, "contract.validate comes first"
    compiled = [compile_expectation(rule, output.schema) for rule in quarantine_rules(output)]
    return tuple(check.filter for check in compiled if check.filter is not None)
