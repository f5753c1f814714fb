"""Our side: the rules compiled, and judged over really written Parquet, as an audit does it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession

from framework import Expectation
from framework.audit.evaluate import evaluate
from framework.audit.relation import Relation
from framework.audit.statistics import FooterStatistics
from framework.checks.compile import compile_expectation
from framework.checks.compiled import Judgement
from framework.interval import WHOLE
from tests.gx.tables import DDL, SCHEMA, Table


@dataclass(frozen=True)
class Written:
    """A table in a Parquet file of several row groups, and a frame over it."""

    path: Path
    frame: DataFrame


def write(spark: SparkSession, table: Table, folder: Path) -> Written:
    """The table as a file."""
    path = folder / f"{table.number}.parquet"
    pq.write_table(table.data, path, row_group_size=7)
    return Written(path, spark.read.schema(DDL).parquet(str(path)))


def judge(written: Written, rules: Sequence[Expectation], *, footers: bool) -> list[Judgement]:
    """What the audit's engine says of rules in which `faults_of` found nothing wrong."""
    compiled = [compile_expectation(rule, SCHEMA) for rule in rules]
    statistics = {WHOLE: FooterStatistics([pq.read_metadata(written.path)], SCHEMA)} if footers else {}
    relation = Relation(frame=written.frame, labels={"": WHOLE}, name="t")
    return evaluate({WHOLE: compiled}, statistics, lambda: relation)[WHOLE]
