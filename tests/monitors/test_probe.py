"""Probing a source shows what it would bring, as JSON Lines."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.x import FakeX, tweet

from monitors.errors import StopSource
from monitors.http import Http, MemoryBudget
from monitors.ports import Query, Window
from monitors.probe import probe
from monitors.sources import load

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def probed(fake: FakeX, limit: int, token: str = "") -> list[Any]:
    """The lines of a probe, read back."""
    return [json.loads(line) for line in raw(fake, limit, token)]


def raw(fake: FakeX, limit: int, token: str = "") -> Iterator[str]:
    """The lines of a probe."""
    source_class = load("x")
    values = {"base_url": fake.url, "bearer_token": token or fake.token, "page_size": 10}
    settings = source_class.Settings.model_validate(values)
    http = Http(settings, budget=MemoryBudget(lambda: NOW, per=timedelta(1)), now=lambda: NOW)
    source = source_class("shop-x", settings, http)
    window = Window(NOW - timedelta(days=1), NOW)
    return probe(source, http, Query("h", ("Hansa",)), window, limit)


def test_the_last_line_counts() -> None:
    """Posts first, then how many were found, gone and skipped with reasons, and what it cost in calls."""
    odd = {**tweet("Hansa tulevikust", NOW - timedelta(minutes=1)), "created_at": "2031-01-01T00:00:00Z"}
    with FakeX([odd]) as fake:
        fake.say("Hansa Ŏ", NOW - timedelta(minutes=3), author="jüri", followers=7)
        *posts, counts = probed(fake, 10)
    skipped = {"skipped": {"future": 1}, "first_skipped": {"future": f"{odd['id']}: 2031-01-01T00:00:00+00:00"}}
    assert counts == {"found": 1, "gone": 0, "calls": 1, **skipped}
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
        *posts, counts = probed(fake, 5)
    assert (len(posts), counts["found"], counts["calls"]) == (5, 5, 1)


def test_what_is_skipped_counts_in_the_limit() -> None:
    """A source of which nothing is understood is not read to its end by whoever wanted to see five items of it."""
    strange = [{**tweet("Hansa", NOW - timedelta(minutes=n), number=n), "created_at": "soon"} for n in range(1, 40)]
    with FakeX(strange) as fake:
        (counts,) = probed(fake, 5)
    assert (counts["found"], counts["skipped"], counts["calls"]) == (0, {"not_understood": 10}, 1)


def test_an_error_is_raised_as_a_collection_would() -> None:
    """A wrong token is the source's error with its remedy, not an empty list."""
    with FakeX() as fake, pytest.raises(StopSource, match="401"):
        probed(fake, 5, token="wrong")
