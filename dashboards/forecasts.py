"""The forecasts: by what each source is forecast, and whether what was forecast came true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from dashboards import drawing
from dashboards.headers import PICTURE_POLICY
from dashboards.office import Office, TheOffice
from dashboards.rendering import page, speech_of
from dashboards.typed import Typed
from dashboards.visitors import Looking
from models.calibration import ENOUGH_POSTS, Bin, error_of, joined, of_public_sets, refit_needed
from monitors import own_models
from monitors.errors import BadSettings
from monitors.ledger import calibrations, finished, model_choices
from monitors.ledger.engine import Tx
from monitors.own_models import BUILTIN, VIRALITY
from monitors.pipeline.calibrate import LOOKED_BACK

router = APIRouter()

SETS = {
    "twitter1516": "Twitter15/16",
    "twitter_url2010": "Twitter URL 2010",
    "auspol": "#auspol",
    "weibo_ced": "Weibo CED",
    "news_feedback": "News Feedback",
}
"""What the public sets are called by those who published them."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Of one age in minutes: how often what was given a chance came true, and on how many posts."""

    age: int
    bins: Sequence[Bin]
    posts: int
    error: float


@dataclass(frozen=True, slots=True)
class OfSource:
    """One source: the own model in use (None: the cold start), finished posts up to those needed, the newest check."""

    name: str
    model: str | None
    finished: int
    curves: Sequence[Curve]
    checked_at: datetime | None
    checked: str | None
    refit: bool


class Which(Typed):
    """Whose curve is drawn: that of a source, or of a public set."""

    source: str = Field("", max_length=80)
    name: str = Field("", max_length=80)


@router.get("/forecasts", name="forecasts")
def forecasts_page(request: Request, office: TheOffice, _visitor: Looking) -> Response:
    """The page."""
    with office.ledger.read() as tx:
        sources = _sources(tx, office)
    values: dict[str, Any] = {
        "sources": sources,
        "enough": ENOUGH_POSTS,
        "days": LOOKED_BACK.days,
        "public": [(name, SETS.get(name, name), _public(name)) for name in dict.fromkeys(_names())],
    }
    return page(request, "forecasts.html", values)


@router.get("/charts/reliability.svg", name="reliability_chart")
def reliability_chart(
    request: Request, office: TheOffice, _visitor: Looking, which: Annotated[Which, Query()]
) -> Response:
    """How often what was given a chance came true."""
    curves = _public(which.name)
    if which.source:
        with office.ledger.read() as tx:
            curves = _curves(calibrations.newest(tx).get(which.source, []))
    size = drawing.NARROW if "narrow" in request.query_params else drawing.WIDE
    drawn = drawing.reliability([(curve.age, curve.bins) for curve in curves], speech_of(request), size)
    headers = {"content-security-policy": PICTURE_POLICY, "cache-control": "private, max-age=15"}
    return Response(drawn, media_type="image/svg+xml", headers=headers)


def _sources(tx: Tx, office: Office) -> list[OfSource]:
    checked = calibrations.newest(tx)
    own = _own(tx, office)
    names = dict.fromkeys([*office.settings.sources, *checked])
    return [_source(tx, office, name, own.get(name), checked.get(name, [])) for name in names]


def _source(tx: Tx, office: Office, name: str, model: str | None, rows: Sequence[calibrations.Calibration]) -> OfSource:
    return OfSource(
        name=name,
        model=model,
        finished=finished.count(tx, name, office.now(), ENOUGH_POSTS),
        curves=_curves(rows),
        checked_at=rows[0].at if rows else None,
        checked=rows[0].model if rows else None,
        refit=refit_needed((row.error, row.posts) for row in rows),
    )


def _own(tx: Tx, office: Office) -> dict[str, str]:
    """The own model in use, by source; none where it is not on this machine."""
    choice = model_choices.standing(tx).get(VIRALITY)
    if choice is None or choice.name == BUILTIN:
        return {}
    try:
        described = own_models.read(own_models.folder_of(office.settings.home, choice.name))
    except BadSettings:
        return {}
    return {one.name: choice.name for one in described.sources}


def _curves(rows: Sequence[calibrations.Calibration]) -> list[Curve]:
    """One curve an age: all sizes together, as each alone has too few posts in most of its bins."""
    curves = []
    for age, same in groupby(rows, key=lambda row: row.age_minutes):
        of_age = list(same)
        bins = joined([row.bins for row in of_age])
        curves.append(Curve(age, bins, max(row.posts for row in of_age), error_of(bins)))
    return curves


def _names() -> list[str]:
    return [str(line["set"]) for line in of_public_sets()]


def _public(name: str) -> list[Curve]:
    lines = [line for line in of_public_sets() if line["set"] == name]
    return [
        Curve(
            round(line["age_minutes"]),
            [(said, true, int(n)) for said, true, n in line["bins"]],
            line["posts"],
            line["error"],
        )
        for line in lines
    ]
