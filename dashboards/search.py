"""Search: every post by its words, in any inflected form, with filters, counts and a histogram."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from dashboards import passages
from dashboards.office import Office, TheOffice
from dashboards.overview import bars
from dashboards.rendering import page, speech_of
from dashboards.speech import Speech
from dashboards.typed import Typed
from dashboards.visitors import Looking
from monitors.errors import KuulaError
from monitors.ledger import desk
from monitors.ports import Search

router = APIRouter()
FACETS = ("language", "sentiment", "signal", "source")
SIZE = 20
_Word = Annotated[str, Field(max_length=80)]


class Asked(Typed):
    """What somebody looks for."""

    q: str = Field("", max_length=400)
    brand: _Word = ""
    language: _Word = ""
    sentiment: Literal["", "negative", "neutral", "positive"] = ""
    signal: _Word = ""
    source: _Word = ""
    complaint: bool = False
    days: Literal["", "1", "7", "30"] = ""
    since: str = Field("", max_length=40)
    until: str = Field("", max_length=40)
    after: str = Field("", max_length=2000)

    @property
    def between(self) -> tuple[datetime, datetime] | None:
        """From when until when exactly, as links of other pages ask; None without both, or where one is no time."""
        try:
            since, until = datetime.fromisoformat(self.since), datetime.fromisoformat(self.until)
        except ValueError:
            return None
        return (since, until) if since.tzinfo and until.tzinfo else None

    def search(self, office: Office) -> Search:
        """The same, as a question to the index."""
        since = _hour(office.now()) - timedelta(days=int(self.days)) if self.days else None
        between = self.between or (since, None)
        return Search(
            text=self.q,
            brand=self.brand or None,
            sources=_one(self.source),
            languages=_one(self.language),
            sentiments=_one(self.sentiment),
            signals=_one(self.signal),
            complaint=True if self.complaint else None,
            since=between[0],
            until=between[1],
        )

    def changed(self, **values: object) -> dict[str, object]:
        """The query of the same search with something changed, from its first page."""
        kept = {**self.model_dump(exclude={"after"}), **values}
        return {name: "1" if value is True else value for name, value in kept.items() if value not in {"", False}}


@router.get("/search", name="search")
def search_page(request: Request, office: TheOffice, _visitor: Looking, asked: Annotated[Asked, Query()]) -> Response:
    """The page."""
    values = {"asked": asked, "brands": office.brands, "facets": FACETS}
    return page(request, "search.html", {**values, **_found(office, asked, speech_of(request))})


def _found(office: Office, asked: Asked, say: Speech) -> dict[str, Any]:
    search = asked.search(office)
    try:
        # The questions are independent of each other, and each waits for the index, not for this process.
        with ThreadPoolExecutor(len(FACETS) + 1) as side:
            bars_asked = side.submit(bars, office.recent, search, say, by_hour=False, until=office.now())
            facets_asked = {name: side.submit(office.recent.facets, search, name, 12) for name in FACETS}
            hits = office.index.search(search, size=SIZE, after=asked.after or None)
            drawn = bars_asked.result()
            counts = {name: facet.result() for name, facet in facets_asked.items()}
    except KuulaError:
        return {"hits": None, "results": [], "counts": {}, "bars": []}
    with office.ledger.read() as tx:
        rows = desk.posts_by_uid(tx, [hit.uid for hit in hits.hits])
    results = [
        (rows[hit.uid], passages.cut(hit.text, [("found", start, end) for start, end in hit.highlights]))
        for hit in hits.hits
        if hit.uid in rows
    ]
    return {"hits": hits, "results": results, "counts": counts, "bars": drawn[-60:]}


def _one(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _hour(at: datetime) -> datetime:
    # The same question within the hour is the same to the index, which then may have been asked already.
    return at.replace(minute=0, second=0, microsecond=0)
