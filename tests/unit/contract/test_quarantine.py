"""The quarantine of an output: derived from its contract alone, and refused where it makes no sense."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from framework import Expectation, Input, Job, Output, Quarantine, expect, external_job
from framework.contract.quarantine import (
    declared_output,
    published_outputs,
    quarantine_dataset,
    quarantine_rules,
    rule_names,
)
from framework.contract.validate import validate_job
from framework.errors import Where
from framework.project.digests import checks_digest, contract_digest

SCHEMA = "day DATE NOT NULL COMMENT 'of the reading', v INT, note STRING"
RANGE = expect.column_values_to_be_between("v", 0, 9, on_fail="quarantine")
PLACE = Where(file="jobs/a.py", line=3)


def output(dataset: str = "a.good", **options: object) -> Output:
    """An output of days, of which rows are split off."""
    return Output(dataset, **{"schema": SCHEMA, "time": "day", "expectations": [RANGE], **options})  # type: ignore[arg-type]


def daily(*outputs: Output, **changes: object) -> Job:
    """A sound daily job; its one output, or several as `o0`, `o1` …."""
    named: Mapping[str, Output] = {"": outputs[0]}
    if len(outputs) > 1:
        named = {f"o{n}": each for n, each in enumerate(outputs)}
    inputs = {"raw": Input("source.raw")}
    given = {"interval": "day", "start": "2013-01-01", "sql_file": "a.sql", **changes}
    return Job(name="a", inputs=inputs, outputs=named, where=PLACE, **given)  # type: ignore[arg-type]


def faults(job: Job) -> list[str]:
    """What is wrong with a job."""
    return [fault.what for fault in validate_job(job)]


def test_the_quarantine_is_one_more_output_before_its_own() -> None:
    """All columns, nullable, in their order, and the names of the rules; intervals are told as ever."""
    job = daily(output())
    held, good = published_outputs(job).values()
    assert good is job.outputs[""]
    assert held.dataset == "a.good__quarantine"
    assert held.schema is not None
    assert [(c.name, c.type, c.nullable) for c in held.schema.columns] == [
        ("day", "date", True),
        ("v", "int", True),
        ("note", "string", True),
        ("broken_rules", "array<string>", True),
    ]
    assert held.schema.columns[0].comment == "of the reading"
    assert (held.time, held.partition_columns, held.key, held.expectations) == ("day", ("day",), (), ())
    assert held.where == good.where
    assert faults(job) == []


def test_masked_columns_stay_masked() -> None:
    """A value that must not be shown is not shown because its row is bad."""
    good = output()
    assert good.schema is not None
    masked = Output("a.good", schema=good.schema.masked("note"), time="day", expectations=[RANGE])
    held, _ = published_outputs(daily(masked)).values()
    assert held.schema is not None
    assert [column.name for column in held.schema.columns if column.masked] == ["note"]


def test_a_whole_table_needs_no_time_in_quarantine() -> None:
    """Its one interval has all rows, also those without a time."""
    held, _ = published_outputs(daily(output(), interval=None, start=None)).values()
    assert (held.time, held.partition_columns) == (None, ())


def test_each_quarantine_is_published_before_its_own_output() -> None:
    """Outputs without such rules have none; a name of one's own is taken."""
    plain = Output("a.plain", schema=SCHEMA, time="day")
    job = daily(plain, output("a.b"), output("a.c", quarantine=Quarantine("a.bad")))
    assert [each.dataset for each in published_outputs(job).values()] == [
        "a.plain",
        *("a.b__quarantine", "a.b"),
        *("a.bad", "a.c"),
    ]
    assert declared_output(job, "a.bad") is job.outputs["o2"]
    assert declared_output(job, "a.c") is job.outputs["o2"]
    assert declared_output(job, "a.unknown") is None
    assert quarantine_dataset(plain) is None
    assert faults(job) == []


def test_rules_have_names_that_tell_them_apart() -> None:
    """The name is what a verdict shows, spelled out where two would look alike, and never endless."""
    least = expect.column_values_to_be_in_set("note", ["a, b"], on_fail="quarantine")
    most = expect.column_values_to_be_in_set("note", ["a", "b"], on_fail="quarantine")
    long = expect.column_values_to_be_in_set("note", [f"value {n}" for n in range(100)], on_fail="quarantine")
    other = expect.column_values_to_be_in_set(
        "note", [f"value {n}" for n in range(101)], on_fail="quarantine"
    )
    good = output(expectations=[RANGE, least, most, RANGE, long, other])
    rules = quarantine_rules(good)
    assert rules == (RANGE, least, most, long, other)
    names = rule_names(rules)
    assert names[:3] == (
        "column_values_to_be_between(v, 0, 9)",
        'column_values_to_be_in_set(column="note", value_set=["a, b"])',
        'column_values_to_be_in_set(column="note", value_set=["a", "b"])',
    )
    assert len(set(names)) == len(names)
    assert max(map(len, names)) < 250


MISUSE = {
    "a rule over rows together": (
        expect.column_values_to_be_unique("v", on_fail="quarantine"),
        "not possible",
    ),
    "a fraction": (
        expect.column_values_to_be_between("v", 0, mostly=0.9, on_fail="quarantine"),
        "with mostly=0.9",
    ),
    "a warning": (
        expect.column_values_to_be_between("v", 0, severity="warning", on_fail="quarantine"),
        'with severity="warning"',
    ),
    "the table": (
        expect.column_values_to_be_between("v", 0, scope="table", on_fail="quarantine"),
        'with scope="table"',
    ),
    "a missing time": (
        expect.column_values_to_not_be_null("day", on_fail="quarantine"),
        "on the time column day",
    ),
}


@pytest.mark.parametrize("case", MISUSE)
def test_rules_that_cannot_split_rows_off_are_named(case: str) -> None:
    """One fault with a hint at the rule's place, before Spark starts."""
    rule, what = MISUSE[case]
    found = [f for f in validate_job(daily(output(expectations=[rule]))) if 'on_fail="quarantine"' in f.what]
    assert [what in fault.what for fault in found] == [True]
    assert found[0].hint
    assert found[0].where == rule.where


def test_a_missing_time_of_a_whole_table_may_be_split_off() -> None:
    """There it belongs to the one interval, like every row."""
    rule = expect.column_values_to_not_be_null("day", on_fail="quarantine")
    assert faults(daily(output(expectations=[rule]), interval=None, start=None)) == []


WRONG = {
    "no rule": (output(expectations=(), quarantine=Quarantine(max_rows=1)), "no rule splits rows off"),
    "a column": (output(schema=f"{SCHEMA}, Broken_Rules INT"), "name of a column of the quarantine"),
    "no name": (output(quarantine=Quarantine("A b")), "is no dataset name"),
    "its own name": (output(quarantine=Quarantine("a.good")), "two outputs named a.good"),
    "rows below 0": (output(quarantine=Quarantine(max_rows=-1)), "less than 0"),
    "a fraction above 1": (output(quarantine=Quarantine(max_fraction=1.5)), "is no fraction"),
    "rows of no number": (output(quarantine=Quarantine(max_rows=True)), "is no whole number"),
    "a fraction of no number": (output(quarantine=Quarantine(max_fraction="1")), "is no fraction"),  # type: ignore[arg-type]
    "a name of no text": (output(quarantine=Quarantine(3)), "is no text"),  # type: ignore[arg-type]
    "no Quarantine": (output(quarantine="a.bad"), "is no Quarantine"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_quarantines_are_named(case: str) -> None:
    """Each is one fault."""
    wrong, what = WRONG[case]
    assert [what in found for found in faults(daily(wrong))] == [True]


def test_a_dataset_is_made_once() -> None:
    """A quarantine may not be the dataset of another output of the job."""
    found = faults(
        daily(output("a.b", quarantine=Quarantine("a.c")), Output("a.c", schema=SCHEMA, time="day"))
    )
    assert found == ["a has two outputs named a.c"]


def test_an_external_job_splits_nothing_off() -> None:
    """Nobody would do it."""
    job = external_job("a", inputs={}, outputs=output(), runner="dbt", interval="day", start="2013-01-01")
    assert [found for found in faults(job) if "splits no rows off" in found]


def test_limits_and_rules_are_part_of_what_is_compared() -> None:
    """Another limit, or a rule that rejects from now on, makes the job run again."""

    def digest(good: Output) -> str:
        return checks_digest(daily(good), good)

    rejects: Expectation = replace(RANGE, on_fail="reject")
    digests = [
        digest(output()),
        digest(output(expectations=[rejects])),
        digest(output(quarantine=Quarantine(max_rows=1))),
        digest(output(quarantine=Quarantine(max_fraction=1.0))),
    ]
    assert len(set(digests)) == len(digests)
    assert digest(output(quarantine=Quarantine("elsewhere"))) == digest(output())


def test_a_quarantine_has_the_rows_of_the_name_that_its_output_is_returned_by() -> None:
    """With two names exchanged, each quarantine gets the other's rows."""
    first, second = output("a.b"), output("a.c")
    held = published_outputs(daily(first, second))["o0 quarantine"]
    assert contract_digest(daily(first, second), held) != contract_digest(daily(second, first), held)
