"""Outlook: what a batch is forecast with, and what is kept of it with the decision."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from fakes.pipeline import Bench, liked

from models.forecaster import Forecaster, Watched
from models.post import Author, Post
from models.virality import Forecast
from monitors.ledger import finished, judging
from monitors.pipeline.outlook import Outlooks

Make = Callable[..., Post]
DAY = timedelta(days=1)


class Watching(Forecaster):
    """A forecaster that remembers what it was asked."""

    def __init__(self, *, asks: bool) -> None:
        super().__init__()
        # Only its name is looked at: the cold start answers.
        self.own = {"file": None} if asks else {}  # type: ignore[dict-item]
        self.asked: list[Watched] = []
        self.calls = 0

    def forecasts(self, posts: Sequence[Watched], thresholds: Sequence[int] = ()) -> list[Forecast]:
        """By the cold start."""
        self.asked += posts
        self.calls += 1
        return Forecaster().forecasts(posts, thresholds)


def _kept(bench: Bench, uid: str) -> Forecast:
    with bench.ledger.read() as tx:
        return judging.outlook_of(judging.decisions_on(tx, uid)[0].forecast)


def _finish(bench: Bench, post: Make, author: str, likes: Sequence[int]) -> None:
    """Posts of an author in the days before, each read at once and a day later."""
    for number, count in enumerate(likes):
        at = bench.clock() - (3 + number) * DAY
        first = post(f"{author}-{number}", created_at=at, observed_at=at, author=Author(author), engagement=liked(0))
        bench.store(first, replace(first, observed_at=at + DAY, engagement=liked(count)))
        bench.store(replace(first, observed_at=at + DAY, engagement=liked(count)))


def test_the_usual_is_looked_up_in_the_ledger(bench: Bench, post: Make) -> None:
    """An author with three finished posts has a usual of their own; the others have that of their source."""
    _finish(bench, post, "mia", (9, 19, 29))
    at = bench.clock() - timedelta(minutes=10)
    young = {"created_at": at, "observed_at": bench.clock(), "engagement": liked(39)}
    bench.store(
        post("by-mia", author=Author("mia"), **young),
        post("by-bob", author=Author("bob", followers=10), **young),
        post("elsewhere", source="other", author=Author("mia", followers=10), **young),
    )
    bench.respond()
    mia, bob, other = (_kept(bench, uid) for uid in ("file:by-mia", "file:by-bob", "other:elsewhere"))
    assert [one.usual_of for one in (mia, bob, other)] == ["author", "source", "followers"]
    assert mia.usual_multiple is not None
    assert mia.usual_multiple == bob.usual_multiple
    assert mia.median is not None
    assert mia.usual_multiple == (1 + mia.median) / 20
    assert mia.peak_at is None, "one poll says nothing of its pace"
    assert (mia.method, mia.calibrated, mia.so_far) == ("pooled", False, 39)


def test_a_batch_is_forecast_at_once(small: Bench, post: Make) -> None:
    """One call for all posts; their texts are read only where the source's own model asks for them."""
    for own, read in ((False, 0), (True, 5)):
        watching = Watching(asks=own)
        small.outlooks = Outlooks(lambda chosen=watching: chosen)
        small.judged(*(post(f"{own}-{number}") for number in range(20)))
        assert watching.calls == 1
        assert [len(one.traits) for one in watching.asked] == [read] * 20


def test_finished_posts_have_the_traits_of_their_scores(bench: Bench, post: Make) -> None:
    """What a model learns of a text is what it will be asked by; a post that was not scored has none."""
    _finish(bench, post, "mia", (9, 19))
    bench.respond()
    _finish(bench, post, "bob", (5,))
    found = list(finished.of_source(bench.ledger, "file", bench.clock() - 30 * DAY, bench.clock()))
    assert sorted((one.author, one.final, len(one.polls.traits)) for one in found) == [
        ("bob", 5.0, 0),
        ("mia", 9.0, 5),
        ("mia", 19.0, 5),
    ]


def test_documents_of_an_earlier_version_are_read() -> None:
    """What they did not know is unknown, and nothing of them counts as calibrated."""
    old = {"median": 3.0, "low": 1.0, "high": 9.0, "thresholds": {"10": 0.2}, "usual_multiple": 2.0, "method": "polls"}
    found = judging.outlook_of({**old, "age_minutes": 5.0, "unheard_of": 1})
    assert (found.median, found.thresholds, found.method) == (3.0, {10: 0.2}, "polls")
    assert (found.calibrated, found.rank, found.peak_at, found.usual_of) == (False, None, None, None)
    assert judging.outlook_of({}).median is None
