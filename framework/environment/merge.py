"""Layers of configuration become one tree; every value keeps the file and line it came from. Pure."""

from collections.abc import Iterator, Mapping

from framework.environment.yaml import Node

Path = tuple[str | int, ...]


def merge(under: Node, over: Node) -> Node:
    """`over` laid on `under`: maps key by key, lists and scalars replaced, `null` kept to remove.

    `false`, `0` and `""` are values like any other and win.
    """
    if not (isinstance(under.value, Mapping) and isinstance(over.value, Mapping)):
        return over
    merged = dict(under.value)
    for key, node in over.value.items():
        merged[key] = merge(merged[key], node) if key in merged else node
    return Node(merged, over.where)


def without_nulls(node: Node, path: Path = ()) -> Node:
    """The tree without the keys that were set to null.

    Reader options of datasets keep theirs: there, a null also removes what a pattern sets.
    """
    if not isinstance(node.value, Mapping):
        return node
    kept = {
        key: without_nulls(child, (*path, key))
        for key, child in node.value.items()
        if child.value is not None or is_option(path)
    }
    return Node(kept, node.where)


def is_option(path: Path) -> bool:
    """Whether `path` is that of a dataset's map of reader options."""
    return len(path) == 3 and path[0] == "datasets" and path[2] == "options"  # noqa: PLR2004


def leaves(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every scalar, empty map and empty list of the tree with its path."""
    children: list[tuple[str | int, Node]] = []
    if isinstance(node.value, Mapping):
        children = list(node.value.items())
    elif isinstance(node.value, tuple):
        children = list(enumerate(node.value))
    if not children:
        yield path, node
    for key, child in children:
        yield from leaves(child, (*path, key))


def find(node: Node, path: Path) -> Node:
    """The node at `path`, or the deepest one on the way to it."""
    for key in path:
        if isinstance(node.value, Mapping) and key in node.value:
            node = node.value[str(key)]
        elif isinstance(node.value, tuple) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
        else:
            break
    return node


def plain(node: Node) -> object:
    """The tree's values alone."""
    if isinstance(node.value, Mapping):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, tuple):
        return [plain(child) for child in node.value]
    return node.value
