"""Syntax trees without what does not change what they do, as text that every Python writes alike."""

import ast
from collections.abc import Iterator
from copy import deepcopy

FunctionDef = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SILENT = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
"""Fields that say nothing more: `ctx` follows from the place, `kind` is the u of u"…"."""


def render_tree(node: ast.AST) -> str:
    """`ast.dump` without positions, docstrings and empty fields (which differ from 3.13 on)."""
    fields = []
    for name, value in ast.iter_fields(node):
        if name in _SILENT or value is None or value == []:
            continue
        if isinstance(value, list):
            kept = [_item(item) for item in value if not _is_silent(item)]
            if not kept:
                continue
            fields.append(f"{name}=[{', '.join(kept)}]")
        else:
            fields.append(f"{name}={_item(value)}")
    if isinstance(node, ast.Constant) and node.value is None:
        fields.append("value=None")
    return f"{type(node).__name__}({', '.join(fields)})"


def bare_function(node: FunctionDef, parameters: frozenset[str]) -> FunctionDef:
    """A copy of a job's function without what is hashed elsewhere or only describes it.

    That is its annotations, and the defaults of the job's own `parameters`, whose values are
    hashed by themselves.
    """
    bare = deepcopy(node)
    bare.returns = None
    arguments = bare.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        argument.annotation = None
    arguments.kw_defaults = [
        None if argument.arg in parameters else default
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    return bare


def local_names(node: FunctionDef) -> frozenset[str]:
    """Names that are local in all of a function's body: its parameters and what it binds itself."""
    arguments = node.args
    names = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    names |= {a.arg for a in (arguments.vararg, arguments.kwarg) if a is not None}
    for statement in node.body:
        names |= set(bound_names(statement))
    outer = {n for child in ast.walk(node) if isinstance(child, ast.Global) for n in child.names}
    return frozenset(names - outer)


def bound_names(node: ast.AST) -> Iterator[str]:
    """Names that a statement binds in its own scope, imports aside."""
    if isinstance(node, _SCOPES):
        if not isinstance(node, ast.Lambda):
            yield node.name
        return
    if isinstance(node, _COMPREHENSIONS):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.id
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name is not None:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest is not None:
        yield node.rest
    for child in ast.iter_child_nodes(node):
        yield from bound_names(child)


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below `node` that are evaluated where it stands: without the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        yield child
        if isinstance(child, FunctionDef):
            for part in (*child.decorator_list, child.args):
                yield part
                yield from at_import(part)
        else:
            yield from at_import(child)


def chain_of(node: ast.AST) -> tuple[str, ...]:
    """`("a", "b", "c")` of the expression `a.b.c`; empty for other expressions."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else ()


def chains_in(node: ast.AST) -> Iterator[tuple[str, ...]]:
    """The longest `a.b.c` of every name that is used anywhere inside, scopes disregarded."""
    chain = chain_of(node)
    if chain:
        yield chain
        return
    for child in ast.iter_child_nodes(node):
        yield from chains_in(child)


def _item(value: object) -> str:
    return render_tree(value) if isinstance(value, ast.AST) else repr(value)


def _is_silent(item: object) -> bool:
    """A docstring, a bare constant, `pass`: statements that do nothing."""
    return isinstance(item, ast.Pass) or (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))
