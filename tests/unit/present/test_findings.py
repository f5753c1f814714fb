"""What checks found is told a rule at a time: how many rows, in which intervals, and never a row."""

from dataclasses import replace
from pathlib import Path

import pytest

from framework.audit.examples import Examples
from framework.outcome import Outcome
from framework.present.examples import render_examples
from framework.present.findings import (
    collect_findings,
    render_amount,
    render_counts,
    render_subject,
    render_when,
)
from framework.present.literal import quote
from framework.present.published import render_published
from framework.present.show import render_show
from framework.present.summary import render_summary
from tests.support.golden import compare
from tests.unit.present.results import DAYS, PASSED, everything, record, verdict

GOLDEN = Path(__file__).parent / "golden"


def test_everything_that_can_be_found_is_shown() -> None:
    """The order: inputs, staged rows, the table; thirty days of one rule are one line."""
    compare(GOLDEN / "show.txt", render_show(everything()) + "\n")


def test_the_end_of_a_run_names_what_stopped_it() -> None:
    """A line a rule with its amount; warnings and rows in quarantine stop nothing and are only counted."""
    text = render_summary([everything()], seconds=2.0, data=".data/", spark_started=True)
    compare(GOLDEN / "summary.txt", text + "\n")


@pytest.mark.parametrize(
    ("unexpected", "considered", "told"),
    [
        (14, 930, "14 of 930 rows (1.5 %)"),
        (1, 1, "1 of 1 row (100.0 %)"),
        (1, 1_000_000, "1 of 1,000,000 rows (under 0.1 %)"),
        (999_999, 1_000_000, "999,999 of 1,000,000 rows (over 99.9 %)"),
        (0, 0, "0 of 0 rows"),
    ],
)
def test_a_share_that_is_not_all_does_not_look_so(unexpected: int, considered: int, told: str) -> None:
    """One bad row of a million is not 0.0 %."""
    (finding,) = collect_findings([verdict("x", unexpected=unexpected, considered=considered)])
    assert render_amount(finding) == told


@pytest.mark.parametrize(
    ("observed", "told"),
    [
        ((3,), "observed 3"),
        ((3, 12, 7), "observed 3 to 12"),
        ((0.5, 2), "observed 0.5 to 2"),
        ((True,), "observed True"),
        (("2013-01-03",), "observed 2013-01-03"),
        ((None,), "observed nothing"),
        (((1, 2, 3, 4, 5, 6, 7),), "observed 1, 2, 3, 4, 5 and 2 more"),
    ],
)
def test_what_was_observed_over_intervals_is_a_range(observed: tuple[object, ...], told: str) -> None:
    """Numbers of several intervals are told by the least and the greatest."""
    (finding,) = collect_findings([verdict("x", n, observed=each) for n, each in enumerate(observed)])
    assert render_amount(finding) == told


def test_intervals_are_named_while_they_are_few() -> None:
    """Three by name, more as a stretch and their number."""
    passed = [replace(PASSED, interval=day, expectation=verdict("x").expectation) for day in DAYS]

    def told(*days: int) -> str:
        found = [*passed[: -len(days)], *(verdict("x", n, unexpected=1, considered=1) for n in days)]
        return render_when(collect_findings(found)[0])

    assert told(0, 2) == "2013-02-01, 2013-02-03"
    assert told(0, 2, 3, 5) == "4 of 7 intervals 2013-02-01/2013-02-07"
    assert told(*range(7)) == "all 7 intervals 2013-02-01/2013-02-08"


def test_rules_are_counted_once_whatever_their_intervals() -> None:
    """The built-in rule of an interval has other bounds in each, and is one rule."""
    assert render_counts([]) == ""
    assert render_counts(everything().verdicts) == "7 of 10 checks"
    assert render_counts([PASSED, verdict("x", e_severity="warning")]) == "2 checks, 1 warning"


def test_warnings_of_a_published_run_need_no_next_step() -> None:
    """What stopped nothing is told, and nobody is asked to do something."""
    text = render_show(record(verdict("x", e_severity="warning", unexpected=1), outcome=Outcome.PUBLISHED))
    assert "! flights.clean: x(carrier)" in text
    assert "Next:" not in text


@pytest.mark.parametrize("text", ["`a` = 'x'", 'say "no"', 'it\'s "both"', "a\\d\n\x1b[2J", "é", "'", ""])
def test_predicates_are_printed_as_python(text: str) -> None:
    """What is pasted from the terminal is the very predicate, and moves no cursor."""
    assert eval(quote(text)) == text
    assert quote(text).isprintable()


def test_rows_are_shown_on_one_line_each() -> None:
    """Values that could play with the terminal are escaped, long ones are cut, NULL is told from text."""
    (finding,) = collect_findings([verdict("x", unexpected=1, considered=1)])
    examples = Examples(
        columns=("a", "b"), rows=((None, "x\ny\x1b[2J"), ("z" * 100, "")), notes=("c masked",)
    )
    compare(GOLDEN / "examples.txt", render_examples(finding, examples) + "\n")


def test_rows_of_a_rejected_interval_are_in_no_quarantine() -> None:
    """Only what was published with its interval counts as quarantined, whatever stopped the others."""
    split = [verdict("x", n, unexpected=2, considered=9, quarantined=2) for n in (0, 1, 2)]
    stopping = verdict("y", 1, unexpected=1, considered=9)
    (told,) = [f for f in collect_findings([*split, stopping]) if f.first.expectation.type == "x"]
    assert render_amount(told) == "6 of 27 rows (22.2 %), 4 quarantined"


def test_only_what_looked_at_the_table_is_told_as_such() -> None:
    """A rule of the table that the staged rows answer is about these."""
    pruned = verdict("x", unexpected=1, considered=2, e_scope="table")
    assert render_subject(pruned) == pruned.dataset
    assert render_subject(replace(pruned, is_table=True)) == f"{pruned.dataset} with what is published"


def test_a_dataset_without_rules_is_told_so() -> None:
    """As a dataset of quarantined rows is: not that none of none passed."""
    assert render_published("d__quarantine", 3, [DAYS[0]], []).splitlines()[1:] == ["  no rule looks at it"]
