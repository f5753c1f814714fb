"""The known name that a person probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def close_to(name: str, names: Iterable[str]) -> str | None:
    """A did-you-mean for `name`; None when nothing is near."""
    close = get_close_matches(name, list(names), n=1)
    return f'did you mean "{close[0]}"?' if close else None


def suggest(name: str, known: Iterable[str], *, kind: str = "Known", limit: int = 40) -> str | None:
    """A hint like `did you mean "day"? Columns: day, carrier`; `kind` is the plural, capitalised.

    At most `limit` names are listed. None when nothing is known.
    """
    names = list(dict.fromkeys(known))
    if not names:
        return None
    lower = {candidate.lower(): candidate for candidate in reversed(names)}
    close = get_close_matches(name.lower(), lower, n=1)
    meant = f'did you mean "{lower[close[0]]}"? ' if close else ""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"{meant}{kind}: {', '.join(names[:limit])}{more}"
