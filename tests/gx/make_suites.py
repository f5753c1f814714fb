"""Writes `suites/*.json` with Great Expectations itself, as its users have them.

    .venv/bin/python -m tests.gx.make_suites

Of ids and moments nothing is kept, so that the same version of it writes the same files.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.expectations.expectation import Expectation

SUITES = Path(__file__).parent / "suites"


def flights() -> "Sequence[Expectation]":
    """What a team checks of its facts every day."""
    import great_expectations.expectations as gxe
    from great_expectations.expectations.row_conditions import Column

    return [
        gxe.ExpectTableRowCountToBeBetween(min_value=1, max_value=5_000),
        gxe.ExpectColumnValuesToNotBeNull(column="carrier"),
        gxe.ExpectColumnValuesToNotBeNull(column="dep_time", mostly=0.9, severity="warning"),
        gxe.ExpectColumnValuesToBeInSet(column="origin", value_set=["EWR", "JFK", "LGA"]),
        gxe.ExpectColumnValuesToNotBeInSet(column="dest", value_set=["LGA", "XXX"]),
        gxe.ExpectColumnValuesToBeBetween(column="distance", min_value=0, max_value=3_000, mostly=0.99),
        gxe.ExpectColumnValuesToBeBetween(column="hour", min_value=5, max_value=23, strict_max=True),
        gxe.ExpectColumnValuesToMatchRegex(column="tailnum", regex=r"^N\d+[A-Z]*$", mostly=0.95),
        gxe.ExpectColumnValueLengthsToEqual(column="carrier", value=2),
        gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["carrier", "flight", "origin", "hour"], severity="info"
        ),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="arr_time",
            column_B="dep_time",
            or_equal=True,
            mostly=0.9,
            ignore_row_if="either_value_is_missing",
        ),
        gxe.ExpectColumnValuesToNotBeNull(column="air_time", row_condition=Column("dep_time").is_not_null()),
        gxe.ExpectColumnMaxToBeBetween(
            column="distance",
            min_value=1_000,
            max_value=2_600,
            row_condition=(Column("origin") == "JFK") & (Column("hour") < 12),
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="dep_delay",
            max_value=300,
            condition_parser="spark",
            row_condition="carrier = 'UA' AND hour > 6",
        ),
        gxe.ExpectSelectColumnValuesToBeUniqueWithinRecord(column_list=["origin", "dest"]),
    ]


def weather() -> "Sequence[Expectation]":
    """What a profiler proposes of measurements: numbers over all rows."""
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectColumnMeanToBeBetween(column="temp", min_value=20, max_value=60),
        gxe.ExpectColumnMedianToBeBetween(column="temp", min_value=20, max_value=60, strict_min=True),
        gxe.ExpectColumnStdevToBeBetween(column="temp", min_value=1, max_value=10.5),
        gxe.ExpectColumnMinToBeBetween(column="humid", min_value=0),
        gxe.ExpectColumnMaxToBeBetween(column="humid", max_value=100, strict_max=True),
        gxe.ExpectColumnSumToBeBetween(column="precip", min_value=0, max_value=1_000),
        gxe.ExpectColumnQuantileValuesToBeBetween(
            column="pressure",
            quantile_ranges={
                "quantiles": [0.05, 0.5, 0.95],
                "value_ranges": [[990, 1_020], [1_000, 1_030], [None, 1_100]],
            },
        ),
        gxe.ExpectColumnUniqueValueCountToBeBetween(column="origin", min_value=3, max_value=3),
        gxe.ExpectColumnProportionOfUniqueValuesToBeBetween(column="hour", max_value=0.2),
        gxe.ExpectColumnProportionOfNonNullValuesToBeBetween(
            column="wind_gust", min_value=0.1, max_value=0.9
        ),
        gxe.ExpectColumnDistinctValuesToEqualSet(column="origin", value_set=["EWR", "JFK", "LGA"]),
        gxe.ExpectColumnDistinctValuesToBeInSet(column="month", value_set=[1, 2]),
        gxe.ExpectColumnDistinctValuesToContainSet(column="hour", value_set=[0, 12, 24]),
        gxe.ExpectColumnMostCommonValueToBeInSet(column="year", value_set=[2013]),
        gxe.ExpectColumnValueZScoresToBeLessThan(
            column="wind_speed", threshold=4, double_sided=True, mostly=0.99
        ),
        gxe.ExpectColumnValuesToBeNull(column="visib", mostly=0.1),
    ]


def airports() -> "Sequence[Expectation]":
    """What a reference table has to look like."""
    import great_expectations.expectations as gxe

    columns = ["faa", "name", "lat", "lon", "alt", "tz", "dst", "tzone"]
    return [
        gxe.ExpectTableColumnsToMatchOrderedList(column_list=columns),
        gxe.ExpectTableColumnsToMatchSet(column_set=["tzone", "faa"], exact_match=False),
        gxe.ExpectTableColumnCountToEqual(value=8),
        gxe.ExpectTableColumnCountToBeBetween(min_value=9, max_value=None),
        gxe.ExpectTableRowCountToEqual(value=1_458),
        gxe.ExpectColumnToExist(column="faa", column_index=0),
        gxe.ExpectColumnValuesToBeOfType(column="lat", type_="DoubleType"),
        gxe.ExpectColumnValuesToBeInTypeList(column="alt", type_list=["IntegerType", "LongType", "int64"]),
        gxe.ExpectColumnValuesToBeUnique(column="faa"),
        gxe.ExpectColumnValuesToBeUnique(column="name", mostly=0.9),
        gxe.ExpectColumnValueLengthsToBeBetween(column="faa", min_value=3, max_value=3),
        gxe.ExpectColumnValuesToNotMatchRegex(column="name", regex="^\\s|\\s$"),
        gxe.ExpectColumnValuesToMatchRegexList(
            column="tzone", regex_list=["^America/", "^Pacific/"], match_on="any", mostly=0.9
        ),
        gxe.ExpectColumnValuesToNotMatchRegexList(column="faa", regex_list=["\\d", "[a-z]"], mostly=0.5),
        gxe.ExpectColumnPairValuesToBeInSet(
            column_A="tz",
            column_B="dst",
            value_pairs_set=[(-5, "A"), (-6, "A"), (-7, "A"), (-8, "A")],
            mostly=0.8,
        ),
        gxe.ExpectMulticolumnSumToEqual(column_list=["tz", "alt"], sum_total=0, mostly=0.0),
        gxe.ExpectColumnPairValuesToBeEqual(column_A="faa", column_B="name", mostly=0.0),
    ]


def planes() -> "Sequence[Expectation]":
    """What only Great Expectations itself evaluates."""
    import great_expectations.expectations as gxe

    kinds = {"values": ["Turbo-fan", "Turbo-jet", "Reciprocating"], "weights": [0.8, 0.15, 0.05]}
    schema = {"type": "string", "properties": {}, "enum": ["1", 2]}
    return [
        gxe.UnexpectedRowsExpectation(unexpected_rows_query="SELECT * FROM {batch} WHERE seats < engines"),
        gxe.UnexpectedRowsExpectation(unexpected_rows_query="SELECT * FROM {batch} WHERE seats > 300"),
        gxe.ExpectColumnKLDivergenceToBeLessThan(
            column="engine",
            partition_object=kinds,
            threshold=0.5,
            tail_weight_holdout=0.01,
            bucketize_data=False,
        ),
        gxe.ExpectColumnValuesToMatchJsonSchema(column="model", json_schema=schema, mostly=0.5),
        gxe.ExpectColumnValuesToBeJsonParseable(column="model", mostly=0.1),
        gxe.ExpectColumnValuesToMatchStrftimeFormat(column="tailnum", strftime_format="%Y-%m-%d"),
    ]


def build() -> "Iterator[ExpectationSuite]":
    """Every suite, with what users add to one."""
    from great_expectations import ExpectationSuite

    notes = {
        "flights": "Agreed with ops.",
        "weather": None,
        "airports": ["Twice a year.", "By hand."],
        "planes": None,
    }
    for expectations in (flights, weather, airports, planes):
        name = expectations.__name__
        yield ExpectationSuite(
            name=name, expectations=list(expectations()), meta={"team": "flights"}, notes=notes[name]
        )


def write_suites(folder: Path) -> None:
    """As a context keeps them in its folder: `gx/expectations/NAME.json`."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    with tempfile.TemporaryDirectory() as project:
        context = gx.get_context(mode="file", project_root_dir=project)
        for suite in build():
            context.suites.add(suite)
            written = json.loads(
                (Path(project) / "gx/expectations" / f"{suite.name}.json").read_text("utf-8")
            )
            text = json.dumps(_without_ids(written), indent=2, ensure_ascii=False)
            (folder / f"{suite.name}.json").write_text(f"{text}\n", "utf-8")


def _without_ids(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_ids(each) for name, each in value.items() if name != "id"}
    return [_without_ids(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    write_suites(SUITES)
