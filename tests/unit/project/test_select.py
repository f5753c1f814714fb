"""Selectors: which jobs a command is about, in which order."""

from dataclasses import replace
from pathlib import Path

import pytest

from framework.contract.types import Input, Job, Output
from framework.errors import MisconfiguredError, Where
from framework.project.project import Project
from framework.project.select import select


def make(name, *reads, owner=None, tags=()):
    """A job that makes `x.<name>`."""
    return Job(
        name=name,
        inputs={read: Input(f"x.{read}") for read in reads},
        outputs={"": Output(f"x.{name}")},
        where=Where(file="jobs/x.py", line=1),
        owner=owner,
        tags=tags,
    )


JOBS = [
    make("report", "clean", "weather", owner="science"),
    make("clean", "land", tags=("daily",)),
    make("weather", tags=("daily", "api")),
    make("land", owner="ops"),
    make("alone"),
]
PROJECT = Project(root=Path(), jobs={job.name: job for job in JOBS}, hashes={})


@pytest.mark.parametrize(
    ("selectors", "names"),
    [
        ([], ["alone", "land", "weather", "clean", "report"]),
        (["clean"], ["clean"]),
        (["+clean"], ["land", "clean"]),
        (["clean+"], ["clean", "report"]),
        (["+clean+"], ["land", "clean", "report"]),
        (["report", "land"], ["land", "report"]),
        (["*l*n*"], ["alone", "land", "clean"]),
        (["tag:daily"], ["weather", "clean"]),
        (["+tag:daily"], ["land", "weather", "clean"]),
        (["owner:ops"], ["land"]),
        (["dataset:x.report"], ["report"]),
        (["dataset:x.w*+"], ["weather", "report"]),
    ],
)
def test_a_selector_names_jobs_in_dependency_order(selectors, names):
    """Names, patterns, neighbours, tags, owners and datasets; no selector is all."""
    found = select(PROJECT, selectors)
    assert sorted(found) == sorted(names)
    for name in found:
        upstream = set(PROJECT.upstream_of(name)) & set(found)
        assert upstream <= set(found[: found.index(name)])


def test_kinds_that_others_answer_may_name_no_job():
    """They come with their neighbours like all others, and their mistakes beside those of others."""

    def answer(text: str) -> set[str]:
        if text == "odd":
            raise MisconfiguredError("odd is nothing")
        return {"clean"} if text == "failed" else set()

    told = {"result": answer}
    assert select(PROJECT, ["result:failed+", "alone"], told) == ("alone", "clean", "report")
    assert select(PROJECT, ["result:published"], told) == ()
    with pytest.raises(MisconfiguredError) as caught:
        select(PROJECT, ["result:odd", "tag:none", "kind:x"], told)
    assert len(caught.value.faults) == 3
    assert "Kinds: tag, owner, dataset, result" in str(caught.value.faults[2].hint)


def test_a_job_of_a_file_that_was_not_loaded_is_not_just_unknown():
    """The hint names the files whose jobs are missing."""
    with pytest.raises(MisconfiguredError) as caught:
        select(replace(PROJECT, broken=("jobs/late.py",)), ["late"])
    assert str(caught.value.faults[0].hint).endswith("; not loaded, see its faults: jobs/late.py")


def test_a_dataset_that_is_named_like_a_job_is_told_how_to_be_named():
    """`history flights.clean` is what one tries first."""
    with pytest.raises(MisconfiguredError) as caught:
        select(PROJECT, ["x.report"])
    assert caught.value.faults[0].hint == "It is a dataset: write dataset:x.report"


def test_every_unknown_selector_is_named():
    """All unknown selectors at once, each with what was probably meant."""
    with pytest.raises(MisconfiguredError) as caught:
        select(PROJECT, ["claen", "tag:dayly", "owner:me", "state:changed", "owner:op"])
    shown = [f"{fault.what} | {fault.hint}" for fault in caught.value.faults]
    assert shown == [
        'no job is named "claen" | did you mean "clean"? Jobs: alone, clean, land, report, weather',
        'no job has the tag "dayly" | did you mean "daily"? Tags: api, daily',
        'no job has the owner "me" | Owners: ops, science',
        'unknown selector "state:changed" | Kinds: tag, owner, dataset',
        'no job has the owner "op" | did you mean "ops"? Owners: ops, science',
    ]
