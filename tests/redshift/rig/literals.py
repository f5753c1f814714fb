"""Names and literals of statements that the proxy reads itself."""

import re

LITERAL = r"'(?:[^'\\]|''|\\.)*'"
NAME = r"(?:\"(?:[^\"]|\"\")*\"|\w+)"
TABLE = rf"{NAME}(?:\.{NAME})*"


def unquoted(literal: str) -> str:
    """The text of a literal. Redshift, as PostgreSQL 8, reads a backslash in one as an escape."""
    return re.sub(r"''|\\(.)", lambda found: found[1] or "'", literal[1:-1], flags=re.DOTALL)


def column_names(text: str) -> list[str]:
    """The names of a list of columns."""
    found = re.findall(NAME, text)
    return [each[1:-1].replace('""', '"') if each.startswith('"') else each.lower() for each in found]


def s3_place(url: str) -> tuple[str, str]:
    """Bucket and key."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key
