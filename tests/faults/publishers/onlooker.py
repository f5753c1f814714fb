"""Somebody who reads the tables again and again, with deltalake and pyarrow alone, in a process of its own.

A line of standard input is one of
    {"watch": [[form, uri], ...], "options": {…}}   from now on, read these tables
    {"seen": true}      stop; answers {"seen": [[state, …] of each table], "looks": n, "lost": n}
A state is `{day: {"key0": v, …}}`, as JSON text; `lost`: how often a file was gone while it was read.
"""

import json
import os
import select
import sys
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
from obstore.exceptions import GenericError, NotFoundError

Rows = list[tuple[str, str, int]]
Options = Mapping[str, str]


def objects(uri: str, options: Options, below: str) -> dict[str, bytes]:
    """The content of each object in a folder of a table, by its path from there."""
    if not uri.startswith("s3://"):
        folder = Path(uri, below)
        return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.json") if p.is_file()}
    from obstore.store import S3Store

    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    store = S3Store(
        bucket, prefix=f"{prefix}/{below}", config=dict(options), client_options={"allow_http": True}
    )
    paths = [each["path"] for page in store.list() for each in page]
    return {path: bytes(store.get(path).bytes()) for path in paths if path.endswith(".json")}


def content(uri: str, options: Options, path: str) -> bytes:
    """One object of a table."""
    if not uri.startswith("s3://"):
        return Path(uri, path).read_bytes()
    from obstore.store import S3Store

    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    store = S3Store(bucket, prefix=prefix, config=dict(options), client_options={"allow_http": True})
    return bytes(store.get(path).bytes())


def read_delta(uri: str, options: Options, version: int | None = None) -> Rows:
    """All rows of a version of a Delta table."""
    access = {**options, "AWS_ALLOW_HTTP": "true"} if options else None
    table = deltalake.DeltaTable(uri, version=version, storage_options=access)
    return _rows(table.to_pyarrow_table())


def read_pointed(uri: str, options: Options, pointer: Mapping[str, object]) -> Rows:
    """All rows of the files that a pointer names."""
    files = pointer["files"]
    assert isinstance(files, list)
    tables = [pq.ParquetFile(BytesIO(content(uri, options, file["path"]))).read() for file in files]
    return _rows(pa.concat_tables(tables)) if tables else []


def newest(pointers: Mapping[str, bytes]) -> list[dict[str, object]]:
    """The pointer with the highest number of each interval."""
    found: dict[str, tuple[int, bytes]] = {}
    for path, text in pointers.items():
        folder, _, name = path.rpartition("/")
        if folder and not folder.rpartition("/")[2].startswith("_"):
            found[folder] = max(found.get(folder, (0, b"")), (int(name.removesuffix(".json")), text))
    return [json.loads(text) for _, text in found.values()]


def state_of(rows: Rows) -> dict[str, list[tuple[str, int]]]:
    """Keys and values of each day."""
    found: dict[str, list[tuple[str, int]]] = {}
    for day, name, amount in sorted(rows):
        found.setdefault(day, []).append((name, amount))
    return found


def _rows(table: pa.Table) -> Rows:
    return [(str(row["day"]), row["name"], row["amount"]) for row in table.to_pylist()]


def _look(form: str, uri: str, options: Options) -> Rows:
    if form == "delta":
        try:
            return read_delta(uri, options)
        except deltalake.exceptions.TableNotFoundError:
            return []
    pointers = newest(objects(uri, options, "_published"))
    return [row for pointer in pointers for row in read_pointed(uri, options, pointer)]


def main() -> None:
    """Answer until standard input ends; between commands, read."""
    os.nice(5)
    tables: list[list[str]] = []
    options: Options = {}
    seen: list[set[str]] = []
    looks = lost = 0
    while True:
        if not tables or select.select([sys.stdin], [], [], 0)[0]:
            line = sys.stdin.readline()
            if not line:
                return
            asked = json.loads(line)
            answer: dict[str, object] = {
                "seen": [sorted(each) for each in seen],
                "looks": looks,
                "lost": lost,
            }
            tables, options = asked.get("watch", []), asked.get("options", {})
            seen, looks, lost = [set() for _ in tables], 0, 0
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
            continue
        for states, (form, uri) in zip(seen, tables, strict=True):
            try:
                states.add(json.dumps(state_of(_look(form, uri, options))))
            except GenericError:
                continue  # the store's answer broke off, on a machine with much to do: look again
            except (NotFoundError, OSError):
                lost += 1
            looks += 1


if __name__ == "__main__":
    main()
