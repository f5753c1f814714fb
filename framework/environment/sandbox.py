"""A sandbox reads another environment and writes only to its own places: here that is made sure.

What is written: datasets that are no source (stages and quarantined rows lie with them) and the
state. None of it may be at, inside or around a place of the other environment.
"""

import os.path
from collections.abc import Callable, Iterator
from dataclasses import replace

from framework.environment.bindings import DEFAULT_LOCATION, PASSAGE, DatasetRule, resolve
from framework.environment.environment import Environment
from framework.environment.interpolate import dotted
from framework.environment.merge import Path as Keys
from framework.errors import Fault, Where


def build_sandbox(environment: Environment, other: Environment, *, files: tuple[str, ...]) -> Environment:
    """`environment` with the inputs of `other`.

    `files`: those that only the sandbox has. A dataset that one of them names is its own, to read too.
    """
    rules = (rule for rule in environment.bindings.rules if rule.where and rule.where.file in files)
    kept = frozenset(rule.pattern for rule in rules if "*" not in rule.pattern)
    return replace(environment, inputs_from=other, kept=kept)


def sandbox_faults(
    environment: Environment, other: Environment, *, where: Callable[[Keys], Where]
) -> Iterator[Fault]:
    """Each setting by which the sandbox would write to what is `other`'s, at its line."""
    taken = _places(other)
    told: list[str] = []
    for path, what, uri in _written(environment):
        place = _real(uri)
        owner = next((name for name, held in taken.items() if _meet(place, held)), None)
        if owner is not None and not any(_within(place, each) for each in told):
            told.append(place)
            yield Fault(
                what=f"{what} would be written to {place}, which meets {owner} of {other.name}",
                where=where(path),
                hint=f"A sandbox writes to places of its own: say another {dotted(path)} "
                f"in configs/{environment.name}.yml.",
            )
    databases = {_database(said) for said in _in_catalogs(other)}
    for said in _in_catalogs(environment):
        if _database(said) in databases:
            yield Fault(
                what=f'"{said.pattern}" would be shown in the catalog\'s database {_database(said)[1]}, '
                f"which is {other.name}'s",
                where=said.where,
                hint="Give it catalog: {database: …} of its own, or catalog: null.",
            )
    tables = {_table(other, said): said.pattern for said in _of_redshift(other)}
    for said in _of_redshift(environment):
        if _table(environment, said) in tables:
            yield Fault(
                what=f'"{said.pattern}" would be written to the table {said.table}, '
                f'which is "{tables[_table(environment, said)]}" of {other.name}',
                where=said.where,
                hint="Give it a table or a connection of its own, or another format.",
            )


def _written(environment: Environment) -> Iterator[tuple[Keys, str, str]]:
    """What the sandbox writes and where: the setting that says it, its name, the uri."""
    for rule in environment.bindings.rules:
        said = environment.bindings.said_of(rule.pattern)
        if said is None or said.source or said.format == "redshift":
            continue
        template = (said.location or DEFAULT_LOCATION).partition("{dataset}")[0]
        store = template[1:].partition("}")[0] if template.startswith("{") else None
        path = ("datasets", rule.pattern, "location") if store is None else ("stores", store, "uri")
        yield path, f'the dataset "{rule.pattern}"', resolve(template, environment.stores).uri
    yield ("state",), "the state", environment.state.uri
    passage = environment.stores.get(PASSAGE)
    if passage is not None and environment.connections:
        yield ("stores", PASSAGE, "uri"), "what passes into Redshift and out of it", passage.uri


def _places(environment: Environment) -> dict[str, str]:
    """Every place of an environment by what it is called."""
    found = {f"stores.{name}": store.uri for name, store in environment.stores.items()}
    for said in environment.bindings.rules:
        if said.location is not None:
            template = said.location.partition("{dataset}")[0]
            found[f'datasets["{said.pattern}"]'] = resolve(template, environment.stores).uri
    found["state"] = environment.state.uri
    return {name: _real(uri) for name, uri in found.items()}


def _real(uri: str) -> str:
    """The place without links: two names of one folder are one place."""
    return uri.rstrip("/") if "://" in uri else os.path.realpath(uri)


def _meet(first: str, second: str) -> bool:
    return _within(first, second) or _within(second, first)


def _within(place: str, other: str) -> bool:
    return f"{place}/".startswith(f"{other}/")


def _in_catalogs(environment: Environment) -> Iterator[DatasetRule]:
    for rule in environment.bindings.rules:
        said = environment.bindings.said_of(rule.pattern)
        if rule.catalog is not None and said is not None and not said.source:
            yield said


def _database(said: DatasetRule) -> tuple[str, str]:
    assert said.catalog is not None, "the rule itself has one"
    return said.catalog.type, said.catalog.database


def _of_redshift(environment: Environment) -> Iterator[DatasetRule]:
    for rule in environment.bindings.rules:
        said = environment.bindings.said_of(rule.pattern)
        if said is not None and said.format == "redshift" and not said.source and said.table:
            yield said


def _table(environment: Environment, said: DatasetRule) -> tuple[object, ...]:
    server = environment.connections[said.connection].server if said.connection else ()
    return (*server, str(said.table).lower())
