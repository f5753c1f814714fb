"""The contract's types. Constructors never raise; `contract.validate` collects all faults."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Literal

from framework.contract.runners import Runner
from framework.contract.schema import Schema
from framework.errors import Where

Severity = Literal["critical", "warning"]
OnFail = Literal["reject", "quarantine"]
Scope = Literal["staged", "table"]
Mode = Literal["replace", "append", "merge", "scd2"]
Rerun = Literal["when_changed", "always", "once"]
Scalar = str | int | float | bool | None
ArgumentValue = Scalar | tuple["ArgumentValue", ...]

VALIDITY = ("valid_from", "valid_to", "is_current")
"""Names of the columns that `scd2` computes, unless an output says others."""


def caller(depth: int = 2) -> Where:
    """The place of the code that called the caller: how declarations remember where they stand.

    The file is absolute here; `project.load` makes it relative to the project's root.
    """
    frame = sys._getframe(depth)  # noqa: SLF001  # what inspect uses; it alone is fast enough
    return Where(file=frame.f_code.co_filename, line=frame.f_lineno)


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One data-quality rule in Great Expectations' vocabulary, as data.

    `type` is the name that Great Expectations gives it (`expect_column_values_to_be_between`
    without the `expect_`). `arguments` holds the rule's own parameters by name. `mostly` is the
    fraction of non-missing rows that must hold, 0 to 1.
    """

    type: str
    arguments: Mapping[str, ArgumentValue]
    severity: Severity = "critical"
    mostly: float = 1.0
    on_fail: OnFail = "reject"
    scope: Scope = "staged"
    where: Where | None = field(default=None, compare=False)

    def __str__(self) -> str:
        shown = [
            f"{name}={value!r}" if self._needs_name(name, value) else _show(value)
            for name, value in self.arguments.items()
            if value is not None
        ]
        if self.mostly != 1.0:
            shown.append(f"mostly={self.mostly:g}")
        return f"{self.type}({', '.join(shown)})"

    def _needs_name(self, name: str, value: ArgumentValue) -> bool:
        """Whether the value alone says too little: a flag, a condition, an upper bound without a lower."""
        if name == "row_condition" or isinstance(value, bool):
            return True
        return name.startswith("max_") and name.replace("max_", "min_", 1) not in self.arguments


@dataclass(frozen=True)
class Quarantine:
    """Where rows go that break an `on_fail="quarantine"` rule, and how many may.

    `dataset` None: `<dataset>__quarantine`. More than `max_rows` rows, or than `max_fraction`
    (0 to 1) of an interval's rows, reject the interval.
    """

    dataset: str | None = None
    _: KW_ONLY
    max_rows: int | None = None
    max_fraction: float | None = None


@dataclass(frozen=True, init=False)
class Input:
    """A dataset that the job reads.

    `window`: None for the job's interval, a reach like `"7 days"` before its start, `"previous"`
    (one's own output's interval before) or `"all"`. `columns`: read only these. `optional`: may
    be missing; the function then gets None. `schema`: for plain files (CSV, JSON), the columns
    and types of the file; without it every CSV column is a STRING. `expectations`: what must hold
    of the rows before the function gets them, a list or a suite's file; evaluated once for each
    version of the input.
    """

    dataset: str
    window: str | None
    columns: tuple[str, ...] | None
    optional: bool
    schema: Schema | None
    expectations: tuple[Expectation, ...]
    where: Where = field(compare=False)

    def __init__(
        self,
        dataset: str,
        *,
        window: str | None = None,
        columns: Sequence[str] | None = None,
        optional: bool = False,
        schema: Schema | str | None = None,
        expectations: str | Sequence[Expectation] = (),
    ) -> None:
        where = caller()
        _set(
            self,
            dataset=dataset,
            window=window,
            columns=None if columns is None else names_of(columns),
            optional=optional,
            schema=Schema.of(schema),
            expectations=_expectations(expectations, where),
            where=where,
        )


@dataclass(frozen=True, init=False)
class Output:
    """A dataset that the job makes; no other job of the project may make it.

    `schema`: DDL text or `Schema`. `key`: columns that are NOT NULL and together unique.
    `time`: the DATE or TIMESTAMP column that says to which interval a row belongs; required with
    an interval. `partition_by` None: what determines the interval; of `merge` and `scd2`, nothing.
    `sequence_by`: for `merge` and `scd2`, the column by which newer wins. `delete_when`: there, a
    predicate for rows that say that their key is gone. `tracked`: for `scd2`, the columns whose change
    makes a new row; None: all others. `validity`: its columns for from when, until when, and whether
    still, which the job does not return. `expectations`: a list, or the file of a Great
    Expectations suite beside the job file. `quarantine`: where rows that break an
    `on_fail="quarantine"` rule go, if not to `<dataset>__quarantine` without a limit.
    """

    dataset: str
    schema: Schema | None
    key: tuple[str, ...]
    time: str | None
    mode: Mode
    partition_by: tuple[str, ...] | None
    sequence_by: str | None
    delete_when: str | None
    tracked: tuple[str, ...] | None
    validity: tuple[str, ...]
    expectations: tuple[Expectation, ...]
    quarantine: Quarantine | None
    where: Where = field(compare=False)

    def __init__(
        self,
        dataset: str,
        *,
        schema: Schema | str | None = None,
        key: str | Sequence[str] = (),
        time: str | None = None,
        mode: Mode = "replace",
        partition_by: str | Sequence[str] | None = None,
        sequence_by: str | None = None,
        delete_when: str | None = None,
        tracked: str | Sequence[str] | None = None,
        validity: Sequence[str] = VALIDITY,
        expectations: str | Sequence[Expectation] = (),
        quarantine: Quarantine | None = None,
    ) -> None:
        where = caller()
        _set(
            self,
            dataset=dataset,
            schema=Schema.of(schema),
            key=names_of(key),
            time=time,
            mode=mode,
            partition_by=None if partition_by is None else names_of(partition_by),
            sequence_by=sequence_by,
            delete_when=delete_when,
            tracked=None if tracked is None else names_of(tracked),
            validity=names_of(validity),
            expectations=_expectations(expectations, where),
            quarantine=quarantine,
            where=where,
        )

    @property
    def is_merged(self) -> bool:
        """Whether rows are merged into those that are there, so that intervals share files."""
        return self.mode in ("merge", "scd2")

    @property
    def partition_columns(self) -> tuple[str, ...]:
        """The columns that the table is partitioned by: `partition_by`, else a DATE `time`.

        Merged rows keep their place when their time changes, so by nothing then.
        """
        if self.partition_by is not None:
            return self.partition_by
        if self.is_merged:
            return ()
        column = self.schema.find(self.time) if self.schema and self.time else None
        return (column.name,) if column is not None and column.type == "date" else ()


@dataclass(frozen=True, kw_only=True)
class Job:
    """One small Spark application: a function, what it reads, what it makes, and when.

    Exactly one of `function`, `sql_file` and `runner` is set: a Python job, a SQL job, an
    external job (something that is not Spark, known by its contract alone). `outputs` has the
    key "" when the function returns a frame and not a dict. `interval` is a grain or None;
    `start` the ISO text of the first instant; `batch` how many neighbouring intervals one call
    of the function may make at once. `secrets` maps parameter names to secret names.
    """

    name: str
    inputs: Mapping[str, Input]
    outputs: Mapping[str, Output]
    where: Where = field(compare=False)
    function: Callable[..., object] | None = None
    sql_file: str | None = None
    runner: str | Runner | None = None
    ready: str | None = None
    interval: str | None = None
    start: str | None = None
    timezone: str = "UTC"
    batch: int = 1
    rerun: Rerun = "when_changed"
    parameters: Mapping[str, Scalar] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    owner: str | None = None
    tags: tuple[str, ...] = ()
    description: str = ""

    @property
    def returns_one(self) -> bool:
        """Whether the function returns its one frame itself, not a dict of frames."""
        return tuple(self.outputs) == ("",)


SUITE = "suite"
"""Type of the placeholder of a suite's file, which `project.load` replaces by its expectations."""


def _expectations(given: str | Sequence[Expectation], where: Where) -> tuple[Expectation, ...]:
    if isinstance(given, str):
        return (Expectation(type=SUITE, arguments={"file": given}, where=where),)
    return tuple(given)


def _show(value: ArgumentValue) -> str:
    if isinstance(value, tuple):
        return f"{{{', '.join(map(_show, value))}}}"
    return str(value)


def names_of(value: str | Sequence[str]) -> tuple[str, ...]:
    """One name or several as a tuple: a text is one name, not its letters."""
    return (value,) if isinstance(value, str) else tuple(value)


def texts_of(argument: ArgumentValue) -> tuple[str, ...]:
    """The texts of an argument that is one or several; none of None."""
    if isinstance(argument, tuple):
        return tuple(map(str, argument))
    return () if argument is None else (str(argument),)


def _set(instance: object, **values: object) -> None:
    for name, value in values.items():
        object.__setattr__(instance, name, value)
