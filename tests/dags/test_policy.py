"""What Airflow is told about each of our errors."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from monitors import errors
from monitors.errors import BadSettings, KuulaError, RetryLater, SkipRecord, StopSource, TooLarge

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SOON, LATE = NOW + timedelta(seconds=20), NOW + timedelta(hours=1)
TABLE: list[tuple[KuulaError, str, str]] = [
    (RetryLater("busy"), "retry", "busy"),
    (RetryLater("busy", after=SOON), "retry", "busy"),
    (RetryLater("busy", after=LATE), "skip", "busy (not before 2026-03-02 13:00:00 UTC)"),
    (TooLarge("more than 9 bytes"), "retry", "more than 9 bytes"),
    (SkipRecord("no_date", "line 3 has no date"), "skip", "line 3 has no date"),
    (StopSource("the token is refused", remedy="Make a new one."), "fail", "the token is refused. Make a new one."),
    (BadSettings("unknown", key="sources.x", remedy="Remove it."), "fail", "sources.x: unknown. Remove it."),
    (KuulaError("something else"), "fail", "something else"),
]


def _kinds(base: type[KuulaError] = KuulaError) -> Iterator[type[KuulaError]]:
    yield base
    for kind in base.__subclasses__():
        yield from _kinds(kind)


@pytest.mark.parametrize(("error", "answer", "message"), TABLE, ids=lambda value: type(value).__name__)
def test_each_error_has_its_answer(error: KuulaError, answer: str, message: str) -> None:
    """Retry leaves our error as it is; skip and fail become Airflow's, with the message and what to do."""
    from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

    from monitors.tasks.policy import as_airflow

    kind = {"retry": type(error), "skip": AirflowSkipException, "fail": AirflowFailException}[answer]
    with pytest.raises(kind) as raised, as_airflow(lambda: NOW):
        raise error
    assert type(raised.value) is kind
    assert str(raised.value) == message


def test_no_error_is_forgotten() -> None:
    """Every class of ``monitors.errors`` is in the table above, and every other error of ours is a kind of one."""
    ours = {kind for kind in _kinds() if kind.__module__ == errors.__name__}
    assert {type(error) for error, _, _ in TABLE} == ours
    assert len(ours) == len([kind for kind in vars(errors).values() if isinstance(kind, type) and kind in ours])


def test_a_foreign_error_passes() -> None:
    """What is not ours is left to Airflow's ordinary retries."""
    from monitors.tasks.policy import as_airflow

    with pytest.raises(ZeroDivisionError), as_airflow(lambda: NOW):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("error", "delay"),
    [
        (RetryLater("busy", after=SOON), timedelta(seconds=20)),
        (RetryLater("busy", after=NOW - timedelta(hours=1)), timedelta(seconds=1)),
        (RetryLater("busy"), None),
        (OSError(), None),
    ],
)
def test_the_other_side_says_how_long_to_wait(error: Exception, delay: timedelta | None) -> None:
    """The pause is the one that was asked for, never below a second; otherwise it is the task's own."""
    from airflow.sdk.definitions.retry_policy import RetryAction

    from monitors.tasks.policy import Polite

    decision = Polite(lambda: NOW).evaluate(error, 1, 3)
    assert decision.retry_delay == delay
    assert decision.action is (RetryAction.RETRY if delay else RetryAction.DEFAULT)


def test_the_policy_survives_being_stored() -> None:
    """Airflow can store it and make it again."""
    from monitors.tasks.policy import Polite

    assert isinstance(Polite.deserialize(Polite().serialize()), Polite)
