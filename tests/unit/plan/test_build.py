"""The plan: what runs, why, and what waits or is blocked; from plain values, without any store."""

from dataclasses import replace
from pathlib import Path

import pytest

from framework import Input, Job, Output, external_job, job
from framework.contract.declare import ATTRIBUTE
from framework.environment.bindings import Bindings, DatasetRule
from framework.environment.environment import Environment
from framework.environment.location import Location
from framework.errors import Fault, MisconfiguredError
from framework.generation import FileVersion, Generation, Pin, Published, Unreadable
from framework.interval import WHOLE, Interval, parse_interval
from framework.outcome import Outcome
from framework.plan.build import build_plan
from framework.plan.explain import explain, explain_units
from framework.plan.needs import collect_needs
from framework.plan.request import build_request
from framework.plan.steps import Blocked, Build, Plan, Request, Unchanged
from framework.project.project import Project

DAYS = tuple(parse_interval("2013-01-01/2013-01-05").units())
SCHEMA = "day DATE NOT NULL, n INT"


def _job(function: object) -> Job:
    found = getattr(function, ATTRIBUTE)
    assert isinstance(found, Job)
    return found


@job(
    inputs={"raw": Input("source.raw")},
    outputs=Output("t.landed", schema=SCHEMA, time="day"),
    interval="day",
    start="2013-01-01",
    batch=3,
)
def land(raw: object) -> object:
    """Land."""
    return raw


@job(
    inputs={"landed": Input("t.landed", window="1 day")},
    outputs=Output("t.clean", schema=SCHEMA, time="day"),
    interval="day",
    start="2013-01-01",
)
def clean(landed: object, *, limit: int = 3) -> object:
    """Clean."""
    return landed


@job(inputs={"clean": Input("t.clean")}, outputs=Output("t.report", schema=SCHEMA))
def report(clean: object) -> object:
    """Report."""
    return clean


@pytest.fixture
def project() -> Project:
    """Source → land (batches of 3) → clean (looks a day back) → report (whole table)."""
    jobs = {name: _job(f) for name, f in (("land", land), ("clean", clean), ("report", report))}
    jobs["model"] = external_job(
        "model", runner="ecs:m", inputs={"r": Input("t.report")}, outputs=Output("t.model", schema="a INT")
    )
    return Project(root=Path("/project"), jobs=jobs, hashes=dict.fromkeys(jobs, "00" * 32))


class World:
    """What is published, changed by the tests as runs and other people would change it."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.environment = Environment(
            name="local",
            project="test",
            stores={},
            state=Location(uri="memory://state"),
            bindings=Bindings(
                [DatasetRule(pattern="*", format="delta", location="{lake}/{dataset}")],
                stores={"lake": Location(uri="memory://lake")},
            ),
        )
        self.table_id = "t"
        self.source = FileVersion(uri="raw.csv", size=10, etag="a")
        self.generations: dict[tuple[str, Interval], Generation] = {}

    def published(self, request: Request) -> Published:
        """As the readers would tell it."""
        pins = {"source.raw": Pin(dataset="source.raw", exists=True, files=(self.source,))}
        for dataset, intervals in collect_needs(self.project, request).inputs.items():
            if dataset == "source.raw":
                continue
            numbers = {i: g.number for (d, i), g in self.generations.items() if d == dataset}
            version = str(sorted((i.key, n) for i, n in numbers.items()))
            wanted = {interval: numbers[interval] for interval in intervals if interval in numbers}
            pins[dataset] = Pin(
                dataset=dataset,
                exists=bool(numbers),
                table_id=self.table_id,
                version=version,
                generations=wanted,
            )
        return Published(generations=dict(self.generations), pins=pins)

    def request(self, *names: str, days: str = "2013-01-01/2013-01-05", **options: object) -> Request:
        """A request of these jobs."""
        return build_request(self.project, names, interval=days, **options)  # type: ignore[arg-type]

    def plan(self, request: Request, **options: object) -> Plan:
        """The plan on what is published now."""
        return build_plan(self.project, self.environment, request, self.published(request), **options)  # type: ignore[arg-type]

    def run(self, request: Request) -> None:
        """Publish all that a plan builds, job by job as the walk does."""
        for name in request.intervals:
            one = replace(request, intervals={name: request.intervals[name]})
            for step in self.plan(one).steps:
                if isinstance(step, Build):
                    for target in step.targets:
                        self.publish(target.output.dataset, target.interval, target)

    def publish(self, dataset: str, interval: Interval, target: object) -> None:
        """One interval, one generation further."""
        before = self.generations.get((dataset, interval))
        fingerprint = target.fingerprint  # type: ignore[attr-defined]
        self.generations[dataset, interval] = Generation(
            dataset=dataset,
            interval=interval,
            number=before.number + 1 if before else 1,
            fingerprint=fingerprint.value,
            parts=fingerprint,
            files=1,
            live=1,
            table_id="t",
        )


@pytest.fixture
def world(project: Project) -> World:
    """Nothing is published yet; the source is there."""
    return World(project)


ALL = ("land", "clean", "report")


def _lines(plan: Plan) -> list[tuple[str, str, str]]:
    return [(line.job, line.action, line.reason) for line in explain(plan)]


def test_first_run_builds_all_in_order_and_in_batches(world: World) -> None:
    """Nothing is published: jobs run after those they read, four days in batches of three and one."""
    steps = [step for step in world.plan(world.request(*ALL)).steps if isinstance(step, Build)]
    assert [step.job.name for step in steps] == ["land", "land", *["clean"] * 4, "report"]
    assert [len(step.intervals) for step in steps[:2]] == [3, 1]
    assert steps[0].waits_for == ()
    assert steps[2].waits_for == ("land",)


def test_equal_arguments_give_equal_plans(world: World) -> None:
    """`plan` prints what `run` executes because the function has no clock and no luck in it."""
    request = world.request(*ALL)
    assert world.plan(request) == world.plan(request)


def test_second_run_is_unchanged(world: World) -> None:
    """After a run of all, all is unchanged and Spark is not needed."""
    request = world.request(*ALL)
    world.run(request)
    plan = world.plan(request)
    assert plan.is_idle
    assert all(isinstance(step, Unchanged) for step in plan.steps)


def test_code_edit_runs_the_job_and_what_reads_it(world: World) -> None:
    """The edited job names its function; what reads it waits; what does not is unchanged."""
    request = world.request(*ALL)
    world.run(request)
    world.project = replace(world.project, hashes={**world.project.hashes, "clean": "11" * 32})
    assert _lines(world.plan(request)) == [
        ("land", "unchanged", "current"),
        ("clean", "will run", "code changed: clean()"),
        ("report", "will run", "input changes: t.clean"),
    ]


def test_parameter_is_part_of_what_is_published(world: World) -> None:
    """Another value of a parameter makes other rows, so it runs and says why."""
    world.run(world.request(*ALL))
    request = world.request("clean", parameters={"clean": {"limit": 4}})
    assert _lines(world.plan(request)) == [("clean", "will run", "parameters changed")]


def test_changed_input_file_is_named(world: World) -> None:
    """A source file with another etag runs what reads it and names the dataset."""
    request = world.request("land")
    world.run(request)
    world.source = replace(world.source, etag="b")
    assert _lines(world.plan(request)) == [("land", "will run", "input changed: source.raw")]


def test_foreign_hand_makes_replace_run_again(world: World) -> None:
    """Live files that are not those that were published (RESTORE, DELETE) are built again."""
    request = world.request("land")
    world.run(request)
    key = ("t.landed", DAYS[1])
    world.generations[key] = replace(world.generations[key], live=2)
    plan = world.plan(request)
    (build,) = [step for step in plan.steps if isinstance(step, Build)]
    assert build.intervals == (DAYS[1],)
    assert build.reasons[0].kind == "files_changed"


def test_window_reaches_back_but_not_before_the_start(world: World) -> None:
    """A day changed upstream runs that day and the one that looks back at it, and no other."""
    world.run(world.request(*ALL))
    key = ("t.landed", DAYS[1])
    world.generations[key] = replace(world.generations[key], number=7)
    builds = [s for s in world.plan(world.request("clean")).steps if isinstance(s, Build)]
    assert [step.intervals for step in builds] == [(DAYS[1],), (DAYS[2],)]
    assert builds[0].windows["landed"].key == "2013-01-01T00:00:00Z/2013-01-03T00:00:00Z"


def test_missing_input_is_a_retry_that_names_who_makes_it(world: World) -> None:
    """Alone, a job whose input is not there waits with 75 and names the job and the interval."""
    world.run(world.request("land", days="2013-01-01"))
    steps = world.plan(world.request("clean", days="2013-01-01/2013-01-03")).steps
    assert isinstance(steps[0], Build)
    blocked = steps[1]
    assert isinstance(blocked, Blocked)
    assert blocked.outcome is Outcome.RETRY
    assert blocked.reason == "waits for t.landed (land makes it)"
    assert blocked.intervals == (DAYS[1],)


def test_neighbours_that_wait_for_their_own_intervals_wait_together(world: World) -> None:
    """A month without its inputs is one step; an earlier interval that only a window reaches is named."""
    world.run(world.request("land", days="2013-01-02"))
    steps = world.plan(world.request("clean")).steps
    assert [(step.intervals, step.reason) for step in steps if isinstance(step, Blocked)] == [
        (DAYS[:1], "waits for t.landed (land makes it)"),
        (DAYS[1:2], "waits for t.landed 2013-01-01 (land makes it)"),
        (DAYS[2:], "waits for t.landed (land makes it)"),
    ]


def test_what_failed_in_this_run_blocks_only_what_reads_it(world: World) -> None:
    """A day that land could not make blocks clean for it and for the day after; others run on old data."""
    world.run(world.request(*ALL))
    world.project = replace(world.project, hashes={**world.project.hashes, "clean": "11" * 32})
    steps = world.plan(world.request("clean"), unfinished={"land": [DAYS[1]]}).steps
    blocked = [step for step in steps if isinstance(step, Blocked)]
    assert [step.intervals for step in blocked] == [(DAYS[1], DAYS[2])]
    assert blocked[0].outcome is Outcome.BLOCKED
    assert [step.intervals for step in steps if isinstance(step, Build)] == [(DAYS[0],), (DAYS[3],)]


def test_unknown_input_version_runs(world: World) -> None:
    """An input whose version nobody can tell makes the job run each time."""
    world.run(world.request(*ALL))
    request = world.request("report")
    known = world.published(request)
    unknown = replace(known, pins={"t.clean": replace(known.pins["t.clean"], version=None)})
    plan = build_plan(world.project, world.environment, request, unknown)
    assert _lines(plan) == [("report", "will run", "an input's version is unknown")]


def test_force_runs_what_is_unchanged(world: World) -> None:
    """`--force` says so as the reason."""
    world.run(world.request("land"))
    assert _lines(world.plan(world.request("land", force=True))) == [("land", "will run", "forced")]


def test_only_missing_and_only_stale_part_what_is_not_current(world: World) -> None:
    """What was never published, and what is published of older code; together all that would run."""
    world.run(world.request("land", days="2013-01-01/2013-01-03"))
    world.project = replace(world.project, hashes={**world.project.hashes, "land": "11" * 32})
    request = world.request("land")

    def built(request: Request) -> list[tuple[Interval, ...]]:
        return [step.intervals for step in world.plan(request).steps if isinstance(step, Build)]

    assert built(replace(request, only="missing")) == [DAYS[2:]]
    assert built(replace(request, only="stale")) == [DAYS[:2]]
    assert built(request) == [DAYS[:3], DAYS[3:]]


def test_only_missing_makes_nothing_of_what_reads_it_but_what_is_missing_too(world: World) -> None:
    """A gap upstream is filled, and published days that read it stay: nobody asked for them."""
    world.run(world.request(*ALL))
    del world.generations["t.landed", DAYS[1]]
    del world.generations["t.clean", DAYS[1]]
    plan = world.plan(replace(world.request(*ALL), only="missing"))
    assert [(step.job.name, step.intervals) for step in plan.steps] == [
        ("land", (DAYS[1],)),
        ("clean", (DAYS[1],)),
    ]
    assert plan.intervals == {"land": (DAYS[1],), "clean": (DAYS[1],)}


def test_each_interval_of_a_batch_has_its_own_reason(world: World) -> None:
    """`status` tells the missing from the stale also where one batch will make both."""
    world.run(world.request("land", days="2013-01-01/2013-01-03"))
    world.project = replace(world.project, hashes={**world.project.hashes, "land": "11" * 32})
    lines = list(explain_units(world.plan(world.request("land", days="2013-01-01/2013-01-04"))))
    assert [(line.intervals, line.reason, line.is_missing) for line in lines] == [
        (DAYS[:2], "code changed: land()", False),
        (DAYS[2:3], "never published", True),
    ]


def test_expired_commit_metadata_still_tells_that_it_differs(world: World) -> None:
    """Without the parts of the old fingerprint the plan runs and says that details are gone."""
    request = world.request("land")
    world.run(request)
    world.generations = {key: replace(g, parts=None, fingerprint=5) for key, g in world.generations.items()}
    assert "details have expired" in _lines(world.plan(request))[0][2]


def test_external_jobs_are_not_run(world: World) -> None:
    """Somebody else runs them; a request leaves them out."""
    assert set(world.request("report", "model").intervals) == {"report"}


def test_single_job_refuses_a_range_that_cuts_its_units(world: World) -> None:
    """One named job and half a day is a fault; with many jobs each takes its whole units inside."""
    with pytest.raises(MisconfiguredError, match="cuts through a day of land"):
        world.request("land", days="2013-01-01T06:00/2013-01-03T00:00")
    both = world.request("land", "clean", days="2013-01-01T06:00/2013-01-03T00:00")
    assert both.intervals["land"] == (DAYS[1],)


def test_interval_is_asked_for_when_a_job_needs_one(world: World) -> None:
    """No interval and no example in the environment is a fault that names the jobs."""
    with pytest.raises(MisconfiguredError, match="no interval given for land"):
        build_request(world.project, ["land", "report"], interval=None)
    assert build_request(world.project, ["report"], interval=None).intervals == {"report": (WHOLE,)}


@job(
    inputs={"landed": Input("t.landed"), "before": Input("t.total", window="previous")},
    outputs=Output("t.total", schema=SCHEMA, time="day"),
    interval="day",
    start="2013-01-01",
)
def total(landed: object, before: object) -> object:
    """Add a day to the total of the day before."""
    return landed


def test_job_that_reads_its_own_previous_interval_runs_in_order(world: World) -> None:
    """Each day waits for the day before of the same job; the first day has none before it."""
    world.run(world.request("land"))
    world.project = replace(
        world.project,
        jobs={**world.project.jobs, "total": _job(total)},
        hashes={**world.project.hashes, "total": "00" * 32},
    )
    steps = world.plan(world.request("total")).steps
    assert [step.waits_for for step in steps if isinstance(step, Build)] == [(), *[("total",)] * 3]


def test_dropped_and_remade_upstream_runs_what_reads_it(world: World) -> None:
    """Generations count from 1 again in a table that was made anew; it is another version all the same."""
    world.run(world.request(*ALL))
    world.table_id = "made anew"
    assert _lines(world.plan(world.request("clean")))[0][2] == "input changed: t.landed"


@job(
    inputs={"landed": Input("t.landed"), "all": Input("t.landed", window="all")},
    outputs=Output("t.both", schema=SCHEMA, time="day"),
    interval="day",
    start="2013-01-01",
)
def both(landed: object, all: object) -> object:  # noqa: A002  # the input's name
    """Read a dataset by its interval and whole."""
    return landed


def test_dataset_read_by_window_and_whole_has_a_version_in_both(world: World) -> None:
    """Reading one dataset in two ways makes neither of them unknown."""
    world.run(world.request("land"))
    world.project = replace(
        world.project,
        jobs={**world.project.jobs, "both": _job(both)},
        hashes={**world.project.hashes, "both": "00" * 32},
    )
    request = world.request("both")
    world.run(request)
    assert world.plan(request).is_idle


@job(
    inputs={"landed": Input("t.landed"), "late": Input("t.landed", window="36 hours")},
    outputs=Output("t.local", schema=SCHEMA, time="day"),
    interval="day",
    start="2013-01-02",
    timezone="America/New_York",
)
def local(landed: object, late: object) -> object:
    """Read days of UTC for days of New York."""
    return landed


def test_rows_are_those_of_the_jobs_window_and_readiness_is_by_the_producers_units(world: World) -> None:
    """A New York day over UTC days waits for both that it touches, and reads only its own hours."""
    world.project = replace(
        world.project,
        jobs={**world.project.jobs, "local": _job(local)},
        hashes={**world.project.hashes, "local": "00" * 32},
    )
    world.run(world.request("land", days="2013-01-01/2013-01-03"))
    (blocked,) = world.plan(world.request("local", days="2013-01-02")).steps
    assert isinstance(blocked, Blocked)
    assert "t.landed 2013-01-03" in blocked.reason
    world.run(world.request("land"))
    (build,) = world.plan(world.request("local", days="2013-01-02")).steps
    assert isinstance(build, Build)
    assert build.windows["landed"].key == "2013-01-02T05:00:00Z/2013-01-03T05:00:00Z"
    assert build.windows["late"].key == "2013-01-01T00:00:00Z/2013-01-03T05:00:00Z"


def test_what_somebody_else_makes_is_ready_when_it_exists(world: World) -> None:
    """The dataset of an external job has no generations of ours: existing is being ready."""
    feed = external_job(
        "feed",
        runner="lambda:feed",
        outputs=Output("t.feed", schema=SCHEMA, time="day"),
        interval="day",
        start="2013-01-01",
    )

    @job(
        inputs={"feed": Input("t.feed")},
        outputs=Output("t.fed", schema=SCHEMA, time="day"),
        interval="day",
        start="2013-01-01",
    )
    def fed(feed: object) -> object:
        return feed

    world.project = replace(
        world.project,
        jobs={**world.project.jobs, "feed": feed, "fed": _job(fed)},
        hashes={**world.project.hashes, "feed": "", "fed": "00" * 32},
    )
    request = world.request("fed", days="2013-01-01")
    known = world.published(request)
    there = replace(known, pins={"t.feed": Pin(dataset="t.feed", exists=True, table_id="f", version="f@3")})
    (build,) = build_plan(world.project, world.environment, request, there).steps
    assert isinstance(build, Build)
    assert str(build.windows["feed"]) == "2013-01-01"
    later = replace(there, pins={"t.feed": replace(there.pins["t.feed"], version="f@4")})
    assert build.targets[0].fingerprint.inputs is not None
    (again,) = build_plan(world.project, world.environment, request, later).steps
    assert isinstance(again, Build)
    assert again.targets[0].fingerprint != build.targets[0].fingerprint


def test_unreadable_table_stops_only_what_depends_on_it(world: World) -> None:
    """A corrupt log or a store that is away blocks its own jobs, with its outcome and words."""
    world.run(world.request(*ALL))
    request = world.request(*ALL)
    known = world.published(request)
    broken = Unreadable(
        outcome=Outcome.MISCONFIGURED,
        faults=(Fault(what="the log is corrupt", where="t.report", hint="Mend it."),),
    )
    plan = build_plan(
        world.project, world.environment, request, replace(known, unreadable={"t.report": broken})
    )
    (blocked,) = [step for step in plan.steps if isinstance(step, Blocked)]
    assert (blocked.job.name, blocked.outcome, blocked.hint) == (
        "report",
        Outcome.MISCONFIGURED,
        "Mend it.",
    )
    assert {step.job.name for step in plan.steps if isinstance(step, Unchanged)} == {"land", "clean"}


def test_job_without_a_whole_unit_in_the_range_is_left_out_and_named(world: World) -> None:
    """A range before a job's start leaves that job out and says why; the others run."""
    world.project = replace(
        world.project,
        jobs={**world.project.jobs, "local": _job(local)},
        hashes={**world.project.hashes, "local": "00" * 32},
    )
    request = world.request("land", "local", days="2013-01-01")
    assert set(request.intervals) == {"land"}
    assert request.left_out == {"local": "2013-01-01 is before its start, 2013-01-02"}
