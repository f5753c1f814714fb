"""What was done to runs in the tests of faults, over all processes of pytest, as one table at the end."""

from collections import Counter

TALLY: Counter[str] = Counter()
"""In this process, by one of `NAMES`."""

NAMES = {
    "scenarios": "scenarios, each with tables of its own",
    "runs": "runs",
    "kills": "killed (-9) at a point of their work",
    "sleepers": "held still and woken, or killed, later",
    "races": "pairs and more that went on at the same moment",
    "publishes": "publishes of one interval by many writers",
    "foreign hands": "commits, VACUUMs and RESTOREs of other engines",
    "faults on the way": "requests to S3 refused, reset, cut or without a reply",
    "looks": "looks of an independent reader",
}
_NEVER = ("rows lost", "rows doubled", "mixed reads", "dishonest exits")


def render_tally(tally: Counter[str], *, failed: bool) -> str:
    """The table. What must never be is looked for after each step: a test that finds it has failed."""
    lines = [f"{tally[name]:>9,}  {told}" for name, told in NAMES.items() if tally[name]]
    lines += [f"{'see above' if failed else 0:>9}  {name}" for name in _NEVER]
    return "\n".join(lines)
