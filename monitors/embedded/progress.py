"""What people at the terminal see: each step on the way to the first alert once, then one line of status."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from monitors.ledger import incidents, outbox, posts, scoring
from monitors.ledger.engine import Ledger
from monitors.ledger.incidents import Listing

LONG_SECONDS = 240
"""How long the first posts may take, and from then the first scores: on a slow machine tasks take minutes to start."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the chain has come, over the whole life of the ledger; ``first`` is its riskiest open incident."""

    posts: int
    unscored: int
    alerts: int
    sent: int
    open: int
    first: int | None


def look(ledger: Ledger) -> Standing:
    """Read how far the chain has come."""
    with ledger.read() as tx:
        worst = incidents.find(tx, Listing(size=1))
        return Standing(
            posts=posts.count(tx),
            unscored=scoring.waiting(tx),
            alerts=sum(outbox.alerts_by_brand(tx).values()),
            sent=outbox.counts(tx).get(outbox.SENT, 0),
            open=incidents.count(tx, Listing()),
            first=worst[0].id if worst else None,
        )


class Progress:
    """Tells each step once. ``say`` prints a line, ``status`` replaces the last status line."""

    def __init__(
        self, began: datetime, zone: ZoneInfo, pages: str, say: Callable[[str], None], status: Callable[[str], None]
    ) -> None:
        self._began = began
        self._zone = zone
        self._pages = pages
        self._say = say
        self._status = status
        self._posts_since: datetime | None = None
        self._told: set[str] = set()

    def step(self, text: str, now: datetime) -> None:
        """Tell a step of the start, with the seconds since it began."""
        self._say(f"{(now - self._began).total_seconds():5.0f} s  {text}")

    def resume(self, standing: Standing) -> None:
        """Tell what an earlier run has left, and that its first steps need no telling again."""
        if standing.posts:
            self._told.add("posts")
        if standing.sent:
            self._told.update(("scored", "alert"))
        if standing.posts:
            self._say(f"         Going on from {_many(standing.posts, 'post')} and {_many(standing.alerts, 'alert')}.")

    def show(self, standing: Standing, now: datetime) -> None:
        """Tell what is new, then the status once the first alert is out."""
        if standing.posts:
            self._posts_since = self._posts_since or now
            self._once("posts", f"First posts came in: {standing.posts}", now)
        waited = (now - (self._posts_since or self._began)).total_seconds()
        if waited > LONG_SECONDS and "scored" not in self._told and standing.posts == standing.unscored:
            # Until there are posts there is nothing to score.
            quiet = f"No posts came in yet; see {self._pages}/sources."
            lacking = "Nothing is scored yet." if standing.posts else quiet
            self._once(f"no {lacking}", f"{lacking} Look on Airflow's page for tasks that failed.", now)
        if standing.posts > standing.unscored:
            self._once("scored", f"Scored: {standing.posts - standing.unscored}", now)
        if standing.sent and standing.first:
            local = now.astimezone(self._zone)
            self._once("alert", f"First alert at {local:%H:%M:%S %Z}: {self._pages}/incidents/{standing.first}", now)
        if "alert" in self._told:
            local = now.astimezone(self._zone)
            numbers = {"post": standing.posts, "alert": standing.alerts, "open incident": standing.open}
            counts = ", ".join(_many(number, what) for what, number in numbers.items())
            self._status(f"{local:%H:%M:%S %Z}  {counts}. Ctrl-C stops everything; nothing is lost.")

    def _once(self, name: str, text: str, now: datetime) -> None:
        if name not in self._told:
            self._told.add(name)
            self.step(text, now)


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
