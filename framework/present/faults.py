"""Faults as a person reads them: what and where in a line, the hint below it."""

from collections.abc import Sequence

from framework.errors import Fault


def render_faults(faults: Sequence[Fault]) -> str:
    """Each fault on a line, places aligned, its hint on the next line under the text."""
    width = max((len(str(fault.where)) for fault in faults if fault.where is not None), default=0)
    lines = []
    for fault in faults:
        place = "" if fault.where is None else f"{fault.where!s:<{width}}  "
        lines.append(place + fault.what)
        if fault.hint:
            lines.append(" " * len(place) + f"Hint: {fault.hint}")
    return "\n".join(lines)
