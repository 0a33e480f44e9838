"""However posts arrive and wherever a collection is killed, each post is stored, once."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

import pytest
from fakes.feeds import FakeNews
from fakes.mastodon import FakeMastodon
from fakes.x import FakeX
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.http import Http
from monitors.ports import Json, Query, Window
from monitors.sources import load
from monitors.testing.budgets import NoLimit

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
START = NOW - timedelta(hours=5)
QUERY = Query("hansa", ("Hansa Kuller",))


class Place(NamedTuple):
    """A service that posts arrive at: its settings, and how to publish one, which gives its id."""

    settings: dict[str, Any]
    publish: Callable[[datetime], str]


def x_place(stack: ExitStack) -> Place:
    """A fake X."""
    fake = stack.enter_context(FakeX())
    number = count()
    values = {"base_url": fake.url, "bearer_token": fake.token, "page_size": 10}
    return Place(values, lambda at: fake.say(f"Hansa Kuller {next(number)}", at))


def mastodon_place(stack: ExitStack) -> Place:
    """A fake Mastodon server."""
    fake = stack.enter_context(FakeMastodon())
    return Place({"base_url": fake.url, "page_size": 3}, fake.say)


def rss_place(stack: ExitStack) -> Place:
    """A fake news site."""
    fake = stack.enter_context(FakeNews())
    number = count()
    values = {"base_url": fake.url, "feeds": ["/feed.xml"], "fetch_articles": False, "page_size": 3}
    return Place(values, lambda at: fake.publish(f"lugu-{next(number)}", "Lugu", at))


PLACES = {"x": x_place, "mastodon": mastodon_place, "rss": rss_place}

# So many posts arrive, a collection is killed after so many pages (9: it is not), and another post arrives this late.
STEPS = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 30), st.sampled_from([0, 1, 2, 3, 9])), max_size=6)


def collected(kind: str, place: Place, state: Json | None, pages: int) -> tuple[set[str], Json | None]:
    """What a collection from ``state`` stores until it is killed, and the state it leaves behind, as JSON."""
    source_class = load(kind)
    values = source_class.Settings.model_validate(place.settings)
    http = Http(values, budget=NoLimit(), now=lambda: NOW)
    stored: set[str] = set()
    walk = source_class("here", values, http).collect(QUERY, state, Window(START, NOW))
    for _, page in zip(range(pages), walk, strict=False):
        keys = [post.native_id for post in page.found]
        assert len(keys) == len(set(keys))
        stored.update(keys)
        state = page.state if page.state is not None else state
    http.close()
    return stored, json.loads(json.dumps(state))


@pytest.mark.parametrize("kind", sorted(PLACES))
@settings(max_examples=15, deadline=None)
@given(steps=STEPS)
def test_nothing_is_lost_or_doubled(kind: str, steps: list[tuple[int, int, int]]) -> None:
    """Bursts, late posts and kills in any order: in the end the store has what was published, and nothing else."""
    with ExitStack() as stack:
        place = PLACES[kind](stack)
        published: set[str] = set()
        stored: set[str] = set()
        state: Json | None = None
        at = START
        for arriving, late, pages in steps:
            for _ in range(arriving):
                at += timedelta(seconds=70)
                published.add(place.publish(at))
            found, state = collected(kind, place, state, pages)
            stored |= found
            if arriving:
                published.add(place.publish(at - timedelta(seconds=late)))
        found, state = collected(kind, place, state, 1000)
        assert stored | found == published
        assert len(collected(kind, place, state, 1000)[0]) <= 15, "a quiet source is not read from the start again"
