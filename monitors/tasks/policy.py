"""What Airflow does about each error, decided here once, and the words that the DAGs share.

=================  ===================================================================================================
``RetryLater``     tried again when the other side allows, or after the task's own pause where it named no time;
                   skipped when that is longer than a run should stay open: the next schedule asks the ledger again
``SkipRecord``     skipped
``StopSource``     failed at once, with its remedy: trying again cannot help
``BadSettings``    failed at once, with its key and its remedy
other KuulaError   failed at once
anything else      tried again after the task's own pause: what is not ours may be a machine that is being restarted
=================  ===================================================================================================
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Asset, RetryDecision, RetryPolicy
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from monitors.errors import BadSettings, KuulaError, RetryLater, SkipRecord, StopSource
from monitors.tasks.pools import POOL

__all__ = ["LONGEST_WAIT", "POOL", "POSTS", "Polite", "answer_to", "as_airflow"]

POSTS = Asset(name="kuula_posts", uri="kuula://posts")
LONGEST_WAIT = timedelta(seconds=45)
SHORTEST_WAIT = timedelta(seconds=1)


def clock() -> datetime:
    """The time, UTC: policies are made by Airflow, which has no clock to pass."""
    return datetime.now(UTC)


class Polite(RetryPolicy):
    """Waits as long as the other side asked for, where it said so."""

    def __init__(self, now: Callable[[], datetime] = clock) -> None:
        self.now = now

    def evaluate(self, exception: BaseException, *_: Any, **__: Any) -> RetryDecision:
        """Choose the pause before the next try; whether there is one, the task's ``retries`` say."""
        if isinstance(exception, RetryLater) and exception.after is not None:
            return RetryDecision.retry(max(SHORTEST_WAIT, exception.after - self.now()), str(exception))
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """There is nothing to remember."""
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> "Polite":  # noqa: ARG003
        """Make the policy again."""
        return cls()


def answer_to(error: KuulaError, now: datetime) -> Exception:
    """Give what to raise so that Airflow retries (the error itself), skips or fails."""
    if isinstance(error, RetryLater):
        if error.after is None or error.after - now <= LONGEST_WAIT:
            return error
        return AirflowSkipException(f"{error} (not before {error.after:%Y-%m-%d %H:%M:%S} UTC)")
    if isinstance(error, SkipRecord):
        return AirflowSkipException(str(error))
    if isinstance(error, BadSettings):
        place = f"{error.key}: " if error.key else ""
        return AirflowFailException(f"{place}{error}. {error.remedy}".rstrip())
    if isinstance(error, StopSource):
        return AirflowFailException(f"{error}. {error.remedy}".rstrip())
    return AirflowFailException(str(error))


@contextmanager
def as_airflow(now: Callable[[], datetime] = clock) -> Iterator[None]:
    """Let our errors leave the block as Airflow's."""
    try:
        yield
    except KuulaError as error:
        answer = answer_to(error, now())
        if answer is error:
            raise
        raise answer from error
