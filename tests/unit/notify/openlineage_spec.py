"""An event built again from the classes that OpenLineage generates from its JSON Schemas.

They know the fields of each object and facet, and check times, run ids and addresses. What they do not
take, or give back in another way, does not follow the specification.
"""

import importlib
import pkgutil
import types
import typing
from typing import Any

import attr
from openlineage.client import generated
from openlineage.client.generated.base import BaseFacet, EventType, RunEvent
from openlineage.client.serde import Serde

Json = dict[str, Any]


def _facet_classes() -> dict[str, type]:
    found: dict[str, type] = {}
    for module in pkgutil.iter_modules(generated.__path__):
        loaded = importlib.import_module(f"{generated.__name__}.{module.name}")
        for each in vars(loaded).values():
            if isinstance(each, type) and issubclass(each, BaseFacet):
                found[each._get_schema()] = each
    return found


FACETS = _facet_classes()


def rebuild(event: Json) -> Json:
    """The event as the specification's classes give it back. Raises for what they do not take."""
    schema = event["schemaURL"]
    assert schema == RunEvent._get_schema()
    built = _build(RunEvent, {key: value for key, value in event.items() if key != "schemaURL"})
    given = Serde.to_dict(built)
    assert isinstance(given, dict)
    return given


def without_empties(value: Any) -> Any:
    """Without empty maps and lists, which the classes give where nothing is said."""
    if isinstance(value, dict):
        pruned = {name: without_empties(each) for name, each in value.items()}
        return {name: each for name, each in pruned.items() if each not in ({}, [])}
    return [without_empties(each) for each in value] if isinstance(value, list) else value


def _build(kind: type, value: Json) -> Any:
    # Some modules import these names for type checkers alone.
    hints = typing.get_type_hints(kind, localns={"ClassVar": typing.ClassVar, "Any": Any})
    fields = {field.alias: hints[field.name] for field in attr.fields(kind) if field.init}
    unknown = value.keys() - fields.keys()
    assert not unknown, f"{kind.__name__} has no {unknown}"
    return kind(**{name: _convert(fields[name], each) for name, each in value.items()})


def _convert(hint: Any, value: Any) -> Any:
    if isinstance(value, dict) and "_schemaURL" in value:
        facet = FACETS[value["_schemaURL"]]
        said = {key: each for key, each in value.items() if not key.startswith("_")}
        built = _build(facet, said)
        built._producer = value["_producer"]
        return built
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        hint = next(each for each in typing.get_args(hint) if each is not type(None))
    if isinstance(value, list):
        (item,) = typing.get_args(hint)
        return [_convert(item, each) for each in value]
    if typing.get_origin(hint) is dict:
        return {name: _convert(typing.get_args(hint)[1], each) for name, each in value.items()}
    if isinstance(hint, type) and attr.has(hint):
        return _build(hint, value)
    if hint is EventType:
        return EventType(value)
    assert isinstance(hint, type), (hint, value)
    assert isinstance(value, hint), (hint, value)
    return value
