"""What the names in a statement lead to, found by reading alone."""

import ast
from collections.abc import Iterator

from framework.project.sources import Definition, ModuleSource, Sources, Target
from framework.project.syntax import FunctionDef, chain_of, chains_in, local_names

_IMPORTERS = frozenset({"import_module", "__import__"})
_WHOLE_MODULE = frozenset({("globals",), ("eval",), ("exec",), ("vars",)})


def references(
    sources: Sources, source: ModuleSource, node: ast.stmt
) -> Iterator[tuple[str, frozenset[Definition | Target]]]:
    """Each free name of `node`, a statement of `source`, with the definitions and imports it may mean.

    What cannot be followed (`globals()`, a computed import, `sys.modules`, `__subclasses__()`)
    leads to the whole of each module that it can reach.
    """
    own = source.imports_in(*ast.walk(node))
    for chain in dict.fromkeys(_free_chains(node)):
        if chain in _WHOLE_MODULE:
            yield ".".join(chain), frozenset({Definition(path=source.path)})
        if chain[:2] == ("sys", "modules"):
            yield ".".join(chain), _everything(sources)
        found = sources.resolve(source, chain)
        for target in own.get(chain[0], ()):
            found |= sources.follow(target, chain[1:])
        if found:
            yield ".".join(chain), found
    for inner in ast.walk(node):
        if (
            isinstance(inner, ast.Call)
            and chain_of(inner.func)[-1:]
            and chain_of(inner.func)[-1] in _IMPORTERS
        ):
            yield "import", _imported(sources, inner)
        elif isinstance(inner, ast.Attribute) and inner.attr == "__subclasses__":
            yield inner.attr, _everything(sources)
    for star in source.stars:
        yield "*", sources.follow(Target(module=star))


def _imported(sources: Sources, call: ast.Call) -> frozenset[Definition | Target]:
    """What a dynamic import can lead to: the module of a constant name, else any of the project."""
    name = call.args[0] if call.args else None
    if isinstance(name, ast.Constant) and isinstance(name.value, str) and not name.value.startswith("."):
        return sources.follow(Target(module=name.value))
    return _everything(sources)


def _everything(sources: Sources) -> frozenset[Definition | Target]:
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
