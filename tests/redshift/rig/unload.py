"""UNLOAD of a query's rows as Parquet on S3."""

import io
import json
import re
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.redshift.rig.literals import LITERAL, s3_place, unquoted
from tests.redshift.rig.wire import Refusal, Upstream

_UNLOAD = re.compile(
    rf"^unload\s*\(\s*(?:(?P<quoted>{LITERAL})|\$\$(?P<dollar>.*?)\$\$)\s*\)"
    rf"\s*to\s+(?P<target>{LITERAL})(?P<options>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_ARROW = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    700: pa.float32(),
    701: pa.float64(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", "UTC"),
}
_NOT_EMPTY = (
    "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually "
    "removing the target files in S3, or using the ALLOWOVERWRITE option."
)


def unload(up: Upstream, s3: Any, sql: str) -> None:
    """Write one file below the prefix, and a manifest if asked for. Raises `Refusal`."""
    said = _UNLOAD.match(sql)
    if said is None:
        raise Refusal("42601", 'syntax error at or near "UNLOAD"')
    bare = re.sub(LITERAL, "''", said["options"])
    if not re.search(r"(?i)\bparquet\b", bare):
        raise Refusal("0A000", "the stand-in only does FORMAT AS PARQUET")
    bucket, prefix = s3_place(unquoted(said["target"]))
    old = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]
    if old and not re.search(r"(?i)\b(allowoverwrite|cleanpath)\b", bare):
        raise Refusal("XX000", _NOT_EMPTY)
    if re.search(r"(?i)\bcleanpath\b", bare):
        for each in old:
            s3.delete_object(Bucket=bucket, Key=each)
    query = said["dollar"] if said["dollar"] is not None else unquoted(said["quoted"])
    # PostgreSQL's function of that name takes texts alone; Redshift's gives a text for NULL, too.
    json_text = r"coalesce(\1::text, 'null')"
    answer = up.query(re.sub(r'(?i)\bjson_serialize\(("(?:[^"]|"")*")\)', json_text, query))
    arrays = [
        _array([row[number] for row in answer.rows], oid, modifier)
        for number, (_, oid, modifier) in enumerate(answer.columns)
    ]
    body = io.BytesIO()
    pq.write_table(pa.table(arrays, names=[name for name, _, _ in answer.columns]), body)
    key = f"{prefix}0000_part_00.parquet"
    s3.put_object(Bucket=bucket, Key=key, Body=body.getvalue())
    if re.search(r"(?i)\bmanifest\b", bare):
        meta = {"content_length": len(body.getvalue()), "record_count": len(answer.rows)}
        listed = {"entries": [{"url": f"s3://{bucket}/{key}", "meta": meta}]}
        s3.put_object(Bucket=bucket, Key=f"{prefix}manifest", Body=json.dumps(listed))


def _array(texts: list[str | None], oid: int, modifier: int) -> pa.Array:
    if oid == 16:
        return pa.array([None if text is None else text == "t" for text in texts])
    if oid == 17:
        return pa.array([None if text is None else bytes.fromhex(text[2:]) for text in texts], pa.binary())
    if oid == 1184:
        texts = [None if text is None else text.split("+")[0] + "Z" for text in texts]
    if oid == 1700 and modifier > 0:
        kind: pa.DataType = pa.decimal128((modifier - 4) >> 16, (modifier - 4) & 0xFFFF)
    else:
        kind = _ARROW.get(oid, pa.string())
    return pa.array(texts, pa.string()).cast(kind)
