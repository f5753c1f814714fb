"""What Redshift says when it refuses, and what that means for a run: the outcome, and what to do.

No words of the server pass from here that can hold a value of a row: they are matched, and only what we
know of them is told.
"""

import re
from dataclasses import dataclass

from framework.errors import FailedError, MisconfiguredError, RejectedError, RetryError, SparkjobError


class StatementError(Exception):
    """The server answered a statement with an error. `state`: SQLSTATE; `text` and `detail`: its words.

    The words are no part of what the exception shows: a traceback is for everybody, rows are not.
    """

    def __init__(self, state: str, text: str, detail: str = "") -> None:
        super().__init__(state)
        self.state, self.text, self.detail = state, text, detail

    @property
    def conflict(self) -> str | None:
        """By which name the transaction lost against another one, so that it may succeed when made again.

        Error 1023 (serializable isolation violation), a deadlock, a conflict under snapshot isolation
        (Amazon Redshift Database Developer Guide, «Serializable isolation»). None: it is something else.
        """
        if _IS_1023.match(self.text) is not None:
            return "1023"
        said = f"{self.text} {self.detail}".lower()
        found = next((mark for mark in _CONFLICTS if mark in said), None)
        return found or (self.state if self.state in ("40001", "40P01") else None)

    @property
    def is_missing(self) -> bool:
        """Whether a table that the statement names is not there."""
        return self.state == "42P01" or "nonexistent table" in self.text


class ConnectionLostError(Exception):
    """No answer came: whether the last statement was carried out is not known."""


def explain(error: StatementError, *, doing: str, where: str) -> SparkjobError:
    """The error of a run for an error of the server; `doing` says at what, `where` with which table."""
    said = f"{error.text} {error.detail}".lower()
    for each in _MEANINGS:
        if error.state in each.states or any(mark in said for mark in each.marks):
            return each.kind(f"{doing}: {each.what}", where=where, hint=each.hint)
    if error.conflict is not None:
        return RetryError(
            f"{doing}: other transactions were in the way, again and again",
            where=where,
            hint="Run the job again; STL_TR_CONFLICT names the tables.",
        )
    reason = (
        _first_line(error.text)
        if error.state.startswith(_WITHOUT_VALUES)
        else _known_reason(f"{error.text} {error.detail}")
    )
    return FailedError(
        f"{doing}: Redshift refused with {error.state}{f': {reason}' if reason else ''}",
        where=where,
        hint=None if reason else _UNSAID,
    )


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
_WITHOUT_VALUES = ("08", "0A", "25", "26", "28", "3D", "3F", "42", "53", "55", "57")
"""Classes of SQLSTATE that are about statements, names, rights and the server, never about rows.

XX000, which Redshift gives for most things, may quote a row: «Invalid digit, Value 'x', Pos 0».
"""
_REASONS = (
    "Invalid digit",
    "Invalid Boolean",
    "Invalid date format",
    "Invalid timestamp format or value",
    "Numeric Value exceeds range",
    "Overflow",
    "out of range",
    "Divide by zero",
    "String length exceeds DDL length",
    "is longer than the length defined in the table",
    "Missing data for not-null field",
    "Multibyte character not supported for CHAR",
    "invalid or unsupported UTF",
    "Unmatched number of columns",
    "incompatible Parquet schema",
    "has an invalid version number",
    "does not have 'meta' key",
    "InvalidRange",
    "does not exist",
)
"""Of the Amazon Redshift Database Developer Guide, «Load error reference», and of COPY of Parquet."""
_UNSAID = (
    "Redshift's own words may hold values of rows: SYS_QUERY_HISTORY and SYS_LOAD_ERROR_DETAIL have them; "
    "the query's label names the job and the run."
)


@dataclass(frozen=True, kw_only=True)
class _Meaning:
    """How Redshift says it, by SQLSTATE or in words (here in lower case), and what it is for us."""

    states: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
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
        states=("53100",),
        marks=("disk full",),
        kind=RetryError,
        what="the cluster's disk is full",
        hint="Queries free their space when they end, so another try may succeed; else VACUUM, "
        "drop tables or resize the cluster.",
    ),
    _Meaning(
        states=("57014",),
        marks=("by wlm", "query monitoring rule", "cancelled on user", "canceled on user"),
        kind=RetryError,
        what="the query was cancelled: it had waited too long for a lock, or the workload management (WLM), "
        "a timeout or a person ended it",
        hint="Run the job again. SVV_TRANSACTIONS names who holds a lock, and pg_terminate_backend(pid) ends "
        "a session that was left behind; STL_WLM_RULE_ACTION names a rule of the WLM.",
    ),
    _Meaning(
        states=("42501",),
        marks=("permission denied", "must be owner", "not authorized"),
        kind=MisconfiguredError,
        what="the user may not do this",
        hint="Give it the rights that `sparkjob grants NAME` prints.",
    ),
    _Meaning(
        states=("28000", "28P01"),
        marks=("password authentication failed",),
        kind=MisconfiguredError,
        what="the cluster does not accept the user or the password",
        hint="Correct user and password of the connection in configs/.",
    ),
    _Meaning(
        states=("3D000", "3F000"),
        kind=MisconfiguredError,
        what="the database or the schema is not there",
        hint="Create it, or correct database and table in configs/.",
    ),
    _Meaning(
        states=("22001",),
        marks=("is longer than the length defined in the table",),
        kind=RejectedError,
        what="a text is longer than the column of the table",
        hint="VARCHAR(n) counts bytes of UTF-8. Widen the column, or shorten the text in the job.",
    ),
    _Meaning(
        marks=("column used by a view",),
        kind=MisconfiguredError,
        what="a view is bound to a column that must become longer",
        hint="Create the view WITH NO SCHEMA BINDING, or drop it, run the job and create it again.",
    ),
    _Meaning(
        states=("53300", "57P01", "57P02", "57P03", "08006", "08001"),
        marks=("service unavailable", "slow down", "slowdown"),
        kind=RetryError,
        what="the cluster or S3 is busy or restarting",
        hint="Run the job again.",
    ),
)


def _first_line(text: str) -> str:
    return (text.splitlines() or [""])[0][:200]


def _known_reason(words: str) -> str | None:
    """Why a load or a query failed, in words of Redshift's own that stand before or around any value."""
    lower = words.lower()
    return next((reason for reason in _REASONS if reason.lower() in lower), None)
