"""Spark: the session, running the function, writing staged Parquet."""
