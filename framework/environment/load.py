"""The way in: files and environment variables become one `Environment`, or every fault at once."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from framework.contract.types import Scalar
from framework.environment.build import Builder
from framework.environment.complaints import parse_settings
from framework.environment.environment import Environment
from framework.environment.interpolate import dotted, interpolate, is_secret
from framework.environment.layers import Layers, load_layers
from framework.environment.merge import find, leaves, without_nulls
from framework.environment.redaction import MASK, redact
from framework.environment.sandbox import build_sandbox, sandbox_faults
from framework.environment.yaml import Node
from framework.errors import Fault, MisconfiguredError, Where

# A secret that somebody wrote where none belongs (Spark hides the same ones: spark.redaction.regex).
_SENSITIVE = re.compile(r"secret|password|passwd|token|access[._-]?key|credential", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class ConfigValue:
    """One value of the merged configuration: its dotted path, itself, and where it was said."""

    path: str
    value: Scalar
    where: Where


def load_environment(root: Path, name: str, *, process: Mapping[str, str]) -> Environment:
    """The environment `name` of the project at `root`; `process` are the environment variables.

    Raises `MisconfiguredError` with everything that is wrong in its files, by file and line.
    """
    root = root.absolute()
    layers = load_layers(root, name)
    if layers.root is None:
        raise MisconfiguredError(_sorted(layers.faults))
    tree, unresolved = interpolate(without_nulls(layers.root), process)
    settings, complaints = parse_settings(tree)
    faults = [*layers.faults, *unresolved, *complaints]
    if settings is not None:
        builder = Builder(name, settings, tree, root=root, process=process)
        environment = builder.build()
        faults += builder.faults
        if not faults and layers.inputs_from is not None:
            other, of_other = _load_other(root, layers.inputs_from, process)
            faults += of_other.faults
            if not faults and other is not None:
                faults += sandbox_faults(environment, other, where=lambda path: find(tree, path).where)
                files = tuple(set(layers.files) - set(of_other.files))
                environment = build_sandbox(environment, other, files=files)
        if not faults:
            return environment
    raise MisconfiguredError(_sorted(_without_echoes(faults, unresolved)))


def _load_other(root: Path, named: Node, process: Mapping[str, str]) -> tuple[Environment | None, Layers]:
    """The environment whose datasets a sandbox reads. Raises as `load_environment` does."""
    name = str(named.value)
    layers = load_layers(root, name)
    if layers.inputs_from is not None:
        what = f"inputs_from: {name} takes its own inputs from {layers.inputs_from.value}"
        fault = Fault(what=what, where=named.where, hint="Name the environment that makes them.")
        return None, replace(layers, faults=(*layers.faults, fault))
    return load_environment(root, name, process=process), layers


def load_config(root: Path, name: str, *, process: Mapping[str, str]) -> tuple[ConfigValue, ...]:
    """Every value of the merged files of environment `name` with the line that says it.

    Secrets are `***`. Environment variables are replaced where they are set.

    Raises `MisconfiguredError` when a file cannot be read as YAML.
    """
    layers = load_layers(root.absolute(), name)
    if layers.root is None:
        raise MisconfiguredError(_sorted(layers.faults))
    tree, _ = interpolate(without_nulls(layers.root), process)
    values = tuple(_value(path, node) for path, node in leaves(tree))
    if layers.inputs_from is None:
        return values
    return (_value(("inputs_from",), layers.inputs_from), *values)


def _value(path: tuple[str | int, ...], node: Node) -> ConfigValue:
    value = node.value
    if is_secret(path) or _SENSITIVE.search(str(path[-1:])):
        shown: Scalar = MASK
    elif isinstance(value, Mapping):
        shown = "{}"
    elif isinstance(value, tuple):
        shown = "[]"
    else:
        assert value is None or isinstance(value, str | int | float)
        shown = redact(value) if isinstance(value, str) else value
    return ConfigValue(path=dotted(path), value=shown, where=node.where)


def _without_echoes(faults: Iterable[Fault], unresolved: tuple[Fault, ...]) -> Iterator[Fault]:
    """Without those of a value that could not be replaced: it is wrong once, not again for being empty."""
    settings = tuple(fault.what.partition(": ")[0] for fault in unresolved)
    return (fault for fault in faults if fault in unresolved or not fault.what.startswith(settings))


def _sorted(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda fault: fault.place))
