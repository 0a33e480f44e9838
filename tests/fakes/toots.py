"""A service on loopback that people complain on, the source that reads it, and the pipeline behind that."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from fakes.mastodon import HOST, FakeMastodon, status
from fakes.pipeline import BRAND, POLICY, Bench
from sqlalchemy import select

from models.brand import BrandMatcher
from monitors.http import Http
from monitors.ledger import answers, clocks
from monitors.ledger.engine import Ledger
from monitors.ledger.schema import incident_events, posts
from monitors.ledger.schema import incidents as incident_table
from monitors.ledger.spending import LedgerBudget, Limits
from monitors.pipeline.collect import Brands, collect
from monitors.pipeline.follow import NO_LIMITS, Followed, Scope, follow_due
from monitors.ports import Query, Source
from monitors.sources import mastodon

SAD = "danger, acme lost my parcel twice"
ANSWER = "We are sorry, and look for it now. Meelis"
AGAIN = "danger, three days by now and still nothing"


@dataclass
class Place:
    """A service on loopback, the source that reads it, and the pipeline behind that."""

    bench: Bench
    source: Source
    limits: Limits = NO_LIMITS
    brands: Brands = field(default_factory=lambda: Brands([BRAND], BrandMatcher({BRAND: ("acme",)}, {})))

    def collect(self) -> int:
        """Search for the brand and judge what came; gives how often people are called."""
        swept = collect(self.bench.ledger, self.source, Query(BRAND, ("acme",)), self.brands, self.bench.clock)
        assert swept is not None
        assert swept.error is None
        return self.bench.respond()

    def turn(self) -> Followed:
        """A turn of following, with what comes of it; nobody is called because of it."""
        scope = Scope(self.brands, lambda _brand: self.bench.policy)
        followed = follow_due(self.bench.ledger, self.source, scope, self.bench.clock, limits=self.limits)
        assert self.bench.respond() == 0
        return followed

    def clock(self) -> Any:
        """The clock of the incident."""
        with self.bench.ledger.read() as tx:
            return clocks.of(tx, [1])[1]

    def said(self) -> list[str]:
        """What the incident's log says of answers."""
        kinds = incident_events.c.kind.in_(["answer_seen", "waits_again"])
        with self.bench.ledger.read() as tx:
            found = select(incident_events.c.kind).where(kinds, incident_events.c.incident_id == 1)
            return list(tx.execute(found.order_by(incident_events.c.id)).scalars())

    def told(self) -> list[tuple[str, str, str]]:
        """What the customer was told."""
        with self.bench.ledger.read() as tx:
            return [(row.text, row.actor, row.state) for row in answers.told(tx, 1)]

    def stored(self) -> list[str]:
        """The texts of all posts."""
        with self.bench.ledger.read() as tx:
            return list(tx.execute(select(posts.c.text).order_by(posts.c.created_at)).scalars())


def account(name: str) -> dict[str, Any]:
    """Somebody on Mastodon."""
    return {"id": str(sum(name.encode())), "username": name, "acct": name, "url": f"{HOST}/@{name}"}


def incidents_of(ledger: Ledger) -> list[int]:
    """How many posts each incident's story has."""
    with ledger.read() as tx:
        return list(tx.execute(select(incident_table.c.posts).order_by(incident_table.c.id)).scalars())


@dataclass
class Toots(Place):
    """A Mastodon with one complaint."""

    fake: FakeMastodon = field(default_factory=FakeMastodon)

    def complain(self, text: str = SAD, author: str = "jaan") -> dict[str, Any]:
        """Somebody complains under the hashtag of the brand."""
        number = len(self.fake.posts)
        said = status(text, self.bench.clock(), number=number, tag="acme", account=account(author))
        self.fake.publish(said)
        return said

    def reply(self, to: dict[str, Any], text: str, author: str) -> dict[str, Any]:
        """Somebody replies a minute later, without any hashtag."""
        self.bench.clock.forward(minutes=1)  # type: ignore[attr-defined]
        return self.fake.reply(to, text, self.bench.clock(), account=account(author))

    def contexts(self) -> int:
        """How often a conversation was asked for."""
        return sum(asked.path.endswith("/context") for asked in self.fake.asked)


def http_of(bench: Bench, settings: Any, name: str, limits: Limits) -> Http:
    """The client of a source, with its budget in the ledger."""
    budget = LedgerBudget(bench.ledger, name, bench.clock, limits)
    return Http(settings, budget=budget, now=bench.clock, sleep=lambda _: None)


def toots_of(bench: Bench, limits: Limits = NO_LIMITS) -> Iterator[Toots]:
    """A Mastodon on which the brand answers as acme_care."""
    bench.policy = replace(POLICY, own_accounts=("@acme_care",))
    with FakeMastodon() as fake:
        values = mastodon.MastodonSettings.model_validate({"base_url": fake.url})
        source = mastodon.Source("toots", values, http_of(bench, values, "toots", limits))
        yield Toots(bench, source, limits, fake=fake)
