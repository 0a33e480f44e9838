"""A ledger on each database, a clock that tests turn, and posts and scores to put in."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from servers.ledgers import postgres_database, sqlite_ledger

from models.post import Author, Metric, Post
from models.scores import FoundSignal, Language, Scores, Sentiment, Signal
from models.story import signature
from monitors.ledger.engine import Ledger

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Clock:
    """The time that everything under test is told."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **parts: float) -> datetime:
        """Let time pass."""
        self.time += timedelta(**parts)
        return self.time


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until it is turned."""
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger, once on each database."""
    if request.param == "sqlite":
        opened = sqlite_ledger(tmp_path)
        yield opened
        opened.close()
        return
    with postgres_database(request.getfixturevalue("postgres_url")) as url:
        opened = Ledger(url)
        opened.migrate()
        yield opened
        opened.close()


@pytest.fixture
def post() -> Callable[..., Post]:
    """Makes posts: the id, and whatever differs from a plain one."""

    def make(native_id: str, text: str = "My parcel never came", **other: object) -> Post:
        values: dict[str, object] = {
            "source": "file",
            "native_id": native_id,
            "url": f"https://example.com/{native_id}",
            "text": text,
            "created_at": START,
            "observed_at": START,
            "author": Author(f"author-{native_id}", followers=100),
            "engagement": {Metric.LIKES: 3},
        }
        return Post(**{**values, **other})  # type: ignore[arg-type]

    return make


@pytest.fixture
def scores() -> Callable[..., Scores]:
    """Makes scores: a complaint by its words, and whatever differs."""

    def make(text: str, *signals: Signal, complaint: bool = True, severity: int = 2) -> Scores:
        negative = 0.9 if complaint else 0.1
        lemmas = tuple(text.lower().split())
        return Scores(
            language=Language("en", 0.99),
            sentiment=Sentiment.NEGATIVE if complaint else Sentiment.NEUTRAL,
            sentiment_probabilities={
                Sentiment.NEGATIVE: negative,
                Sentiment.NEUTRAL: 1 - negative,
                Sentiment.POSITIVE: 0.0,
            },
            complaint=complaint,
            complaint_probability=negative,
            severity=severity if complaint else 0,
            lemmas=lemmas,
            signature=signature(lemmas),
            model="test",
            signals=tuple(FoundSignal(signal, 0, min(2, len(text))) for signal in signals),
        )

    return make
