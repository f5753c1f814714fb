"""Text as a literal of Python."""


def quote(text: str) -> str:
    """`text` in double quotes where that needs no escape, as formatters want it; all of it printable."""
    # repr takes double quotes for a text that has a single one.
    return repr(text) if '"' in text else '"' + repr("'" + text)[2:]
