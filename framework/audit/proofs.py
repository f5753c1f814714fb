"""Many rules about one column are proven by its smallest and largest value; the others are counted."""

from collections.abc import Mapping, Sequence

from framework.audit.relation import Relation, Scanned
from framework.audit.values import measure_counts
from framework.checks.measure import Aggregate, Proof
from framework.interval import Interval

_WORTH = 4
"""Rules about one column from which on its bounds, two aggregates, are asked first."""


def measure_proven(
    relation: Relation, wanted: Mapping[Aggregate, Sequence[Interval]], scanned: Scanned
) -> None:
    """Compute all of them: bounds with what no bounds prove, then what these do not prove.

    Rules that hold cost as much as their columns then, however many there are.
    """
    provable: dict[str, list[Aggregate]] = {}
    for measure in wanted:
        if measure.proof is not None:
            provable.setdefault(measure.proof.of, []).append(measure)
    shared = {of: measures for of, measures in provable.items() if len(measures) >= _WORTH}
    later = [measure for measures in shared.values() for measure in measures]
    counted = set(wanted).difference(later)
    first = {measure: list(intervals) for measure, intervals in wanted.items() if measure in counted}
    for of, measures in shared.items():
        for bound in _bounds(of):
            asked = first.setdefault(bound, [])
            asked += dict.fromkeys(each for measure in measures for each in wanted[measure])
    measure_counts(relation, first, scanned)
    unproven: dict[Aggregate, list[Interval]] = {}
    for measure in later:
        for interval in wanted[measure]:
            if measure.proof is not None and _holds(measure.proof, interval, scanned):
                scanned.note(interval, measure, 0)
            else:
                unproven.setdefault(measure, []).append(interval)
    measure_counts(relation, unproven, scanned)


def _bounds(of: str) -> tuple[Aggregate, Aggregate]:
    smallest, largest = (Aggregate(sql=f"{f}({of})", empty=None, repeatable=True) for f in ("min", "max"))
    return smallest, largest


def _holds(proof: Proof, interval: Interval, scanned: Scanned) -> bool:
    """Whether bounds were found, and every value lies where the rule wants it; no value is everywhere."""
    values = scanned.values.get(interval, {})
    bounds = _bounds(proof.of)
    return all(bound in values for bound in bounds) and all(
        values[bound] is None or proof.holds(values[bound]) for bound in bounds
    )
