"""Loading job files: what is found, under which name, and what a broken file costs."""

import sys
from types import ModuleType

import pytest

from framework.errors import MisconfiguredError
from framework.project.load import find_root, job_of, load_project
from framework.project.validate import unmade_inputs, validate_project

GOOD = """
    from framework import Input, Output, expect, job, sql_job

    @job(
        inputs={"a": Input("source.a")},
        outputs=Output("x.good", schema="n INT", expectations=[expect.column_values_to_not_be_null("n")]),
    )
    def good(a):
        return a

    report = sql_job("report", file="report.sql", inputs={"n": Input("x.good")},
                     outputs=Output("x.report", schema="n INT"))
    """


def test_jobs_are_found_below_jobs_with_places_relative_to_the_root(folder):
    """Folders are followed, `_` files and folders are none, and an imported job is no second one."""
    folder.write(
        {
            "jobs/deep/er/one.py": GOOD,
            "jobs/deep/er/report.sql": "SELECT n FROM n",
            "jobs/two.py": "from jobs.deep.er.one import good, report\n",
            "jobs/_later.py": GOOD,
            "jobs/_shared/three.py": GOOD,
        }
    )
    loaded = load_project(folder.root)
    assert loaded.faults == ()
    assert set(loaded.project.jobs) == set(loaded.project.hashes) == {"good", "report"}
    good = loaded.project.jobs["good"]
    places = [
        good.where,
        good.inputs["a"].where,
        good.outputs[""].where,
        good.outputs[""].expectations[0].where,
    ]
    assert [str(place) for place in places] == [f"jobs/deep/er/one.py:{line}" for line in (3, 4, 5, 5)]
    assert validate_project(loaded.project, sources=["source.a"]) == []


def test_an_edit_is_seen_at_the_next_load(folder):
    """Within one process and one second, the code that is loaded is the code on the disk."""
    folder.write({"jobs/one.py": "from jobs._n import N\n" + "X = 1\n", "jobs/_n.py": "N = 1\n"})
    folder.write({"jobs/one.py": GOOD.replace("return a", "return 1")})
    assert load_project(folder.root).project.jobs["good"].function(None) == 1
    folder.edit("jobs/one.py", "return 1", "return 2")
    assert load_project(folder.root).project.jobs["good"].function(None) == 2


def test_a_broken_file_leaves_the_other_jobs(folder):
    """The sound jobs can run; only a job whose input nobody is known to make cannot."""
    waits = GOOD.replace("source.a", "x.lost").replace("x.good", "x.waits").replace("x.report", "x.later")
    folder.write(
        {
            "jobs/broken.py": "import nothing_of_that_name\n",
            "jobs/good.py": GOOD.partition("    report")[0],
            "jobs/waits.py": waits.partition("    report")[0].replace("good(", "waits("),
        }
    )
    loaded = load_project(folder.root)
    assert [str(fault.where) for fault in loaded.faults] == ["jobs/broken.py:1"]
    assert validate_project(loaded.project, sources=["source.a"]) == []
    assert unmade_inputs(loaded.project, ["good"], sources=["source.a"]) == []
    (fault,) = unmade_inputs(loaded.project, ["waits"], sources=["source.a"])
    assert str(fault) == 'jobs/waits.py:4  input "x.lost" of waits: no job makes it, and it is no source'
    assert fault.hint == "It may be made in jobs/broken.py, which cannot be loaded"


def test_the_root_is_found_from_any_folder_inside(folder):
    """The nearest folder with jobs/ and configs/ is the project; outside one line says so."""
    inside = folder.root / "jobs" / "deep"
    inside.mkdir()
    assert find_root(inside) == folder.root.resolve()
    with pytest.raises(MisconfiguredError, match="no project here"):
        find_root(folder.root.parent)


def test_what_is_no_job_cannot_be_run():
    """`main()` of a plain function is a fault with the decorator as its hint."""
    with pytest.raises(MisconfiguredError) as caught:
        job_of(find_root)
    assert str(caught.value) == "find_root is no job"


def test_odd_entries_among_the_loaded_modules_do_no_harm(folder, monkeypatch):
    """Libraries put objects and None into `sys.modules`; the project is loaded anew all the same."""

    class Lazy:
        """A module that imports when an attribute is asked for, and cannot."""

        def __getattr__(self, name):
            raise ImportError(name)

    folder.write({"jobs/a.py": GOOD})
    lazy = Lazy()
    for name, odd in {"lazy": lazy, "jobs.gone": None, "jobs.bare": ModuleType("jobs.bare")}.items():
        monkeypatch.setitem(sys.modules, name, odd)
    assert not load_project(folder.root).faults
    assert sys.modules["lazy"] is lazy
    assert not {"jobs.gone", "jobs.bare"} & set(sys.modules)
