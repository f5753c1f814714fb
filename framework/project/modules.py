"""Imports job files, always from the source that is on the disk now."""

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

PACKAGE = "jobs"
_OURS = "framework"


def job_files(root: Path) -> list[Path]:
    """The job files below `root/jobs`, sorted: `.py`, no part of the path beginning with `_` or `.`."""
    found = (root / PACKAGE).rglob("*.py")
    return sorted(p for p in found if not any(part[0] in "_." for part in p.relative_to(root).parts))


def module_name(root: Path, file: Path) -> str:
    """The name under which `file` is imported: `jobs.reports.daily`."""
    return ".".join(file.relative_to(root).with_suffix("").parts)


def prepare_imports(root: Path) -> None:
    """Make the modules of `root` importable, and forget those of an earlier load or of another root.

    What a running job file (`__main__`) has imported by itself is kept, so that a class is not
    there twice.
    """
    for name in [name for name, module in sys.modules.items() if _is_stale(root, name, module)]:
        del sys.modules[name]
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
    sys.meta_path.insert(0, _Finder(root))
    if sys.path[:1] != [str(root)]:
        sys.path.insert(0, str(root))
    importlib.invalidate_caches()


def load_module(root: Path, file: Path) -> ModuleType:
    """Import one job file; the running program itself when it is that file. Raises what it raises."""
    name = module_name(root, file)
    main = sys.modules.get("__main__")
    started = getattr(main, "__file__", None)
    if main is not None and started is not None and Path(started).resolve() == file:
        sys.modules[name] = main
    return importlib.import_module(name)


class _SourceLoader(SourceFileLoader):
    """Compiles the source each time.

    Bytecode caches compare whole seconds and sizes: after a quick edit, old code would run under
    the new code's fingerprint.
    """

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


class _Finder:
    """Finds modules whose source is below `root`, this package aside."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] == _OURS:
            return None
        places = [str(self._root)] if path is None else [p for p in path if is_project_file(self._root, p)]
        spec = PathFinder.find_spec(fullname, places, target) if places else None
        if spec is None or (spec.loader is None and fullname != PACKAGE):
            return None
        if isinstance(spec.loader, SourceFileLoader) and spec.origin is not None:
            spec.loader = _SourceLoader(fullname, spec.origin)
            spec.cached = None
        return spec


def is_project_file(root: Path, path: str | Path) -> bool:
    """Whether `path` is below `root`, and neither installed (site-packages) nor this package."""
    if not Path(path).is_relative_to(root):
        return False
    parts = Path(path).relative_to(root).parts
    return "site-packages" not in parts and parts[:1] != (_OURS,)


def _is_stale(root: Path, name: str, module: ModuleType) -> bool:
    if isinstance(getattr(_held(module, "__spec__"), "loader", None), _SourceLoader):
        return True
    if name.partition(".")[0] != PACKAGE:
        return False
    places = [_held(module, "__file__") or "", *(_held(module, "__path__") or ())]
    return not any(place and Path(place).resolve().is_relative_to(root) for place in places)


def _held(module: ModuleType, name: str) -> Any:
    """What stands in the module itself: libraries put objects there that import when they are asked."""
    try:
        return object.__getattribute__(module, name)
    except AttributeError:
        return None
