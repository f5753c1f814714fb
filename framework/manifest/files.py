"""The files of an export: only what changed is written, and nothing of others is touched."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from framework.errors import Fault, MisconfiguredError
from framework.manifest.store import replace_file

LIST = ".sparkjob-export.json"
"""Which files of a folder are ours: paths by owner, the owner being target, project and environment."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """What became of the files of an export, sorted by path."""

    changed: tuple[Path, ...]
    removed: tuple[Path, ...]
    unchanged: tuple[Path, ...]


def write_export(folder: Path, texts: Mapping[str, str], *, owner: str) -> Written:
    """Write `texts` by path below `folder`; files that `owner` wrote before and that are gone are removed.

    Raises `MisconfiguredError`, before anything is written, for a file of another content that is
    not ours, and when the folder cannot be written to.
    """
    try:
        known = _read(folder / LIST)
        ours = set(known.get(owner, ()))
        differing = {path for path, text in texts.items() if _text(folder / path) != text}
        foreign = sorted(path for path in differing - ours if (folder / path).exists())
        if foreign:
            hint = "Move it away, or export to another folder"
            raise MisconfiguredError(
                [
                    Fault(what="is there, and not by us", where=str(folder / path), hint=hint)
                    for path in foreign
                ]
            )
        for path in sorted(differing):
            replace_file(folder / path, texts[path])
        gone = sorted(path for path in ours - set(texts) if (folder / path).is_file())
        for path in gone:
            (folder / path).unlink()
        listed = {**known, owner: sorted(texts)}
        replace_file(folder / LIST, json.dumps(listed, indent=2, sort_keys=True) + "\n")
    except OSError as error:
        hint = "Name a folder that can be made and written to."
        raise MisconfiguredError(
            f"cannot be written: {error.strerror}", where=str(error.filename or folder), hint=hint
        ) from error
    return Written(
        changed=tuple(map(Path, sorted(differing))),
        removed=tuple(map(Path, gone)),
        unchanged=tuple(map(Path, sorted(set(texts) - differing))),
    )


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None


def _read(path: Path) -> dict[str, list[str]]:
    text = _text(path)
    if text is None:
        return {}
    try:
        return cast("dict[str, list[str]]", json.loads(text))
    except ValueError as error:
        raise MisconfiguredError("is no list of exported files", where=str(path), hint="Remove it") from error
