"""Charts at addresses of their own, shown by pages as pictures."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dashboards import drawing, passages
from dashboards.headers import PICTURE_POLICY
from dashboards.incident import MOST_POSTS, Number
from dashboards.office import TheOffice
from dashboards.overview import Bar, Span, bars
from dashboards.rendering import speech_of
from dashboards.search import Asked
from dashboards.visitors import Looking
from monitors.ledger import backtests, incidents, judging, posts
from monitors.ports import Search

router = APIRouter(prefix="/charts")
_HEADERS = {"content-security-policy": PICTURE_POLICY, "cache-control": "private, max-age=15"}


def _picture(drawn: bytes) -> Response:
    return Response(drawn, media_type="image/svg+xml", headers=_HEADERS)


def _size(request: Request) -> tuple[int, int]:
    return drawing.NARROW if "narrow" in request.query_params else drawing.WIDE


def _bars(request: Request, office: TheOffice, span: Span) -> list[Bar]:
    say, now = speech_of(request), office.now()
    asked = Search(brand=span.brand or None, since=span.since(now, say))
    return bars(office.recent, asked, say, by_hour=span.days == "1", until=now)


@router.get("/volume.svg", name="volume_chart")
def volume_chart(request: Request, office: TheOffice, _visitor: Looking, span: Annotated[Span, Query()]) -> Response:
    """Posts and complaints over time."""
    return _picture(drawing.volume(_bars(request, office, span), speech_of(request), _size(request)))


@router.get("/negative.svg", name="negative_chart")
def negative_chart(request: Request, office: TheOffice, _visitor: Looking, span: Annotated[Span, Query()]) -> Response:
    """The share of negative posts over time."""
    return _picture(drawing.negative_share(_bars(request, office, span), speech_of(request), _size(request)))


@router.get("/search.svg", name="search_chart")
def search_chart(request: Request, office: TheOffice, _visitor: Looking, asked: Annotated[Asked, Query()]) -> Response:
    """What was found, over time."""
    say = speech_of(request)
    found = bars(office.recent, asked.search(office), say, by_hour=False, until=office.now())
    return _picture(drawing.volume(found[-60:], say, _size(request)))


@router.get("/incidents/{incident_id}.svg", name="outlook_chart")
def outlook_chart(request: Request, office: TheOffice, _visitor: Looking, incident_id: Number) -> Response:
    """How far the riskiest post of an incident went and is expected to go."""
    with office.ledger.read() as tx:
        row = incidents.require(tx, incident_id)
        story = incidents.story_posts(tx, row.brand, row.story_id, limit=MOST_POSTS)
        post = max(story, key=lambda each: float(each.risk), default=None)
        taken = posts.snapshots_of(tx, [post.seq])[post.seq] if post else []
    if post is None:
        raise incidents.NotPossible("there is no post to draw")
    watched = [(each.at, total) for each in taken if (total := passages.interactions(each)) is not None]
    say = speech_of(request)
    known = judging.outlook_of(post.forecast)
    # Sizes that are not calibrated are not shown: then only what was counted is drawn.
    foretold = post.forecast if known.calibrated else {}
    return _picture(drawing.outlook(watched, post.created_at, foretold, say, _size(request)))


@router.get("/backtests/{backtest_id}.svg", name="backtest_chart")
def backtest_chart(request: Request, office: TheOffice, _visitor: Looking, backtest_id: Number) -> Response:
    """How many blow-ups each level of alerting catches, and how many alerts a day that costs."""
    with office.ledger.read() as tx:
        levels = backtests.require(tx, backtest_id).report["curve"]
    points = [(each["alert_at"], each["a_day"], each["caught"]) for each in levels]
    every = max((len(each["fates"]) for each in levels), default=0)
    return _picture(drawing.trade(points, every, speech_of(request), _size(request)))
