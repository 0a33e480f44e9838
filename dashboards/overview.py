"""The overview: how much is said, how much of it is bad, as a rate, and what is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from dashboards import news
from dashboards.bursts import told_since
from dashboards.office import Office, TheOffice
from dashboards.recent import Recent
from dashboards.rendering import page, speech_of
from dashboards.speech import Speech
from dashboards.typed import Typed
from dashboards.visitors import Looking
from models.denominator import BrandRate, brand_rate
from monitors.errors import KuulaError
from monitors.ledger import desk, digest, incidents, indexing, outbox, people, sweeps
from monitors.ledger.incidents import Listing
from monitors.ledger.watching import watched_since
from monitors.ports import Search

router = APIRouter()
_COUNTS = ("posts", "complaints", "negative")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Span(Typed):
    """Which brand (empty: all) and how many days a page or a chart is about."""

    brand: str = Field("", max_length=80)
    days: Literal["1", "7", "30"] = "7"

    def since(self, now: datetime, say: Speech) -> datetime:
        """The start: 24 hours ago to the hour, or the first of so many calendar days of the reader."""
        if self.days == "1":
            return now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)
        return say.local_day_start(now - timedelta(days=int(self.days) - 1))


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: the hour or day it is about, and what was counted in it."""

    at: datetime
    label: str
    posts: int
    complaints: int
    negative: int


@router.get("/overview", name="overview")
def overview(request: Request, office: TheOffice, _visitor: Looking, span: Annotated[Span, Query()]) -> Response:
    """The page."""
    say, now = speech_of(request), office.now()
    since = span.since(now, say)
    brand = span.brand or None
    with office.ledger.read() as tx:
        state = {
            "risks": incidents.find(tx, Listing(brand=brand, size=6)),
            "bursts": told_since(tx, since, brand, say),
            "promises": desk.waiting_promises(tx, brand, 6),
            "counts": desk.status_counts(tx, brand),
            "held": digest.count(tx, brand, desk.MOST_COUNTED),
            "most_counted": desk.MOST_COUNTED,
            "opened": desk.opened_since(tx, since, brand),
            "kept": desk.kept_share(tx, since, now),
            "sweeps": sweeps.health(tx),
            "unindexed": indexing.length(tx),
            "letters": outbox.counts(tx),
            "news": news.of_period(tx, [brand] if brand else office.brands, since),
            "names": {person.name: person.display for person in people.everybody(tx)},
        }
        watched = watched_since(tx, [brand] if brand else office.brands)
    values = {
        **state,
        **_drawn(office, span, since, say, watched),
        "span": span,
        "reported": news,
        "since": since,
        "brands": office.brands,
    }
    return page(request, "overview.html", values)


def _drawn(office: Office, span: Span, since: datetime, say: Speech, watched: Mapping[str, datetime]) -> dict[str, Any]:
    """What the index knows; pages without it are better than no pages."""
    asked = Search(brand=span.brand or None, since=since)
    try:
        drawn = bars(office.recent, asked, say, by_hour=span.days == "1", until=office.now())
        totals = Bar(since, "", *(sum(getattr(bar, name) for bar in drawn) for name in _COUNTS))
        counted = {span.brand: totals.complaints} if span.brand else _by_brand(office, since)
        rates = [watched_rate(office, name, number, since, watched.get(name)) for name, number in counted.items()]
    except KuulaError:
        return {"bars": None, "totals": None, "rates": []}
    return {"bars": drawn, "totals": totals, "rates": rates}


def bars(recent: Recent, search: Search, say: Speech, *, by_hour: bool, until: datetime) -> list[Bar]:
    """Counts by the hour, or by the reader's calendar day, without gaps up to ``until``."""
    buckets = recent.histogram(search, HOUR)
    # Without a start there is at least a week to see: one lonely bar as wide as the page says nothing.
    first = search.since or min([until - 6 * DAY, *(at for at, *_ in buckets)])
    places = _hours(first, until) if by_hour else _days(first, until, say)
    sums = {place: [0, 0, 0] for place in places}
    for at, *counted in buckets:
        place = at if by_hour else say.local_day_start(at)
        if place in sums:
            sums[place] = [had + more for had, more in zip(sums[place], counted, strict=True)]
    return [Bar(place, say.clock(place) if by_hour else say.day(place), *counted) for place, counted in sums.items()]


def _hours(first: datetime, until: datetime) -> list[datetime]:
    start = first.replace(minute=0, second=0, microsecond=0)
    return [start + HOUR * number for number in range(int((until - start) / HOUR) + 1)]


def _days(first: datetime, until: datetime, say: Speech) -> list[datetime]:
    # A calendar day may have 23 or 25 hours: noon plus a day always falls into the next one.
    places = [say.local_day_start(first)]
    while (following := say.local_day_start(places[-1] + timedelta(hours=36))) <= until:
        places.append(following)
    return places


def _by_brand(office: Office, since: datetime) -> Mapping[str, int]:
    found = office.recent.facets(Search(complaint=True, since=since), "brand", 200)
    return {brand: found.get(brand, 0) for brand in office.brands}


def watched_rate(office: Office, name: str, complaints: int, since: datetime, watched: datetime | None) -> BrandRate:
    """Complaints as a rate, on the part of the period in which somebody listened."""
    against = office.settings.against.get(name)

    def heard() -> int:
        return office.recent.facets(Search(brand=name, complaint=True, since=watched), "brand", 1).get(name, 0)

    return brand_rate(name, complaints, against, (since, office.now()), watched, heard)
