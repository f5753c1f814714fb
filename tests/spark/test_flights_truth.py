"""The flights jobs publish what duckdb computes from the CSV files, asked in its own words."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from scripts import flights_data
from tests.support.project import ROOT, copy_project

FIRST, LAST = "2013-01-01", "2013-01-31"
"""The example interval of configs/local.yml, which a run without --interval takes."""

ROWS_OF_JANUARY = {
    "airlines.raw": 16,
    "airports.raw": 1458,
    "planes.raw": 3322,
    "flights.raw": 27004,
    "weather.raw": 2226,
    "flights.clean": 26483,
    "flights.cancelled": 521,
    "flights.daily_carrier": 460,
    "flights.weather_delay": 26431,
    "flights.weather_delay__quarantine": 52,
    "flights.fleet_use": 3141,
    "flights.delay_report": 16,
}

SOURCES = """
SET TimeZone = 'UTC';
CREATE VIEW airlines AS FROM read_csv('{raw}/airlines.csv', nullstr = 'NA', sample_size = -1);
CREATE VIEW airports AS FROM read_csv('{raw}/airports.csv', nullstr = 'NA', sample_size = -1);
CREATE VIEW planes AS FROM read_csv('{raw}/planes.csv', nullstr = 'NA', sample_size = -1);
CREATE TABLE flights AS
SELECT
    make_date(year, month, day) AS date,
    -- The clock on the wall in New York, from the printed timetable, and then the instant it stands for.
    timezone('America/New_York', make_timestamp(
        year, month, day, sched_dep_time // 100, sched_dep_time % 100, 0)) AS schedule,
    *
FROM read_csv('{raw}/flights.csv', nullstr = 'NA', sample_size = -1)
WHERE date BETWEEN '{first}' AND '{last}';
CREATE TABLE weather AS
SELECT make_date(year, month, day) AS date, *
FROM read_csv('{raw}/weather.csv', nullstr = 'NA', sample_size = -1)
WHERE date BETWEEN '{first}' AND '{last}';
CREATE VIEW departures AS
SELECT *, schedule + to_minutes(dep_delay) AS departure FROM flights WHERE dep_time IS NOT NULL;
CREATE VIEW met AS
SELECT d.*, w.time_hour AS seen, w.temp, nullif(w.wind_speed, 1048.36058) AS wind, w.precip, w.visib,
    CASE WHEN w.visib IS NULL THEN NULL ELSE w.visib < 3 OR w.precip > 0 END AS bad
FROM departures d
LEFT JOIN weather w ON w.origin = d.origin AND w.time_hour = date_trunc('hour', d.schedule);
"""

TRUTH = {
    "airlines.raw": "FROM airlines",
    "airports.raw": "FROM airports",
    "planes.raw": "FROM planes",
    "flights.raw": """
        SELECT date AS day, * EXCLUDE (date, schedule, year, month, day) FROM flights""",
    "weather.raw": """
        SELECT date AS day, * EXCLUDE (date, year, month, day, hour) FROM weather""",
    "flights.clean": """
        SELECT date AS day, carrier, flight, origin, dest, tailnum, date_trunc('hour', schedule) AS time_hour,
            schedule AS sched_dep_at, departure AS dep_at, dep_delay, arr_delay, air_time, distance
        FROM departures""",
    "flights.cancelled": """
        SELECT date AS day, carrier, flight, origin, dest, tailnum, schedule AS sched_dep_at, distance
        FROM flights WHERE dep_time IS NULL""",
    "flights.daily_carrier": """
        SELECT date AS day, carrier, count(*) AS flights, count(*) - count(dep_time) AS cancelled,
            count(CASE WHEN dep_delay >= 15 THEN 1 END) AS late, sum(dep_delay) AS delay_minutes,
            sum(dep_delay) / count(dep_delay) AS mean_delay
        FROM flights GROUP BY ALL""",
    "flights.weather_delay": """
        SELECT date AS day, carrier, flight, origin, dep_delay, seen AS observed_at,
            temp, wind AS wind_speed, precip, visib, bad AS bad_weather
        FROM met WHERE seen IS NOT NULL""",
    "flights.weather_delay__quarantine": """
        SELECT date AS day, carrier, flight, origin, dep_delay, seen AS observed_at,
            temp, wind AS wind_speed, precip, visib, bad AS bad_weather,
            ['column_values_to_not_be_null(observed_at)'] AS broken_rules
        FROM met WHERE seen IS NULL""",
    "flights.fleet_use": """
        SELECT make_date(d.year, d.month, 1) AS month, carrier, tailnum, count(*) AS flights,
            count(DISTINCT d.day) AS days_used, sum(air_time) AS air_minutes,
            any_value(manufacturer) AS manufacturer, any_value(model) AS model,
            any_value(seats) AS seats, any_value(p.year) AS built
        FROM departures d LEFT JOIN planes p USING (tailnum)
        GROUP BY d.year, d.month, carrier, tailnum""",
    "flights.delay_report": """
        SELECT f.carrier, any_value(name) AS name,
            count(*) AS flights, count(*) - count(dep_time) AS cancelled,
            count(CASE WHEN dep_delay >= 15 THEN 1 END) AS late, avg(dep_delay) AS mean_delay,
            any_value(mean_fair) AS mean_delay_fair, any_value(mean_bad) AS mean_delay_bad,
            count(DISTINCT CASE WHEN dep_time IS NOT NULL THEN tailnum END) AS planes,
            count(dep_time) / nullif(planes, 0) AS flights_per_plane
        FROM flights f
        JOIN airlines USING (carrier)
        LEFT JOIN (
            SELECT carrier, avg(CASE WHEN bad = false THEN dep_delay END) AS mean_fair,
                avg(CASE WHEN bad THEN dep_delay END) AS mean_bad
            FROM met GROUP BY carrier) USING (carrier)
        GROUP BY f.carrier""",
}


def run_project(project: Path, *arguments: str) -> None:
    """`sparkjob run` with the project's folder as working directory, as a person would type it."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    command = [sys.executable, "-m", "framework.cli.main", "run", *arguments]
    run = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"exit {run.returncode}\n{run.stdout}\n{run.stderr}"


def published(lake: Path, dataset: str) -> DeltaTable:
    """The table as a reader that is not ours sees it."""
    return DeltaTable(str(lake / dataset))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake of a copy of this project, after every job has run for the example interval."""
    project = tmp_path_factory.mktemp("flights")
    copy_project(project)
    flights_data.main(project / ".data" / "raw")
    run_project(project, "--all")
    return project / ".data"


@pytest.fixture
def truth(lake: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the CSV files of the interval as tables."""
    with duckdb.connect() as connection:
        connection.execute(SOURCES.format(raw=lake / "raw", first=FIRST, last=LAST))
        yield connection


@pytest.mark.parametrize("dataset", TRUTH)
def test_every_row_is_what_the_files_say(lake: Path, truth: duckdb.DuckDBPyConnection, dataset: str) -> None:
    """No row is missing, none is too much, and every value is the one computed independently."""
    truth.register("published", published(lake, dataset).to_pyarrow_table())
    truth.execute(f"CREATE TABLE expected AS {TRUTH[dataset]}")
    columns = ", ".join(f'"{row[0]}"' for row in truth.execute("DESCRIBE expected").fetchall())

    missing, surplus, rows = (
        truth.sql(f"SELECT count(*) FROM ({query})").fetchall()[0][0]
        for query in (
            f"FROM expected EXCEPT ALL SELECT {columns} FROM published",
            f"SELECT {columns} FROM published EXCEPT ALL FROM expected",
            "FROM published",
        )
    )

    assert (missing, surplus, rows) == (0, 0, ROWS_OF_JANUARY[dataset])


def test_departures_show_their_time_on_a_clock_in_new_york(
    lake: Path, truth: duckdb.DuckDBPyConnection
) -> None:
    """The published instant of each departure is what the airport's clock showed, 24:00 being 0:00."""
    truth.register("clean", published(lake, "flights.clean").to_pyarrow_table())

    wrong = truth.sql("""
        SELECT count(*)
        FROM clean c JOIN flights f
            ON (f.date, f.carrier, f.flight, f.origin) = (c.day, c.carrier, c.flight, c.origin)
        WHERE strftime(timezone('America/New_York', c.dep_at), '%H%M')::INT <> f.dep_time % 2400
    """).fetchall()

    assert wrong == [(0,)]
