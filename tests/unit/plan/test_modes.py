"""What `append`, `merge` and `scd2` change about a plan."""

from dataclasses import replace
from pathlib import Path

import pytest

from framework import Input, Output, job
from framework.generation import FileVersion
from framework.interval import WHOLE
from framework.outcome import Outcome
from framework.plan.build import build_plan
from framework.plan.needs import collect_needs
from framework.plan.order import is_ordered
from framework.plan.steps import Blocked, Build, Unchanged
from framework.project.project import Project
from tests.unit.plan.test_build import DAYS, SCHEMA, World, _job

DAILY = {"interval": "day", "start": "2013-01-01"}
KEYED = {"key": "n", "sequence_by": "day", "time": "day"}
VALIDITY = "valid_from DATE, valid_to DATE, is_current BOOLEAN"


@job(
    inputs={"raw": Input("source.raw")},
    outputs=Output("t.log", schema=SCHEMA, time="day", mode="append"),
    **DAILY,
)
def log(raw: object) -> object:
    """Append."""
    return raw


@job(
    inputs={"raw": Input("source.raw")},
    outputs=Output("t.now", schema=SCHEMA, mode="merge", **KEYED),
    **DAILY,
)
def now(raw: object) -> object:
    """Merge."""
    return raw


@job(
    inputs={"raw": Input("source.raw")},
    outputs=Output("t.then", schema=f"{SCHEMA}, {VALIDITY}", mode="scd2", **KEYED),
    **DAILY,
)
def then(raw: object) -> object:
    """Keep the history."""
    return raw


MODES = {"log": "append", "now": "merge", "then": "scd2"}


@pytest.fixture
def world() -> World:
    """Three jobs on one source; the first two days are published."""
    jobs = {name: _job(f) for name, f in (("log", log), ("now", now), ("then", then))}
    made = World(Project(root=Path("/project"), jobs=jobs, hashes=dict.fromkeys(jobs, "00" * 32)))
    made.run(made.request(*jobs, days="2013-01-01/2013-01-03"))
    return made


def left(world: World, name: str, *, intact: bool) -> None:
    """What the table of a merged output says of itself."""
    dataset = f"t.{name}"
    generation = next(g for (d, _), g in world.generations.items() if d == dataset)
    whole = replace(generation, interval=WHOLE, number=0, live=generation.files + (not intact))
    world.generations[dataset, WHOLE] = whole


def change(world: World, name: str) -> None:
    """Somebody else changes the second day, or with it the table."""
    if MODES[name] == "append":
        key = (f"t.{name}", DAYS[1])
        world.generations[key] = replace(world.generations[key], live=2)
    else:
        left(world, name, intact=False)


def test_what_was_appended_is_done_whatever_changes(world: World) -> None:
    """New input and new code are work for the others."""
    world.source = FileVersion(uri="raw.csv", size=11, etag="b")
    world.project = replace(world.project, hashes=dict.fromkeys(world.project.jobs, "11" * 32))
    for name in MODES:
        steps = world.plan(world.request(name, days="2013-01-01/2013-01-03")).steps
        assert {type(step) for step in steps} == {Unchanged if name == "log" else Build}
    (step,) = world.plan(world.request("log", days="2013-01-01", force=True)).steps
    assert isinstance(step, Build)


@pytest.mark.parametrize("name", MODES)
def test_a_foreign_change_stops_with_the_command(world: World, name: str) -> None:
    """64 before anything is staged; forced, the day is made upon what is there."""
    change(world, name)
    (step,) = world.plan(world.request(name, days="2013-01-02")).steps
    assert isinstance(step, Blocked)
    assert step.outcome is Outcome.MISCONFIGURED
    assert f"t.{name} (mode {MODES[name]}) was changed by somebody else" in step.reason
    assert f"sparkjob run {name} --interval 2013-01-02 --force" in (step.hint or "")
    (forced,) = world.plan(world.request(name, days="2013-01-02", force=True)).steps
    assert isinstance(forced, Build)


def test_a_command_to_go_on_with_is_for_the_environment_that_was_planned(world: World) -> None:
    """As it is printed, it may be run."""
    world.environment = replace(world.environment, name="prod")
    change(world, "log")
    (changed,) = world.plan(world.request("log", days="2013-01-02")).steps
    assert "sparkjob run log --interval 2013-01-02 --env prod --force" in str(changed.hint)


@pytest.mark.parametrize("name", MODES)
def test_other_days_are_stopped_where_they_share_files(world: World, name: str) -> None:
    """Also one that was never published: it would be merged into the changed table."""
    change(world, name)
    for day in ("2013-01-01", "2013-01-03"):
        (step,) = world.plan(world.request(name, days=day)).steps
        assert isinstance(step, Blocked) == (name != "log")


def test_an_untouched_table_is_no_obstacle(world: World) -> None:
    """The table's own generation is asked for, and says that all is as it was left."""
    left(world, "now", intact=True)
    request = world.request("now", days="2013-01-03")
    assert WHOLE in collect_needs(world.project, request).outputs["t.now"]
    (step,) = build_plan(world.project, world.environment, request, world.published(request)).steps
    assert isinstance(step, Build)


def test_merged_days_are_made_one_at_a_time(world: World) -> None:
    """Each is merged into what the one before has left."""
    assert {name: is_ordered(each) for name, each in world.project.jobs.items()} == {
        "log": False,
        "now": True,
        "then": True,
    }
