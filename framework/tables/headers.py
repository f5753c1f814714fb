"""The header line of each CSV file, compared with the wanted columns before Spark reads a row."""

import bz2
import csv
import io
import zlib
from collections.abc import Mapping, Sequence
from typing import IO

from framework.contract.suggest import suggest
from framework.environment.location import Location
from framework.environment.objects import store_errors
from framework.errors import Fault
from framework.generation import FileVersion

_HEAD = 1 << 16
"""Bytes in which a header line must end."""

UNREAD = (".zst", ".snappy", ".lz4", ".deflate")
"""Names of compressed files (Hadoop goes by the name) that are refused, as no header is seen in them."""


def read_header(place: Location, options: Mapping[str, str]) -> tuple[str, ...] | None:
    """The column names in a CSV file's first line; None when it has no line.

    `options`: Spark's reader options with keys in lower case; sep, quote and encoding are heeded.
    """
    encoding = options.get("encoding", options.get("charset", "utf-8"))
    # A mark at the start is the encoding's business; Spark drops it too.
    encoding = "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding
    text = _head(place).decode(encoding, errors="replace")
    lines = csv.reader(
        io.StringIO(text),
        delimiter=options.get("sep", options.get("delimiter", ",")),
        quotechar=options.get("quote", '"') or None,
        quoting=csv.QUOTE_MINIMAL if options.get("quote", '"') else csv.QUOTE_NONE,
    )
    line = next((line for line in lines if line), None)
    return None if line is None else tuple(line)


def compare_header(file: FileVersion, found: Sequence[str] | None, wanted: Sequence[str]) -> Fault | None:
    """What is wrong with a file's header; columns must have the wanted names in the wanted order."""
    if file.uri.endswith(UNREAD):
        return Fault(
            what="this compression cannot be looked into",
            where=file.uri,
            hint="Use gzip (.gz) or bzip2 (.bz2).",
        )
    if found is None:
        return Fault(
            what="no header line can be read from it",
            where=file.uri,
            hint="Its first line must hold the names of the columns.",
        )
    unusable = sorted({name or "(none)" for name in found if not name or list(found).count(name) > 1})
    if unusable:
        what = f"columns without a name, or with the same one: {', '.join(unusable)}"
        return Fault(what=what, where=file.uri)
    if tuple(found) == tuple(wanted):
        return None
    missing = [name for name in wanted if name not in found]
    extra = [name for name in found if name not in wanted]
    if not missing and not extra:
        what = f"columns in another order: {', '.join(found)}"
        return Fault(what=what, where=file.uri, hint=f"The schema has: {', '.join(wanted)}")
    said = [f"no column {_listed(missing)}"] if missing else []
    said += [f"a column that the schema does not have: {_listed(extra)}"] if extra else []
    hint = (
        suggest(missing[0], extra or found, kind="Columns")
        if missing
        else f"The schema has: {', '.join(wanted)}"
    )
    return Fault(what="; ".join(said), where=file.uri, hint=hint)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _head(place: Location) -> bytes:
    import obstore

    folder = place.parent
    assert folder is not None
    with store_errors(place):
        reader: IO[bytes] = obstore.open_reader(folder.store(), place.name, buffer_size=_HEAD)  # type: ignore[assignment]
        raw = bytes(reader.read(_HEAD))
    try:
        if place.name.endswith(".gz"):
            return zlib.decompressobj(wbits=31).decompress(raw, _HEAD)
        if place.name.endswith(".bz2"):
            return bz2.BZ2Decompressor().decompress(raw, _HEAD)
    except (zlib.error, OSError):
        return b""
    return raw
