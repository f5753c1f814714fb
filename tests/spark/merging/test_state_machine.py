"""Batches in any order, repeated, killed: the rows are those that plain Python makes of all events."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from pyspark.sql import SparkSession

from framework import Interval
from tests.spark.merging.merging import DAYS, Row, Table, history, merged, model_history, model_merge, place

EXAMPLES = int(os.environ.get("SPARKJOB_MERGE_EXAMPLES", "2"))
"""Runs of each machine, of three times as many steps as there are days; `make test-merging` has more."""

ROWS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(1, 8),
        st.sampled_from("UUUD"),
        st.sampled_from("ab"),
        st.sampled_from("xy"),
    ),
    max_size=5,
)
FATES = ("published", "published", "killed before its commit", "killed after its commit")
MODES = {"merge": (merged, model_merge), "scd2": (history, model_history)}


class Batches(RuleBasedStateMachine):
    """One table, and all events that were merged into it."""

    spark: SparkSession
    mode: str

    @initialize()
    def create(self) -> None:
        """A new table."""
        self.folder = Path(tempfile.mkdtemp())
        make, self.model = MODES[self.mode]
        self.table = Table(self.spark, place(self.folder), make())
        self.events: list[tuple[Interval, Row]] = []
        self.batches: dict[Interval, list[Row]] = {}
        self.is_new = False

    @rule(day=st.sampled_from(DAYS), rows=ROWS, fate=st.sampled_from(FATES))
    def merge(self, day: Interval, rows: list[Row], fate: str) -> None:
        """A day's first batch, or another one of it: new days and corrections, whatever came before."""
        keys = {(row[0], 0 if self.mode == "merge" else row[1]): row for row in rows}
        self.batches[day] = list(keys.values())
        self._run(day, fate)

    @rule(day=st.sampled_from(DAYS), fate=st.sampled_from(FATES))
    def repeat(self, day: Interval, fate: str) -> None:
        """The same batch once more."""
        if day in self.batches:
            self._run(day, fate)

    @invariant()
    def rows_are_those_of_all_events(self) -> None:
        """What a reader sees."""
        if getattr(self, "is_new", False):
            assert self.table.rows() == self.model(self.events)
            self.is_new = False

    def teardown(self) -> None:
        """Nothing stays."""
        shutil.rmtree(self.folder)

    def _run(self, day: Interval, fate: str) -> None:
        audited = self.table.stage(day, self.batches[day])
        self.is_new = True
        if fate == "killed before its commit":
            return
        assert self.table.publish(audited).outcome == "published"
        if fate == "killed after its commit":
            assert self.table.publish(audited).outcome == "published"
        self.events += [(day, row) for row in self.batches[day]]


@pytest.mark.parametrize("mode", MODES)
def test_batches_in_any_order_make_the_rows_of_all_their_events(spark: SparkSession, mode: str) -> None:
    """Promises 2 and 3 of merged rows, and that an older batch after a newer one converges."""
    machine = type(f"{mode.title()}Batches", (Batches,), {"spark": spark, "mode": mode})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=5 if EXAMPLES < 10 else 20,
            derandomize=EXAMPLES < 10,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
