"""Contracts and rules in the formats of others (suites, data contracts) and as Python; pure."""
