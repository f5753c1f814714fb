"""Tables as they are: whose, with what features, and who else writes to them."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from framework.contract.types import Job, Output
from framework.doctor.finding import FAULT, WARNING, Finding, State, good
from framework.environment.environment import Binding
from framework.publish.delta.identity import identity_faults
from framework.publish.delta.prepare import merge_refusals, refusals_of
from framework.publish.identity import Identity, identity_of
from framework.tables.delta.handle import open_table
from framework.tables.delta.log import Commit, Log
from framework.tables.delta.names import COMMIT_KEY
from framework.tables.delta.snapshot import live_files
from framework.tables.readers import reader_of

if TYPE_CHECKING:
    from deltalake import DeltaTable

_COMMITS = 200
_RECENT = timedelta(days=30)
"""How far back commits of others are looked for; the log keeps them for 30 days by default."""

_AUTO_COMPACT = "delta.autoOptimize.autoCompact"
_JVM = ("Delta-Lake/", "Databricks-Runtime/")
"""What `engineInfo` of a commit holds that a JVM made."""


def examine_output(job: Job, output: Output, binding: Binding, owner: str) -> Iterator[Finding]:
    """The table of an output, if it is there. Raises `SparkjobError` when it cannot be read."""
    if binding.format != "delta":
        if reader_of(binding).pin(binding, ()).exists:
            yield good(output.dataset, f"{binding.format}, readable")
        return
    table = open_table(binding.location)
    if table is None:
        return
    identity = identity_of(output, owner=owner, grain=job.interval, zone=job.timezone)
    found = [*_refusals(table, identity, output.dataset), *_features(table, binding)]
    found += examine_commits(binding, table.version())
    yield from found or [good(output.dataset, f"delta, version {table.version()}, written by jobs alone")]


def _refusals(table: "DeltaTable", identity: Identity, about: str) -> Iterator[Finding]:
    """What makes every run refuse the table."""
    for what, hint in identity_faults(table, identity):
        yield Finding(state=FAULT, about=about, what=what, hint=hint)
    for what in (*refusals_of(table), *merge_refusals(table, identity)):
        hint = "Take it off the table, or give the dataset another location in configs/."
        yield Finding(state=FAULT, about=about, what=f"no run publishes to a table with {what}", hint=hint)


def _features(table: "DeltaTable", binding: Binding) -> Iterator[Finding]:
    """What lets others change a table in ways that cost runs."""
    vectors = sum(1 for file in live_files(table, binding.location) if file.deleted)
    if vectors:
        yield Finding(
            state=WARNING,
            about=binding.dataset,
            what=f"rows of {vectors} files are deleted by deletion vectors, which only some engines read",
            hint="REORG TABLE … APPLY (PURGE) writes the files anew; "
            "delta.enableDeletionVectors=false makes no new ones.",
        )
    if table.metadata().configuration.get(_AUTO_COMPACT, "false").lower() not in ("false", ""):
        yield Finding(
            state=WARNING,
            about=binding.dataset,
            what=f"table property {_AUTO_COMPACT}: other writers compact what jobs have published",
            hint=f"Unset {_AUTO_COMPACT}; sparkjob compact does it without making intervals anew.",
        )


def examine_commits(binding: Binding, version: int) -> Iterator[Finding]:
    """Recent commits of others that added or removed files, counted by engine and operation."""
    oldest = (datetime.now(UTC) - _RECENT).timestamp() * 1000
    log = Log(binding.location, version)
    seen: Counter[tuple[str, str]] = Counter()
    newest: dict[tuple[str, str], int] = {}
    for commit in log.newest_first(_COMMITS):
        moment = commit.info.get("timestamp")
        if isinstance(moment, int) and moment < oldest:
            break
        if COMMIT_KEY not in commit.info and (commit.added or commit.removed):
            who = _engine(commit), _operation(commit)
            seen[who] += 1
            newest.setdefault(who, commit.version)
    for (engine, operation), number in seen.items():
        unfenced = binding.location.is_s3 and any(mark in engine for mark in _JVM)
        state: State = FAULT if unfenced else WARNING
        why = "; on S3 its commits may replace one of ours unseen" if unfenced else ""
        yield Finding(
            state=state,
            about=binding.dataset,
            what=f"{operation} by {engine}, {number} times, last in version {newest[engine, operation]}{why}",
            hint="Let jobs alone write there (docs/other-engines.md), or let no job run meanwhile."
            if unfenced
            else "What it changed is made again by the next run: change the job instead.",
        )


def _engine(commit: Commit) -> str:
    return str(commit.info.get("engineInfo") or commit.info.get("clientVersion") or "an unknown engine")


def _operation(commit: Commit) -> str:
    said = commit.info.get("operationParameters")
    automatic = isinstance(said, dict) and str(said.get("auto")).lower() == "true"
    operation = str(commit.info.get("operation") or "a commit")
    return f"{operation} (auto-compact)" if automatic else operation
