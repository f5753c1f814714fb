"""What trials showed and what is likely to blame, as findings that a person can act on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from framework.errors import Fault, Where
from framework.present.table import count
from framework.testing.verify.blame import Blame
from framework.testing.verify.causes import CAUSES, PYTHON, UDF, Cause, Nature
from framework.testing.verify.compare import Difference
from framework.testing.verify.source import Source

AGAIN = "run again"
"""The trial in which nothing is arranged differently: what differs there differs each time."""
_BITS = next(cause for cause in CAUSES if cause.nature == "bits")
_UNKNOWN = (
    "Nothing that Spark's plan or the job's source shows explains it; look for what the job keeps or reads."
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that makes a job's rows differ. `columns` empty: whole rows, or no rows at all.

    `rows`: in how many, at most, of `of`. `trials`: in which it showed. `cause` None: not known.
    """

    what: str
    dataset: str | None = None
    columns: tuple[str, ...] = ()
    rows: int = 0
    of: int = 0
    trials: tuple[str, ...] = ()
    cause: str | None = None
    where: tuple[Where, ...] = ()
    hint: str | None = None

    def to_fault(self, job: str) -> Fault:
        """As every message of the product: where, what, what to do."""
        where = self.where[0] if self.where else job
        more = "".join(f", {each}" for each in self.where[1:])
        return Fault(what=f"{self.what}{more and f' (also {more[2:]})'}", where=where, hint=self.hint)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """How an output differed from the first run's, by trial."""

    dataset: str
    by_trial: Mapping[str, Difference]
    blame: Blame
    undeclared: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in which any trial differed."""
        return tuple(dict.fromkeys(name for each in self.by_trial.values() for name in each.columns))


def find(shown: Sequence[Shown], source: Source) -> Iterator[Finding]:
    """Findings on each output: columns with the same cause together, then rows that came or went.

    At last what is read without being declared, where that made no row differ as yet.
    """
    blamed: set[Cause | None] = set()
    for each in shown:
        groups: dict[tuple[Cause | None, tuple[Where, ...], bool], list[str]] = {}
        for column in each.columns:
            close = all(column in d.close for d in each.by_trial.values() if column in d.columns)
            cause, where = _explain(each, column, close=close, source=source)
            groups.setdefault((cause, where, close), []).append(column)
        for (cause, where, close), columns in groups.items():
            blamed.add(cause)
            yield _of_columns(each, columns, cause, where, close=close)
        trials = {name: difference for name, difference in each.by_trial.items() if any(difference.alone)}
        if trials:
            cause, where = _explain(each, None, close=False, source=source)
            blamed.add(cause)
            yield _of_rows(each, trials, cause, where)
    for name in dict.fromkeys(name for each in shown for name in each.undeclared):
        cause = _undeclared(name)
        if cause not in blamed:
            what = f"reads {name}, which is no Input of it: nobody sees when that changes"
            yield Finding(what=what, cause=cause.name, where=source.find(cause.calls), hint=cause.hint)


def find_time(shown: Iterable[Shown], source: Source) -> Iterator[Fault]:
    """Notes on uses of the clock that made no row differ, since all trials were on one day."""
    for each in shown:
        for column, causes in each.blame.columns.items():
            told = [cause for cause in causes if cause.nature == "time"]
            if told and column not in each.columns:
                where = source.find(told[0].calls, [column])
                yield Fault(
                    what=f"{each.dataset}: {column} is made with the current time; no row differed now, "
                    "another day's may",
                    where=where[0] if where else each.dataset,
                    hint=told[0].hint,
                )


def _of_columns(
    shown: Shown, columns: Sequence[str], cause: Cause | None, where: tuple[Where, ...], *, close: bool
) -> Finding:
    trials = {name: d for name, d in shown.by_trial.items() if not d.columns.keys().isdisjoint(columns)}
    rows = max(d.columns.get(name, 0) for d in trials.values() for name in columns)
    differ = "differs" if len(columns) == 1 else "differ"
    how = f"{differ} in the last bits" if close else differ
    what = f"{', '.join(columns)} {how} in {rows:,} of {count(_of(trials), 'row')}"
    return _finding(shown, what, trials, cause, where, columns=columns, rows=rows)


def _of_rows(
    shown: Shown, trials: Mapping[str, Difference], cause: Cause | None, where: tuple[Where, ...]
) -> Finding:
    lost, new = max((each.alone for each in trials.values()), key=sum)
    what = f"{lost:,} of {count(_of(trials), 'row')} are gone, {new:,} others are there"
    return _finding(shown, what, trials, cause, where, rows=max(lost, new))


def _finding(
    shown: Shown,
    what: str,
    trials: Mapping[str, Difference],
    cause: Cause | None,
    where: tuple[Where, ...],
    *,
    rows: int,
    columns: Sequence[str] = (),
) -> Finding:
    when = "each time" if AGAIN in trials else f"with {' and '.join(trials)}"
    return Finding(
        what=f"{shown.dataset}: {what} {when}{'' if cause is None else f': {cause.name}'}",
        dataset=shown.dataset,
        columns=tuple(columns),
        rows=rows,
        of=_of(trials),
        trials=tuple(trials),
        cause=None if cause is None else cause.name,
        where=where,
        hint=_UNKNOWN if cause is None else cause.hint,
    )


def _of(trials: Mapping[str, Difference]) -> int:
    return max(each.rows[0] for each in trials.values())


def _explain(
    shown: Shown, column: str | None, *, close: bool, source: Source
) -> tuple[Cause | None, tuple[Where, ...]]:
    """The likeliest cause for a column (None: for which rows there are), and its lines.

    What the plan says of the column comes first, then what it says of the rows, then the source.
    """
    again = shown.by_trial.get(AGAIN, Difference(rows=(0, 0)))
    each_time = any(again.alone) if column is None else column in again.columns
    natures: tuple[Nature, ...] = ("chance", "time") if each_time else ("order", "chance", "bits")
    near = () if column is None else (column,)
    told = (shown.blame.of(column), shown.blame.rows)
    for causes in told[::-1] if column is None else told:
        for nature in ("bits",) if close else natures:
            for cause in CAUSES:
                if cause in causes and cause.nature == nature:
                    return cause, source.find(cause.calls, near)
        if UDF in causes:
            return _in_python(shown, column, source) or (
                UDF,
                source.find_functions(shown.blame.called(column)),
            )
    if each_time:
        if shown.undeclared:  # wrong in any case
            cause = _undeclared(shown.undeclared[0])
            return cause, source.find(cause.calls)
        found = _in_python(shown, column, source)
        if found is not None:
            return found
    rest = [cause for cause in CAUSES if cause in told[0]]
    return (rest[0], source.find(rest[0].calls, near)) if rest else (None, ())


def _in_python(shown: Shown, column: str | None, source: Source) -> tuple[Cause, tuple[Where, ...]] | None:
    """What the source does beside Spark that could explain it."""
    near = (*shown.blame.called(column), *(() if column is None else (column,)))
    for cause in PYTHON:
        where = source.find(cause.calls, near)
        if where:
            return cause, where
    return None


def _undeclared(name: str) -> Cause:
    return Cause(
        name=f"an undeclared read of {name}",
        nature="python",
        calls=("load", "csv", "json", "parquet", "orc", "text", "table"),
        hint="Declare it as an Input; then it is pinned, hashed, and waited for.",
    )
