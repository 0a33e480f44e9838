"""Finished posts: found page by page, and what they say is usual."""

from datetime import timedelta

import pytest
from fakes.grown import READ, grow
from sqlalchemy import text

from models.post import Author, Metric, Post
from monitors.ledger import finished, posts
from monitors.ledger.engine import Ledger

DAY = timedelta(days=1)


def test_only_posts_that_were_seen_after_a_day_are_finished(
    ledger: Ledger, clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them come once, oldest first, whatever the pages; those that nobody read again do not."""
    monkeypatch.setattr(finished, "PAGE", 7)
    start = clock() - 20 * DAY
    grow(ledger, "x", 30, start, every=timedelta(minutes=7))
    grow(ledger, "y", 5, start, every=timedelta(0))
    grow(ledger, "z", 5, start, every=timedelta(hours=1), read=READ[:-1])
    found = list(finished.of_source(ledger, "x", start, clock() - DAY))
    assert [one.created_at for one in found] == [start + timedelta(minutes=7 * place) for place in range(30)]
    assert all(one.polls.ages == READ and one.final == one.polls.counts[-1] for one in found)
    assert len(list(finished.of_source(ledger, "y", start, clock()))) == 5
    assert list(finished.of_source(ledger, "z", start, clock())) == []
    with ledger.read() as tx:
        assert [finished.count(tx, source, clock(), 20) for source in ("x", "y", "z", "none")] == [20, 5, 0, 0]
        assert finished.count(tx, "x", start + timedelta(hours=25), 300) == 9


def test_the_usual_is_that_of_the_newest_posts_as_known_on_a_day(ledger: Ledger, clock, post) -> None:
    """Three finished posts make a usual, the middle one of the newest five; later ones change no past day."""
    day = clock().replace(hour=0) - 5 * DAY

    def wrote(number: int, at, likes: int, author: str = "mia") -> list[Post]:
        plain = post(str(number), created_at=at, author=Author(author), engagement={Metric.LIKES: likes})
        return [Post(**{**_fields(plain), "observed_at": at + timedelta(hours=hours)}) for hours in (1, 24)]

    counted = [(n, day - (12 - n) * DAY, likes) for n, likes in enumerate((900, 900, 1, 2, 30, 4, 5))]
    late = [(20, day - timedelta(hours=1), 500), (21, day + DAY, 500)]
    with ledger.write() as tx:
        for one in [*counted, *late]:
            for seen in wrote(*one):
                posts.store(tx, [seen], lambda _post: ["acme"], clock())
        for number in (31, 32):
            for seen in wrote(number, day - 3 * DAY, 7, "bob"):
                posts.store(tx, [seen], lambda _post: ["acme"], clock())
        before = finished.usual_of_authors(tx, "file", ["mia", "bob", "eve"], day)
        assert before == {"mia": 4.0}
        assert finished.usual_of_source(tx, "file", day) == 7.0
        assert finished.usual_of_source(tx, "other", day) is None
        assert finished.usual_of_authors(tx, "file", ["mia"], day - 10 * DAY) == {}


def _fields(post: Post) -> dict[str, object]:
    return {name: getattr(post, name) for name in Post.__slots__}


def test_they_are_found_by_indexes(ledger: Ledger) -> None:
    """The next page, the newest posts of a source and those of an author are looked up, never searched for."""
    if not ledger.embedded:
        return
    queries = {
        "select seq from posts where source = 'x' and created_at <= '2' and (created_at, seq) > ('1', 0) "
        "order by created_at, seq limit 5": "ix_posts_source",
        "select seq from posts where source = 'x' and created_at <= '2' order by created_at desc, seq desc limit 5": (
            "ix_posts_source"
        ),
        "select seq from posts where source = 'x' and author_id in ('a', 'b') and created_at <= '2'": "ix_posts_author",
    }
    with ledger.read() as tx:
        for query, index in queries.items():
            plan = " ".join(row.detail for row in tx.execute(text(f"explain query plan {query}")))
            assert index in plan
            assert "TEMP B-TREE" not in plan
