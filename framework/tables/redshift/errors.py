"""What Redshift says when it refuses, and what that means for a run: the outcome, and what to do."""

import re
from dataclasses import dataclass

from framework.errors import FailedError, MisconfiguredError, RejectedError, RetryError, SparkjobError


class StatementError(Exception):
    """The server answered a statement with an error. `state`: SQLSTATE; `text` and `detail`: its words."""

    def __init__(self, state: str, text: str, detail: str = "") -> None:
        super().__init__(state, text, detail)
        self.state, self.text, self.detail = state, text, detail

    @property
    def is_conflict(self) -> bool:
        """Whether the transaction lost against another one, and may succeed when it is made again.

        Error 1023 (serializable isolation violation), a deadlock, a conflict under snapshot isolation
        (Amazon Redshift Database Developer Guide, «Serializable isolation»).
        """
        said = f"{self.text} {self.detail}".lower()
        return (
            self.state in ("40001", "40P01")
            or _IS_1023.match(self.text) is not None
            or any(mark in said for mark in _CONFLICTS)
        )

    @property
    def is_missing(self) -> bool:
        """Whether a table that the statement names is not there."""
        return self.state == "42P01" or "nonexistent table" in self.text


class ConnectionLostError(Exception):
    """No answer came: whether the last statement was carried out is not known."""


def explain(error: StatementError, *, doing: str, where: str) -> SparkjobError:
    """The error of a run for an error of the server; `doing` says at what, `where` with which table.

    The words of the server are shown where they can hold no value of a row.
    """
    said = f"{error.state} {error.text} {error.detail}".lower()
    for each in _MEANINGS:
        if any(mark in said for mark in each.marks):
            return each.kind(f"{doing}: {each.what}", where=where, hint=each.hint)
    if error.is_conflict:
        return RetryError(
            f"{doing}: other transactions were in the way, again and again",
            where=where,
            hint="Run the job again; STL_TR_CONFLICT names the tables.",
        )
    words = "" if error.state.startswith("22") else f": {_first_line(error.text)}"
    return FailedError(f"{doing}: Redshift refused with {error.state}{words}", where=where)


def lost(*, doing: str, where: str) -> RetryError:
    """The error of a run whose connection is gone."""
    return RetryError(
        f"{doing}: the connection to Redshift was lost",
        where=where,
        hint="Run the job again: it looks first at what was published.",
    )


_IS_1023 = re.compile(r"(error:\s*)?1023\b", re.IGNORECASE)
"""The number as the message begins with it: elsewhere it may be part of any id."""
_CONFLICTS = (
    "serializable isolation violation",
    "deadlock detected",
    "conflict with concurrent transaction",
    "could not serialize",
)


@dataclass(frozen=True, kw_only=True)
class _Meaning:
    """How Redshift words it (in lower case), and what it is for us."""

    marks: tuple[str, ...]
    kind: type[SparkjobError]
    what: str
    hint: str


_MEANINGS = (
    _Meaning(
        marks=("not authorized to assume", "unauthorizedexception", "not attached to cluster", "assumerole"),
        kind=MisconfiguredError,
        what="the cluster may not take the role that COPY and UNLOAD use",
        hint="Attach copy_role of the connection to the cluster, or correct it in configs/.",
    ),
    _Meaning(
        marks=(
            "addressed using the specified endpoint",
            "permanentredirect",
            "authorizationheadermalf",
        ),
        kind=MisconfiguredError,
        what="the stage's bucket is in another region than the cluster",
        hint="Let the store `stage` be a bucket of the cluster's region: COPY of Parquet takes no other.",
    ),
    _Meaning(
        marks=("access denied", "accessdenied", "status 403", "error code: 403"),
        kind=MisconfiguredError,
        what="the role may not read or write the stage on S3",
        hint="Give copy_role the rights to the store `stage` that `sparkjob grants NAME` prints.",
    ),
    _Meaning(
        marks=("disk full", "53100"),
        kind=RetryError,
        what="the cluster's disk is full",
        hint="Queries free their space when they end, so another try may succeed; else VACUUM, "
        "drop tables or resize the cluster.",
    ),
    _Meaning(
        marks=("57014", "wlm", "query monitoring rule", "cancelled on user", "canceled on user"),
        kind=RetryError,
        what="the query was cancelled, by the workload management (WLM), a timeout or a person",
        hint="STL_WLM_RULE_ACTION says by which rule; the query group names the job and the run.",
    ),
    _Meaning(
        marks=("42501", "permission denied", "must be owner", "not authorized"),
        kind=MisconfiguredError,
        what="the user may not do this",
        hint="Give it the rights that `sparkjob grants NAME` prints.",
    ),
    _Meaning(
        marks=("28000", "28p01", "password authentication failed"),
        kind=MisconfiguredError,
        what="the cluster does not accept the user or the password",
        hint="Correct user and password of the connection in configs/.",
    ),
    _Meaning(
        marks=("3d000", "3f000"),
        kind=MisconfiguredError,
        what="the database or the schema is not there",
        hint="Create it, or correct database and table in configs/.",
    ),
    _Meaning(
        marks=("is longer than the length defined in the table", "22001"),
        kind=RejectedError,
        what="a text is longer than the column of the table",
        hint="VARCHAR(n) counts bytes of UTF-8. Widen the column, or shorten the text in the job.",
    ),
    _Meaning(
        marks=(
            "53300",
            "57p01",
            "57p02",
            "57p03",
            "08006",
            "08001",
            "service unavailable",
            "slow down",
            "slowdown",
        ),
        kind=RetryError,
        what="the cluster or S3 is busy or restarting",
        hint="Run the job again.",
    ),
)


def _first_line(text: str) -> str:
    return (text.splitlines() or [""])[0][:200]
