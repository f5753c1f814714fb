"""How something that is not one of our jobs is started: what `external_job(runner=…)` may be.

In every text `{interval}` stands for what our jobs get by `--interval`: an interval, or the tick of
a schedule like `nightly@2024-01-02T02:30:00Z`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from typing import get_origin

INTERVAL = "{interval}"
"""What a scheduler replaces in a runner's texts."""


@dataclass(frozen=True, init=False)
class Command:
    """A program and its arguments, on a host of the scheduler; no shell reads them."""

    words: tuple[str, ...]

    def __init__(self, *words: str) -> None:
        object.__setattr__(self, "words", words)

    def __str__(self) -> str:
        return self.words[0] if self.words else "no command"


@dataclass(frozen=True, kw_only=True)
class EcsTask:
    """One task on ECS (Fargate). `command` replaces that of `container`.

    `subnets` and `security_groups` are those of its network interface, which Fargate does not start a
    task without. `public_ip`: in a public subnet it reaches nothing outside without one, its image included.
    """

    cluster: str
    definition: str
    container: str
    subnets: Sequence[str]
    command: Sequence[str] = ()
    security_groups: Sequence[str] = ()
    public_ip: bool = False

    def __str__(self) -> str:
        return f"ECS task {self.definition}"


@dataclass(frozen=True, kw_only=True)
class LambdaFunction:
    """One synchronous call of a Lambda function with a payload of texts."""

    function: str
    payload: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"Lambda function {self.function}"


@dataclass(frozen=True, kw_only=True)
class SparkApplication:
    """Another Spark application: a Python file, or a jar and its class."""

    application: str
    arguments: Sequence[str] = ()
    java_class: str | None = None

    def __str__(self) -> str:
        return f"Spark application {self.application.rpartition('/')[2]}"


Runner = Command | EcsTask | LambdaFunction | SparkApplication


def find_runner_faults(runner: object) -> Iterator[tuple[str, str | None]]:
    """What is of another type than it should be in a runner, or empty where something is needed."""
    if runner is None or (isinstance(runner, str) and runner):
        return
    if not isinstance(runner, Runner):
        hint = 'Write Command("program", …), EcsTask(…), LambdaFunction(…), SparkApplication(…), or a name'
        yield f"runner={runner!r} is no runner", hint
        return
    if isinstance(runner, Command) and not runner.words:
        yield "runner=Command() has no program", 'Write Command("program", "argument")'
    if isinstance(runner, EcsTask) and not runner.subnets:
        yield "runner=EcsTask(…) has no subnets", 'Fargate starts no task without: subnets=["subnet-…"]'
    for each in fields(runner):
        said = f"{each.name} of runner={type(runner).__name__}(…)"
        yield from _field_faults(said, each, getattr(runner, each.name))


def _field_faults(said: str, of: "Field[object]", value: object) -> Iterator[tuple[str, str | None]]:
    if of.type is bool:
        if not isinstance(value, bool):
            yield f"{said} is {value!r}", "Write True or False"
        return
    if isinstance(value, str) and get_origin(of.type) is Sequence:
        yield f"{said} is one text, and would be its letters", f'Write {of.name}=["{value}"]'
        return
    items = [*value, *value.values()] if isinstance(value, Mapping) else value
    texts = [items] if isinstance(items, str) or not isinstance(items, Sequence) else items
    for text in texts:
        optional = of.name == "java_class" and text is None
        if not optional and not (isinstance(text, str) and text and "\0" not in text):
            yield f"{said} has {text!r}, which is no text", None
