"""Posts of a source whose counts were read for a day, put into a ledger: what grows early grows far."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from models.post import Author, Metric, Post
from monitors.ledger import posts
from monitors.ledger.engine import Ledger

READ = (5, 10, 20, 30, 45, 60, 180, 720, 1440)


def grow(
    ledger: Ledger, source: str, number: int, first_at: datetime, *, every: timedelta, read: Sequence[int] = READ
) -> None:
    """Store so many posts of 40 authors, one after the other, each with its counts at the ages in minutes."""
    chance = random.Random(source)
    seen: list[list[Post]] = [[] for _ in read]
    for place in range(number):
        at = first_at + place * every
        size = round(chance.lognormvariate(2.0, 1.2))
        times = [chance.expovariate(1 / 60) for _ in range(size)]
        for turn, age in enumerate(read):
            counts = {Metric.LIKES: sum(time <= age for time in times), Metric.SHARES: 0}
            seen[turn].append(
                Post(
                    source=source,
                    native_id=str(place),
                    url="",
                    text=f"Acme lost parcel {place}",
                    created_at=at,
                    observed_at=at + timedelta(minutes=age),
                    author=Author(f"a{place % 40}", followers=100 + 10 * (place % 40)),
                    engagement=counts,
                )
            )
    for turn in seen:
        with ledger.write() as tx:
            posts.store(tx, turn, lambda _post: ["Acme"], first_at)
