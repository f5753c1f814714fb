"""A run's verdicts in Great Expectations' own words, written without it."""

from framework.contract.types import Expectation
from framework.record.document import build_document, parse_record, render_record
from framework.record.gxresult import build_validation_results
from tests.unit.present.results import DAYS, everything, record, verdict


def test_there_is_one_result_for_each_dataset_and_interval() -> None:
    """Inputs apart from the outputs; a suite passes when all of its rules do."""
    results = build_validation_results(everything())
    assert [each["suite_name"] for each in results].count("flights.clean") == len(DAYS)
    assert results[-1]["suite_name"] == "clean_flights.flights.raw"
    assert results[0]["statistics"] == {
        "evaluated_expectations": 8,
        "successful_expectations": 1,
        "unsuccessful_expectations": 7,
        "success_percent": 12.5,
    }
    assert not results[0]["success"]


def test_a_rule_over_rows_has_the_counts_of_a_summary() -> None:
    """Percentages are of 100; rows without a value are missing; the predicate is there, no row is."""
    failed = verdict("column_values_to_be_between", unexpected=9, considered=900, filter="`x` > 9")
    (result,) = build_validation_results(record(failed))[0]["results"]
    assert result["result"] == {
        "element_count": 930,
        "unexpected_count": 9,
        "unexpected_percent": 1.0,
        "unexpected_index_query": "df.where('`x` > 9')",
        "missing_count": 30,
        "missing_percent": 100 * 30 / 930,
        "unexpected_percent_total": 100 * 9 / 930,
        "unexpected_percent_nonmissing": 1.0,
    }
    assert result["exception_info"]["raised_exception"] is False


def test_what_could_not_be_computed_is_an_exception_and_no_success() -> None:
    """Great Expectations knows no third state."""
    unknown = verdict("column_max_to_be_between", state="unknown", reason="Spark went away")
    (result,) = build_validation_results(record(unknown))[0]["results"]
    assert result["success"] is False
    assert result["exception_info"] == {
        "raised_exception": True,
        "exception_traceback": "Spark went away",
        "exception_message": "Spark went away",
    }


def test_quantiles_are_the_mapping_that_they_were() -> None:
    """Arguments are those of the suite that Great Expectations would have evaluated."""
    arguments = {
        "column": "x",
        "quantile_ranges": (("quantiles", (0.5,)), ("value_ranges", ((1, 2),))),
        "row_condition": "x > 1",
    }
    rule = Expectation(type="column_quantile_values_to_be_between", arguments=arguments, mostly=0.9)
    failed = verdict(rule.type, e_arguments=arguments, e_mostly=0.9)
    (result,) = build_validation_results(record(failed))[0]["results"]
    assert result["expectation_config"] == {
        "type": "expect_column_quantile_values_to_be_between",
        "kwargs": {
            "column": "x",
            "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[1, 2]]},
            "row_condition": "x > 1",
            "condition_parser": "spark",
            "mostly": 0.9,
        },
        "meta": {},
        "severity": "critical",
    }


def test_the_fraction_is_in_the_record() -> None:
    """Unexpected rows come with the share that they are; an input's verdict stays one."""
    run = everything()
    checks = {check["type"]: check for check in build_document(run)["checks"]}
    assert checks["column_values_to_be_in_set"]["results"][0]["fraction"] == 3 / 930
    assert checks["column_max_to_be_between"]["results"][0]["fraction"] is None
    assert checks["table_row_count_to_be_between"]["is_input"] is True
    assert parse_record(render_record(run)) == run


def test_of_distinct_values_their_number_is_told() -> None:
    """What is unexpected there are values and not rows: no share of rows is made of them."""
    failed = verdict("column_distinct_values_to_be_in_set", unexpected=3, considered=20, reason="3 of 20")
    (result,) = build_validation_results(record(failed))[0]["results"]
    assert result["result"] == {"observed_value": "20 distinct values", "unexpected_count": 3}
