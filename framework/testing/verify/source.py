"""Where a job's own code says what a plan shows: file and line, found by reading."""

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from framework.contract.types import Job
from framework.errors import Where
from framework.project.effects import Effects
from framework.project.files import file_of, named_files
from framework.project.hashing import reached
from framework.project.sources import Sources
from framework.project.syntax import FunctionDef, chain_of

_MOST = 3
"""Places that are told: with more nothing is pointed at."""
_BARE = frozenset({"current_timestamp", "current_date", "current_time", "localtimestamp", "TABLESAMPLE"})
"""What SQL also writes without parentheses."""


class Source:
    """The code that one job reaches: its Python and its SQL files."""

    def __init__(self, root: Path, job: Job) -> None:
        effects = Effects(Sources(root))
        self._statements = () if job.function is None else tuple(reached(effects, job, job.where.file))
        self._texts = [
            (name, file_of(root, job, name).read_text(encoding="utf-8"))
            for name in named_files(job)
            if name.endswith(".sql") and file_of(root, job, name).is_file()
        ]

    def find(self, calls: Sequence[str], near: Sequence[str] = ()) -> tuple[Where, ...]:
        """The lines on which one of `calls` is made (see `Cause.calls`), few and sorted.

        When statements that name one of the columns `near` make such a call, only those.
        """
        found: set[Where] = set()
        close: set[Where] = set()
        for file, statement in self._statements:
            for each in _innermost(statement):
                lines = {Where(file=file, line=line) for line in _calls(each, calls)}
                found |= lines
                if _names(each) & set(near):
                    close |= lines
        for file, text in self._texts:
            found |= {Where(file=file, line=1 + line) for line in _in_sql(text, calls)}
        return tuple(sorted(close or found))[:_MOST]

    def find_functions(self, names: Collection[str]) -> tuple[Where, ...]:
        """Where functions of these names are defined."""
        return tuple(
            sorted(
                {
                    Where(file=file, line=node.lineno)
                    for file, statement in self._statements
                    for node in ast.walk(statement)
                    if isinstance(node, FunctionDef) and node.name in names
                }
            )
        )[:_MOST]


def _innermost(statement: ast.stmt) -> Iterator[ast.AST]:
    """The statements inside that hold no others, and of those that do what stands in their head."""
    for node in ast.walk(statement):
        if not isinstance(node, ast.stmt) or _is_text(node):
            continue
        children = list(ast.iter_child_nodes(node))
        if not any(isinstance(child, ast.stmt) for child in children):
            yield node
        else:
            yield from (child for child in children if isinstance(child, ast.expr | ast.withitem))


def _is_text(node: ast.stmt) -> bool:
    """Whether it is a docstring, in which a word is no call."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _calls(statement: ast.AST, calls: Sequence[str]) -> Iterator[int]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and _is_one(node, calls):
            # A chain of calls begins lines above the name that is called.
            yield node.func.end_lineno or node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (node.lineno + line for line in _in_sql(node.value, calls))


def _is_one(call: ast.Call, calls: Sequence[str]) -> bool:
    called, chain = call.func, chain_of(call.func)
    last = called.attr if isinstance(called, ast.Attribute) else "".join(chain)
    ways = {last, ".".join(chain[-2:]), *(f"{name}.*" for name in chain[:-1])}
    return not ways.isdisjoint(calls)


def _in_sql(text: str, calls: Sequence[str]) -> Iterator[int]:
    """Lines, counted from 0, on which a text has a call as SQL writes it; the clock needs no parentheses."""
    names = "|".join(re.escape(call) for call in calls if "." not in call)
    if not names:
        return
    bare = "|".join(sorted(_BARE & set(calls)))
    pattern = rf"\b(?:{names})\s*\(" + (rf"|\b(?:{bare})\b" if bare else "")
    for found in re.finditer(pattern, text, re.IGNORECASE):
        yield text.count("\n", 0, found.start())


def _names(statement: ast.AST) -> set[str]:
    """Words that may be names of columns: texts, and names of arguments."""
    texts = {n.value for n in ast.walk(statement) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return texts | {n.arg for n in ast.walk(statement) if isinstance(n, ast.keyword) and n.arg}
