"""Takes revealed secrets out of any text that is about to be printed, logged or stored."""

import json
import re
from functools import cache
from html import escape
from urllib.parse import quote, quote_plus

MASK = "***"

SHORT = 4
"""A secret with fewer characters than this is found inside ordinary words too."""

_revealed: set[str] = set()


def remember(value: str) -> None:
    """From now on `redact` replaces `value`. Called with every secret that is revealed."""
    if value:
        _revealed.add(value)
        _ordered.cache_clear()


def redact(text: str) -> str:
    """`text` with `***` in place of every revealed secret, also quoted, escaped or URL-encoded.

    A secret of fewer than `SHORT` characters is replaced where it stands by itself, not inside a
    word. Of a secret of several lines each line is replaced too.
    """
    for spelling in _ordered():
        if spelling not in text:
            continue
        if len(spelling) >= SHORT:
            text = text.replace(spelling, MASK)
        else:
            text = re.sub(rf"(?<!\w){re.escape(spelling)}(?!\w)", MASK, text)
    return text


@cache
def _ordered() -> tuple[str, ...]:
    spellings = {spelling for value in _revealed for spelling in _spellings(value)}
    # The longest first: otherwise a part of a longer secret is replaced and the rest stays.
    return tuple(sorted(spellings, key=lambda spelling: (-len(spelling), spelling)))


def _spellings(value: str) -> set[str]:
    lines = (line.strip() for line in value.splitlines())
    found = {value, *(line for line in lines if len(line) >= SHORT)}
    for plain in tuple(found):
        found |= {repr(plain)[1:-1], repr(plain.encode())[2:-1], escape(plain)}
        found |= {json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1]}
        encoded = {quote(plain), quote(plain, safe=""), quote_plus(plain)}
        found |= encoded | {re.sub("%..", lambda code: code[0].lower(), each) for each in encoded}
    return found
