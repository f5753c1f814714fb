"""The flights example: all departures from New York's airports in 2013, from CSV to a report."""
