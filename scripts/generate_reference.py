"""Writes docs/reference/ from the code: commands, configuration, expectations, outcomes.

    .venv/bin/python scripts/generate_reference.py

A test compares the files with what this would write.
"""

import inspect
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import click
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from framework.checks.compile import compile_expectation
from framework.checks.passes import Kind as Source
from framework.checks.passes import evaluation_of
from framework.cli.application import application
from framework.cli.main import cli
from framework.contract import expect
from framework.contract.argument import Family, family_of
from framework.contract.catalogue import CATALOGUE
from framework.contract.ddl import parse_type
from framework.contract.rule import Kind, Parameter, Rule
from framework.contract.schema import Schema
from framework.contract.types import ArgumentValue, Expectation
from framework.environment.settings import (
    Bytes,
    CatalogName,
    Length,
    Name,
    Option,
    Pattern,
    Port,
    RoleArn,
    Seconds,
    Selectors,
    Setting,
    Settings,
    Text,
    TimeZone,
)
from framework.outcome import Outcome

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
GENERATED = "<!-- Written by scripts/generate_reference.py from the code: change the code, then run it. -->"


def main() -> None:
    """Write every page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, render in PAGES.items():
        (FOLDER / name).write_text(render(), encoding="utf-8")


# --- Commands ----------------------------------------------------------------------------------


def render_cli() -> str:
    """Every command with its arguments and options."""
    root = click.Context(cli, info_name="sparkjob")
    lines = [
        "# Commands",
        "",
        GENERATED,
        "",
        "A selector is a job's name or a pattern of names (`land_*`), `tag:NAME`, `owner:NAME` or",
        "`dataset:NAME`; a `+` before it adds all that it reads from, a `+` behind it all that reads",
        "from it. On the command line also `state:changed` (an output was never published, or its newest",
        "interval was made by other code, contract, checks or parameters) and `result:OUTCOME` (the last",
        "run ended so in one of its intervals), which may name no job. Exit codes: [outcomes](outcomes.md).",
    ]
    for name in cli.list_commands(root):
        command = cli.get_command(root, name)
        assert command is not None, name
        lines += _command(command, ("sparkjob", name))
    lines += [
        "",
        "## A job file, or a folder of them",
        "",
        "`./spark-submit.sh [spark-submit options] JOB_FILE|FOLDER [OPTIONS]`, and the same options after a",
        "job file that `spark-submit` runs.",
    ]
    lines += _options(application)
    return _page(lines)


def _command(command: click.Command, path: tuple[str, ...]) -> Iterator[str]:
    title = " ".join(path)
    context = click.Context(command, info_name=title)
    usage = " ".join([title, *command.collect_usage_pieces(context)])
    yield from ("", f"## {title}", "", f"`{usage}`", "", *inspect.cleandoc(command.help or "").splitlines())
    yield from _options(command)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            part = command.get_command(context, name)
            assert part is not None, name
            yield from _command(part, (*path, name))


def _options(command: click.Command) -> list[str]:
    rows = []
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
            value = "" if option.is_flag else f"`{option.make_metavar(click.Context(command))}`"
            default = f"`{option.default}`" if option.show_default and option.default is not None else ""
            repeat = " May be given several times." if option.multiple else ""
            rows.append([names, value, default, f"{option.help or ''}{repeat}".strip()])
    return ["", *_table(["option", "value", "default", "meaning"], rows)] if rows else []


# --- Configuration -----------------------------------------------------------------------------

_WORDS: Sequence[tuple[object, str]] = (
    (Seconds, "a time with its unit: `45s`, `30m`, `1h30m`"),
    (Bytes, "a size with its unit: `500kB`, `128MB`, `1GB`"),
    (Port, "a number from 1 to 65535"),
    (Length, "a number from 1 to 65535"),
    (Selectors, "a selector, or a list of them"),
    (Option, "text, number, `true`, `false` or `null`"),
    (Setting, "text, number, `true` or `false`"),
    (Text, "text"),
    (RoleArn, "ARN of a role"),
    (CatalogName, "a name of small letters, digits, `_`"),
    (TimeZone, "a time zone like `Europe/Berlin`"),
    (Name, "a name of letters, digits, `_`, `-`"),
    (Pattern, "a name or a pattern with `*`"),
    (str, "text"),
    (int, "a whole number"),
    (bool, "`true` or `false`"),
)


def render_configuration() -> str:
    """Every key of `configs/*.yml`."""
    lines = [
        "# Configuration",
        "",
        GENERATED,
        "",
        "`configs/base.yml` and above it `configs/ENV.yml`. How layers merge, which references are replaced",
        "and where secrets may stand: [configuration and environments](../configuration.md). An unknown key",
        "is a fault.",
        "",
        "| key | type | default | meaning |",
        "|---|---|---|---|",
        "| `extends` | text | | In an environment: the one other environment that it is laid on. |",
        "| `inputs_from` | text | | In an environment: the one other environment whose datasets are read. |",
        *_keys(Settings, ""),
    ]
    return _page(lines)


def _keys(model: type[BaseModel], above: str) -> Iterator[str]:
    hints = get_type_hints(model, include_extras=True)
    for name, field in model.model_fields.items():
        assert field.description, f"{model.__name__}.{name} has no description in settings.py"
        default = "" if field.default in (None, PydanticUndefined, {}) else f"`{field.default}`"
        if field.is_required():
            default = "required"
        yield _row([f"`{above}{name}`", _type(hints[name]), default, field.description])
        part = _model_in(hints[name])
        if part is not None:
            mapped = "" if _is_part(hints[name]) else f"<{_NAMES.get(name, 'name')}>."
            yield from _keys(part, f"{above}{name}.{mapped}")


_NAMES = {"datasets": "dataset", "jobs": "job"}


def _type(hint: Any) -> str:
    known = next((words for meant, words in _WORDS if hint == meant), None)
    if known is not None:
        return known
    arguments = [argument for argument in get_args(hint) if argument is not type(None)]
    origin = get_origin(hint)
    if origin is Literal:
        return ", ".join(f"`{each}`" for each in arguments)
    if origin is list:
        return f"a list: {_type(arguments[0])}"
    if origin is dict:
        return "a map" if _model_in(hint) else f"a map: {_type(arguments[1])}"
    if _model_in(hint):
        return "a map"
    if origin in (Union, types.UnionType, Annotated):
        return _type(arguments[0])
    raise TypeError(f"no words for {hint}")


def _is_part(hint: Any) -> bool:
    """Whether the setting is a map of known keys itself, not one of names to such maps."""
    return get_origin(hint) is not dict


def _model_in(hint: Any) -> type[BaseModel] | None:
    return next((a for a in get_args(hint) if isinstance(a, type) and issubclass(a, BaseModel)), None)


# --- Expectations ------------------------------------------------------------------------------

_SQL_TYPES = (
    "TINYINT",
    "SMALLINT",
    "INT",
    "BIGINT",
    "DECIMAL",
    "FLOAT",
    "DOUBLE",
    "STRING",
    "BOOLEAN",
    "DATE",
    "TIMESTAMP",
    "TIMESTAMP_NTZ",
    "BINARY",
    "ARRAY<INT>",
)
_SAMPLES: dict[Kind, ArgumentValue] = {
    "column": "a",
    "columns": ("a", "b"),
    "bound": 1,
    "set": (1,),
    "regex": "x",
    "regexes": ("x",),
    "like": "x",
    "likes": ("x",),
    "count": 1,
    "number": 1,
    "flag": True,
    "text": "a",
    "texts": ("a", "b"),
    "pairs": ((1, 1),),
    "quantiles": (("quantiles", (0.5,)), ("value_ranges", ((1, 2),))),
    "type": "StringType",
    "types": ("StringType",),
    "choice": "all",
    "input": "a",
    "reach": "7 days",
    "json": "{}",
    "strftime": "%Y",
    "query": "SELECT * FROM {batch}",
}
_VALUES: dict[Kind, str] = {
    "column": "a column",
    "columns": "a list of columns",
    "bound": "a value of the column's type",
    "set": "a list of values of the column's type",
    "regex": "a regular expression, Java's dialect",
    "regexes": "a list of regular expressions",
    "like": "a pattern of LIKE",
    "likes": "a list of patterns of LIKE",
    "count": "a whole number from 0",
    "flag": "`True` or `False`",
    "number": "a number",
    "text": "a text",
    "texts": "a list of texts",
    "pairs": "a list of pairs of values, `None` for NULL",
    "quantiles": '`{"quantiles": […], "value_ranges": [[low, high], …]}`',
    "type": "a class of `pyspark.sql.types`, like `LongType`",
    "types": "a list of classes of `pyspark.sql.types`",
    "condition": "a Spark SQL predicate: only rows for which it is true are looked at",
    "input": "an input of the job",
    "reach": "a stretch of time, like `7 days`",
    "json": "a JSON document",
    "strftime": "a format of Python's `datetime.strptime`",
    "query": "a query of Spark SQL with `{batch}` for the rows",
}
_SOURCES: dict[Source, str] = {
    "schema": "the schema; no row is read",
    "footers": "the files' footers where they tell it exactly, else the one aggregate over the staged rows",
    "log": "the table's log; no row is read",
    "aggregate": "the one aggregate over the staged rows",
    "second aggregate": "a second aggregate over the staged rows",
    "pass": "a pass of its own over the staged rows; exact",
    "input": "the input's rows beside the staged ones",
    "table": "the published rows beside the staged ones",
    "gx": "Great Expectations itself, on the staged rows",
}


def render_expectations() -> str:
    """Every expectation of the catalogue."""
    lines = [
        "# Expectations",
        "",
        GENERATED,
        "",
        "`from framework import expect`, then `expect.NAME(…)` in an `Output`'s `expectations`. Names and",
        "parameters are those of Great Expectations 1.x. Every one takes `severity`: `critical`, the",
        "default, or `warning`; `scope` and, if it looks at single rows, `on_fail`. NULLs are missing:",
        "they are not counted, except in rules about NULL itself. What becomes of the rows:",
        "[expectations and bad data](../expectations.md).",
    ]
    for rule in CATALOGUE.values():
        lines += _rule(rule)
    lines += ["", "## Kinds of types", ""]
    families: dict[Family, list[str]] = {}
    for name in _SQL_TYPES:
        families.setdefault(family_of(parse_type(name)), []).append(f"`{name}`")
    lines += _table(["kind", "types"], [[family, ", ".join(names)] for family, names in families.items()])
    return _page(lines)


def _rule(rule: Rule) -> Iterator[str]:
    declared = getattr(expect, rule.name)
    yield from ("", f"## {rule.name}", "", *inspect.cleandoc(declared.__doc__ or "").splitlines(), "")
    defaults = inspect.signature(declared).parameters
    rows = [[f"`{p.name}`", _value(p), _default(p, defaults.get(p.name))] for p in rule.parameters]
    if rule.takes_mostly:
        rows.append(["`mostly`", "the fraction of rows that must hold, 0 to 1", "default 1"])
    yield from _table(["parameter", "value", ""], rows)
    yield ""
    if rule.bounds:
        yield f"- At least one of {' and '.join(f'`{name}`' for name in rule.bounds)} is given."
    if any(parameter.kind in ("column", "columns") for parameter in rule.parameters):
        yield f"- Types: {', '.join(sorted(rule.families)) if rule.families is not None else 'all'}."
    yield f"- Evaluated by {_evaluation(rule)}."


def _default(parameter: Parameter, declared: inspect.Parameter | None) -> str:
    """What it is when it is left out; a choice tells it by its order."""
    if parameter.required:
        return "required"
    value = None if declared is None or parameter.kind == "choice" else declared.default
    return "" if value is None or value == () else f"default `{value}`"


def _value(parameter: Parameter) -> str:
    if parameter.kind != "choice":
        return _VALUES[parameter.kind]
    first, *others = (f"`{choice}`" for choice in parameter.choices)
    return f"{first} (the default), {', '.join(others[:-1])}{', ' if others[:-1] else ''}or {others[-1]}"


def _evaluation(rule: Rule) -> str:
    """How such a check is evaluated, asked of the compiler itself."""
    families = {*(rule.families or ("integer",))}
    type_ = next(each for each in ("INT", "DATE", "STRING") if family_of(parse_type(each)) in families)
    sampled = [
        p
        for p in rule.parameters
        if p.kind in _SAMPLES and (p.required or p.kind == "bound" or p.name in (rule.bounds or ()))
    ]
    arguments = {p.name: p.choices[0] if p.kind == "choice" else _SAMPLES[p.kind] for p in sampled}
    schema = Schema.of(f"a {type_}, b {type_}")
    assert schema is not None
    check = compile_expectation(Expectation(type=rule.name, arguments=arguments), schema)
    return _SOURCES[evaluation_of(check, schema).kind]


# --- Outcomes ----------------------------------------------------------------------------------

MEANINGS = {
    Outcome.PUBLISHED: ("The interval's new rows are what readers see.", "Nothing."),
    Outcome.UNCHANGED: ("What is published is what the run would have made.", "Nothing."),
    Outcome.REJECTED: (
        "A critical check failed. Readers see what they saw.",
        "`sparkjob show`; mend data or job.",
    ),
    Outcome.FAILED: (
        "The job's code raised, or a check could not be computed.",
        "`sparkjob show`; mend the job.",
    ),
    Outcome.RETRY: (
        "An input is not ready, somebody else published first, or a store, an executor or the run was lost.",
        "Run the same again, now or later.",
    ),
    Outcome.MISCONFIGURED: (
        "A contract, a configuration, an option or a table does not fit.",
        "Read the hint; `sparkjob validate`.",
    ),
    Outcome.BLOCKED: ("An upstream job of this run did not finish.", "Mend that one, then run both."),
}
"""What each outcome means, and what is to be done."""


def render_outcomes() -> str:
    """Outcomes and exit codes."""
    rows = []
    for outcome in Outcome:
        meaning, advice = MEANINGS[outcome]
        blocked = outcome is Outcome.BLOCKED
        code = "none of its own" if blocked else f"{outcome.exit_code}"
        rows.append([f"`{outcome.value}`", code, meaning, advice])
    lines = [
        "# Outcomes and exit codes",
        "",
        GENERATED,
        "",
        "How a run of one (job, interval) ends. A process with several exits with 64 if any is",
        "`misconfigured`, else 70, else 65, else 75, else 0. Of these only 75 is worth an automatic retry;",
        "so is an end without an outcome, such as a killed process.",
        "",
        *_table(["outcome", "exit code", "meaning", "what to do"], rows),
    ]
    return _page(lines)


# --- Markdown ----------------------------------------------------------------------------------


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [_row(heads), f"|{'---|' * len(heads)}", *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |".replace("|  |", "| |")


def _page(lines: Sequence[str]) -> str:
    return "\n".join(line.rstrip() for line in lines) + "\n"


PAGES = {
    "cli.md": render_cli,
    "configuration.md": render_configuration,
    "expectations.md": render_expectations,
    "outcomes.md": render_outcomes,
}
"""Pages of docs/reference/ and who writes them."""


if __name__ == "__main__":
    main()
