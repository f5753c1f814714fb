"""Suites of Great Expectations that job files name."""

import pytest

from framework.project.digests import checks_digest
from framework.project.load import load_project
from framework.project.validate import validate_project

SUITE = """\
{"expectations": [
  {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "%s"}, "severity": "info"},
  {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}}
]}
"""
GOOD = """
    from framework import Input, Output, job

    @job(inputs={"a": Input("source.a")}, outputs=Output("x.good", schema="n INT"))
    def good(a):
        return a
    """
CHECKED = """
    from framework import Input, Output, expect, job
    from jobs._rules import SHARED

    @job(
        inputs={"a": Input("source.a", schema="n INT", expectations="suites/n.json")},
        outputs={
            "x": Output("x.x", schema="n INT", expectations="suites/n.json"),
            "y": Output("x.y", schema="n INT", expectations=[expect.column_to_exist("n"), *SHARED]),
        },
    )
    def checked(a):
        return {"x": a, "y": a}
    """


def test_suites_stand_in_the_place_of_their_files_name(folder):
    """Alone or in a list, beside the file that names it; verdicts name the suite's line."""
    folder.write(
        {
            "jobs/deep/checked.py": CHECKED,
            "jobs/deep/suites/n.json": SUITE % "n",
            "jobs/_rules.py": 'from framework import expect\n\nSHARED = [expect.suite("shared.json")]\n',
            "jobs/shared.json": SUITE % "n",
        }
    )
    loaded = load_project(folder.root)
    assert loaded.faults == ()
    job = loaded.project.jobs["checked"]
    found = {
        name: [(each.type, str(each.where)) for each in declared.expectations]
        for name, declared in (*job.outputs.items(), *job.inputs.items())
    }
    types = ("column_values_to_not_be_null", "table_row_count_to_be_between")
    own = [(type_, f"jobs/deep/suites/n.json:{line}") for line, type_ in enumerate(types, 2)]
    shared = [(type_, f"jobs/shared.json:{line}") for line, type_ in enumerate(types, 2)]
    exists = ("column_to_exist", "jobs/deep/checked.py:8")
    assert found == {"x": own, "y": [exists, *shared], "a": own}
    assert validate_project(loaded.project, sources=["source.a"]) == []


def test_an_edited_suite_changes_the_checks_alone(folder):
    """The suite's content counts, through its expectations; where they stand in the file does not."""
    folder.write(
        {
            "jobs/checked.py": CHECKED.replace(", *SHARED", "").replace(
                "    from jobs._rules import SHARED\n", ""
            ),
            "jobs/suites/n.json": SUITE % "n",
        }
    )

    def digests():
        project = load_project(folder.root).project
        job = project.jobs["checked"]
        return checks_digest(job, job.outputs["x"]), project.hashes["checked"]

    first = digests()
    folder.edit("jobs/suites/n.json", '{"expectations"', '\n\n{"name": "daily", "expectations"')
    assert digests() == first
    folder.edit("jobs/suites/n.json", '"min_value": 1', '"min_value": 2')
    assert digests()[0] != first[0]
    assert digests()[1] == first[1]


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("suites/m.json", None, 'jobs/checked.py:5  suite "suites/m.json" is not there (jobs/suites/m.json)'),
        ("../../m.json", None, 'jobs/checked.py:5  suite "../../m.json" is outside the project'),
        ("", None, "jobs/checked.py:5  '' names no suite"),
        ("suites/m.json", b"{", "jobs/suites/m.json:1  not JSON: Expecting value"),
        ("suites/m.json", b"\xff", "jobs/suites/m.json:1  not JSON: it is not UTF-8"),
        ("suites", b"{", 'jobs/checked.py:5  suite "suites" is not there (jobs/suites)'),
    ],
)
def test_a_suite_that_cannot_be_read_leaves_its_job_out(folder, name, content, fault):
    """A job is not run with fewer checks than it names; other jobs are."""
    folder.write(
        {
            "jobs/checked.py": CHECKED.replace("suites/n.json", name).replace("*SHARED", ""),
            "jobs/_rules.py": "SHARED = []\n",
            "jobs/good.py": GOOD,
            "jobs/suites/n.json": SUITE % "n",
        }
    )
    if content is not None:
        (folder.root / "jobs" / "suites" / "m.json").write_bytes(content)
    loaded = load_project(folder.root)
    assert set(loaded.project.jobs) == {"good"}
    assert loaded.project.broken == ("jobs/checked.py",)
    assert str(loaded.faults[0]) == fault


def test_faults_of_a_suites_expectations_name_the_suite(folder):
    """What does not fit the schema is found before anything runs, at its line of the suite."""
    folder.write(
        {
            "jobs/checked.py": CHECKED.replace(", *SHARED", "").replace(
                "    from jobs._rules import SHARED\n", ""
            ),
            "jobs/suites/n.json": SUITE % "m",
        }
    )
    (fault,) = validate_project(load_project(folder.root).project, sources=["source.a"])
    assert str(fault).startswith(
        "jobs/suites/n.json:2  column_values_to_not_be_null: expectation on a column"
    )


def test_what_is_missing_hides_no_other_fault(folder):
    """A suite that is not there, and an item that is no expectation, stand beside all else that is wrong."""
    folder.write(
        {
            "jobs/checked.py": """
                from framework import Input, Output, expect, job

                RULES = [expect.column_values_to_not_be_null("x")]


                @job(
                    inputs={"a": Input("source.a", schema="n INT", expectations="suites/gone.json")},
                    outputs=Output("d", schema="n INT", expectations=[expect.column_values_to_be_null("y")]),
                )
                def gone(a):
                    return a


                @job(
                    inputs={"a": Input("source.a")},
                    outputs=Output("e", schema="n INT", expectations=["x", *RULES]),
                )
                def strange(a):
                    return a
            """,
        }
    )
    loaded = load_project(folder.root)
    assert loaded.project.jobs == {}
    assert sorted(fault.what for fault in loaded.faults) == [
        "a str is among the expectations, and is none",
        'column_values_to_be_null: expectation on a column that the schema does not have: "y"',
        'column_values_to_not_be_null: expectation on a column that the schema does not have: "x"',
        'suite "suites/gone.json" is not there (jobs/suites/gone.json)',
    ]
