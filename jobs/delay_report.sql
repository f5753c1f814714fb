-- A carrier is in the report when it scheduled a flight, even if none departed: hence LEFT JOIN.
WITH punctuality AS (
  SELECT
    carrier,
    sum(flights) AS flights,
    sum(cancelled) AS cancelled,
    sum(late) AS late,
    sum(delay_minutes) AS delay_minutes
  FROM daily_carrier
  GROUP BY carrier
),
weather AS (
  SELECT
    carrier,
    avg(dep_delay) FILTER (WHERE NOT bad_weather) AS mean_delay_fair,
    avg(dep_delay) FILTER (WHERE bad_weather) AS mean_delay_bad
  FROM weather_delay
  GROUP BY carrier
),
fleet AS (
  SELECT
    carrier,
    count(DISTINCT tailnum) AS planes,
    sum(flights) AS departures
  FROM fleet_use
  GROUP BY carrier
)
SELECT
  carrier,
  airlines.name,
  punctuality.flights,
  punctuality.cancelled,
  punctuality.late,
  try_divide(punctuality.delay_minutes, punctuality.flights - punctuality.cancelled) AS mean_delay,
  weather.mean_delay_fair,
  weather.mean_delay_bad,
  coalesce(fleet.planes, 0) AS planes,
  try_divide(fleet.departures, fleet.planes) AS flights_per_plane
FROM punctuality
LEFT JOIN weather USING (carrier)
LEFT JOIN fleet USING (carrier)
LEFT JOIN airlines USING (carrier)
