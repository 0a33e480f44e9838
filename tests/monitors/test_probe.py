"""Probing a source shows what it would bring and what of its abilities works, as JSON Lines."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from fakes.mastodon import FakeMastodon, status
from fakes.x import USER_CONTEXT, FakeX, tweet

from monitors.errors import StopSource
from monitors.http import Http
from monitors.ports import Can, Query, Window
from monitors.probe import Meter, Trial, probe
from monitors.sources import load
from monitors.testing.server import Fault

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SPENT = {"calls": 1, "seconds": 1.0}


def probed(fake: FakeX, limit: int, **settings: str) -> list[Any]:
    """The lines of a probe, read back."""
    return [json.loads(line) for line in raw(fake, limit, **settings)]


def raw(fake: FakeX, limit: int, **settings: str) -> Iterator[str]:
    """The lines of a probe of X, by a clock on which everything takes a second."""
    return tried("x", limit, {"base_url": fake.url, "bearer_token": fake.token, "page_size": 10, **settings})


def tried(kind: str, limit: int, values: dict[str, Any]) -> Iterator[str]:
    """The lines of a probe of any source."""
    source_class = load(kind)
    settings = source_class.Settings.model_validate(values)
    meter = Meter(map(float, count()).__next__)
    http = Http(settings, budget=meter, now=lambda: NOW, sleep=lambda _: None)
    window = Window(NOW - timedelta(days=1), NOW)
    trial = Trial(Query("h", ("Hansa", "Hansa Kuller")), window, limit, ["hansa"])
    return probe(source_class(f"shop-{kind}", settings, http), trial, meter)


def by_ability(lines: list[Any]) -> dict[str, Any]:
    """The last lines, without what was charged."""
    return {line["ability"]: line for line in lines if "ability" in line}


def test_a_line_counts_what_was_collected() -> None:
    """Posts first, then how many were found, gone and skipped with reasons, and what was charged."""
    odd = {**tweet("Hansa tulevikust", NOW - timedelta(minutes=1)), "created_at": "2031-01-01T00:00:00Z"}
    with FakeX([odd]) as fake:
        fake.say("Hansa Ŏ", NOW - timedelta(minutes=3), author="jüri", followers=7)
        *posts, counts, _, _, _ = probed(fake, 10)
    skipped = {"skipped": {"future": 1}, "first_skipped": {"future": f"{odd['id']}: 2031-01-01T00:00:00+00:00"}}
    assert counts == {"ability": "search", "found": 1, "gone": 0, **skipped, **SPENT, "cost": 0.03}
    assert (posts[0]["source"], posts[0]["text"], posts[0]["author"]["followers"]) == ("shop-x", "Hansa Ŏ", 7)
    assert posts[0]["created_at"] == "2026-03-02T11:57:00+00:00"


def test_a_post_cannot_steer_the_terminal() -> None:
    """Whatever is not printable is an escape, of which a reader of JSON makes the same text again."""
    text = "Hansa \x1b[2J \x9b2J \u202e \U000e0041 \u2028 õ 🙂"
    with FakeX([tweet(text, NOW - timedelta(minutes=1))]) as fake:
        lines = list(raw(fake, 1))
    assert all(line.isprintable() for line in lines)
    assert "õ 🙂" in lines[0]
    assert json.loads(lines[0])["text"] == text


def test_no_more_is_fetched_than_is_shown() -> None:
    """The limit ends the calls too: a probe must not cost what a collection costs."""
    with FakeX([tweet("Hansa", NOW - timedelta(minutes=n), number=n) for n in range(1, 40)]) as fake:
        *posts, counts, refreshed, _, _ = probed(fake, 5)
    assert (len(posts), counts["found"], counts["calls"]) == (5, 5, 1)
    assert (refreshed["asked"], refreshed["calls"]) == (5, 1)


def test_what_is_skipped_counts_in_the_limit() -> None:
    """A source of which nothing is understood is not read to its end by whoever wanted to see five items of it."""
    strange = [{**tweet("Hansa", NOW - timedelta(minutes=n), number=n), "created_at": "soon"} for n in range(1, 40)]
    with FakeX(strange) as fake:
        counts, *others = probed(fake, 5)
    assert (counts["found"], counts["skipped"], counts["calls"]) == (0, {"not_understood": 10}, 1)
    assert {line["ability"] for line in others} == {"follow", "refresh", "reply"}
    assert all(line["left_out"] for line in others)


def test_an_error_is_raised_as_a_collection_would() -> None:
    """A wrong token is the source's error with its remedy, not an empty list."""
    with FakeX() as fake, pytest.raises(StopSource, match="401"):
        probed(fake, 5, bearer_token="wrong")


def test_posts_that_were_found_are_read_again() -> None:
    """REFRESH tells of what changed and what is gone, and of an id that nothing was said of; X charged for the others
    when they were found.
    """
    with FakeX() as fake:
        kept, grown, lost = (fake.say(f"Hansa {n}", NOW - timedelta(minutes=n)) for n in (1, 2, 3))
        lines = raw(fake, 3)
        for _ in range(4):
            next(lines)
        fake.posts[grown]["public_metrics"]["like_count"] = 40
        fake.delete(lost)
        refreshed = json.loads(next(lines))
    assert kept != grown
    asked = {"ability": "refresh", "asked": 3, "found": 2, "gone": 1, "skipped": {}}
    assert refreshed == {**asked, "changed": 1, "unanswered": [], **SPENT, "cost": 0.0}


def test_an_id_that_nothing_is_said_of_is_named() -> None:
    """What is read again under another id, or under none, is lost for a team: the line says which."""
    with FakeX() as fake:
        post = fake.say("Hansa", NOW - timedelta(minutes=1))
        lines = raw(fake, 1)
        for _ in range(2):
            next(lines)
        fake.posts[post]["edit_history_tweet_ids"] = ["7", post]
        refreshed = json.loads(next(lines))
    assert (refreshed["found"], refreshed["unanswered"]) == (1, [post])


def test_the_conversation_is_read_below_the_post_with_most_replies() -> None:
    """FOLLOW says how many posts stand there, and below which post it looked; the accounts of ours are asked for."""
    with FakeX() as fake:
        fake.say("Hansa vaikus", NOW - timedelta(minutes=1))
        loud = fake.say("Hansa jutt", NOW - timedelta(minutes=9), reply_count=2)
        fake.reply(fake.reply(loud, "Uurime.", NOW, author="hansa"), "Ootan.", NOW)
        followed = by_ability(probed(fake, 5))["follow"]
    assert (followed["below"], followed["found"], followed["without_parent"]) == (loud, 2, 0)
    assert followed["cost"] > 0


def test_nothing_is_ever_sent() -> None:
    """REPLY says whether the settings have what it takes, and no probe posts anything."""
    with FakeX() as fake:
        fake.say("Hansa", NOW - timedelta(minutes=1))
        unable = by_ability(probed(fake, 5))["reply"]
        able = by_ability(probed(fake, 5, **USER_CONTEXT))["reply"]
        assert {asked.method for asked in fake.asked} == {"GET"}
    assert unable == {"ability": "reply", "left_out": "the settings lack what it takes, such as a token"}
    assert able == {"ability": "reply", "left_out": "a probe sends nothing"}


def test_an_ability_that_fails_keeps_no_other_from_being_tried() -> None:
    """Its line has the error and the remedy, the next ability is tried, and the first error is raised in the end."""
    with FakeMastodon(status("Hansa", NOW - timedelta(minutes=1))) as fake:
        lines = tried("mastodon", 1, {"base_url": fake.url})
        told = [json.loads(next(lines)) for _ in range(2)]
        fake.fail(Fault.FORBIDDEN_JSON)
        told += [json.loads(next(lines)) for _ in range(3)]
        with pytest.raises(StopSource, match="403"):
            next(lines)
    abilities = by_ability(told)
    assert (abilities["refresh"]["asked"], abilities["refresh"]["error"]) == (1, "StopSource")
    assert "what the credentials" in abilities["follow"]["remedy"]


class Unfinished(load("drill")):  # type: ignore[misc]
    """A source whose author declared what is not there yet, and made a mistake."""

    can = frozenset({Can.WATCH, Can.REFRESH, Can.FOLLOW})

    def refresh(self, ids: Any) -> Any:
        return {}["posts"]


def test_a_mistake_of_the_author_is_named_with_its_place() -> None:
    """Whoever writes a source reads the line that failed and the method that is missing, and no traceback."""
    settings = Unfinished.Settings.model_validate({"told": True})
    meter = Meter(lambda: 0.0)
    http = Http(settings, budget=meter, now=lambda: NOW)
    lines = probe(Unfinished("drill", settings, http), Trial(Query(), Window(None, NOW), 1), meter)
    told = [json.loads(next(lines)) for _ in range(4)]
    assert "KeyError at test_probe.py:" in told[2]["said"]
    assert told[3]["said"] == "it declares Can.FOLLOW and has no `follow`"
    assert "monitors.ports.Follower" in told[3]["remedy"]
    with pytest.raises(StopSource, match="KeyError"):
        next(lines)


def test_it_says_what_begins() -> None:
    """Whoever waits hears of each ability before it is tried."""
    source_class = load("drill")
    settings = source_class.Settings.model_validate({"told": True})
    meter, heard = Meter(lambda: 0.0), list[str]()
    http = Http(settings, budget=meter, now=lambda: NOW)
    list(probe(source_class("drill", settings, http), Trial(Query(), Window(None, NOW), 3), meter, heard.append))
    assert heard == ["watch: collecting up to 3 items", "refresh: reading 3 of them again"]
