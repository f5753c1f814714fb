"""Faults as a person reads them: what and where in a line, the hint below it."""

from collections.abc import Sequence

from framework.errors import Fault

_WIDEST = 48
"""A place with more characters, such as a table's whole path, aligns nothing."""


def render_faults(faults: Sequence[Fault]) -> str:
    """Each fault on a line, places aligned, its hint on the next line under the text."""
    places = [len(str(fault.where)) for fault in faults if fault.where is not None]
    width = max((place for place in places if place <= _WIDEST), default=0)
    lines = []
    for fault in faults:
        place = "" if fault.where is None else f"{fault.where!s:<{width}}  "
        lines.append(place + fault.what)
        if fault.hint:
            indent = len(place) if len(place) <= _WIDEST + 2 else 4
            lines.append(" " * indent + f"Hint: {fault.hint}")
    return "\n".join(lines)
