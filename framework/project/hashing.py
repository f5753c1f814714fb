"""The digest of a job's code: its function and every definition of the project that it reaches.

Nothing is executed. What cannot be followed by reading (a module passed around as a value, star
imports, `import_module`) counts whole. Comments, formatting, docstrings, decorators of ours, the
function's own annotations and unrelated definitions of the same file do not count.
"""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

from framework.contract.types import Job
from framework.generation import digest
from framework.project.files import file_of, named_files
from framework.project.sources import Definition, ModuleSource, Sources, Target
from framework.project.sql_text import normalise_sql
from framework.project.syntax import (
    FunctionDef,
    bare_function,
    chain_of,
    chains_in,
    local_names,
    render_tree,
)

_IMPORTERS = frozenset({"import_module", "__import__"})
_WHOLE_MODULE = frozenset({("globals",), ("eval",), ("exec",), ("vars",)})


def code_digest(sources: Sources, root: Path, job: Job, file: str) -> str:
    """SHA-256 in hex over what `job` (places relative to `root`), found in `file`, would execute.

    Equal for the same sources whether the file was imported or runs as `__main__`, and whatever
    the version of Python. Files that are missing (a fault of `project.validate`) count as empty.
    """
    parts = [] if job.function is None else _python(sources, job, file)
    for name in named_files(job):
        parts += [name, _file_text(file_of(root, job, name))]
    return digest(parts)


def _python(sources: Sources, job: Job, file: str) -> list[str]:
    texts: dict[Definition, str] = {}
    waiting: list[Definition] = []
    source = sources.at(job.where.file)
    function, is_outside = source.declared.get(job.where.line, (None, False)) if source else (None, False)
    if source is not None and function is not None and is_outside:
        bare = bare_function(function, frozenset(job.parameters))
        texts[Definition(path="", name="")], waiting = _described(sources, source, (bare,))
    else:
        # Made by a factory: its arguments stand in the file that holds the job.
        holders = dict.fromkeys((job.where.file, file))
        waiting = [Definition(path=path) for path in holders if sources.at(path) is not None]
    while waiting:
        definition = waiting.pop()
        module = sources.at(definition.path)
        if definition in texts or module is None:
            continue
        nodes = module.tree.body if definition.name == "*" else module.statements[definition.name]
        texts[definition], reached = _described(sources, module, tuple(nodes))
        waiting += reached
    return [part for definition in sorted(texts) for part in (str(definition), texts[definition])]


def _described(
    sources: Sources, source: ModuleSource, nodes: tuple[ast.stmt, ...]
) -> tuple[str, list[Definition]]:
    """The statements as text, with what each of their names stands for; and what they reach."""
    links: set[tuple[str, str]] = set()
    reached: set[Definition] = set()
    for node in nodes:
        for chain, found in _references(sources, source, node):
            links |= {(chain, str(one)) for one in found}
            reached |= {one for one in found if isinstance(one, Definition)}
    trees = [render_tree(node) for node in nodes if not _says_nothing(node)]
    return digest((*trees, *(part for link in sorted(links) for part in link))), sorted(reached)


def _references(
    sources: Sources, source: ModuleSource, node: ast.stmt
) -> Iterator[tuple[str, frozenset[Definition | Target]]]:
    own = source.imports_in(*ast.walk(node))
    for chain in dict.fromkeys(_free_chains(node)):
        if chain in _WHOLE_MODULE:
            yield ".".join(chain), frozenset({Definition(path=source.path)})
        if chain[:2] == ("sys", "modules"):
            yield ".".join(chain), frozenset(Definition(path=m.path) for m in sources.all())
        found = sources.resolve(source, chain)
        for target in own.get(chain[0], ()):
            found |= sources.follow(target, chain[1:])
        if found:
            yield ".".join(chain), found
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and chain_of(call.func)[-1:] and chain_of(call.func)[-1] in _IMPORTERS:
            yield "import", _imported(sources, call)
    for star in source.stars:
        yield "*", sources.follow(Target(module=star))


def _imported(sources: Sources, call: ast.Call) -> frozenset[Definition | Target]:
    """What a dynamic import can lead to: the module of a constant name, else any of the project."""
    name = call.args[0] if call.args else None
    if isinstance(name, ast.Constant) and isinstance(name.value, str) and not name.value.startswith("."):
        return sources.follow(Target(module=name.value))
    return frozenset(Definition(path=module.path) for module in sources.all())


def _free_chains(node: ast.stmt) -> Iterator[tuple[str, ...]]:
    """The names that a statement takes from around it, those local to a function's body left out."""
    if not isinstance(node, FunctionDef):
        yield from chains_in(node)
        return
    local = local_names(node)
    for part in (*node.decorator_list, node.args, *((node.returns,) if node.returns else ())):
        yield from chains_in(part)
    for statement in node.body:
        yield from (chain for chain in chains_in(statement) if chain[0] not in local)


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
