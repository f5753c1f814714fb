"""Names and texts as parts of a statement of Redshift, whatever is in them."""

from string import ascii_lowercase, ascii_uppercase

_FOLD = str.maketrans(ascii_uppercase, ascii_lowercase)


def folded(name: str) -> str:
    """A name as Redshift keeps it: in lower case, also when it was quoted.

    So it is unless `enable_case_sensitive_identifier` is on (Amazon Redshift Database Developer Guide,
    «Names and identifiers»). Columns of a contract never differ by case alone.
    """
    return name.translate(_FOLD)


def identifier(name: str) -> str:
    """Any name as one identifier."""
    return '"{}"'.format(folded(name).replace('"', '""'))


def literal(text: str) -> str:
    """Any text as a literal, for statements that take no bound values (COPY, UNLOAD, COMMENT).

    A backslash escapes in a literal, as in PostgreSQL 8, of which Redshift is. ValueError for a NUL,
    which no text of Redshift holds.
    """
    if "\0" in text:
        raise ValueError("a NUL is in no text of Redshift")
    return "'{}'".format(text.replace("\\", "\\\\").replace("'", "''"))


def role_clause(copy_role: str | None) -> str:
    """With which role COPY and UNLOAD go to S3; None: with the cluster's default one."""
    return f"IAM_ROLE {'default' if copy_role is None else literal(copy_role)}"
