"""Looking back: what was learnt from an incident, and the week that people get by mail."""

from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import Field

from dashboards.actions import Acting, Back
from dashboards.case.afterwards import CAUSES
from dashboards.incident import Number
from dashboards.office import TheOffice
from dashboards.rendering import page, speech_of
from dashboards.speech import mark
from dashboards.typed import Typed
from dashboards.visitors import Looking
from models.denominator import rate
from models.scores import Remedy
from monitors.ledger import afterwards, people, weeks
from monitors.ledger.afterwards import Cause, Lesson
from monitors.messages.weekly import brands

router = APIRouter()
DAY, WEEK = timedelta(days=1), timedelta(days=7)
MISSED = {"corrected": mark("a person saw it, no alert did"), "article": mark("an article told it before we alerted")}


class LearntForm(Back):
    """What was behind it, what the customer got, what it cost, and what to remember."""

    cause: Cause
    remedy: Remedy
    cost: Annotated[str, Field(max_length=20, pattern=r"^\s*(\d{1,9}([.,]\d{1,2})?)?\s*$")] = ""
    lesson: str = Field("", max_length=5000)


class Wanted(Typed):
    """The last day of the seven that are looked back on (absent: yesterday), and which brand (empty: all)."""

    day: date | None = None
    brand: str = Field("", max_length=80)


@router.post("/incidents/{incident_id}/learn", name="learn")
def learn(act: Acting, incident_id: Number, form: Annotated[LearntForm, Form()]) -> Response:
    """Keep what was learnt."""
    typed = form.cost.strip().replace(",", ".")
    lesson = Lesson(incident_id, form.cause, form.remedy, float(typed) if typed else None, form.lesson.strip())
    done = act.say.text("Kept for the look back on the week.")
    return act.do(form.back, incident_id, lambda tx: afterwards.save(tx, lesson, act.who, act.now), done)


@router.get("/weekly", name="weekly")
def weekly(request: Request, office: TheOffice, _visitor: Looking, wanted: Annotated[Wanted, Query()]) -> Response:
    """Seven days: what was right, what was noise, what was missed."""
    say = speech_of(request)
    today = office.now().astimezone(say.zone).date()
    last = min(max(wanted.day or today - DAY, date(2000, 1, 1)), today)
    since, until = (datetime.combine(day, time(), say.zone) for day in (last - WEEK + DAY, last + DAY))
    with office.ledger.read() as tx:
        week = weeks.look_back(tx, since, until, wanted.brand or None)
        rates = brands(tx, week, office.settings.against, min(until, office.now()))
        everybody = people.everybody(tx)
    values = {
        "week": week,
        "wanted": wanted,
        "last": last,
        "last_at": until - DAY,
        "earlier": last - WEEK,
        "later": last + WEEK if last + WEEK <= today else None,
        "brands": office.brands,
        "rates": rates,
        "currency": office.settings.costs.currency,
        "noise": rate(week.verdicts.get("noise", 0), week.judged),
        "why_missed": MISSED,
        "causes": CAUSES,
        "names": {person.name: person.display for person in everybody},
    }
    return page(request, "weekly.html", values)
