"""Tables that somebody else has changed, and whose mode would build upon that."""

from collections.abc import Iterator, Mapping, Sequence

from framework.contract.types import Output
from framework.generation import Generation
from framework.interval import WHOLE, Interval
from framework.plan.steps import Target


def looked_at(output: Output, intervals: Sequence[Interval]) -> tuple[Interval, ...]:
    """The intervals whose generations tell whether `output` is as it was left.

    Where rows are merged, intervals share the table's files: it is looked at as a whole.
    """
    return (*intervals, WHOLE) if output.is_merged and WHOLE not in intervals else tuple(intervals)


def find_foreign(
    targets: Sequence[Target], generations: Mapping[tuple[str, Interval], Generation]
) -> Iterator[Target]:
    """Targets that would be published upon what somebody else has left there.

    `replace` makes all of an interval's rows anew, and so is right whatever they are now.
    """
    for target in targets:
        output = target.output
        if output.mode == "replace":
            continue
        table = generations.get((output.dataset, WHOLE)) if output.is_merged else None
        found = table or target.expected
        if found is not None and not found.is_intact:
            yield target
