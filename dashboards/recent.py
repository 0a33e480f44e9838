"""Answers of the index that are a few seconds old, for everybody who looks at the same page at the same time."""

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

from monitors.ports import Index, Search

FRESH_FOR = timedelta(seconds=15)
HOUR = timedelta(hours=1)
MOST_ANSWERS = 200

Answer = TypeVar("Answer")


class Recent:
    """Keeps what the index said for a moment: a page and its charts ask the same, and so does each colleague."""

    def __init__(self, index: Index, now: Callable[[], datetime]) -> None:
        self._index = index
        self._now = now
        self._answers: dict[Hashable, tuple[datetime, object]] = {}
        self._lock = Lock()

    def histogram(self, search: Search, interval: timedelta) -> list[tuple[datetime, int, int, int]]:
        """Start, posts, complaints and negative posts of each bar."""
        return self._answer(
            ("histogram", search, interval),
            lambda: [
                (bar.at, bar.posts, bar.complaints, bar.negative)
                for bar in self._index.histogram(search, interval=interval)
            ],
        )

    def facets(self, search: Search, field: str, size: int) -> dict[str, int]:
        """Counts by value, the most frequent first."""
        return self._answer(("facets", search, field, size), lambda: dict(self._index.facets(search, field, size=size)))

    def hourly(self, question: Hashable, ask: Callable[[], Answer]) -> Answer:
        """What takes long to count and changes little, such as a year: as it was within the last hour."""
        return self._answer(question, ask, HOUR)

    def _answer(self, question: Hashable, ask: Callable[[], Answer], fresh_for: timedelta = FRESH_FOR) -> Answer:
        now = self._now()
        with self._lock:
            known = self._answers.get(question)
        if known is not None and timedelta(0) <= now - known[0] < fresh_for:
            return known[1]  # type: ignore[return-value]
        answer = ask()
        with self._lock:
            if len(self._answers) >= MOST_ANSWERS:
                self._answers.clear()
            self._answers[question] = (now, answer)
        return answer
