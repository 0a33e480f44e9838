"""A brand that people talk about for days: a steady past, and whatever happens then."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fakes.pipeline import BRAND, Bench

from models.post import Author, Post
from monitors.ledger.bursts import going_on
from monitors.pipeline.bursts import Noticed, Watched, notice
from monitors.pipeline.occasions import Campaign, Occasions

TALLINN = ZoneInfo("Europe/Tallinn")
DAYS = 8
EVERY = timedelta(minutes=30)
LOCKER = "acme locker broken again parcel gone"


def watched(*campaigns: Campaign, countries: tuple[str, ...] = ()) -> Watched:
    """The brand, at home in Tallinn."""
    return Watched(BRAND, ("acme",), TALLINN, Occasions(TALLINN, countries, campaigns), ("acme_help",))


class Talk:
    """Writes posts on a bench, a number of them at once."""

    def __init__(self, bench: Bench, post: Callable[..., Post]) -> None:
        self.bench = bench
        self._post = post
        self._count = 0

    def past(self, *, days: int = DAYS, every: timedelta = EVERY, source: str = "file", skip: str = "fine") -> None:
        """Let people talk steadily for days up to now, as it was collected then."""
        now = self.bench.clock()
        number = int(timedelta(days=days) / every)
        self.bench.clock.time = now - timedelta(days=days)  # type: ignore[attr-defined]
        self.say(1, f"acme {skip} beginning", source=source)
        self.bench.clock.time = now  # type: ignore[attr-defined]
        found = [
            self.one(f"acme {skip} number{place}", now - every * (place + 0.5), source=source)
            for place in range(number - 1)
        ]
        self.bench.store(*found)
        self.bench.respond()

    def one(self, text: str, at: datetime, *, source: str = "file", author: str | None = None) -> Post:
        """One post."""
        self._count += 1
        name = author or f"author{self._count}"
        return self._post(
            f"{source}{self._count}",
            text=text,
            created_at=at,
            observed_at=max(at, self.bench.clock()),
            source=source,
            author=Author(name, name),
        )

    def say(self, number: int, text: str = LOCKER, *, over: float = 30, source: str = "file", author: str = "") -> None:
        """So many posts within the last minutes, scored and judged."""
        now = self.bench.clock()
        gap = timedelta(minutes=over) / max(number, 1)
        self.bench.judged(
            *(
                self.one(text, now - gap * (place + 0.5), source=source, author=author or None)
                for place in range(number)
            )
        )

    def notice(self, brand: Watched | None = None) -> Noticed:
        """Look for bursts now."""
        return notice(self.bench.ledger, brand or watched(), self.bench.roster, self.bench.clock())

    def rows(self) -> list[object]:
        """All bursts."""
        with self.bench.ledger.read() as tx:
            return list(going_on(tx, BRAND, datetime(2020, 1, 1, tzinfo=UTC)))
