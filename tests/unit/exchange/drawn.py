"""Outputs with expectations of every type of the catalogue, drawn by the kinds of their parameters."""

from hypothesis import strategies as st

from framework import Output, Quarantine, Schema, expect
from framework.contract.catalogue import CATALOGUE
from framework.contract.rule import Kind, Parameter, Rule
from framework.contract.types import Expectation

SCHEMA = Schema.of("""
    day DATE NOT NULL,
    n INT NOT NULL COMMENT 'a number',
    m DECIMAL(10,2),
    x DOUBLE,
    s STRING COMMENT 'it''s "text": \\\\ ü on',
    `odd name` STRING,
    b BOOLEAN,
    at TIMESTAMP,
    local TIMESTAMP_NTZ,
    raw BINARY,
    a ARRAY<STRUCT<p:INT,q:MAP<STRING,DOUBLE>>>
""").masked("s")
COLUMNS = SCHEMA.names

NUMBER = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(max_size=8) | st.sampled_from(
    ["on", "NO", "1:30", "012", "2013-01-01", "null", "~", " a", "a: b"]
)
VALUE = NUMBER | TEXT | st.booleans()
DATES = st.dates().map(str)
BOUNDS = {"day": DATES, "at": DATES, "local": DATES, "s": TEXT, "odd name": TEXT}

KINDS: dict[Kind, st.SearchStrategy[object]] = {
    "columns": st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3, unique=True),
    "set": st.lists(VALUE, max_size=4),
    "count": st.integers(0, 2**40),
    "flag": st.booleans(),
    "number": NUMBER,
    "pairs": st.lists(st.tuples(VALUE, VALUE | st.none()), max_size=3),
    "quantiles": st.just({"quantiles": [0.1, 0.5], "value_ranges": [[1, 2.5], [None, 3]]}),
    "json": st.just({"values": ["a", "b"], "weights": [0.5, 0.5], "more": {}}),
}
TEXTS = st.lists(TEXT, min_size=1, max_size=3)
LISTS = frozenset({"regexes", "likes", "texts", "types"})


@st.composite
def expectations(draw: st.DrawFn) -> Expectation:
    """An expectation as a job file declares it."""
    rule = CATALOGUE[draw(st.sampled_from(sorted(CATALOGUE)))]
    given: dict[str, object] = {}
    for parameter in rule.parameters:
        if parameter.required or draw(st.booleans()):
            given[parameter.name] = draw(_values(parameter, str(given.get("column"))))
    made = getattr(expect, rule.name)(**given, **draw(_options(rule)))
    assert isinstance(made, Expectation)
    return made


@st.composite
def outputs(draw: st.DrawFn) -> Output:
    """An output of all kinds of columns."""
    return Output(
        draw(st.sampled_from(["small.good", "good"])),
        schema=SCHEMA,
        key=draw(st.sampled_from([(), ("n",), ("n", "day")])),
        time=draw(st.sampled_from([None, "day", "at"])),
        expectations=draw(st.lists(expectations(), max_size=8)),
        quarantine=draw(
            st.sampled_from([None, Quarantine("small.bad", max_rows=0), Quarantine(max_fraction=0.25)])
        ),
    )


def _values(parameter: Parameter, column: str) -> st.SearchStrategy[object]:
    if parameter.kind == "column":
        return st.sampled_from(COLUMNS)
    if parameter.kind == "bound":
        return BOUNDS.get(column, NUMBER)
    if parameter.kind == "choice":
        return st.sampled_from(parameter.choices)
    if parameter.kind == "condition":
        return TEXT.filter(bool)
    return KINDS.get(parameter.kind, TEXTS if parameter.kind in LISTS else TEXT)


def _options(rule: Rule) -> st.SearchStrategy[dict[str, object]]:
    optional = {
        "severity": st.sampled_from(["critical", "warning"]),
        "on_fail": st.sampled_from(["reject", "quarantine"]),
        "scope": st.sampled_from(["staged", "table"]),
    }
    if rule.takes_mostly:
        optional["mostly"] = st.floats(0, 1) | st.sampled_from([0.9, 0.95, 0.99, 0.999])
    return st.fixed_dictionaries({}, optional=optional)
