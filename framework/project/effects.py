"""Modules whose import does more than bind names: it can change what other definitions hold.

A registry that decorators fill, a base class that collects its subclasses, a list that is appended
to: what uses them runs code that it does not name. Such modules count whole, also for who only
imports them. Not seen: what an assigned call of a library does to the library (`x = lib.set_up()`).
"""

import ast
from collections.abc import Iterator

from framework.project.references import references
from framework.project.sources import Definition, ModuleSource, Sources
from framework.project.syntax import FunctionDef, at_import, chain_of, chains_in

_HARMLESS = frozenset(
    {"bool", "bytes", "dict", "float", "frozenset", "int", "len", "list", "max", "min", "range", "set"}
    | {"sorted", "str", "sum", "tuple", "zip"}
)
"""Builtins that leave their arguments as they are, when they get no function (`key=`)."""


class Effects:
    """Finds such modules; each is looked at once."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._acts: dict[str, bool] = {}
        self._behind: dict[str, frozenset[Definition]] = {}
        self._keeps: dict[Definition, bool] = {}

    def behind(self, source: ModuleSource) -> frozenset[Definition]:
        """The module and those that it imports, directly or not, as far as their import acts."""
        if source.path in self._behind:
            return self._behind[source.path]
        found = {source.path: source}
        waiting = [source]
        while waiting:
            for module in self.sources.imported(waiting.pop()):
                if module.path not in found:
                    found[module.path] = module
                    waiting.append(module)
        acting = (Definition(path=path) for path, module in found.items() if self._module(module))
        self._behind[source.path] = frozenset(acting)
        return self._behind[source.path]

    def _module(self, source: ModuleSource) -> bool:
        if source.path not in self._acts:
            self._acts[source.path] = any(self._node(source, node) for node in at_import(source.tree))
        return self._acts[source.path]

    def _node(self, source: ModuleSource, node: ast.AST) -> bool:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                bases = [*node.bases, *node.keywords] if isinstance(node, ast.ClassDef) else []
                decorators = self._definitions(source, *node.decorator_list)
                return any(decorators) or any(
                    self._hooks(d, set()) for d in self._definitions(source, *bases)
                )
            case ast.Expr(value=ast.Call()) | ast.AugAssign():
                return True
            case ast.Subscript() | ast.Attribute():
                return isinstance(node.ctx, ast.Store | ast.Del)
            case ast.Call():
                if source.is_framework(chain_of(node.func)) or _is_harmless(node):
                    return False
                return any(self._keeps_state(definition) for definition in self._definitions(source, node))
            case _:
                return False

    def _definitions(self, source: ModuleSource, *nodes: ast.AST) -> Iterator[Definition]:
        for node in nodes:
            for chain in chains_in(node):
                for found in self.sources.resolve(source, chain):
                    if isinstance(found, Definition):
                        yield found

    def _hooks(self, definition: Definition, seen: set[Definition]) -> bool:
        """Whether making a class from this one runs code of the project: a metaclass, `__init_subclass__`."""
        module = self.sources.at(definition.path)
        if definition in seen or module is None:
            return False
        seen.add(definition)
        for node in module.statements.get(definition.name, ()):
            if not isinstance(node, ast.ClassDef):
                return True
            names = {inner.name for inner in node.body if isinstance(inner, FunctionDef)}
            is_metaclass = any(chain_of(base) == ("type",) for base in node.bases)
            if is_metaclass or "__init_subclass__" in names:
                return True
            for base in self._definitions(module, *node.bases, *node.keywords):
                if self._hooks(base, seen):
                    return True
        return definition.name not in module.statements

    def _keeps_state(self, definition: Definition) -> bool:
        """Whether what is reached from here can hold something that a call could change."""
        if definition not in self._keeps:
            self._keeps[definition] = any(_has_place(node) for node in self._reached(definition))
        return self._keeps[definition]

    def _reached(self, definition: Definition) -> Iterator[ast.AST]:
        """The statements of a definition and of those that it reaches; modules for those that count whole."""
        seen, waiting = {definition}, [definition]
        while waiting:
            one = waiting.pop()
            module = self.sources.at(one.path)
            if module is None:
                continue
            if one.name not in module.statements:
                yield module.tree
                continue
            for node in module.statements[one.name]:
                yield node
                found = {each for _, targets in references(self.sources, module, node) for each in targets}
                new = {each for each in found if isinstance(each, Definition)} - seen
                seen |= new
                waiting += new


def _has_place(node: ast.AST) -> bool:
    """Whether a statement makes something that can be changed later."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            defaults = [*node.args.defaults, *node.args.kw_defaults]
            rebinds = any(isinstance(inner, ast.Global | ast.Nonlocal) for inner in ast.walk(node))
            return rebinds or not all(default is None or _is_constant(default) for default in defaults)
        case ast.ClassDef():
            return any(_has_place(inner) for inner in node.body)
        case ast.Assign() | ast.AnnAssign():
            return node.value is not None and not _is_constant(node.value)
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return False
        case _:
            return True


def _is_constant(node: ast.expr) -> bool:
    match node:
        case ast.Constant() | ast.Name() | ast.Attribute():
            return True  # a name is followed to what it stands for
        case ast.Tuple():
            return all(_is_constant(item) for item in node.elts)
        case ast.UnaryOp():
            return _is_constant(node.operand)
        case ast.BinOp():
            return _is_constant(node.left) and _is_constant(node.right)
        case _:
            return False


def _is_harmless(call: ast.Call) -> bool:
    return not call.keywords and isinstance(call.func, ast.Name) and call.func.id in _HARMLESS
