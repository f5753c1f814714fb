"""From an exception to an outcome and to faults that a person can act on."""

from dataclasses import replace

from framework.errors import Fault, RetryError, SparkjobError
from framework.outcome import Outcome
from framework.stage.sparkerror import RIGHTS, condition_of, is_lost, is_spark, refused_by_store
from framework.stage.usercode import UserCodeError


def classify(error: BaseException) -> tuple[Outcome, tuple[Fault, ...]]:
    """The outcome of a run that ended with `error`, and its faults. Never a traceback of ours.

    A retry that is raised inside the user's own call is a retry still: it is looked for along
    the chain of causes.
    """
    retry = next((link for link in _chain(error) if isinstance(link, RetryError)), None)
    if retry is not None:
        return Outcome.RETRY, retry.faults
    ours = isinstance(error, SparkjobError) and not isinstance(error, UserCodeError)
    if not ours and _is_transient(error):
        return Outcome.RETRY, (_lost(error),)
    refused = None if ours else _refused(error)
    if refused is not None:
        return Outcome.MISCONFIGURED, (
            replace(_told(error), what=f"a store refused Spark: {refused}", hint=RIGHTS),
        )
    if isinstance(error, SparkjobError):
        return error.outcome, error.faults
    if is_spark(error):
        # Outside the user's code: an audit that could not read the stage, for one. Spark's text
        # may hold rows, its condition does not.
        said = condition_of(error) or type(error).__name__
        what = f"Spark failed while the staged files were looked at: {said}"
        return Outcome.FAILED, (Fault(what=what, hint="Spark's own log has the details."),)
    what = f"{type(error).__name__} in sparkjob itself"
    hint = "This is a bug of sparkjob; the traceback above belongs into its report."
    return Outcome.FAILED, (Fault(what=what, hint=hint),)


def is_foreseen(error: BaseException) -> bool:
    """Whether `classify` can say all there is to say, so that no traceback is owed."""
    return isinstance(error, SparkjobError) or _is_transient(error) or is_spark(error)


def _is_transient(error: BaseException) -> bool:
    return any(isinstance(link, ConnectionError | TimeoutError) or is_lost(link) for link in _chain(error))


def _refused(error: BaseException) -> str | None:
    return next(filter(None, map(refused_by_store, _chain(error))), None)


def _told(error: BaseException) -> Fault:
    # A user's error says where in their files it was.
    return error.faults[0] if isinstance(error, UserCodeError) else Fault(what=type(error).__name__)


def _lost(error: BaseException) -> Fault:
    told = _told(error)
    return Fault(
        what=f"lost Spark or a store while working: {told.what}",
        where=told.where,
        hint="Nothing was published; the same run can be tried again.",
    )


def _chain(error: BaseException) -> list[BaseException]:
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in links:
        links.append(link)
        link = link.original if isinstance(link, UserCodeError) else link.__cause__ or link.__context__
    return links
