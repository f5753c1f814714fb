"""The dataset of the rows that break a rule: one more output of the job, made of the contract alone.

Its tables, generations and publishing are those of any output. It comes before the output that the
rows were meant for, so that no row is away from the one and not yet in the other.
"""

import json
from collections.abc import Iterator, Sequence

from framework.contract.catalogue import CATALOGUE
from framework.contract.frozen import thaw
from framework.contract.schema import Column, Schema
from framework.contract.types import Expectation, Job, Output, Quarantine
from framework.generation import digest

BROKEN_RULES = "broken_rules"
"""Column of a quarantine dataset, ARRAY<STRING>: the names of the rules that the row breaks."""

_SUFFIX = "__quarantine"
_LONGEST = 200
"""Characters of a rule's name: a long list of values is no name."""

_Found = Iterator[tuple[str, str | None]]


def quarantine_rules(output: Output) -> tuple[Expectation, ...]:
    """The rules whose broken rows are split off, each once."""
    rules: list[Expectation] = []
    for each in output.expectations:
        if each.on_fail == "quarantine" and each not in rules:
            rules.append(each)
    return tuple(rules)


def rule_names(rules: Sequence[Expectation]) -> tuple[str, ...]:
    """The name of each rule, as `broken_rules` has it: what a verdict shows, if it is not ambiguous."""
    shown = [str(rule) for rule in rules]
    return tuple(
        _short(text if shown.count(text) == 1 else _spelled(rule))
        for text, rule in zip(shown, rules, strict=True)
    )


def quarantine_dataset(output: Output) -> str | None:
    """Where rows of `output` go that break a rule; None when no rule splits rows off."""
    if not quarantine_rules(output):
        return None
    named = None if output.quarantine is None else output.quarantine.dataset
    return f"{output.dataset}{_SUFFIX}" if named is None else named


def limits_of(output: Output) -> Quarantine:
    """How many rows may be split off; without a limit when nothing is declared."""
    return output.quarantine or Quarantine()


def quarantine_output(job: Job, output: Output) -> Output | None:
    """The output that holds the broken rows of `output`, one of `job`; None when there is none.

    All columns are nullable, because a row may be there for its NULL. It has the same time column,
    without which its intervals could not be told apart; a job of whole tables needs none.
    """
    dataset = quarantine_dataset(output)
    if dataset is None or output.schema is None:
        return None
    columns = [
        Column(name=c.name, type=c.type, comment=c.comment, masked=c.masked) for c in output.schema.columns
    ]
    rules = Column(name=BROKEN_RULES, type="array<string>", comment="names of the rules that the row breaks")
    derived = Output(
        dataset,
        schema=Schema((*columns, rules), output.schema.faults),
        time=None if job.interval is None else output.time,
    )
    object.__setattr__(derived, "where", output.where)
    return derived


def published_outputs(job: Job) -> dict[str, Output]:
    """All that the job publishes, in that order; a quarantine has a name that no declared output has."""
    found: dict[str, Output] = {}
    for name, output in job.outputs.items():
        held = quarantine_output(job, output)
        if held is not None:
            found[f"{name} quarantine".strip()] = held
        found[name] = output
    return found


def declared_output(job: Job, dataset: str) -> Output | None:
    """The output of `job` that is `dataset`, or whose quarantine it is."""
    declared = job.outputs.values()
    return next((o for o in declared if dataset in (o.dataset, quarantine_dataset(o))), None)


def find_quarantine_faults(job: Job, output: Output) -> _Found:
    """What is wrong with the limits and the name of a quarantine."""
    if quarantine_dataset(output) is None:
        if output.quarantine is not None:
            hint = 'Say on_fail="quarantine" in the rules whose rows are to be split off'
            yield f"quarantine={output.quarantine} of {output.dataset}, and no rule splits rows off", hint
        return
    if job.runner is not None:
        yield f"{output.dataset} is made by {job.runner}, which splits no rows off", "Leave on_fail out"
    for column in output.schema.columns if output.schema else ():
        if column.name.lower() == BROKEN_RULES:
            what = f'column "{column.name}" has the name of a column of the quarantine dataset'
            yield f"{output.dataset}: {what}", "Rename it"
    limits = limits_of(output)
    if limits.max_rows is not None and limits.max_rows < 0:
        yield f"max_rows={limits.max_rows} is less than 0", None
    if limits.max_fraction is not None and not 0 <= limits.max_fraction <= 1:
        yield f"max_fraction={limits.max_fraction} is no fraction", "Write a number from 0 to 1"


def find_quarantine_misuse(job: Job, output: Output, expectation: Expectation) -> _Found:
    """Why rows that break this rule cannot be split off."""
    rule = CATALOGUE.get(expectation.type)
    if rule is None or expectation.on_fail != "quarantine":
        return
    asked = 'on_fail="quarantine"'
    if rule.level != "row":
        hint = "Rows together break it, so that none can be split off; leave on_fail out"
        yield f"{rule.name}: {asked} is not possible", hint
    if expectation.mostly != 1:
        hint = (
            "All rows that break it are split off; Output(quarantine=Quarantine(max_fraction=…)) limits them"
        )
        yield f"{rule.name}: {asked} with mostly={expectation.mostly:g}", hint
    if expectation.severity == "warning":
        hint = "The broken rows are split off and the others published; leave severity out"
        yield f'{rule.name}: {asked} with severity="warning"', hint
    if expectation.scope == "table":
        hint = "Rows that are published already cannot be split off; leave scope or on_fail out"
        yield f'{rule.name}: {asked} with scope="table"', hint
    null_time = rule.name == "column_values_to_not_be_null" and (
        expectation.arguments.get("column") == output.time
    )
    if null_time and job.interval is not None:
        hint = "A row without it belongs to no interval, and rejects them; leave on_fail out"
        yield f"{rule.name}: {asked} on the time column {output.time}", hint


def _spelled(rule: Expectation) -> str:
    """With the names of the arguments: `min_value=5` and `max_value=5` are two rules."""
    arguments = (f"{name}={json.dumps(thaw(v), ensure_ascii=False)}" for name, v in rule.arguments.items())
    return f"{rule.type}({', '.join(arguments)})"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}… #{digest((name,))[:8]}"
