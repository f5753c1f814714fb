"""For DAGs that are written by hand: an operator and a retry policy that know a run's outcome.

The files of `sparkjob export airflow` need nothing of this. It runs on Airflow's workers, which then
have `sparkjob[airflow]` (without pyspark, which the spark provider brings in a form of its own).
"""
