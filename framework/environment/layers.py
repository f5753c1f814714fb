"""Finds and reads the files of an environment: base, what it extends, itself, in that order."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from framework.contract.suggest import suggest
from framework.environment.merge import merge
from framework.environment.yaml import Node, parse_yaml
from framework.errors import Fault, MisconfiguredError, Where

FOLDER = "configs"
BASE = "base"
_NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True)
class Layers:
    """The merged files of one environment, and what is wrong with them. `root`: None if unusable.

    `files`: their names, the environment's own first, without base. `inputs_from`: the name of the
    environment whose datasets are read here, at its line.
    """

    root: Node | None
    faults: tuple[Fault, ...]
    files: tuple[str, ...] = ()
    inputs_from: Node | None = None


def environments_of(root: Path) -> tuple[str, ...]:
    """The names of a project's environments, sorted."""
    return tuple(sorted(path.stem for path in (root / FOLDER).glob("*.yml") if path.stem != BASE))


def load_layers(root: Path, name: str) -> Layers:
    """Read `configs/base.yml`, the chain that `name` extends, and `name`, and lay them on each other.

    Raises `MisconfiguredError` when there is no such environment.
    """
    known = environments_of(root)
    if name not in known:
        others = [path.name for path in (root / FOLDER).glob("*.yaml")]
        hint = "files end in .yml here: " + ", ".join(others) if others and not known else None
        raise MisconfiguredError(
            f'there is no environment "{name}"',
            where=FOLDER,
            hint=suggest(name, known, kind="Environments") or hint or f"make {FOLDER}/{name}.yml",
        )
    chain: list[Node] = []
    faults: list[Fault] = []
    complete = True
    inputs_from: Node | None = None
    seen: list[str] = []
    following: str | None = name
    while following is not None:
        seen.append(following)
        node, found = _read(root, following)
        faults += found
        complete &= node is not None
        following = None
        if node is not None:
            chain.append(_settings(node))
            inputs_from = inputs_from or _said(node, "inputs_from")
            following = _parent(node, seen, known, faults)
    if (root / FOLDER / f"{BASE}.yml").exists():
        node, found = _read(root, BASE)
        faults += found
        complete &= node is not None
        if node is not None:
            _refuse_extends(node, faults)
            chain.append(_settings(node))
    inputs_from = _other(inputs_from, name, known, faults)
    if not complete:
        return Layers(root=None, faults=tuple(faults))
    first = merged = chain.pop()
    while chain:
        merged = merge(merged, chain.pop())
    # What is missing altogether is missed in the first file.
    return Layers(
        root=Node(merged.value, first.where),
        faults=tuple(faults),
        files=tuple(f"{FOLDER}/{each}.yml" for each in seen),
        inputs_from=inputs_from,
    )


def _read(root: Path, name: str) -> tuple[Node | None, tuple[Fault, ...]]:
    file = f"{FOLDER}/{name}.yml"
    try:
        text = (root / file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return None, (Fault(what="not UTF-8 text", where=Where(file=file, line=1)),)
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        return None, (Fault(what=what, where=Where(file=file, line=1)),)
    return parse_yaml(text, file)


def _settings(node: Node) -> Node:
    """The map without what tells how files belong together."""
    assert isinstance(node.value, Mapping)
    kept = {key: child for key, child in node.value.items() if key not in {"extends", "inputs_from"}}
    return Node(kept, node.where)


def _parent(node: Node, seen: list[str], known: tuple[str, ...], faults: list[Fault]) -> str | None:
    """The environment that this one extends, if it may."""
    said = _said(node, "extends")
    if said is None or said.value is None:
        return None
    parent = said.value
    if not isinstance(parent, str) or not _NAME.fullmatch(parent):
        what, hint = "extends must be the name of one environment", "extend one; it may extend another"
    elif parent in seen:
        what, hint = f"extends goes in a circle: {' → '.join([*seen, parent])}", "extend no environment twice"
    elif parent == BASE:
        what, hint = f"extends: {BASE} is read first in any case", "remove the line"
    elif parent not in known:
        what = f'extends an environment that is not there: "{parent}"'
        hint = suggest(parent, known, kind="Environments") or ""
    else:
        return parent
    faults.append(Fault(what=what, where=said.where, hint=hint))
    return None


def _said(node: Node, key: str) -> Node | None:
    assert isinstance(node.value, Mapping)
    return node.value.get(key)


def _other(said: Node | None, name: str, known: tuple[str, ...], faults: list[Fault]) -> Node | None:
    """The environment that `inputs_from` names, if it may; a null takes back what a parent says."""
    if said is None or said.value is None:
        return None
    if not isinstance(said.value, str) or said.value not in known:
        what = "inputs_from must be the name of one environment"
        hint = suggest(str(said.value), known, kind="Environments")
    elif said.value == name:
        what, hint = "inputs_from names this environment itself", "name the one whose datasets are read"
    else:
        return said
    faults.append(Fault(what=what, where=said.where, hint=hint))
    return None


def _refuse_extends(node: Node, faults: list[Fault]) -> None:
    assert isinstance(node.value, Mapping)
    for key in ("extends", "inputs_from"):
        if key in node.value:
            what = f"{key} has no place in {BASE}.yml"
            faults.append(Fault(what=what, where=node.value[key].where, hint="say it in an environment"))
