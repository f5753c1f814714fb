"""The digest of a job's code: its function and every definition of the project that it reaches.

Nothing is executed. What cannot be followed by reading (a module passed around as a value, star
imports, `import_module`) counts whole, and so do modules whose import does more than bind names
(`project.effects`). Comments, formatting, docstrings, decorators of ours, the function's own
annotations and unrelated definitions of the same file do not count.
"""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

from framework.contract.types import Job
from framework.generation import digest
from framework.project.effects import Effects
from framework.project.files import file_of, named_files
from framework.project.references import references
from framework.project.sources import Definition, ModuleSource, Sources
from framework.project.sql_text import normalise_sql
from framework.project.syntax import bare_function, render_tree


def code_digest(effects: Effects, root: Path, job: Job, file: str) -> str:
    """SHA-256 in hex over what `job` (places relative to `root`), found in `file`, would execute.

    Equal for the same sources whether the file was imported or runs as `__main__`, and whatever
    the version of Python. Files that are missing (a fault of `project.validate`) count as empty.
    """
    parts = [] if job.function is None else _python(effects, job, file)
    for name in named_files(job):
        parts += [name, _file_text(file_of(root, job, name))]
    return digest(parts)


def reached(effects: Effects, job: Job, file: str) -> Iterator[tuple[str, ast.stmt]]:
    """Every statement that counts as the code of `job`, with the file that has it, relative to the root."""
    for definition, (_, nodes) in _reach(effects, job, file).items():
        yield from ((definition.path or job.where.file, node) for node in nodes)


def _python(effects: Effects, job: Job, file: str) -> list[str]:
    found = _reach(effects, job, file)
    return [part for definition in sorted(found) for part in (str(definition), found[definition][0])]


def _reach(effects: Effects, job: Job, file: str) -> dict[Definition, tuple[str, tuple[ast.stmt, ...]]]:
    """By definition its text and its statements; the job's own function is the one without a name."""
    sources = effects.sources
    found: dict[Definition, tuple[str, tuple[ast.stmt, ...]]] = {}
    waiting: list[Definition] = []
    source = sources.at(job.where.file)
    holders = [module for path in (job.where.file, file) if (module := sources.at(path)) is not None]
    function, is_outside = source.declared.get(job.where.line, (None, False)) if source else (None, False)
    if source is not None and function is not None and is_outside:
        bare = bare_function(function, frozenset(job.parameters))
        text, waiting = _described(sources, source, (bare,))
        found[Definition(path="", name="")] = text, (bare,)
    else:
        # Made by a factory: its arguments stand in the file that holds the job.
        waiting = [Definition(path=module.path) for module in holders]
    waiting += [acting for module in holders for acting in effects.behind(module)]
    while waiting:
        definition = waiting.pop()
        module = sources.at(definition.path)
        if definition in found or module is None:
            continue
        nodes = tuple(module.tree.body if definition.name == "*" else module.statements[definition.name])
        text, further = _described(sources, module, nodes)
        found[definition] = text, nodes
        waiting += [*further, *effects.behind(module)]
    return found


def _described(
    sources: Sources, source: ModuleSource, nodes: tuple[ast.stmt, ...]
) -> tuple[str, list[Definition]]:
    """The statements as text, with what each of their names stands for; and what they reach."""
    links: set[tuple[str, str]] = set()
    reached: set[Definition] = set()
    for node in nodes:
        for chain, found in references(sources, source, node):
            links |= {(chain, str(one)) for one in found}
            reached |= {one for one in found if isinstance(one, Definition)}
    trees = [render_tree(node) for node in nodes if not _says_nothing(node)]
    return digest((*trees, *(part for link in sorted(links) for part in link))), sorted(reached)


def _says_nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _file_text(path: Path) -> str:
    if not path.is_file():
        return ""
    if path.suffix.lower() == ".sql":
        return normalise_sql(path.read_text(encoding="utf-8", errors="replace"))
    return hashlib.sha256(path.read_bytes()).hexdigest()
