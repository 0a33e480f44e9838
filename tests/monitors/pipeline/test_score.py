"""Scoring goes on past a post that no model can read, and that post stays in sight."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes import deadly
from fakes.pipeline import BRAND, Bench, liked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.decision import Policy
from models.post import Post
from models.scores import NO_MODEL
from monitors.errors import RetryLater
from monitors.index.sqlite import SqliteIndex
from monitors.ledger import documents, judging, posts, removal, scoring, setbacks, sweeps
from monitors.ledger.engine import Ledger
from monitors.pipeline.index import index_waiting
from monitors.pipeline.judge import Rules, judge
from monitors.pipeline.score import outcomes, score_all
from monitors.ports import Gone, Search
from monitors.scorers import ScorerApart, ScorerHere, ScoringFailed
from monitors.settings.sections import Models

Make = Callable[..., Post]
TESTS = Path(__file__).parents[2]


@pytest.fixture
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScorerApart]:
    """Models in a process of their own, which really ends on "deadly"."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    scorer = ScorerApart(Models(), tmp_path, deadly.make)
    yield scorer
    scorer.close()


def _models(bench: Bench) -> dict[str, str]:
    with bench.ledger.read() as tx:
        found = documents.read(tx, [f"file:{number}" for number in range(20)])
    return {document.post.native_id: document.scores.model for document in found}


def _score(bench: Bench, scorer: ScorerApart | ScorerHere, limit: int = 1000) -> int:
    return sum(score_all(bench.ledger, scorer, bench.clock, limit=limit))


def test_a_text_that_kills_the_models_holds_up_no_other(bench: Bench, post: Make, apart: ScorerApart) -> None:
    """Twice a process really dies of one post of a batch; all others are scored, and it is neither lost nor in line."""
    texts = {"3": "deadly words", "5": "poison"}
    bench.store(*(post(str(number), texts.get(str(number), "a parcel")) for number in range(7)))
    assert _score(bench, apart) == 7
    assert _models(bench) == {str(n): NO_MODEL if str(n) in texts else "first" for n in range(7)}
    with bench.ledger.read() as tx:
        assert scoring.waiting(tx) == 0
        shown = [(row.source, row.reason, row._mapping["count"]) for row in sweeps.skipped(tx)]
        assert shown == [("file", "not_scored", 2)]
        told = [setbacks.of_post(tx, f"file:{native_id}")[0] for native_id in texts]
    assert [row.model for row in told] == ["first", "first"]
    assert "ended" in told[0].error
    assert told[1].error == "ZeroDivisionError: poison in the well"
    assert _score(bench, apart) == 0


def test_models_that_are_broken_blame_no_post(bench: Bench, post: Make, apart: ScorerApart, tmp_path: Path) -> None:
    """Where the models fail on a plain text as well, nothing is set aside, and everything is free for the next try."""
    bench.store(post("1"), post("2"))
    (tmp_path / deadly.MARK).touch()
    with pytest.raises(RetryLater, match="fail on every text"):
        _score(bench, apart)
    (tmp_path / deadly.MARK).unlink()
    assert _score(bench, apart) == 2
    assert _models(bench) == {"1": "first", "2": "first"}


def test_other_models_try_again(bench: Bench, post: Make, apart: ScorerApart, tmp_path: Path) -> None:
    """What could not be scored is tried again by models of another version, once by each, and is then judged anew."""
    bench.store(post("1", "deadly acme"), post("2", "poison"))
    _score(bench, apart)
    _judge(bench)
    (tmp_path / "version").write_text("second", "utf-8")
    apart.close()
    assert _score(bench, apart) == 2
    assert _models(bench) == {"1": "second", "2": NO_MODEL}
    assert _score(bench, apart) == 0
    assert _judge(bench) == 2
    with bench.ledger.read() as tx:
        assert setbacks.counts(tx) == {"score": 1}


def test_people_have_a_post_tried_again(small: Bench, post: Make) -> None:
    """On demand a post that could not be scored is in line again, without all the others."""
    scorer = ScorerHere(deadly.Deadly(Path()))
    small.store(post("1", "poison"), post("2"))
    _score(small, scorer)
    with small.ledger.write() as tx:
        assert setbacks.score_again(tx) == 1
    assert _score(small, scorer) == 1
    with small.ledger.read() as tx:
        assert [(row.reason, row._mapping["count"]) for row in sweeps.skipped(tx)] == [("not_scored", 2)]


def test_a_post_without_scores_stays_in_sight(bench: Bench, post: Make, tmp_path: Path) -> None:
    """It is held for people with a reason that says so, found by its words, and alerts when it runs away."""
    scorer = ScorerHere(deadly.Deadly(tmp_path))
    index = SqliteIndex(tmp_path / "index.db")
    index.prepare()
    bench.store(post("1", "poison in my acme parcel"))
    _score(bench, scorer)
    assert _judge(bench) == 1
    with bench.ledger.read() as tx:
        assert [(row.action, row.reason) for row in judging.decisions_on(tx, "file:1")] == [("hold", "unscored")]
    index_waiting(bench.ledger, index, bench.clock)
    assert [hit.uid for hit in index.search(Search(text="parcel")).hits] == ["file:1"]
    bench.store(post("2", "poison, all of you", engagement=liked(50_000), created_at=bench.clock()))
    _score(bench, scorer)
    verdicts = judge(bench.ledger, BRAND, Rules(Policy(), bench.roster), bench.clock)
    assert (verdicts.posts, verdicts.alerts) == (1, 1)


def test_what_a_deleted_post_broke_is_forgotten_with_it(bench: Bench, post: Make) -> None:
    """The error may quote the post: it leaves the ledger when the post does."""
    bench.store(post("1", "poison"))
    _score(bench, ScorerHere(deadly.Deadly(Path())))
    with bench.ledger.write() as tx:
        removal.remove(tx, "file", [Gone("1", "deleted", bench.clock())], bench.clock())
        assert setbacks.of_post(tx, "file:1") == []


def test_scores_that_cannot_be_stored_hold_up_no_other(bench: Bench, post: Make) -> None:
    """A probability that is no number is the fault of its post alone."""
    bench.store(*(post(str(number), "nan" if number == 2 else "a parcel") for number in range(5)))
    assert _score(bench, ScorerHere(deadly.Deadly(Path()))) == 5
    stored = _models(bench)
    assert [stored[str(number)] for number in (0, 1, 3, 4)] == ["first"] * 4
    with bench.ledger.read() as tx:
        assert scoring.waiting(tx) == 0


class _Closing(Ledger):
    """A ledger whose door falls shut before the third transaction that writes: claim, claim, scores."""

    left = 2

    def write(self):  # type: ignore[no-untyped-def]
        """Open the door as long as it opens."""
        self.left -= 1
        if self.left == -1:
            raise RetryLater("the ledger cannot be reached")
        return super().write()


def test_a_failed_write_frees_what_was_claimed(small: Bench, post: Make, tmp_path: Path) -> None:
    """When scores cannot be written now, both the batch and the one that is being scored are free at once."""
    small.store(*(post(str(number)) for number in range(4)))
    closing = _Closing(small.ledger.url)
    with pytest.raises(RetryLater):
        sum(score_all(closing, small.reader, small.clock, limit=2))
    closing.close()
    assert sum(score_all(small.ledger, small.reader, small.clock)) == 4


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(guilty=st.sets(st.integers(0, 40)), size=st.integers(1, 41))
def test_only_the_guilty_are_found(tmp_path: Path, guilty: set[int], size: int) -> None:
    """However many posts break the models, each of those is named and every other one is scored, in its order."""
    texts = [f"poison {n}" if n in guilty else f"text {n}" for n in range(size)]
    found = outcomes(ScorerHere(deadly.Deadly(tmp_path)), texts, [None] * size)
    assert [isinstance(one, ScoringFailed) for one in found] == [n in guilty for n in range(size)]
    kept = [one.lemmas[1] for one in found if not isinstance(one, ScoringFailed)]
    assert kept == [str(n) for n in range(size) if n not in guilty]


def _judge(bench: Bench) -> int:
    return judge(bench.ledger, BRAND, Rules(bench.policy, bench.roster), bench.clock).posts


def test_scoring_holds_posts_in_the_order_of_all(bench: Bench, post: Make) -> None:
    """Whoever looks at the same posts meanwhile waits, but in no circle, also where no model can read half of them."""
    uids = [f"file:{number}" for number in range(600)]
    bench.store(*(post(str(number), "a parcel" if number % 2 else "poison") for number in range(600)))
    over = threading.Event()
    refused: list[RetryLater] = []

    def look() -> None:
        while not over.is_set():
            try:
                with bench.ledger.write() as tx:
                    posts.hold(tx, uids)
            except RetryLater as error:
                refused.append(error)

    beside = threading.Thread(target=look)
    beside.start()
    try:
        scored = 0
        # What somebody else holds just then is passed over, and scored the next time.
        while scored < 600:
            scored += _score(bench, ScorerHere(deadly.Deadly(Path())))
        assert scored == 600
    finally:
        over.set()
        beside.join()
    assert not refused
