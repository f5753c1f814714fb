"""A quarantine and its output are published like two outputs of one job, in every format."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from framework import Interval, Job, Output, expect, job
from framework.audit.audit import reaudit_footers
from framework.contract.declare import ATTRIBUTE
from framework.contract.quarantine import published_outputs
from framework.outcome import Outcome
from framework.project.project import Project
from framework.run.attempt import Attempt
from framework.run.prepare import prepare_output
from framework.run.publishing import Ready
from framework.stage.staged import Staged, stage_directory
from tests.storage.publishing import write_files
from tests.storage.trio import D1, D2, NoSpark, Staging, World, delta, memory, mixed, parquet

RULE = expect.column_values_to_be_between("v", 0, 9, on_fail="quarantine")
HELD, KEPT = "t.a__quarantine", "t.a"
NAMES = pa.list_(pa.string())
Parts = Mapping[str, Mapping[Interval, list[int]]]
"""The values of `v` by dataset and interval."""


@job(
    outputs=Output("t.a", schema="day DATE NOT NULL, v BIGINT", time="day", expectations=[RULE]),
    interval="day",
    start="2013-01-01",
    batch=31,
)
def trio() -> None:
    """Never called: the tests stage by themselves. Its name is that of the world's job."""


class Quarantining(World):
    """The world of the trio, with a job that quarantines in its place."""

    def context(self, code: str = "v1", *, run_id: str | None = None, force: bool = False) -> NoSpark:
        """An invocation on this code."""
        found = getattr(trio, ATTRIBUTE)
        assert isinstance(found, Job)
        context = super().context(code, run_id=run_id, force=force)
        context.project = Project(root=self.root, jobs={"trio": found}, hashes={"trio": code})
        assert isinstance(context, NoSpark)
        return context

    def stage_parts(self, parts: Parts, code: str = "v1") -> Staging:
        """An attempt whose rows are those."""
        context, build = self.context(code), self.build(code)
        attempt = Attempt(build=build, context=context, reasons=())
        stage_id = f"{attempt.run_id}-{os.urandom(4).hex()}"
        ready = []
        for output in published_outputs(build.job).values():
            prepared = prepare_output(build.job, output, context)
            assert output.schema is not None
            files = []
            for interval, values in parts.get(output.dataset, {}).items():
                rows = [(interval.first_day, v, *([["r"]] if output.dataset == HELD else [])) for v in values]
                files += write_files(
                    prepared.binding,
                    stage_id,
                    output,
                    output.schema,
                    interval,
                    rows,
                    {"broken_rules": NAMES},
                )
            staged = Staged(
                output=output,
                binding=prepared.binding,
                targets=tuple(target for target in build.targets if target.output == output),
                run_id=attempt.run_id,
                stage_id=stage_id,
                directory=stage_directory(prepared.binding, stage_id),
                files=tuple(files),
            )
            audited = reaudit_footers(staged, ())
            attempt.note_audited(audited)
            ready.append(Ready(prepared=prepared, audited=audited))
        return Staging(attempt, tuple(ready))

    def numbers(self, interval: Interval = D1) -> list[int]:
        """The generations of the quarantine and of the output, 0 for none."""
        found = []
        for dataset in (HELD, KEPT):
            binding = self.environment.binding(dataset)
            generation = self.formats.reader(binding).published(binding, [interval]).get(interval)
            found.append(generation.number if generation else 0)
        return found


@pytest.fixture(params=[delta, parquet, mixed, memory], ids=["delta", "parquet", "mixed", "memory"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Quarantining:
    """A new world for two days."""
    make: Callable[[Path], World] = request.param
    made = make(tmp_path)
    return Quarantining(made.root, made.formats, days=(D1, D2), stored=made.stored)


def test_both_are_published_also_where_nothing_is_in_quarantine(world: Quarantining) -> None:
    """Zero bad rows are a generation like any other, and then there is nothing left to do."""
    staging = world.stage_parts({HELD: {D1: [10]}, KEPT: {D1: [1, 2], D2: [3]}})
    assert staging.publish() == {D1: Outcome.PUBLISHED, D2: Outcome.PUBLISHED}
    assert (world.numbers(D1), world.numbers(D2)) == ([1, 1], [1, 1])
    assert world.walk() == {D1: Outcome.UNCHANGED, D2: Outcome.UNCHANGED}


def test_the_record_says_how_many_were_meant_for_the_output(world: Quarantining) -> None:
    """By the output's name, apart from its rows."""
    staging = world.stage_parts({HELD: {D1: [10]}, KEPT: {D1: [1, 2], D2: [3]}})
    staging.publish()
    first, second = staging.attempt.record().intervals
    assert (first.rows, first.quarantined) == ({KEPT: 2}, {KEPT: 1})
    assert (second.rows, second.quarantined) == ({KEPT: 1}, {KEPT: 0})
    assert first.generations == {HELD: 1, KEPT: 1}


def test_a_later_run_without_bad_rows_empties_the_quarantine(world: Quarantining) -> None:
    """What was in it for the interval is replaced, by nothing."""
    world.stage_parts({HELD: {D1: [10], D2: [11]}, KEPT: {D1: [1]}}).publish()
    world.stage_parts({KEPT: {D1: [1, 10], D2: [11]}}, "v2").publish()
    assert world.numbers() == [2, 2]
    binding = world.environment.binding(HELD)
    contents = world.formats.reader(binding).contents(binding, (D1, D2))
    assert contents is not None
    assert {interval: found.rows for interval, found in contents.of.items() if found} == {D1: 0, D2: 0}


@pytest.mark.parametrize("bad", [[10], []], ids=["bad rows", "none"])
def test_a_run_that_died_between_the_two_is_carried_forward(world: Quarantining, bad: list[int]) -> None:
    """Without Spark, from the files that were audited; also when the quarantine has none."""
    parts = {HELD: {D1: bad} if bad else {}, KEPT: {D1: [1, 2], D2: [3]}}
    world.stage_parts(parts).publish(first=1)
    assert world.numbers() == [1, 0]
    assert world.walk() == {D1: Outcome.PUBLISHED, D2: Outcome.PUBLISHED}
    assert (world.numbers(D1), world.numbers(D2)) == ([1, 1], [1, 1])


def test_twins_publish_one_pair(world: Quarantining) -> None:
    """Who loses the quarantine does not publish the output, though both quarantines are empty."""
    one = world.stage_parts({KEPT: {D1: [1], D2: [2]}}, "v1")
    two = world.stage_parts({KEPT: {D1: [3], D2: [4]}}, "v2")
    assert set(one.publish().values()) == {Outcome.PUBLISHED}
    assert set(two.publish().values()) == {Outcome.RETRY}
    assert world.numbers() == [1, 1]
