"""Spark settings that change what rows mean or whether they are whole: the framework's own."""

from collections.abc import Mapping

MEANING: Mapping[str, str] = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "1",
}
"""What each of these is set to in every session, and the only value that a file may give it."""

_COMMITTER = (
    "spark.sql.sources.commitProtocolClass",
    "spark.sql.sources.outputCommitterClass",
    "spark.sql.parquet.output.committer.class",
    "spark.hadoop.mapred.output.committer.",
    "spark.hadoop.mapreduce.outputcommitter.",
    "spark.hadoop.mapreduce.fileoutputcommitter.",
    "spark.hadoop.fs.s3a.committer.",
)


def objection(setting: str, value: str) -> str | None:
    """Why `setting` may not have this value; None when it may."""
    # Spark and Hadoop look some of these up without regard to case.
    own = next((ours for name, ours in MEANING.items() if name.lower() == setting.lower()), None)
    if own is not None:
        same = own.lower() == value.strip().lower()
        return None if same else f"{setting} is {own} for every job, it cannot be {value}"
    if setting.lower().startswith(tuple(name.lower() for name in _COMMITTER)):
        return f"{setting} is set by the framework: the way files are committed decides if rows are whole"
    return None
