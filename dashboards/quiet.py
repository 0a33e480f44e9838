"""Everybody's quiet hours, on the page of their account."""

from datetime import time
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from dashboards.office import Office, TheOffice
from dashboards.rendering import path, sorry
from dashboards.speech import mark
from dashboards.typed import Typed
from dashboards.visitors import SendingOwn
from models.hours import Hours
from monitors.ledger import rota
from monitors.ledger.engine import Tx
from monitors.ledger.refusals import NotPossible

router = APIRouter()
MOST = 7


class QuietForm(Typed):
    """Days of the week (0 is Monday) and the hours that begin on them."""

    days: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(default_factory=list, max_length=7)]
    begins: time
    ends: time

    @property
    def hours(self) -> Hours:
        """The same as the ledger has it."""
        return Hours(frozenset(self.days), self.begins.replace(tzinfo=None), self.ends.replace(tzinfo=None))


def values(office: Office, name: str) -> dict[str, Any]:
    """What the page of an account shows of them."""
    with office.ledger.read() as tx:
        own = rota.rules_of(tx, name)
    return {"quiet": _standing(office, name, own), "quiet_is_own": own is not None}


@router.post("/account/quiet", name="add_quiet")
def add(request: Request, office: TheOffice, visitor: SendingOwn, form: Annotated[QuietForm, Form()]) -> Response:
    """Add hours in which one is not called unless one has to be."""
    if not form.days:
        return sorry(request, 400, mark("Choose at least one day."))
    name, new = visitor.person.name, form.hours
    with office.ledger.write() as tx:
        before = _now(office, tx, name)
        if new not in before:
            if len(before) >= MOST:
                raise NotPossible(f"{name} has {MOST} quiet hours already")
            rota.set_quiet(tx, name, (*before, new), name, office.now())
    return _back(request)


@router.post("/account/quiet/remove", name="remove_quiet")
def remove(request: Request, office: TheOffice, visitor: SendingOwn, form: Annotated[QuietForm, Form()]) -> Response:
    """Remove hours again: those that were on the page, however often it is tapped."""
    name, gone = visitor.person.name, form.hours
    with office.ledger.write() as tx:
        before = _now(office, tx, name)
        if gone in before:
            rota.set_quiet(tx, name, [one for one in before if one != gone], name, office.now())
    return _back(request)


@router.post("/account/quiet/reset", name="reset_quiet")
def reset(request: Request, office: TheOffice, visitor: SendingOwn) -> Response:
    """Go back to what the settings say."""
    with office.ledger.write() as tx:
        rota.set_quiet(tx, visitor.person.name, None, visitor.person.name, office.now())
    return _back(request)


def _now(office: Office, tx: Tx, name: str) -> tuple[Hours, ...]:
    return _standing(office, name, rota.rules_of(tx, name))


def _standing(office: Office, name: str, own: tuple[Hours, ...] | None) -> tuple[Hours, ...]:
    return tuple(office.roster.quiet.get(name, ())) if own is None else own


def _back(request: Request) -> Response:
    return RedirectResponse(path(request, "account") + "#quiet", 303)
