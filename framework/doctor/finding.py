"""One thing that was looked at: how it is, and what to do; as lines and as JSON values."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from framework.errors import SparkjobError
from framework.present.table import count

State = Literal["good", "warning", "fault"]

WARNING: Final = "warning"
FAULT: Final = "fault"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`fault`: a promise may break, or no run can succeed. `warning`: something is not as it should be.

    `about`: what was looked at (a program, a store, a dataset). `hint`: the cure; None for what is good.
    """

    state: State
    about: str
    what: str
    hint: str | None = None


def good(about: str, what: str) -> Finding:
    """As it should be."""
    return Finding(state="good", about=about, what=what)


def findings_of(error: SparkjobError, about: str) -> Iterator[Finding]:
    """What an error of a look says, each fault for itself."""
    for fault in error.faults:
        where = None if fault.where is None or str(fault.where) in fault.what else str(fault.where)
        what = fault.what if where is None else f"{fault.what} ({where})"
        yield Finding(state=FAULT, about=about, what=what, hint=fault.hint)


def render_findings(findings: Sequence[Finding]) -> str:
    """A line for each finding, its cure below it, and how many there are of each state."""
    width = max((len(each.about) for each in findings), default=0)
    lines = []
    for each in findings:
        lines.append(f"  {each.state:<7}   {each.about:<{width}}   {each.what}")
        if each.hint:
            lines.append(f"{'':{width + 15}}Hint: {each.hint}")
    lines.append(", ".join(_counts(findings)))
    return "\n".join(lines)


def build_findings_document(findings: Iterable[Finding]) -> list[dict[str, str | None]]:
    """The findings for `--json`."""
    return [{"state": f.state, "about": f.about, "what": f.what, "hint": f.hint} for f in findings]


def _counts(findings: Sequence[Finding]) -> Iterator[str]:
    states = [each.state for each in findings]
    yield count(states.count(FAULT), FAULT)
    yield count(states.count(WARNING), WARNING)
    yield f"{states.count('good')} good"
