"""What footers do not tell is read from the rows: one aggregate, then what needs passes of its own."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from framework.audit.aggregates import measure_derived
from framework.audit.groups import measure_groups
from framework.audit.gx import measure_external
from framework.audit.others import measure_inputs, measure_unmatched
from framework.audit.proofs import measure_proven
from framework.audit.quantiles import measure_quantiles
from framework.audit.relation import Relation, Scanned
from framework.checks.measure import (
    Aggregate,
    Derived,
    External,
    Grouped,
    Measure,
    Measured,
    OfInput,
    Quantiles,
    Unmatched,
)
from framework.interval import Interval

_Kind = TypeVar("_Kind", bound=Measure)


def scan(
    relation: Relation,
    wanted: Mapping[Interval, Iterable[Measure]],
    known: Mapping[Interval, Mapping[Measure, Measured]],
) -> Scanned:
    """Compute the wanted measures, each pass for all intervals that want one of it.

    `known`: what footers have told. Raises `FailedError` when Spark reads another number of rows
    than the footers say; a storage error comes through as Spark's.
    """
    measures: dict[Measure, list[Interval]] = {}
    for interval, listed in wanted.items():
        for measure in listed:
            measures.setdefault(measure, []).append(interval)
            if isinstance(measure, Derived):
                for base in measure.of:
                    if base not in known.get(interval, {}) and interval not in measures.get(base, []):
                        measures.setdefault(base, []).append(interval)
    scanned = Scanned()
    passes: tuple[Callable[[], None], ...] = (
        lambda: measure_proven(relation, _only(Aggregate, measures), scanned),
        lambda: measure_derived(relation, _only(Derived, measures), known, scanned),
        lambda: measure_groups(relation, _only(Grouped, measures), scanned),
        lambda: measure_quantiles(relation, _only(Quantiles, measures), scanned),
        lambda: measure_unmatched(relation, _only(Unmatched, measures), scanned),
        lambda: measure_inputs(relation, _only(OfInput, measures), scanned),
        lambda: measure_external(relation, _only(External, measures), scanned),
    )
    for measure_them in passes:
        measure_them()
    return scanned


def _only(kind: type[_Kind], measures: Mapping[Measure, list[Interval]]) -> dict[_Kind, list[Interval]]:
    return {measure: among for measure, among in measures.items() if isinstance(measure, kind)}
