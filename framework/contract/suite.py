"""A Great Expectations 1.x suite as expectations of ours, read without Great Expectations.

The file is what `ExpectationSuite` of Great Expectations writes (`expectation_suite.py` and
`expectation_configuration.py` of 1.24): `expectations`, each with `type`, `kwargs` and what
describes it. What is not evaluated (`meta`, `notes`, `description`, ids) is left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from framework.contract import expect
from framework.contract.catalogue import CATALOGUE
from framework.contract.expect.declare import make_expectation
from framework.contract.row_condition import parse_row_condition
from framework.contract.suite_text import SuiteTextError, parse_suite_text
from framework.contract.types import Expectation
from framework.errors import Fault, Where

PREFIX = "expect_"
OURS = "sparkjob"
"""The member of `meta` that holds what only we have: `on_fail` and `scope`."""
OPTIONS = ("on_fail", "scope")

_KEYS = frozenset(
    {
        "type",
        "kwargs",
        "severity",
        "meta",
        "notes",
        "description",
        "id",
        "success_on_last_run",
        "expectation_context",
        "rendered_content",
    }
)
_NOT_EVALUATED = frozenset({"batch_id", "result_format", "catch_exceptions"})
_SEVERITIES = {"critical": "critical", "warning": "warning", "info": "warning"}
"""`info` is the least of three (`FailureSeverity`); like a warning it stops nothing."""
_PARAMETER = "$PARAMETER"
_OLD = "Great Expectations 0.x wrote it: load it with 1.x and save it"

_Found = Iterator[tuple[str, str | None]]


class _UnfitError(ValueError):
    """One configuration cannot be taken over; `hint` says what to do."""

    def __init__(self, what: str, hint: str | None = None) -> None:
        super().__init__(what)
        self.hint = hint


def parse_suite(text: str, file: str) -> tuple[tuple[Expectation, ...], tuple[Fault, ...]]:
    """The expectations of a suite's JSON text in their order, and what is wrong with the file.

    `file` is the path that their places show. Unknown types and wrong arguments are kept:
    `catalogue.faults_of` names them, once it is known which schema they are for.
    """
    try:
        suite = parse_suite_text(text)
    except SuiteTextError as error:
        where = Where(file=file, line=error.line)
        hint = "A suite as Great Expectations 1.x saves it"
        return (), (Fault(what=str(error), where=where, hint=hint),)
    if suite.expectations is None:
        hint = 'A Great Expectations suite has a list "expectations"'
        if "results" in suite.members:
            hint += "; this looks like a validation result"
        what = "no suite: it has no list of expectations"
        return (), (Fault(what=what, where=Where(file=file, line=1), hint=hint),)
    given = suite.members.get("suite_parameters")
    parameters = given if isinstance(given, Mapping) else {}
    found: list[Expectation] = []
    faults: list[Fault] = []
    for line, configuration in suite.expectations:
        expectation, wrong = parse_configuration(
            configuration, Where(file=file, line=line), parameters=parameters
        )
        faults += wrong
        if expectation is not None:
            found.append(expectation)
    return tuple(found), tuple(faults)


def parse_configuration(
    given: object, where: Where | None, *, parameters: Mapping[str, object] | None = None
) -> tuple[Expectation | None, tuple[Fault, ...]]:
    """One entry of a suite's list, and what is wrong with it. `parameters`: the suite's, by name."""
    try:
        type_, kwargs = _parts(given)
    except _UnfitError as error:
        return None, (Fault(what=str(error), where=where, hint=error.hint),)
    assert isinstance(given, Mapping)
    faults = [
        Fault(what=f"{type_}: {what}", where=where, hint=hint) for what, hint in _find_faults(given, kwargs)
    ]
    arguments: dict[str, object] = {}
    for name, value in kwargs.items():
        try:
            arguments[name] = _resolved(value, parameters or {})
        except _UnfitError as error:
            faults.append(Fault(what=f"{type_}: {name}: {error}", where=where, hint=error.hint))
    try:
        condition = _condition(arguments)
    except ValueError as error:
        hint = (
            'Write it in Spark SQL with condition_parser="spark", or with Column(…) of Great Expectations 1.9'
        )
        faults.append(Fault(what=f"{type_}: row_condition: {error}", where=where, hint=hint))
        condition = {}
    if faults:
        return None, tuple(faults)
    options = _options(given)
    return replace(_declare(type_, {**arguments, **condition, **options}), where=where), ()


def _parts(given: object) -> tuple[str, Mapping[str, object]]:
    """The type without its prefix, and the arguments that are evaluated and not null."""
    if not isinstance(given, Mapping):
        raise _UnfitError("no expectation: it is no JSON object")
    type_, kwargs = given.get("type"), given.get("kwargs", {})
    if not isinstance(type_, str):
        raise _UnfitError("an expectation without a type", _OLD if "expectation_type" in given else None)
    if not isinstance(kwargs, Mapping):
        raise _UnfitError(f"{type_}: kwargs is no JSON object")
    evaluated = {k: v for k, v in kwargs.items() if k not in _NOT_EVALUATED and v is not None}
    return type_.removeprefix(PREFIX), evaluated


def _find_faults(given: Mapping[str, object], kwargs: Mapping[str, object]) -> _Found:
    for name in given:
        if name not in _KEYS:
            yield f'unknown key "{name}"', f"Known: {', '.join(sorted(_KEYS))}"
    severity = given.get("severity")
    if severity is not None and severity not in _SEVERITIES:
        yield f"severity={severity!r} is not possible", f"One of {', '.join(_SEVERITIES)}"
    for name in ("severity", *OPTIONS):
        if name in kwargs:
            place = "the expectation" if name == "severity" else f'meta, under "{OURS}"'
            yield f'unknown argument "{name}"', f"It stands beside kwargs, in {place}"
    if kwargs.get("windows"):
        hint = "They need the results of earlier validations; write the bounds out"
        yield "windows are not supported", hint
    ours = _ours(given)
    if not isinstance(ours, Mapping):
        yield f'"{OURS}" in meta is no JSON object', None
        return
    for name in ours:
        if name not in OPTIONS:
            yield f'unknown option "{name}" in meta.{OURS}', f"Known: {', '.join(OPTIONS)}"


def _ours(given: Mapping[str, object]) -> object:
    meta = given.get("meta")
    return meta.get(OURS, {}) if isinstance(meta, Mapping) else {}


def _options(given: Mapping[str, object]) -> dict[str, object]:
    ours = _ours(given)
    assert isinstance(ours, Mapping)
    options = dict(ours)
    severity = _SEVERITIES[str(given.get("severity") or "critical")]
    return options if severity == "critical" else options | {"severity": severity}


def _resolved(value: object, parameters: Mapping[str, object]) -> object:
    """`{"$PARAMETER": name}` by the suite's own `suite_parameters`; other values as they are."""
    if not isinstance(value, Mapping) or _PARAMETER not in value:
        return value
    name = value[_PARAMETER]
    given = value.get(f"{_PARAMETER}.{name}", parameters.get(name) if isinstance(name, str) else None)
    if given is None:
        hint = 'Write the value, or give the file "suite_parameters" with its name'
        raise _UnfitError(f"the suite parameter {name!r} has no value in the file", hint)
    return given


def _condition(arguments: dict[str, object]) -> dict[str, object]:
    """Takes `row_condition` and its parser out of the arguments; gives the predicate."""
    parser = arguments.pop("condition_parser", None)
    given = arguments.pop("row_condition", None)
    return {} if given is None or given == "" else {"row_condition": parse_row_condition(given, parser)}


def _declare(type_: str, arguments: dict[str, object]) -> Expectation:
    rule = CATALOGUE.get(type_)
    if rule is None:
        return make_expectation(type_, arguments)
    for parameter in rule.parameters:
        value = arguments.get(parameter.name)
        # Great Expectations' models turn whole numbers into 1.0 where a float is possible.
        if parameter.kind == "count" and isinstance(value, float) and value.is_integer():
            arguments[parameter.name] = int(value)
    declared = getattr(expect, type_)(**arguments)
    assert isinstance(declared, Expectation)
    return declared
