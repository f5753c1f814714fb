"""The columns of every dataset, as DDL.

Clock times (`dep_time`, `sched_dep_time`, …) are local and written HHMM: 517 is 05:17, and 2400
midnight. Delays and `air_time` are minutes; `distance` is miles. TIMESTAMP columns are instants.
"""

_FLIGHT = """
    dep_time INT,
    sched_dep_time INT NOT NULL,
    dep_delay INT,
    arr_time INT,
    sched_arr_time INT NOT NULL,
    arr_delay INT,
    carrier STRING NOT NULL,
    flight INT NOT NULL,
    tailnum STRING,
    origin STRING NOT NULL,
    dest STRING NOT NULL,
    air_time INT,
    distance INT NOT NULL,
    hour INT NOT NULL COMMENT 'hour of sched_dep_time',
    minute INT NOT NULL COMMENT 'minute of sched_dep_time',
    time_hour TIMESTAMP NOT NULL COMMENT 'scheduled hour of departure, as an instant'
"""
_WEATHER = """
    temp DOUBLE COMMENT 'degrees Fahrenheit',
    dewp DOUBLE COMMENT 'degrees Fahrenheit',
    humid DOUBLE COMMENT 'relative humidity, percent',
    wind_dir INT COMMENT 'degrees',
    wind_speed DOUBLE COMMENT 'miles per hour',
    wind_gust DOUBLE COMMENT 'miles per hour',
    precip DOUBLE COMMENT 'inches',
    pressure DOUBLE COMMENT 'millibars',
    visib DOUBLE COMMENT 'miles, 10 at most',
    time_hour TIMESTAMP NOT NULL COMMENT 'hour of the observation, as an instant'
"""

SOURCE_FLIGHTS = f"year INT NOT NULL, month INT NOT NULL, day INT NOT NULL, {_FLIGHT}"
SOURCE_WEATHER = f"""
    origin STRING NOT NULL, year INT NOT NULL, month INT NOT NULL, day INT NOT NULL, hour INT NOT NULL,
    {_WEATHER}
"""
RAW_FLIGHTS = f"day DATE NOT NULL, {_FLIGHT}"
RAW_WEATHER = f"day DATE NOT NULL, origin STRING NOT NULL, {_WEATHER}"

AIRLINES = "carrier STRING NOT NULL, name STRING NOT NULL"
AIRPORTS = """
    faa STRING NOT NULL,
    name STRING NOT NULL,
    lat DOUBLE NOT NULL,
    lon DOUBLE NOT NULL,
    alt INT NOT NULL COMMENT 'feet',
    tz INT NOT NULL COMMENT 'hours from UTC, without daylight saving',
    dst STRING NOT NULL COMMENT 'A: as the US, U: unknown, N: none',
    tzone STRING
"""
PLANES = """
    tailnum STRING NOT NULL,
    year INT COMMENT 'of manufacture',
    type STRING NOT NULL,
    manufacturer STRING NOT NULL,
    model STRING NOT NULL,
    engines INT NOT NULL,
    seats INT NOT NULL,
    speed INT COMMENT 'cruising, miles per hour; nearly always unknown',
    engine STRING NOT NULL
"""

CLEAN_FLIGHTS = """
    day DATE NOT NULL,
    carrier STRING NOT NULL,
    flight INT NOT NULL,
    origin STRING NOT NULL,
    dest STRING NOT NULL,
    tailnum STRING NOT NULL,
    time_hour TIMESTAMP NOT NULL COMMENT 'scheduled hour of departure',
    sched_dep_at TIMESTAMP NOT NULL,
    dep_at TIMESTAMP NOT NULL,
    dep_delay INT NOT NULL,
    arr_delay INT COMMENT 'NULL: diverted, or never arrived',
    air_time INT,
    distance INT NOT NULL
"""
CANCELLED_FLIGHTS = """
    day DATE NOT NULL,
    carrier STRING NOT NULL,
    flight INT NOT NULL,
    origin STRING NOT NULL,
    dest STRING NOT NULL,
    tailnum STRING COMMENT 'NULL: no plane was assigned yet',
    sched_dep_at TIMESTAMP NOT NULL,
    distance INT NOT NULL
"""
DAILY_CARRIER = """
    day DATE NOT NULL,
    carrier STRING NOT NULL,
    flights BIGINT NOT NULL COMMENT 'scheduled, cancelled ones included',
    cancelled BIGINT NOT NULL,
    late BIGINT NOT NULL COMMENT 'departed 15 minutes or more after schedule',
    delay_minutes BIGINT COMMENT 'sum over departures; early ones count below zero; NULL: none departed',
    mean_delay DOUBLE COMMENT 'minutes per departure; NULL: none departed'
"""
WEATHER_DELAY = """
    day DATE NOT NULL,
    carrier STRING NOT NULL,
    flight INT NOT NULL,
    origin STRING NOT NULL,
    dep_delay INT NOT NULL,
    observed_at TIMESTAMP NOT NULL COMMENT 'hour of the observation',
    temp DOUBLE COMMENT 'degrees Fahrenheit',
    wind_speed DOUBLE COMMENT 'miles per hour',
    precip DOUBLE COMMENT 'inches',
    visib DOUBLE COMMENT 'miles, 10 at most',
    bad_weather BOOLEAN COMMENT 'NULL: the observation does not say'
"""
FLEET_USE = """
    month DATE NOT NULL COMMENT 'its first day',
    carrier STRING NOT NULL,
    tailnum STRING NOT NULL,
    flights BIGINT NOT NULL,
    days_used BIGINT NOT NULL,
    air_minutes BIGINT COMMENT 'NULL: not known of any flight',
    manufacturer STRING COMMENT 'NULL, like the next three: not registered',
    model STRING,
    seats INT,
    built INT COMMENT 'year of manufacture'
"""
DELAY_REPORT = """
    carrier STRING NOT NULL,
    name STRING NOT NULL,
    flights BIGINT NOT NULL COMMENT 'scheduled, cancelled ones included',
    cancelled BIGINT NOT NULL,
    late BIGINT NOT NULL,
    mean_delay DOUBLE COMMENT 'minutes per departure; NULL: none departed',
    mean_delay_fair DOUBLE COMMENT 'of departures in fair weather',
    mean_delay_bad DOUBLE COMMENT 'of departures in bad weather',
    planes BIGINT NOT NULL,
    flights_per_plane DOUBLE COMMENT 'departures per plane; NULL: none departed'
"""
DELAY_FORECAST = "carrier STRING NOT NULL, expected_delay DOUBLE NOT NULL COMMENT 'minutes'"
