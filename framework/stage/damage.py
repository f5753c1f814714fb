"""Spark's errors about damaged input files, without the rows that are in them."""

import re
from collections.abc import Sequence
from urllib.parse import unquote

from framework.errors import Fault, RejectedError, RetryError, SparkjobError
from framework.stage.sparkerror import is_spark, text_of

_FILE = re.compile(
    r"(?:Encountered error|Error) while reading file (?:file://)?(.+?)\.?"
    r"(?:\s+(?:SQLSTATE|Data type|Details)|\n|$)"
)
_COLUMN = re.compile(r"(?:Parquet column|Column:) \[([^\]\n]+)\]")
_GONE = ("FileNotFoundException", "FAILED_READ_FILE.FILE_NOT_EXIST")
_KINDS = (
    ("CRC checksum verification failed", "its bytes are not those that were written (checksum)"),
    ("MALFORMED_RECORD_IN_PARSING", "a row does not fit the schema"),
    ("MALFORMED_CSV_RECORD", "a row does not fit the schema"),
    ("Malformed records are detected", "a row does not fit the schema"),
    ("number of columns in the CSV file", "its header does not fit the schema"),
    ("CSV header does not conform to the schema", "its header does not fit the schema"),
    ("is not a Parquet file", "not a whole Parquet file"),
    ("CONVERT_COLUMN_TYPE_MISMATCH", "a column has another type than the schema says"),
    ("SchemaColumnConvertNotSupportedException", "a column has another type than the schema says"),
    ("CANNOT_READ_FILE_FOOTER", "not a whole Parquet file"),
    ("ParquetDecodingException", "its content cannot be decoded"),
    ("FAILED_READ_FILE", "its content cannot be read"),
)
"""What Spark 3.5 and 4 write into the message or the stack trace → what it means. First wins."""


def find_damage(error: BaseException, files: Sequence[str] = ()) -> SparkjobError | None:
    """What a Spark error says about an input file: `RejectedError`, or `RetryError` if it is gone.

    None when it is about something else. Spark's own text holds the record; ours names the file.
    `files`: all that were read (URIs). Spark 3.5 does not say in which of them a row is malformed,
    so there it is named only when there is no other.
    """
    if not is_spark(error):
        return None
    text = text_of(error)
    place = _FILE.search(text)
    where = unquote(place[1]) if place else files[0].removeprefix("file://") if len(files) == 1 else None
    if any(mark in text for mark in _GONE):
        return RetryError("an input file is gone that was there when the run was planned", where=where)
    for mark, kind in _KINDS:
        if mark in text:
            column = _COLUMN.search(text)
            what = kind if column is None else f"{kind} ({column[1]})"
            return RejectedError(
                Fault(what=f"damaged input: {what}", where=where, hint="Repair the file, then run again.")
            )
    return None
