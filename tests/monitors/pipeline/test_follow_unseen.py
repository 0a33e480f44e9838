"""What following cannot see: conversations that no answer holds, and strangers whose posts are not stored."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.mastodon import HOST, FakeMastodon, status
from fakes.pipeline import BRAND, POLICY, Bench
from fakes.x import FakeX

from models.brand import BrandMatcher
from monitors.http import Http
from monitors.ledger import answers, clocks, sweeps
from monitors.ledger.spending import LedgerBudget, Limits
from monitors.pipeline.collect import Brands, collect
from monitors.pipeline.follow import Followed, Scope, follow_due
from monitors.ports import Query, Source
from monitors.sources import mastodon, x

SAD = "danger, acme lost my parcel twice"
BRANDS = Brands([BRAND], BrandMatcher({BRAND: ("acme",)}, {}))


@dataclass
class Place:
    """A source that reads a service on loopback, and the pipeline behind it."""

    bench: Bench
    source: Source

    def collect(self) -> int:
        """Search for the brand and judge what came; gives how often people are called."""
        assert collect(self.bench.ledger, self.source, Query(BRAND, ("acme",)), BRANDS, self.bench.clock) is not None
        return self.bench.respond()

    def turn(self) -> Followed:
        """A turn of following, with what comes of it."""
        scope = Scope(BRANDS, lambda _brand: self.bench.policy)
        followed = follow_due(self.bench.ledger, self.source, scope, self.bench.clock)
        self.bench.respond()
        return followed

    def forward(self, **by: float) -> None:
        """Time passes."""
        self.bench.clock.forward(**by)  # type: ignore[attr-defined]


def _http(bench: Bench, settings: Any, name: str) -> Http:
    budget = LedgerBudget(bench.ledger, name, bench.clock, Limits())
    return Http(settings, budget=budget, now=bench.clock, sleep=lambda _: None)


def _account(name: str) -> dict[str, Any]:
    return {"id": str(sum(name.encode())), "username": name, "acct": name, "url": f"{HOST}/@{name}"}


@pytest.fixture
def fake() -> Iterator[FakeMastodon]:
    """A Mastodon."""
    with FakeMastodon() as server:
        yield server


def _below(fake: FakeMastodon, path: str) -> int:
    return sum(asked.path.endswith(f"{path}/context") for asked in fake.asked)


def test_a_conversation_that_no_answer_holds(small: Bench, fake: FakeMastodon) -> None:
    """People are told that answers there are not seen; it is tried ever more seldom, and others are read meanwhile."""
    small.policy = replace(POLICY, own_accounts=("@acme_care",))
    values = mastodon.MastodonSettings.model_validate({"base_url": fake.url, "max_bytes": 50_000})
    place = Place(small, mastodon.Source("toots", values, _http(small, values, "toots")))
    said = []
    for number, (who, text) in enumerate((("jaan", SAD), ("mari", "danger, acme broke another thing completely"))):
        said.append(status(text, small.clock(), number=number, tag="acme", account=_account(who)))
        fake.publish(said[-1])
        place.collect()
        place.forward(minutes=1)
    large, other = said
    fake.reply(large, "x" * 60_000, small.clock(), account=_account("peeter"))
    fake.reply(other, "We are sorry", small.clock(), account=_account("acme_care"))

    assert place.turn() == Followed(read=1, new=1), "the other one is read in the same turn"
    tried = []
    began = small.clock()
    for _ in range(48 * 4):
        place.forward(minutes=15)
        before = _below(fake, large["id"])
        place.turn()
        if _below(fake, large["id"]) > before:
            tried.append((small.clock() - began) / timedelta(hours=1))
    waits = [later - earlier for earlier, later in zip([0, *tried], tried, strict=False)]
    assert waits[0] == pytest.approx(1, abs=0.3)
    assert waits == sorted(waits), "ever more seldom"
    assert len(tried) <= 7
    with small.ledger.read() as tx:
        [skip] = [row for row in sweeps.skipped(tx) if row.reason == "talk_too_large"]
        assert clocks.of(tx, [1])[1].followed_at is None
    assert skip.last_where == f"toots:{large['uri']}#{large['id']}"
    assert "max_bytes" in skip.last_detail

    fake.posts = {key: one for key, one in fake.posts.items() if len(one["content"]) < 60_000}
    fake.reply(large, "We are sorry too", small.clock(), account=_account("acme_care"))
    place.forward(hours=24)
    place.turn()
    with small.ledger.read() as tx:
        assert [row.text for row in answers.told(tx, 1)] == ["We are sorry too"]


@pytest.mark.parametrize("to", ["stranger", "customer"])
def test_an_answer_to_a_stranger_is_none_to_the_customer(small: Bench, to: str) -> None:
    """A search finds our word to somebody who is not stored, in the customer's thread on X: the customer still waits.

    What goes on from it is no answer to them either. To the customer's own word, which is not stored, it is one.
    """
    small.policy = replace(POLICY, own_accounts=("@acme_care",))
    with FakeX() as fake:
        values = x.XSettings.model_validate({"base_url": fake.url, "bearer_token": fake.token})
        place = Place(small, x.Source("x", values, _http(small, values, "x")))
        first = fake.say(SAD, small.clock(), author="mari")
        forward: Callable[..., Any] = place.forward
        forward(minutes=1)
        assert place.collect() == 1
        forward(minutes=1)
        who = "peeter" if to == "stranger" else "mari"
        unnamed = fake.reply(first, "and where is it now", small.clock(), author=who)
        ours = fake.reply(unnamed, "acme is sorry to hear that", small.clock(), author="acme_care")
        fake.reply(ours, "acme will write to you", small.clock(), author="acme_care")
        forward(minutes=3)
        assert place.collect() == 0
        with small.ledger.read() as tx:
            assert (clocks.of(tx, [1])[1].first_answer_at is None) == (to == "stranger")
            assert len(answers.told(tx, 1)) == (0 if to == "stranger" else 2)
