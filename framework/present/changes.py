"""Differences between two manifests, for a person and as JSON."""

from collections.abc import Sequence

from framework.manifest.change import Change
from framework.present.table import count, render_table

_HEADS = {
    "breaking": "breaking: who reads it has to change too",
    "deploy": "to deploy: files of schedulers and rights are made anew",
    "compatible": "compatible",
}


def render_changes(changes: Sequence[Change]) -> str:
    """A block for each level, and a line that says how many there are."""
    if not changes:
        return "no change that anybody may notice"
    blocks = []
    for level, head in _HEADS.items():
        rows = [[c.subject, c.what, _whom(c)] for c in changes if c.level == level]
        if rows:
            blocks.append(f"{head}\n{render_table(rows)}")
    broken = sum(change.level == "breaking" for change in changes)
    end = f"{count(len(changes), 'change')}, {broken} breaking" if broken else count(len(changes), "change")
    return "\n".join([*blocks, end])


def build_changes_document(changes: Sequence[Change]) -> dict[str, object]:
    """`{"compatible": …, "changes": […]}`."""
    return {
        "compatible": all(change.level != "breaking" for change in changes),
        "changes": [
            {
                "level": change.level,
                "kind": change.kind,
                "subject": change.subject,
                "what": change.what,
                "readers": list(change.readers),
            }
            for change in changes
        ],
    }


def _whom(change: Change) -> str:
    if change.level != "breaking":
        return ""
    return f"→ {', '.join(change.readers)}" if change.readers else "→ readers outside of the project"
