"""Everybody's own page: language, time zone, quiet hours, how messages are bundled, and password."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from dashboards import quiet
from dashboards.office import TheOffice
from dashboards.rendering import page, path, sorry
from dashboards.sign_in import give_session
from dashboards.speech import mark
from dashboards.typed import Typed
from dashboards.visitors import Looking, NotSignedIn, SendingOwn
from models.moments import zone_named
from monitors import passwords
from monitors.ledger import bundles, people

router = APIRouter()
LONGEST_BUNDLE = 720


class OwnForm(Typed):
    """What people set for themselves."""

    display: str = Field(min_length=1, max_length=200)
    language: Literal["et", "ru", "fi", "en"]
    timezone: str = Field(max_length=64)


class OwnPassword(Typed):
    """A change of one's own password."""

    current: str = Field(max_length=1000)
    password: str = Field(max_length=1000)


class OwnBundling(Typed):
    """How long what is not urgent is gathered: empty is what the settings say."""

    minutes: str = Field("", pattern=r"^[0-9]{0,3}$")


@router.get("/account", name="account")
def account_page(request: Request, office: TheOffice, visitor: Looking) -> Response:
    """The page."""
    with office.ledger.read() as tx:
        minutes = bundles.own_minutes(tx, visitor.person.name)
    usual = office.settings.messages.bundle_minutes
    bundling = {"bundle_minutes": minutes, "usual_minutes": usual, "most": LONGEST_BUNDLE}
    return page(request, "account.html", {**quiet.values(office, visitor.person.name), **bundling})


@router.post("/account", name="save_account")
def save_account(
    request: Request, office: TheOffice, visitor: SendingOwn, form: Annotated[OwnForm, Form()]
) -> Response:
    """Save how somebody wants to be spoken to."""
    if zone_named(form.timezone) is None:
        return sorry(request, 400, mark("There is no such time zone. Write it like Europe/Tallinn."))
    called = form.display.strip() or visitor.person.name
    own = replace(visitor.person, display=called, language=form.language, timezone=form.timezone)
    with office.ledger.write() as tx:
        # Behind another sign-in a visit may allow less than the person does: the visit's role is not theirs to keep.
        known = people.describe(tx, own, office.now())
    if not known:
        # Locked out since this visit began: what they save must not let them in again.
        raise NotSignedIn
    return RedirectResponse(path(request, "account"), 303)


@router.post("/account/messages", name="save_bundling")
def save_bundling(
    request: Request, office: TheOffice, visitor: SendingOwn, form: Annotated[OwnBundling, Form()]
) -> Response:
    """Choose how long what is not urgent is gathered into one message."""
    minutes = int(form.minutes) if form.minutes else None
    if minutes is not None and minutes > LONGEST_BUNDLE:
        return sorry(request, 400, mark("Messages can be gathered for 12 hours (720 minutes) at most."))
    with office.ledger.write() as tx:
        bundles.choose_minutes(tx, visitor.person.name, minutes, office.now())
    return RedirectResponse(path(request, "account"), 303)


@router.post("/account/password", name="save_password")
def save_password(
    request: Request, office: TheOffice, visitor: SendingOwn, form: Annotated[OwnPassword, Form()]
) -> Response:
    """Change one's own password; every other sign-in of this person ends."""
    name = visitor.person.name
    address = request.client.host if request.client else ""
    if office.throttle.attempt(name, address) is not None:
        return sorry(request, 429, mark("Too many wrong passwords. Try again in a quarter of an hour."))
    with office.ledger.read() as tx:
        stored = people.password_of(tx, name)
    if not passwords.check(form.current, stored).right:
        return sorry(request, 403, mark("Your present password is not right."))
    office.throttle.succeeded(name, address)
    if len(form.password) < passwords.SHORTEST:
        return sorry(request, 400, mark("A password needs at least 10 characters."))
    hashed, length = passwords.hashed(form.password), timedelta(hours=office.settings.pages.session_hours)
    with office.ledger.write() as tx:
        people.set_password(tx, name, hashed, name, office.now())
        token = people.start_session(tx, name, office.now() + length)
    answer = RedirectResponse(path(request, "account"), 303)
    give_session(request, answer, token, length)
    return answer
