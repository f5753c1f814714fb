"""Replaces `${env:X}` and `${env:X:-default}` and sees that secrets stand only where they may. Pure."""

import re
from collections.abc import Mapping

from framework.environment.merge import Path, leaves
from framework.environment.yaml import Node
from framework.errors import Fault, Where

_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_ENV = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)

_SECRET_FIELDS = (
    ("secrets", "*"),
    ("connections", "*", "password"),
    ("stores", "*", "secret_access_key"),
    ("stores", "*", "session_token"),
    ("lineage", "token"),
)
# Not secret in themselves: they may be written out, and are hidden all the same.
_HIDDEN_FIELDS = (("stores", "*", "access_key_id"), ("on_failure", "webhook"))


def interpolate(node: Node, process: Mapping[str, str]) -> tuple[Node, tuple[Fault, ...]]:
    """The tree with the references to `process` (environment variables) replaced, and the faults.

    What a variable holds is not looked into again. Secret references stay as they are.
    """
    faults: list[Fault] = []
    return _walk(node, (), process, faults), tuple(faults)


def named_variables(node: Node) -> frozenset[str]:
    """Names of the environment variables that settings of the tree refer to, those of secrets aside."""
    texts = (leaf.value for path, leaf in leaves(node) if not is_secret(path))
    references = (found for text in texts if isinstance(text, str) for found in _REFERENCE.findall(text))
    return frozenset(asked[1] for each in references if (asked := _ENV.fullmatch(each)))


def is_secret(path: Path) -> bool:
    """Whether the setting at `path` is a secret, so that it is a reference and prints as `***`."""
    return any(_is_at(path, field) for field in (*_SECRET_FIELDS, *_HIDDEN_FIELDS))


def _is_at(path: Path, field: tuple[str, ...]) -> bool:
    return len(path) == len(field) and all(want in ("*", key) for want, key in zip(field, path, strict=True))


def _walk(node: Node, path: Path, process: Mapping[str, str], faults: list[Fault]) -> Node:
    if is_secret(path) and not _is_written_out(path, node):
        return _secret(node, path, faults)
    if isinstance(node.value, Mapping):
        children = {key: _walk(child, (*path, key), process, faults) for key, child in node.value.items()}
        return Node(children, node.where)
    if isinstance(node.value, tuple):
        items = (_walk(child, (*path, number), process, faults) for number, child in enumerate(node.value))
        return Node(tuple(items), node.where)
    if not isinstance(node.value, str):
        return node
    return Node(_replace(node.value, path, node.where, process, faults), node.where)


def _is_written_out(path: Path, node: Node) -> bool:
    plain = isinstance(node.value, str) and not node.value.startswith("${secret:")
    return plain and any(_is_at(path, field) for field in _HIDDEN_FIELDS)


def _secret(node: Node, path: Path, faults: list[Fault]) -> Node:
    match = _REFERENCE.fullmatch(node.value) if isinstance(node.value, str) else None
    if match is not None and match[1].startswith("secret:"):
        return node
    # What stands there may be the secret itself: nothing shows it from here on.
    faults.append(
        Fault(
            what=f"{dotted(path)} must be one reference to a secret and nothing else",
            where=node.where,
            hint="${secret:env:NAME} or ${secret:aws-sm:name#key}",
        )
    )
    return Node("${secret:env:UNKNOWN}", node.where)


def _replace(text: str, path: Path, where: Where, process: Mapping[str, str], faults: list[Fault]) -> str:
    def fault(what: str, hint: str) -> str:
        faults.append(Fault(what=f"{dotted(path)}: {what}", where=where, hint=hint))
        return ""

    def value_of(match: re.Match[str]) -> str:
        if match[1].startswith("secret:"):
            return fault(
                f"{match[0]} in a setting that is no secret",
                "name it under `secrets:` and ask for it by @job(secrets={…})",
            )
        asked = _ENV.fullmatch(match[1])
        if asked is None:
            return fault(f"{match[0]} is not known", "use ${env:NAME}, ${env:NAME:-default} or ${secret:…}")
        name, default = asked[1], asked[2]
        value = process.get(name) or default if default is not None else process.get(name)
        if value is None:
            return fault(
                f"the environment variable {name} is not set", f"set it, or write ${{env:{name}:-default}}"
            )
        if path[-1:] in (("location",), ("state",), ("uri",)) and set(value) & set("{}"):
            return fault(f"the environment variable {name} holds {{ or }}", "a place cannot have braces")
        return value

    rest = _REFERENCE.sub("", text)
    if "${" in rest:
        return fault("a ${ that is not closed, or one inside another", "references do not nest")
    return _REFERENCE.sub(value_of, text)


def dotted(path: Path) -> str:
    """`stores.lake.uri`, as messages and `sparkjob config` show a path; `datasets["a.b"].format`."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        elif re.fullmatch(r"[A-Za-z0-9_-]+", key):
            text += f".{key}" if text else key
        else:
            text += f'["{key}"]'
    return text
