"""What counts as a change of a job's code, and what does not."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from framework.project.load import load_project

FILES = {
    "jobs/__init__.py": "",
    "jobs/daily.py": '''
        """Flights a day."""
        import json as js
        import jobs._shared.dates as dates
        from jobs._shared import rules
        from jobs._shared.rules import LIMIT as HIGHEST, late
        from framework import Input, Output, job, main

        SCALE = {"minutes": 60}
        UNUSED = 1

        def unrelated(x):
            return x + 1

        def scaled(x):
            return x / SCALE["minutes"]

        @job(
            inputs={"flights": Input("flights.raw")},
            outputs=Output("flights.daily", schema="day DATE, n INT"),
            owner="ops",
        )
        def daily(flights, *, lag_hours: int = 1):
            """Count them."""
            day = dates.day_of(flights)
            if late(flights):
                return None
            return scaled(day) + HIGHEST + js.loads("1") + lag_hours

        if __name__ == "__main__":
            main(daily)
        ''',
    "jobs/other.py": """
        from framework import Input, Output, job

        @job(inputs={"daily": Input("flights.daily")}, outputs=Output("flights.other", schema="n INT"))
        def other(daily):
            return daily
        """,
    "jobs/_shared/rules.py": """
        from jobs._shared.base import Base, threshold

        LIMIT = 10
        NOTHING = 0

        class Late(Base):
            def check(self, x):
                return x > threshold()

        def late(x):
            return Late().check(x)
        """,
    "jobs/_shared/base.py": """
        _KNOWN = []
        _KNOWN.append(1)

        class Base:
            pass

        def threshold():
            return len(_KNOWN)
        """,
    "jobs/_shared/dates.py": """
        def day_of(x):
            return x

        def month_of(x):
            return x
        """,
}


def digest(folder, name="daily"):
    """The code digest of one job of a project that loads without faults."""
    loaded = load_project(folder.root)
    assert not loaded.faults
    return loaded.project.hashes[name]


@pytest.fixture
def project(folder):
    """A job that reaches helpers in three modules."""
    folder.write(FILES)
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("jobs/daily.py", "return scaled(day)", "return scaled(  # a comment\n day)"),
        (
            "jobs/daily.py",
            "return scaled(day) + HIGHEST",
            "return (\n        scaled(day)\n        + HIGHEST)",
        ),
        ("jobs/daily.py", '"""Count them."""', '"""Count all of them."""'),
        ("jobs/daily.py", '"minutes"', "'minutes'"),
        (
            "jobs/daily.py",
            "def daily(flights, *, lag_hours: int = 1)",
            "def daily(flights, *, lag_hours: int = 2)",
        ),
        ("jobs/daily.py", "def daily(flights, *", "def daily(flights: object, *"),
        ("jobs/daily.py", 'owner="ops"', 'owner="science"'),
        ("jobs/daily.py", "day DATE, n INT", "day DATE, n BIGINT"),
        ("jobs/daily.py", "UNUSED = 1", "UNUSED = 2"),
        ("jobs/daily.py", "return x + 1", "return x + 2"),
        ("jobs/daily.py", "def unrelated", "\n\n\ndef unrelated"),
        ("jobs/daily.py", "main(daily)", "main(daily, )"),
        ("jobs/other.py", "return daily", "return daily.distinct()"),
        ("jobs/_shared/rules.py", "NOTHING = 0", "NOTHING = 1"),
        ("jobs/_shared/dates.py", "def month_of(x):\n    return x", "def month_of(x):\n    return x + 1"),
        ("jobs/_shared/base.py", "class Base:\n    pass", 'class Base:\n    """Of all."""'),
    ],
)
def test_an_edit_that_changes_nothing_keeps_the_digest(project, file, old, new):
    """Comments, formatting, docstrings, declarations and unrelated definitions do not count."""
    before = digest(project)
    project.edit(file, old, new)
    assert digest(project) == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("jobs/daily.py", "+ HIGHEST", "- HIGHEST"),
        ("jobs/daily.py", "return None", "return 0"),
        ("jobs/daily.py", '{"minutes": 60}', '{"minutes": 61}'),
        ("jobs/daily.py", "x / SCALE", "x // SCALE"),
        ("jobs/daily.py", "import json as js", "import pickle as js"),
        ("jobs/daily.py", "LIMIT as HIGHEST", "NOTHING as HIGHEST"),
        ("jobs/daily.py", "dates.day_of", "dates.month_of"),
        ("jobs/daily.py", "def daily(flights", "@staticmethod\ndef daily(flights"),
        ("jobs/_shared/rules.py", "LIMIT = 10", "LIMIT = 11"),
        ("jobs/_shared/rules.py", "LIMIT = 10", "LIMIT = 10.0"),
        ("jobs/_shared/rules.py", "x > threshold()", "x >= threshold()"),
        ("jobs/_shared/base.py", "_KNOWN.append(1)", "_KNOWN.append(2)"),
        ("jobs/_shared/base.py", "class Base:\n    pass", "class Base:\n    flag = True"),
        ("jobs/_shared/dates.py", "def day_of(x):\n    return x", "def day_of(x):\n    return x + 1"),
    ],
)
def test_an_edit_of_what_is_reached_changes_the_digest(project, file, old, new):
    """The function, its helpers, their constants and base classes count, in whichever file."""
    before = digest(project)
    project.edit(file, old, new)
    assert digest(project) != before


def test_other_jobs_keep_their_digest(project):
    """A change of one job's helper does not touch a job that does not reach it."""
    before = digest(project, "other")
    project.edit("jobs/_shared/rules.py", "LIMIT = 10", "LIMIT = 11")
    assert digest(project, "other") == before


@pytest.mark.parametrize(
    "body",
    [
        "from jobs._shared.far import *\n    return value(flights)",
        "import importlib\n    return importlib.import_module('jobs._shared.far')",
        "import importlib\n    return importlib.import_module(flights)",
        "from jobs._shared import far\n    return getattr(far, 'value')",
        "import jobs._shared.far\n    return jobs._shared.far.value(flights)",
        "from jobs._shared.far import value as v\n    return [v(x) for x in flights]",
        "from jobs._shared.package import value\n    return value",
        "from . import _shared\n    return _shared.far.value",
        "from ._shared.far import value\n    return value",
    ],
)
def test_what_is_reached_in_unusual_ways_counts(folder, body):
    """Imports in the function, stars, packages, relative and dynamic imports are followed."""
    star = body.startswith("from jobs._shared.far import *")
    head = "from jobs._shared.far import *\n" if star else ""
    lines = body.split("\n    ")[1:] if star else body.split("\n    ")
    text = head + "from framework import Output, job\n\n@job(outputs=Output('a.b', schema='n INT'))\n"
    text += "def daily(flights):\n" + "".join(f"    {line}\n" for line in lines)
    folder.write(
        {
            "jobs/daily.py": text,
            "jobs/_shared/far.py": "def value(x):\n    return x\n",
            "jobs/_shared/package/__init__.py": "from jobs._shared.far import value\n",
        }
    )
    before = digest(folder)
    folder.edit("jobs/_shared/far.py", "return x", "return x + 1")
    assert digest(folder) != before


def test_a_parameter_is_not_the_definition_of_its_name(folder):
    """An input named like another function of the file does not reach it."""
    folder.write(
        {
            "jobs/pair.py": """
                from framework import Input, Output, job

                @job(outputs=Output("a.flights", schema="n INT"), rerun="once")
                def flights(*, spark):
                    return spark.range(1)

                @job(inputs={"flights": Input("a.flights")}, outputs=Output("a.daily", schema="n INT"))
                def daily(flights):
                    return flights
                """
        }
    )
    before = digest(folder)
    folder.edit("jobs/pair.py", "range(1)", "range(2)")
    assert digest(folder) == before


def test_a_job_of_a_factory_counts_with_the_factory_and_its_arguments(folder):
    """A function made by another function has no definition of its own: both files count whole."""
    folder.write(
        {
            "jobs/_shared/factory.py": """
                from framework import Output, job

                def make(name, n):
                    @job(name=name, outputs=Output(f"a.{name}", schema="n INT"), rerun="once")
                    def daily(*, spark):
                        return spark.range(n)
                    return daily
                """,
            "jobs/daily.py": "from jobs._shared.factory import make\n\ndaily = make('daily', 1)\n",
        }
    )
    first = digest(folder)
    folder.edit("jobs/daily.py", "1)", "2)")
    second = digest(folder)
    folder.edit("jobs/_shared/factory.py", "spark.range(n)", "spark.range(n + 1)")
    assert len({first, second, digest(folder)}) == 3


RULES = """
    RULES = []

    def rule(f):
        RULES.append(f)
        return f

    class Rule:
        def __init_subclass__(cls):
            RULES.append(cls)

    class Plain:
        pass
    """
LOOP = """
    from framework import Output, job
    from jobs._shared import more
    from jobs._shared.registry import RULES, Plain

    @job(outputs=Output("a.b", schema="n INT"), rerun="once")
    def daily(*, spark):
        return [r(spark) for r in RULES]

    @job(outputs=Output("a.c", schema="n INT"), rerun="once")
    def tree(*, spark):
        return [r(spark) for r in Plain.__subclasses__()]
    """


@pytest.mark.parametrize(
    ("name", "registered"),
    [
        ("daily", "@rule\ndef positive(df): return df > 0"),
        ("daily", "@RULES.append\ndef positive(df): return df > 0"),
        ("daily", "@(lambda f: rule(f))\ndef positive(df): return df > 0"),
        ("daily", "if True:\n    @rule\n    def positive(df): return df > 0"),
        ("daily", "class Rules:\n    @rule\n    def positive(df): return df > 0"),
        ("daily", "def positive(df): return df > 0\nrule(positive)"),
        ("daily", "def positive(df): return df > 0\nx = rule(positive)"),
        ("daily", "def positive(df): return df > 0\nx = RULES.append(positive)"),
        ("daily", "def positive(df): return df > 0\nalias = RULES\nx = [alias.append(positive)]"),
        ("daily", "def positive(df): return df > 0\nRULES += [positive]"),
        ("daily", "def positive(df): return df > 0\nRULES[:] = [positive]"),
        ("daily", "def positive(df): return df > 0\nregistry.RULES = [positive]"),
        ("daily", "class Positive(Rule):\n    def check(df): return df > 0"),
        ("daily", "class Middle(Rule): pass\nclass Positive(Middle):\n    def check(df): return df > 0"),
        ("tree", "class Positive(Plain):\n    def check(df): return df > 0"),
    ],
)
@pytest.mark.parametrize("imported", [True, False], ids=["elsewhere", "beside"])
def test_what_registers_itself_counts(folder, name, registered, imported):
    """A definition that a job gets from a registry counts, though no name in the job leads to it."""
    head = "from jobs._shared import registry\n"
    head += "from jobs._shared.registry import RULES, Plain, Rule, rule\n"
    beside = dedent(RULES) + "import jobs._shared.registry as registry\n"
    folder.write(
        {
            "jobs/daily.py": LOOP,
            "jobs/_shared/registry.py": RULES if imported else f"{beside}{registered}\n",
            "jobs/_shared/more.py": f"{head}{registered}\n" if imported else "",
        }
    )
    before = digest(folder, name)
    folder.edit(f"jobs/_shared/{'more' if imported else 'registry'}.py", "df > 0", "df >= 0")
    assert digest(folder, name) != before


def test_decorators_and_calls_that_register_nothing_leave_the_rest_aside(folder):
    """Decorators of libraries, our declarations, and constants that functions compute have no effects."""
    folder.write(
        {
            "jobs/daily.py": """
                from dataclasses import dataclass
                from datetime import timedelta
                from functools import cache
                from framework import Output, Schema, expect, job

                SCHEMA = Schema.of("n INT")
                CHECKS = [expect.column_values_to_not_be_null("n")]
                RESULT = Output("a.b", schema=SCHEMA, expectations=CHECKS)

                @dataclass(frozen=True)
                class Limit:
                    days: int = 1

                def days(n):
                    return timedelta(days=n)

                @cache
                def week():
                    return days(7)

                WEEK = days(7)
                LIMIT = Limit(days=2)
                NAMES = sorted(set({"a", "b"}))

                def unrelated():
                    return 1

                @job(outputs=RESULT, rerun="once")
                def daily(*, spark):
                    return spark, week(), WEEK, LIMIT
                """
        }
    )
    before = digest(folder)
    folder.edit("jobs/daily.py", "return 1", "return 2")
    assert digest(folder) == before
    folder.edit("jobs/daily.py", "WEEK = days(7)", "WEEK = days(8)")
    assert digest(folder) != before


def test_sql_and_used_files_count(folder):
    """A SQL job's text counts without comments and white space; files in `uses` by their bytes."""
    folder.write(
        {
            "jobs/report.py": """
                from framework import Input, Output, job, sql_job

                report = sql_job("report", file="report.sql", inputs={"a": Input("a.a")},
                                 outputs=Output("a.report", schema="n INT"))

                @job(outputs=Output("a.a", schema="n INT"), rerun="once", uses=["model.txt"])
                def a(*, spark):
                    return spark
                """,
            "jobs/report.sql": "SELECT n FROM a WHERE s = 'x  y'",
            "jobs/model.txt": "1",
        }
    )
    report, used = digest(folder, "report"), digest(folder, "a")
    folder.edit("jobs/report.sql", "FROM a", "\n  FROM   a -- all of it\n")
    assert digest(folder, "report") == report
    folder.edit("jobs/report.sql", "'x  y'", "'x y'")
    assert digest(folder, "report") != report
    assert digest(folder, "a") == used
    folder.edit("jobs/model.txt", "1", "2")
    assert digest(folder, "a") != used


def test_a_running_job_file_has_the_same_digest_and_one_function(project):
    """`spark-submit jobs/daily.py` makes the file `__main__`: the same job, the very function."""
    before = digest(project)
    project.edit(
        "jobs/daily.py",
        "    main(daily)",
        """
    import pathlib
    from framework.project.load import job_of, load_project
    loaded = load_project(pathlib.Path(__file__).parents[1])
    assert loaded.project.jobs["daily"].function is daily is job_of(daily).function
    print(loaded.project.hashes["daily"])
    """,
    )
    script = str(project.root / "jobs/daily.py")
    environment = {"PYTHONPATH": f"{project.root}:{Path(__file__).parents[3]}"}
    done = subprocess.run(
        [sys.executable, script], check=False, capture_output=True, text=True, env=environment
    )
    assert done.stderr == ""
    assert done.stdout.strip() == before


def test_a_job_s_name_is_no_code_and_its_function_s_is(project):
    """A job that gets a name keeps its digest; a function that gets another one does not."""
    before = digest(project)
    project.edit("jobs/daily.py", 'owner="ops"', 'owner="ops", name="renamed"')
    assert digest(project, "renamed") == before
    project.edit("jobs/daily.py", "def daily(", "def counted(")
    project.edit("jobs/daily.py", "main(daily)", "main(counted)")
    assert digest(project, "renamed") != before
