"""The project's Python sources: what each module binds, and what a name in it stands for."""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from framework.project.modules import PACKAGE, is_project_file, module_name
from framework.project.syntax import FunctionDef, bound_names, chain_of

_OURS = "framework"


@dataclass(frozen=True, kw_only=True)
class Target:
    """What an import binds: `module`, or `attribute` of it."""

    module: str
    attribute: str | None = None

    def __str__(self) -> str:
        return self.module if self.attribute is None else f"{self.module}:{self.attribute}"


@dataclass(frozen=True, kw_only=True, order=True)
class Definition:
    """The statements that make `name` in the file `path`; `*` for the whole module."""

    path: str
    name: str = "*"

    def __str__(self) -> str:
        return f"{self.path}:{self.name}"


class ModuleSource:
    """One parsed file: decorators of ours, `if __name__ == "__main__"` and positions set aside."""

    def __init__(self, *, path: str, name: str, is_package: bool, tree: ast.Module) -> None:
        self.path = path
        self.name = name
        self._package = name if is_package else name.rpartition(".")[0]
        self.tree = tree
        self.declared = dict(_declared(self.tree))
        self.tree.body = [statement for statement in self.tree.body if not _is_main_block(statement)]
        for node in ast.walk(self.tree):
            if isinstance(node, FunctionDef):
                node.decorator_list = [d for d in node.decorator_list if not self._is_ours(d)]

    @cached_property
    def imports(self) -> Mapping[str, tuple[Target, ...]]:
        """Names that imports outside functions and classes bind; several when it depends."""
        return self.imports_in(*self._outside_scopes(self.tree))

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """Modules of which everything is imported."""
        return tuple(
            self._from(node)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
        )

    @cached_property
    def imported(self) -> tuple[str, ...]:
        """Names of all modules that it imports anywhere, and of what may be one (`from a import b`)."""
        names: list[str] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names += [self._from(node), *(f"{self._from(node)}.{alias.name}" for alias in node.names)]
        return tuple(dict.fromkeys(names))

    @cached_property
    def statements(self) -> Mapping[str, tuple[ast.stmt, ...]]:
        """By name, the statements of the module that bind it."""
        found: dict[str, list[ast.stmt]] = {}
        for statement in self.tree.body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                continue
            for name in dict.fromkeys(bound_names(statement)):
                found.setdefault(name, []).append(statement)
        return {name: tuple(statements) for name, statements in found.items()}

    def imports_in(self, *nodes: ast.AST) -> dict[str, tuple[Target, ...]]:
        """Names that the import statements among `nodes` bind."""
        found: dict[str, tuple[Target, ...]] = {}
        for node in nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    target = Target(module=alias.name if alias.asname else name)
                    found[name] = (*found.get(name, ()), target)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    target = Target(module=self._from(node), attribute=alias.name)
                    name = alias.asname or alias.name
                    found[name] = (*found.get(name, ()), target)
        return found

    def _from(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self._package.split(".")[: len(self._package.split(".")) - node.level + 1]
        return ".".join((*package, *((node.module,) if node.module else ())))

    def is_framework(self, chain: tuple[str, ...], name: str | None = None) -> bool:
        """Whether `a.b.c` is of this package; with `name`, whether it is what we call so."""
        for target in self.imports.get(chain[0], ()) if chain else ():
            dotted = ".".join(filter(None, (target.module, target.attribute, *chain[1:]))).split(".")
            if dotted[0] == _OURS and name in (None, dotted[-1]):
                return True
        return False

    def _is_ours(self, decorator: ast.expr) -> bool:
        return self.is_framework(
            chain_of(decorator.func if isinstance(decorator, ast.Call) else decorator), "job"
        )

    def _outside_scopes(self, node: ast.AST) -> Iterator[ast.AST]:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, FunctionDef | ast.ClassDef | ast.Lambda):
                yield child
                yield from self._outside_scopes(child)


class Sources:
    """The modules of one project, each parsed once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._modules: dict[str, ModuleSource | None] = {}

    def module(self, name: str) -> ModuleSource | None:
        """The project's module of that dotted name; None for others, and for a folder without a file."""
        if name not in self._modules:
            file = self._file(name)
            self._modules[name] = None if file is None else self._parse(name, file)
        return self._modules[name]

    def at(self, path: str) -> ModuleSource | None:
        """The module in the file `path`, relative to the root."""
        file = self._root / path
        if not file.is_file() or not is_project_file(self._root, file):
            return None
        name = module_name(self._root, file)
        return self.module(name.removesuffix(".__init__"))

    def all(self) -> Iterator[ModuleSource]:
        """Every module below `jobs/`, sorted by path."""
        for file in sorted((self._root / PACKAGE).rglob("*.py")):
            if (module := self.at(file.relative_to(self._root).as_posix())) is not None:
                yield module

    def imported(self, source: ModuleSource) -> Iterator[ModuleSource]:
        """The project's modules that run when `source` does: those that it names, and their packages."""
        names = dict.fromkeys(part for name in (source.name, *source.imported) for part in _packages(name))
        for name in names:
            if name and self._is_ours(name) and (module := self.module(name)) is not None:
                yield module

    def resolve(self, source: ModuleSource, chain: tuple[str, ...]) -> frozenset[Definition | Target]:
        """What the expression `a.b.c` in `source` leads to: project definitions, foreign imports.

        Empty for builtins and what is bound nowhere.
        """
        return frozenset(self._name(source, chain[0], chain[1:], seen=frozenset()))

    def follow(self, target: Target, rest: tuple[str, ...] = ()) -> frozenset[Definition | Target]:
        """The same for `rest` on what an import binds."""
        return frozenset(self._target(target, rest, seen=frozenset()))

    def _name(
        self, source: ModuleSource, name: str, rest: tuple[str, ...], *, seen: frozenset[Definition]
    ) -> Iterator[Definition | Target]:
        here = Definition(path=source.path, name=name)
        if here in seen:
            return
        if name in source.statements:
            yield here
        for target in source.imports.get(name, ()):
            yield from self._target(target, rest, seen=seen | {here})

    def _target(
        self, target: Target, rest: tuple[str, ...], *, seen: frozenset[Definition]
    ) -> Iterator[Definition | Target]:
        module, path = target.module, rest
        if target.attribute is not None:
            path = (target.attribute, *rest)
        if not self._is_ours(module):
            yield target
            return
        while path and self._is_ours(f"{module}.{path[0]}") and not self._defines(module, path[0]):
            module, path = f"{module}.{path[0]}", path[1:]
        source = self.module(module)
        if source is None:
            yield target
        elif not path:
            yield Definition(path=source.path)
        else:
            found = tuple(self._name(source, path[0], path[1:], seen=seen))
            yield from found or (Definition(path=source.path),)

    def _defines(self, module: str, name: str) -> bool:
        source = self.module(module)
        return source is not None and name in source.statements

    def _is_ours(self, module: str) -> bool:
        if module.partition(".")[0] == _OURS:
            return False
        return self.module(module) is not None or (self._root / module.replace(".", "/")).is_dir()

    def _file(self, name: str) -> Path | None:
        if name.partition(".")[0] == _OURS:
            return None
        place = self._root.joinpath(*name.split("."))
        for file in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
            if file.is_file():
                return file
        loaded = getattr(sys.modules.get(name), "__file__", None)
        if loaded is not None and loaded.endswith(".py") and is_project_file(self._root, loaded):
            return Path(loaded)
        return None

    def _parse(self, name: str, file: Path) -> ModuleSource | None:
        path = file.relative_to(self._root).as_posix()
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError):
            # Nothing that could be loaded has imported it: it is a fault of its own.
            return None
        return ModuleSource(path=path, name=name, is_package=file.name == "__init__.py", tree=tree)


def _declared(tree: ast.Module) -> Iterator[tuple[int, tuple[FunctionDef, bool]]]:
    """By the line of each decorator: the function, and whether it stands outside every scope."""
    inner = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, FunctionDef | ast.ClassDef)
        for child in ast.walk(node)
        if child is not node
    }
    for node in ast.walk(tree):
        if isinstance(node, FunctionDef):
            for decorator in node.decorator_list:
                yield decorator.lineno, (node, id(node) not in inner)


def _packages(name: str) -> Iterator[str]:
    parts = name.lstrip(".").split(".")  # a relative import that leads out of every package
    return (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def _is_main_block(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.If)
        and isinstance(statement.test, ast.Compare)
        and chain_of(statement.test.left) == ("__name__",)
    )
