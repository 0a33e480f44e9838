"""Stories in the ledger: found by their matter in a later transaction, as common as they are in their period."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.lemmas import tokenize
from models.matter import COMMON_PAIR, FIRST_OF_MATTER
from models.post import Post
from models.scores import Scores
from monitors.ledger.engine import Ledger
from monitors.ledger.schema import stories, story_bands
from monitors.ledger.stories import PERIOD, Stories, forget_matter, period_of

Make = Callable[..., Post]
Score = Callable[..., Scores]
HOUR = timedelta(hours=1)
OUTAGE = ("In Tartu the internet is down", "en")
RETOLD = ("В Тарту нет интернета", "ru")
ELSEWHERE = ("В Нарве нет интернета", "ru")


def _story(ledger: Ledger, post: Post, scores: Scores, language: str) -> str:
    """Judge one post in a transaction of its own."""
    lemmas = tuple(token.lemma for token in tokenize(post.text, language))
    scores = replace(scores, lemmas=lemmas, signature=(), complaint=True)
    with ledger.write() as tx:
        found = Stories(tx, "acme")
        found.load([(post, scores)], [])
        story = found.of(post, scores, None)
        story.add(post, scores, HOUR)
        found.save()
        return story.id


def test_another_language_joins_the_story_in_a_later_transaction(ledger: Ledger, post: Make, scores: Score) -> None:
    """What a story is about is stored with it, also where it lasts into another period; another town is another."""
    start = post("x").observed_at
    first = start + PERIOD - (start - datetime(2000, 1, 1, tzinfo=UTC)) % PERIOD - timedelta(minutes=30)
    told = [
        _story(ledger, post(str(hour), text=text, observed_at=first + timedelta(hours=hour)), scores(text), language)
        for hour, (text, language) in enumerate([OUTAGE, RETOLD, ELSEWHERE, RETOLD])
    ]
    assert period_of(first) < period_of(first + timedelta(hours=1))
    assert told == ["file:0", "file:0", "file:2", "file:0"]


@pytest.mark.parametrize("end", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_date_at_the_end_of_the_calendar_stops_no_brand(
    ledger: Ledger, post: Make, scores: Score, end: datetime
) -> None:
    """A post that a ledger holds from the first day that there is (or the last) is judged, and the next one as ever."""
    first = post("1", text=OUTAGE[0], created_at=end, observed_at=end)
    assert _story(ledger, first, scores(OUTAGE[0]), "en") == "file:1"
    assert _story(ledger, post("2", text=ELSEWHERE[0]), scores(ELSEWHERE[0]), "ru") == "file:2"
    both = [(first, scores(OUTAGE[0])), (post("3", text=RETOLD[0]), scores(RETOLD[0]))]
    with ledger.write() as tx:
        found = Stories(tx, "acme")
        found.load(both, [])
        stories_of = [found.of(one, said, None) for one, said in both]
        for story, (one, said) in zip(stories_of, both, strict=True):
            story.add(one, said, HOUR)
            assert story.history(one, HOUR, counted=True, complained=True).last_hour


def test_what_a_deleted_post_was_about_is_forgotten(ledger: Ledger, post: Make, scores: Score) -> None:
    """Of the story that it began only what no word can be read from stays; nobody finds it by its matter again."""
    first = _story(ledger, post("x", text=OUTAGE[0]), scores(OUTAGE[0]), "en")
    with ledger.write() as tx:
        forget_matter(tx, [first])
    with ledger.read() as tx:
        assert tx.execute(select(stories.c.signature)).scalar_one() == b""
        filed = select(story_bands.c.band).where(story_bands.c.band >= FIRST_OF_MATTER)
        assert not tx.execute(filed).all()
    assert _story(ledger, post("y", text=RETOLD[0]), scores(RETOLD[0]), "ru") != first


def test_a_matter_that_many_stories_share_brings_no_more_together(ledger: Ledger, post: Make, scores: Score) -> None:
    """Outages that each have their own place make "internet is down" worth nothing without one."""
    towns = ("Tartu", "Narva", "Valga", "Viljandi", "Rakvere", "Haapsalu", "Kuressaare")
    for town in towns[: COMMON_PAIR + 1]:
        _story(ledger, post(town, text=f"In {town} the internet is down"), scores("x"), "en")
    assert _story(ledger, post("a", text="The internet is down"), scores("x"), "en") == "file:a"
    assert _story(ledger, post("b", text="The internet is down"), scores("x"), "en") == "file:b"
