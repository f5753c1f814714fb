"""Reads all that a plan needs to know of the world: outputs first, then pins of inputs."""

from framework.environment.environment import Environment
from framework.generation import Published
from framework.plan.needs import Needs
from framework.tables.readers import reader_of


def read_published(environment: Environment, needs: Needs) -> Published:
    """Current generations of the outputs, then a pin for every input. No JVM.

    The order matters: see `Needs`.
    """
    generations = {}
    for dataset, intervals in needs.outputs.items():
        binding = environment.binding(dataset)
        for interval, generation in reader_of(binding).published(binding, intervals).items():
            generations[dataset, interval] = generation
    pins = {}
    for dataset, intervals in needs.inputs.items():
        binding = environment.binding(dataset)
        pins[dataset] = reader_of(binding).pin(binding, intervals)
    return Published(generations=generations, pins=pins)
