"""The rota: who is on duty now and in the coming weeks, swaps and absences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import AwareDatetime, Field

from dashboards.office import TheOffice, Visitor
from dashboards.rendering import page, path, sorry, speech_of, tell
from dashboards.speech import Speech, mark
from dashboards.typed import Typed
from dashboards.visitors import Looking, NotAllowed, SendingSupport, may
from models.rota import Change, ChangeKind, Rota, Shift
from monitors.ledger import people, rota
from monitors.ledger.people import Role
from monitors.ledger.refusals import NotPossible
from monitors.ledger.rota import Standing
from monitors.pipeline.staffing import AHEAD, unstaffed
from monitors.pipeline.swaps import tell_asked, tell_changed, tell_undone

router = APIRouter()
SHOWN = timedelta(weeks=3)
Number = Annotated[int, Path(ge=1, le=2**53)]


class SwapForm(Typed):
    """Whose shift goes to whom; to nobody in particular is to whoever takes it."""

    person: str = Field(max_length=80)
    substitute: str = Field("", max_length=80)
    begins: AwareDatetime
    ends: AwareDatetime


class AwayForm(Typed):
    """When somebody is away, or there besides those on duty, in the reader's own time."""

    person: str = Field(max_length=80)
    kind: Literal["away", "extra"]
    begins: str = Field(max_length=30)
    ends: str = Field(max_length=30)
    note: str = Field("", max_length=500)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the reader's, with what it is known as and the shifts that begin on it."""

    at: datetime
    holiday: str | None
    shifts: Sequence[Shift]


@router.get("/rota", name="rota")
def rota_page(request: Request, office: TheOffice, visitor: Looking) -> Response:
    """This week and the next two."""
    now, say = office.now(), speech_of(request)
    with office.ledger.read() as tx:
        standing = rota.standing(tx, now, now + AHEAD)
        duty = office.roster.duty_with(tx, standing)
        missing = unstaffed(tx, office.roster, duty)
        everybody = people.everybody(tx)
        lost = [one.name for one in rota.rules(tx) if one.zone is None]
    me = visitor.person.name
    # Whoever asked may have no such duty any more: a yes would be to nothing.
    asked = [one for one in standing if one.change.kind is ChangeKind.ASK and _has(duty, one.change)]
    values = {
        "on_duty": duty.on_duty(now),
        "next_shift": duty.next_after(now),
        "days": list(days(duty, say, now)),
        "has_duties": bool(duty.duties),
        "lost": lost,
        "missing": missing,
        "for_me": [one for one in asked if _is_for(one, me)],
        "changes": [one for one in standing if not _is_for(one, me)],
        "may_undo": {one.id for one in standing if _may_undo(visitor, one)},
        "directs": may(visitor, Role.MANAGER),
        "team": [person for person in everybody if person.role is not Role.VIEWER],
        "names": {person.name: person.display for person in everybody},
    }
    return page(request, "rota.html", values)


def days(duty: Rota, say: Speech, now: datetime) -> Iterator[Day]:
    """The days of three weeks, from the reader's Monday on; of the past ones only what still lasts."""
    monday = say.local_day_start(now - timedelta(days=now.astimezone(say.zone).weekday()))
    by_day: dict[date, list[Shift]] = {}
    for shift in duty.shifts(now, monday + SHOWN):
        by_day.setdefault(shift.begins.astimezone(say.zone).date(), []).append(shift)
    at = min([now, *(shift.begins for shifts in by_day.values() for shift in shifts)])
    while at < monday + SHOWN:
        day = at.astimezone(say.zone).date()
        shifts, holiday = by_day.get(day, []), duty.holiday(day)
        if shifts or holiday:
            yield Day(at, holiday, shifts)
        at = say.local_day_start(say.local_day_start(at) + timedelta(hours=36))


@router.post("/rota/swap", name="swap")
def swap(request: Request, office: TheOffice, visitor: SendingSupport, form: Annotated[SwapForm, Form()]) -> Response:
    """Ask somebody, or everybody, to take one's shift; a manager gives it to somebody."""
    own, directs = form.person == visitor.person.name, may(visitor, Role.MANAGER)
    if not own and not directs:
        raise NotAllowed
    say, now = speech_of(request), office.now()
    if form.substitute == form.person or (not own and not form.substitute):
        return sorry(request, 400, mark("Choose who takes the duty."))
    kind = ChangeKind.SWAP if directs and form.substitute else ChangeKind.ASK
    # At the ends of the calendar there are no weeks to look into.
    if not now < form.ends <= now + AHEAD or form.ends - form.begins > SHOWN:
        raise NotPossible("a duty is swapped up to a year ahead")
    with office.ledger.write() as tx:
        rota.hold(tx)
        duty = office.roster.duty_between(tx, now, form.ends)
        if not _has(duty, form):
            raise NotPossible(f"the duty is not with {form.person} by now")
        if form.substitute:
            _require(tx, form.substitute)
        change = Change(kind, form.person, form.begins, form.ends, form.substitute or None)
        change_id = rota.make(tx, change, visitor.person.name, now)
        if kind is ChangeKind.ASK:
            tell_asked(tx, change_id, change, duty.away(form.begins), now)
        else:
            tell_changed(tx, Standing(change_id, change, "", visitor.person.name), visitor.person.name, now)
    done = (
        mark("The duty was given away.") if kind is ChangeKind.SWAP else mark("Asked. The duty is yours until taken.")
    )
    return _back(request, say.text(done))


@router.post("/rota/away", name="away")
def away(request: Request, office: TheOffice, visitor: SendingSupport, form: Annotated[AwayForm, Form()]) -> Response:
    """Say that somebody is away for a while, or there besides those on duty."""
    if form.person != visitor.person.name and not may(visitor, Role.MANAGER):
        raise NotAllowed
    say, now = speech_of(request), office.now()
    begins, ends = say.from_typed(form.begins), say.from_typed(form.ends)
    if begins is None or ends is None or not max(begins, now) < ends <= now + AHEAD:
        return sorry(request, 400, mark("Write from when until when, at most a year ahead."))
    with office.ledger.write() as tx:
        rota.hold(tx)
        _require(tx, form.person)
        change = Change(ChangeKind(form.kind), form.person, begins, ends)
        change_id = rota.make(tx, change, visitor.person.name, now, form.note)
        if change.kind is ChangeKind.EXTRA:
            tell_changed(tx, Standing(change_id, change, form.note, visitor.person.name), visitor.person.name, now)
    return _back(request, say.text("It is written down."))


@router.post("/rota/changes/{change_id}/take", name="take_duty")
def take(request: Request, office: TheOffice, visitor: SendingSupport, change_id: Number) -> Response:
    """Take over a duty that somebody asked for."""
    now = office.now()
    with office.ledger.write() as tx:
        rota.hold(tx)
        asked = rota.require(tx, change_id).change
        if asked.kind is ChangeKind.ASK and not _has(office.roster.duty_between(tx, now, asked.ends), asked):
            raise NotPossible(f"the duty is not with {asked.person} by now")
        taken = rota.accept(tx, change_id, visitor.person.name, now)
        tell_changed(tx, taken, visitor.person.name, now)
    return _back(request, speech_of(request).text("The duty is yours."))


@router.post("/rota/changes/{change_id}/withdraw", name="withdraw_change")
def withdraw(request: Request, office: TheOffice, visitor: SendingSupport, change_id: Number) -> Response:
    """Take a change back, or say no to what one was asked."""
    with office.ledger.write() as tx:
        rota.hold(tx)
        if not _may_undo(visitor, rota.require(tx, change_id)):
            raise NotAllowed
        undone = rota.withdraw(tx, change_id, visitor.person.name, office.now())
        tell_undone(tx, undone, visitor.person.name, office.now())
    return _back(request, speech_of(request).text("It is taken back."))


def _is_for(one: Standing, name: str) -> bool:
    """Whether somebody may say yes to it: they are asked, or everybody else is."""
    asked = one.change.kind is ChangeKind.ASK and one.change.person != name
    return asked and one.change.substitute in {None, name}


def _may_undo(visitor: Visitor, one: Standing) -> bool:
    concerned = {one.change.person, one.change.substitute, one.made_by}
    return may(visitor, Role.MANAGER) or (may(visitor, Role.SUPPORT) and visitor.person.name in concerned)


def _has(duty: Rota, wanted: SwapForm | Change) -> bool:
    """Whether the person is on duty for all of that time, also where others' changes cut it in parts."""
    reached = wanted.begins
    for one in duty.shifts(wanted.begins, wanted.ends):
        if wanted.person in one.people and one.begins <= reached:
            reached = max(reached, one.ends)
    return reached >= wanted.ends


def _require(tx: Any, name: str) -> None:
    person = people.get(tx, name)
    if person is None or person.role is Role.VIEWER:
        raise NotPossible(f"there is no {name} who could be on duty")


def _back(request: Request, said: str) -> Response:
    answer = RedirectResponse(path(request, "rota"), 303)
    tell(request, answer, said)
    return answer
