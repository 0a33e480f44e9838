"""How answers go out through Mastodon and X: to whom, how publicly, at what price, and how long they may be."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fakes.mastodon import FakeMastodon, status
from fakes.x import USER_CONTEXT, FakeX
from hypothesis import given
from hypothesis import strategies as st

from monitors.errors import StopSource
from monitors.http import Http
from monitors.ports import Replying, replying_of
from monitors.sources import mastodon, x
from monitors.sources.mastodon import answer
from monitors.sources.x import wire
from monitors.testing.budgets import Counter, NoLimit

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def toots(fake: FakeMastodon, **settings: Any) -> mastodon.Source:
    """A source over that server."""
    values = mastodon.MastodonSettings.model_validate({"base_url": fake.url, **settings})
    budget = NoLimit()
    return mastodon.Source("m", values, Http(values, budget=budget, now=lambda: NOW, sleep=lambda _: None))


def posts(fake: FakeX, budget: Any = None, **settings: Any) -> x.Source:
    """A source over that X."""
    values = x.XSettings.model_validate({"base_url": fake.url, "bearer_token": fake.token, **settings})
    budget = budget or NoLimit()
    return x.Source("x", values, Http(values, budget=budget, now=lambda: NOW, sleep=lambda _: None))


@pytest.mark.parametrize("visibility", ["public", "unlisted"])
def test_a_toot_is_answered_as_publicly_as_it_was_said(visibility: str) -> None:
    """The author is mentioned, the thread is theirs, and what was not on public timelines does not get there by us."""
    said = status("kus pakk on", NOW, visibility=visibility, account={"id": "7", "acct": "jaan@muu.example"})
    with FakeMastodon(said, token="t") as fake:
        toots(fake, access_token="t").reply(f"{said['uri']}#{said['id']}", "Vabandust! Mari", "k1")
        sent = fake.asked[-1]
        assert sent.headers["idempotency-key"] == "k1"
    assert sent.fields["status"] == "@jaan@muu.example Vabandust! Mari"
    assert (sent.fields["in_reply_to_id"], sent.fields["visibility"]) == (said["id"], visibility)


@pytest.mark.parametrize("text", ["@jaan vabandust", "Vabandust, @Jaan!"])
def test_nobody_is_mentioned_twice(text: str) -> None:
    """An agent who wrote the handle finds it there once; that of a namesake elsewhere is another person."""
    assert answer.addressed(text, "jaan") == text
    assert answer.addressed("@jaan@muu.example, tere", "jaan").startswith("@jaan @jaan@muu")


def test_without_a_token_nothing_is_said() -> None:
    """A source that was given nothing to write with does not offer to."""
    with FakeMastodon() as toot, FakeX() as tweets:
        assert replying_of(toots(toot)) is None
        assert replying_of(posts(tweets)) is None
        assert replying_of(posts(tweets, consumer_key="only a part")) is None
        assert replying_of(posts(tweets, **USER_CONTEXT)) is not None


def test_a_token_that_may_not_write_says_so() -> None:
    """403 stops the answer, with what to do."""
    said = status("kus pakk on", NOW)
    with FakeMastodon(said, token="t") as fake:
        fake.take_replies = False
        with pytest.raises(StopSource, match="403") as caught:
            toots(fake, access_token="t").reply(f"{said['uri']}#{said['id']}", "Vabandust", "k1")
    assert caught.value.remedy


def test_an_answer_on_x_is_paid_for_before_it_goes_out() -> None:
    """The money of the day is asked first; the account's own secrets sign it, and the search's token does not."""
    with FakeX() as fake:
        said = fake.say("Hansa Kuller", NOW)
        budget = Counter(9)
        made = posts(fake, budget, **USER_CONTEXT).reply(said, "Vabandust! Mari", "k1")
        assert fake.replies[0]["id"] == made
        assert budget.cost == pytest.approx(0.010)
        assert "Bearer" not in fake.asked[-1].headers["authorization"]


def test_half_of_an_account_is_warned_of() -> None:
    """Three of four secrets would silently never reply: the check of the settings names the fourth."""
    some = {name: value for name, value in USER_CONTEXT.items() if name != "access_token_secret"}
    settings = x.XSettings.model_validate({"bearer_token": "b", **some})
    assert [option for option, _, _ in settings.doubts()] == ["access_token_secret"]
    assert not list(x.XSettings.model_validate({"bearer_token": "b", **USER_CONTEXT}).doubts())


@pytest.mark.parametrize(
    ("text", "toot", "tweet"),
    [
        ("Vabandust! Мы перезвоним.", 25, 25),
        ("https://example.com/a/very/long/path/that/nobody/reads", 23, 23),
        ("@mari@muu.example tere", 10, 22),
        ("漢字 👍", 4, 7),
    ],
)
def test_length_is_counted_as_the_service_does(text: str, toot: int, tweet: int) -> None:
    """Addresses are 23; on Mastodon a mention is its name; on X other scripts and emoji count twice."""
    assert (answer.length(text), wire.length(text)) == (toot, tweet)


@given(st.text(), st.text(max_size=20))
def test_any_text_has_a_length(text: str, handle: str) -> None:
    """Whatever is typed is counted, and the mention is counted with it."""
    replying = Replying(500, answer.length, mentions=True)
    assert replying.counted(text, handle) >= 0
    assert 0 <= wire.length(text) <= 3 * len(text) + 23
