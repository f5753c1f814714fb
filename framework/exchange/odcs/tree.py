"""Values of a YAML document, without their lines."""

from collections.abc import Mapping, Sequence

from framework.environment.yaml import Node


def plain(node: Node) -> object:
    """Dictionaries, lists and scalars."""
    value = node.value
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(each) for each in value]
    return value


def members(node: Node, name: str) -> Sequence[Node]:
    """The items of the list `name` of a map; none when it is not there, or is no list."""
    value = node.value.get(name, node).value if isinstance(node.value, Mapping) else None
    return value if isinstance(value, tuple) else ()
