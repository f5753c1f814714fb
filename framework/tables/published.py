"""Reads all that a plan needs to know of the world: outputs first, then pins of inputs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from framework.environment.environment import Binding, Environment
from framework.errors import SparkjobError
from framework.generation import Generation, Pin, Published, Unreadable
from framework.interval import Interval
from framework.plan.needs import Needs
from framework.tables.protocol import TableReader


def read_published(
    environment: Environment, needs: Needs, reader: Callable[[Binding], TableReader]
) -> Published:
    """Current generations of the outputs, then a pin for every input. No JVM.

    The order matters: see `Needs`. A table that cannot be looked at is said to be unreadable, and
    stops nobody who does not depend on it.
    """
    generations: dict[tuple[str, Interval], Generation] = {}
    pins: dict[str, Pin] = {}
    unreadable: dict[str, Unreadable] = {}
    for dataset, intervals in needs.outputs.items():
        binding = environment.binding(dataset)
        with _noting(dataset, unreadable):
            for interval, generation in reader(binding).published(binding, intervals).items():
                generations[dataset, interval] = generation
    for dataset, intervals in needs.inputs.items():
        binding = environment.input(dataset)
        with _noting(dataset, unreadable):
            pin = reader(binding).pin(binding, intervals)
            pins[dataset] = replace(pin, borrowed_from=binding.borrowed_from)
    return Published(generations=generations, pins=pins, unreadable=unreadable)


@contextmanager
def _noting(dataset: str, unreadable: dict[str, Unreadable]) -> Iterator[None]:
    try:
        yield
    except SparkjobError as error:
        unreadable[dataset] = Unreadable(outcome=error.outcome, faults=error.faults)
