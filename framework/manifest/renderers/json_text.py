"""JSON files for people and tools: sorted as written, two spaces, one line at the end."""

import json


def render_json(value: object) -> str:
    """The value as JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
