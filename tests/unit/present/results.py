"""A run's record with every kind of verdict in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from framework.checks.verdict import Verdict
from framework.contract.types import Expectation
from framework.interval import parse_interval
from framework.outcome import Outcome
from framework.record.record import IntervalRecord, RunRecord

DAYS = tuple(parse_interval("2013-02-01/2013-02-08").units())
BEGUN = datetime(2013, 2, 8, 3, 12, tzinfo=UTC)
NOT_NULL = Expectation(type="column_values_to_not_be_null", arguments={"column": "carrier"})
PASSED = Verdict(dataset="flights.clean", expectation=NOT_NULL, interval=DAYS[0], state="pass", unexpected=0)


def verdict(type_: str, day: int = 0, **fields: object) -> Verdict:
    """A failed verdict on one day of `flights.clean`; The rule's fields as `e_…`."""
    rule = {name[2:]: value for name, value in fields.items() if name.startswith("e_")}
    own = {name: value for name, value in fields.items() if not name.startswith("e_")}
    expectation = Expectation(**{"type": type_, "arguments": {"column": "carrier"}, **rule})
    made = replace(PASSED, expectation=expectation, interval=DAYS[day], state="fail", unexpected=None)
    return replace(made, **own)


def record(*verdicts: Verdict, outcome: Outcome = Outcome.REJECTED) -> RunRecord:
    """A run over all `DAYS`."""
    return RunRecord(
        run_id="01JD",
        invocation="I",
        environment="local",
        job="clean_flights",
        interval=parse_interval("2013-02-01/2013-02-08"),
        outcome=outcome,
        started=BEGUN,
        ended=BEGUN + timedelta(seconds=2),
        intervals=tuple(
            IntervalRecord(interval=day, outcome=outcome, rows={"flights.clean": 930}) for day in DAYS
        ),
        verdicts=verdicts,
        reads={"flights.raw": "@22"},
        staged={"flights.clean": "file:///lake/flights.clean/data/01JD-0a1b2c3d"},
    )


def everything() -> RunRecord:
    """Broken, unknown, warned, quarantined, of inputs and of the whole table, on one day and on many."""
    rows = {"unexpected": 14, "considered": 930, "filter": "`carrier` IS NULL"}
    interval = "rows_in_interval"
    return record(
        *(replace(PASSED, interval=day) for day in DAYS),
        verdict("column_values_to_not_be_null", e_mostly=0.99, **rows),
        *(
            verdict(
                interval,
                number,
                unexpected=1,
                considered=10_000,
                filter=f"`day` <> DATE'{day.first_day}'",
                e_arguments={"column": "day", "interval": day.key},
            )
            for number, day in enumerate(DAYS)
        ),
        *(
            verdict("column_max_to_be_between", n, observed=99_999 + n, e_arguments={"column": "distance"})
            for n in (1, 3, 4, 6)
        ),
        verdict("column_values_to_be_unique", unexpected=0, state="unknown", reason="Spark went away"),
        verdict("column_values_to_match_regex", unexpected=2, considered=930, e_severity="warning"),
        verdict("column_values_to_be_in_set", unexpected=3, considered=930, quarantined=3),
        verdict(
            "compound_columns_to_be_unique", unexpected=2, considered=2_000, e_scope="table", is_table=True
        ),
        verdict("column_min_to_be_between", reason="what was observed is not told: ssn masked"),
        verdict("table_row_count_to_be_between", observed=0, dataset="flights.raw", is_input=True),
    )
