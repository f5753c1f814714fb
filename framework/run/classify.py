"""From an exception to an outcome and to faults that a person can act on."""

from framework.errors import Fault, RetryError, SparkjobError
from framework.outcome import Outcome
from framework.stage.usercode import UserCodeError

_TRANSIENT = (
    "ExecutorLostFailure",
    "FetchFailed",
    "Connection reset",
    "Connection refused",
    "SlowDown",
    "503 Service Unavailable",
    "Read timed out",
    "SparkContext was shut down",
    "Job cancelled because SparkContext was shut down",
)
"""Words in Spark's messages for executors, connections and stores that went away."""


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
    if isinstance(error, SparkjobError):
        return error.outcome, error.faults
    if _is_spark(error):
        # Outside the user's code: an audit that could not read the stage, for one. Spark's text
        # may hold rows, its condition does not.
        what = f"Spark failed while the staged files were looked at: {_condition(error)}"
        return Outcome.FAILED, (Fault(what=what, hint="Spark's own log has the details."),)
    what = f"{type(error).__name__} in sparkjob itself"
    hint = "This is a bug of sparkjob; the traceback above belongs into its report."
    return Outcome.FAILED, (Fault(what=what, hint=hint),)


def is_foreseen(error: BaseException) -> bool:
    """Whether `classify` can say all there is to say, so that no traceback is owed."""
    return isinstance(error, SparkjobError) or _is_transient(error) or _is_spark(error)


def _is_transient(error: BaseException) -> bool:
    for link in _chain(error):
        if isinstance(link, ConnectionError | TimeoutError):
            return True
        if _is_spark(link):
            text = str(link)
            if type(link).__name__ == "Py4JNetworkError" or any(word in text for word in _TRANSIENT):
                return True
    return False


def _is_spark(error: BaseException) -> bool:
    return type(error).__module__.startswith(("py4j", "pyspark"))


def _condition(error: BaseException) -> str:
    condition = getattr(error, "getCondition", None) or getattr(error, "getErrorClass", None)
    return (condition() if condition is not None else None) or type(error).__name__


def _lost(error: BaseException) -> Fault:
    # A user's error says where in their files it was.
    told = error.faults[0] if isinstance(error, UserCodeError) else Fault(what=type(error).__name__)
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
