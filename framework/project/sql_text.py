"""SQL without what does not matter: comments, and white space outside literals."""

import re

_TOKEN = re.compile(
    r"""(?P<hint>/\*\+.*?\*/)
    |(?P<skip>\s+|--[^\n]*)
    |(?P<comment>/\*)
    |(?P<keep>[rR]'[^']*'|[rR]"[^"]*"
        |'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`
        |\d+\.\d*|\.\d+|\w+|.)""",
    re.VERBOSE | re.DOTALL,
)
_BRACKET = re.compile(r"/\*|\*/")


def normalise_sql(text: str) -> str:
    """The tokens of `text` with one blank between them; comments are gone, hints (`/*+ … */`) stay.

    Spark's literals: quotes with backslash escapes, raw literals `r'…'`, names in backticks;
    bracketed comments nest (https://spark.apache.org/docs/latest/sql-ref-literals.html).
    """
    tokens: list[str] = []
    at = 0
    while match := _TOKEN.match(text, at):
        at = match.end()
        if match.lastgroup == "comment":
            at = _end_of_comment(text, at)
        elif match.lastgroup == "hint":
            tokens.append(" ".join(match[0].split()))
        elif match.lastgroup == "keep":
            tokens.append(match[0])
    return " ".join(tokens)


def _end_of_comment(text: str, at: int) -> int:
    depth = 1
    while depth and (bracket := _BRACKET.search(text, at)):
        depth += 1 if bracket[0] == "/*" else -1
        at = bracket.end()
    return at if depth == 0 else len(text)
