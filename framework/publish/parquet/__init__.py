"""Publishes Parquet tables: one new pointer object for each interval."""
