"""A regular expression of Java's, read far enough to find what is wrong with it: Java is not there yet.

What only Java's dialect has is put in the words of Python's `re`, which then says whether it is sound.
The dialect: https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html
"""

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
      \\Q(?P<literal>.*?)(?:\\E|$)
    | \\[pP](?:\{(?P<property>[^{}]*)\} | (?P<short>[A-Z]))
    | \\x\{(?P<code>[0-9A-Fa-f]+)\}
    | \\0(?P<octal>[0-3]?[0-7]{1,2})?
    | \\k<(?P<reference>[A-Za-z][A-Za-z0-9]*)>
    | \(\?<(?P<group>[A-Za-z][A-Za-z0-9]*)>
    | \(\?(?P<flags>[idmsuxU]*(?:-[idmsuxU]+)?)(?P<end>[:)])
    | \\(?P<escape>c.|.)
    | (?P<repetition>\{\d+(?:,\d*)?\})
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PYTHON_ONLY = re.compile(r"\(\?P[<=>]|\(\?\(|\(\?#|\(\?[a-zA-Z]*[aL][a-zA-Z]*[:)]")
_ESCAPED = re.compile(r"\\Q.*?(?:\\E|$)|\\.", re.DOTALL)
_JAVA_CLASS = re.compile(r"\\[pPQxhHvVRXze]|&&|(?<!\\)(?:\\\\)*\[")
"""What stands in a class that Python reads otherwise, or not: classes in it among them."""
_FREE = re.compile(r"\(\?[a-z]*x")
"""From here on blanks and comments are no part of the pattern."""
_ESCAPES = {
    "h": r"\s",
    "H": r"\S",
    "v": r"\s",
    "V": r"\S",
    "R": r"\n",
    "X": ".",
    "z": r"\Z",
    "G": "",
    "e": r"\x1b",
}
_CATEGORIES = frozenset(
    re.findall(
        r"\w+",
        """
        L M N Z C P S LC LD L1 Lu Ll Lt Lm Lo Mn Me Mc Nd Nl No Zs Zl Zp Cc Cf Co Cs Cn Pd Ps Pe Pc Po Pi Pf
        Sm Sc Sk So all ASCII Alnum Alpha Blank Cntrl Digit Graph Lower Print Punct Space Upper XDigit
        """,
    )
)
_NAMED = ("Is", "In", "java")
"""How names of scripts, blocks and methods begin: those that there are depend on the version of Java."""
_DIALECT = "Java's dialect, as Spark's RLIKE"
_JAVA_TAKES = ("look-behind requires fixed-width",)
"""Errors of Python's `re` about what Java's dialect has."""


def find_regex_fault(pattern: str) -> tuple[str, str | None] | None:
    """What is wrong with the pattern, and a hint; None: nothing that is seen without Java."""
    python = _PYTHON_ONLY.search(_ESCAPED.sub("", pattern))
    if python is not None:
        named = python.group().startswith("(?P")
        hint = "A group is named (?<name>…)" if named else "Java has no such group"
        return f"{python.group()} is Python's", hint
    if _FREE.search(_ESCAPED.sub("", pattern)):
        return None
    translated = pattern
    try:
        translated = "".join(_translated(pattern))
        re.compile(translated)
    except re.error as error:
        if error.msg.startswith(_JAVA_TAKES):
            return None
        return str(error) if translated == pattern else error.msg, _DIALECT
    except (ValueError, OverflowError, RecursionError) as error:
        return str(error), _DIALECT
    return None


def _translated(pattern: str) -> Iterator[str]:
    """The pattern in Python's words; a class that only Java has is any character.

    ValueError for what Java refuses and Python does not.
    """
    depth = begun = 0
    repeated = False
    for match in _TOKEN.finditer(pattern):
        kind, text = str(match.lastgroup), match.group()
        if kind in ("property", "short"):
            _require_property(match[kind])
        if text == r"\0":
            raise ValueError(f"\\0 without an octal number at position {match.start()}")
        if depth or text == "[":
            begun = begun if depth else match.start()
            depth += (text == "[") - (text == "]" and not _begins_class(pattern, match.start()))
            if not depth:
                found = pattern[begun : match.end()]
                yield "." if _JAVA_CLASS.search(found[1:]) else found
        elif kind != "repetition" or not repeated:  # Java repeats a repetition
            yield _word(match)
        repeated = kind == "repetition"
    if depth:
        raise ValueError("a character class is not closed")


def _word(match: re.Match[str]) -> str:
    text = word = match.group()
    match match.lastgroup:
        case "literal":
            word = re.escape(match["literal"])
        case "property" | "short" | "code" | "octal":
            word = "."
        case "reference":
            word = f"(?P={match['reference']})"
        case "group":
            word = f"(?P<{match['group']}>"
        case "end":
            word = "(?:" if match["end"] == ":" else ""
        case "escape":
            is_one = len(match["escape"]) > 1 or match["escape"] in "123456789"
            word = "." if is_one else _ESCAPES.get(match["escape"], text)
        case "other" if text in "^$" and match.string[match.end() : match.end() + 1] in tuple("*+?{"):
            word = f"(?:{text})"  # Java repeats a place
        case "other" if text == "{":
            raise ValueError(f"illegal repetition at position {match.start()}; a brace is written \\{{")
    return word


def _begins_class(pattern: str, place: int) -> bool:
    """Whether the bracket at this place is the first character of its class, and so closes nothing."""
    before = pattern[:place]
    return before.endswith(("[", "[^")) and not before.endswith(("\\[", "\\[^"))


def _require_property(name: str) -> None:
    known = name in _CATEGORIES or name.startswith(_NAMED) or "=" in name
    if not known:
        raise ValueError(f"unknown character property {{{name}}}")
