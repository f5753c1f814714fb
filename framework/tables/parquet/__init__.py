"""Tables of Parquet files that are found by pointers, and by nothing else."""
