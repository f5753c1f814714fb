"""Spark settings that change what rows mean or whether they are whole: the framework's own."""

from collections.abc import Mapping

MEANING: Mapping[str, str] = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.storeAssignmentPolicy": "ANSI",
    "spark.sql.caseSensitive": "false",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    # INT96, the default before Spark 4, has no footer statistics.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.writeLegacyFormat": "false",
    "spark.sql.parquet.mergeSchema": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInWrite": "CORRECTED",
    # A file that is gone or broken is an error, not fewer rows.
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    # A malformed field counts although nobody selects its column.
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    "spark.sql.csv.filterPushdown.enabled": "false",
    "spark.sql.json.filterPushdown.enabled": "false",
    # From Spark 4.1 on parameters are bound while a query is parsed, and Delta's parser leaves them
    # out (4.4.0); bound afterwards, as before, they are values as well.
    "spark.sql.legacy.parameterSubstitution.constantsOnly": "true",
    # Directory names are text: '01' is not 1.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    # Algorithm 2 leaves files of failed attempts under retries and speculation.
    "mapreduce.fileoutputcommitter.algorithm.version": "1",
    "mapreduce.fileoutputcommitter.marksuccessfuljobs": "true",
    "parquet.page.verify-checksum.enabled": "true",
}
"""Settings that decide what rows mean or whether a loss is seen; no file may say otherwise."""

_COMMITTER = (
    "spark.sql.sources.commitprotocolclass",
    "spark.sql.sources.outputcommitterclass",
    "spark.sql.parquet.output.committer.class",
    "mapred.output.committer.",
    "mapreduce.outputcommitter.",
    "mapreduce.fileoutputcommitter.",
    "fs.s3a.committer.",
)
_HADOOP = "spark.hadoop."


def objection(setting: str, value: str) -> str | None:
    """Why `setting` may not have this value; None when anyone may choose it."""
    bare = setting.removeprefix(_HADOOP)
    # Spark and Hadoop look some of these up without regard to case.
    ours = next((fixed for name, fixed in MEANING.items() if name.lower() == bare.lower()), None)
    if ours is not None and ours.lower() == value.strip().lower():
        return None
    if ours is not None:
        return f'decides what rows mean and is "{ours}" for every job, not "{value}"'
    if bare.lower().startswith(_COMMITTER):
        return "is set by the framework: the committer decides whether rows are whole"
    return None
