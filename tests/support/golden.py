"""What a command said, compared with a file: `UPDATE_GOLDEN=1` writes the file anew.

Where Spark itself says or does it in another way, a file of the same name in `spark-3.5/` counts
for that line of Spark. Such a file is made by hand; the rest is updated by the default Spark only.
"""

import os
import re
from importlib.metadata import version
from pathlib import Path

_ULID = r"\b[0-9A-HJKMNP-TV-Z]{26}\b"
_CHANGING = (
    (rf"data/(?:{_ULID}|[\w.-]+?)-[0-9a-f]{{8}}", "data/STAGE"),
    (_ULID, "RUN"),
    (r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\b", "TIME"),
    (r"\b\d+\.\d s\b", "N s"),
    (r"\b\d+(?:\.\d)? (?:B|kB|MB|GB)\b", "N B"),
    (r"part-\d{5}-[0-9a-f-]{36}[\w.-]*", "PART"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID"),
)


def normalise(text: str, root: Path) -> str:
    """`text` without what differs from run to run: the project's folder, ids, seconds."""
    for place in (str(root.resolve()), str(root)):
        text = text.replace(place, "PROJECT")
    for pattern, name in _CHANGING:
        text = re.sub(pattern, name, text)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def compare(path: Path, text: str) -> None:
    """`text` must be what the file holds."""
    line = ".".join(version("pyspark").split(".")[:2])
    own = path.parent / f"spark-{line}" / path.name
    path = own if own.exists() else path
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
