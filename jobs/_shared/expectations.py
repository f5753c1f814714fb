"""Rules that hold wherever their column appears."""

from framework import expect

NEW_YORK_ORIGIN = expect.column_values_to_be_in_set("origin", ["EWR", "JFK", "LGA"])
CARRIER_CODE = expect.column_values_to_match_regex("carrier", "^[0-9A-Z]{2}$")
DEST_CODE = expect.column_values_to_match_regex("dest", "^[A-Z]{3}$")
DEP_DELAY = expect.column_values_to_be_between("dep_delay", -60, 1440)

HIGHEST_WIND = 231
"""Miles per hour: the highest surface wind that a person has observed (Mount Washington, 1934)."""
