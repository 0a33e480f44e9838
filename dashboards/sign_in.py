"""The front door: signing in and out."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from dashboards.office import Office, TheOffice
from dashboards.rendering import cookie_path, is_secure, local, page, path, speech_of
from dashboards.speech import LANGUAGES, mark
from dashboards.typed import Typed
from dashboards.visitors import SESSION_COOKIE, SendingOwn, form_is_ours, form_key, signed, unsigned
from monitors import passwords
from monitors.ledger import audit, people

router = APIRouter()
DOOR_COOKIE = "kuula_door"
MOMENT = 0.02


@router.get("/sign-in", name="sign_in")
def sign_in_page(request: Request, office: TheOffice) -> Response:
    """The form."""
    return _form(request, office, wanted=request.query_params.get("next", ""))


async def _one_of_few(office: TheOffice) -> AsyncIterator[None]:
    """Wait until few enough passwords are looked at: each look takes 64 MB on purpose, and a thread of the pages."""
    while not office.at_the_door.acquire(blocking=False):
        await asyncio.sleep(MOMENT)
    try:
        yield
    finally:
        office.at_the_door.release()


class SignInForm(Typed):
    """What somebody typed at the door."""

    name: str = Field(max_length=80)
    password: str = Field(max_length=1000)
    csrf: str = ""
    next: str = ""


@router.post("/sign-in", name="sign_in_send", dependencies=[Depends(_one_of_few)])
def sign_in(request: Request, office: TheOffice, form: Annotated[SignInForm, Form()]) -> Response:
    """Start a session, when the password is right and the form is ours."""
    name, wanted = form.name, form.next
    door = unsigned(office.secret_key, DOOR_COOKIE, request.cookies.get(DOOR_COOKIE, ""))
    if door is None or not form_is_ours(office.secret_key, door, form.csrf):
        return _form(request, office, wanted=wanted, said=mark("The form was open for too long. Please try again."))
    address = request.client.host if request.client else ""
    wait = office.throttle.attempt(name, address)
    if wait is not None:
        return _form(request, office, wanted=wanted, name=name, wait=wait)
    token = _session(office, name, form.password, address)
    if token is None:
        said = mark("The name or the password is not right.")
        return _form(request, office, wanted=wanted, name=name, said=said)
    answer = RedirectResponse(local(request, wanted) or path(request, "inbox"), 303)
    give_session(request, answer, token, timedelta(hours=office.settings.pages.session_hours))
    answer.delete_cookie(DOOR_COOKIE, path=cookie_path(request))
    return answer


@router.post("/sign-out", name="sign_out")
def sign_out(request: Request, office: TheOffice, visitor: SendingOwn) -> Response:
    """End the session."""
    token = request.cookies.get(SESSION_COOKIE, "")
    with office.ledger.write() as tx:
        people.end_session(tx, token)
        audit.record(tx, office.now(), visitor.person.name, "signed_out", visitor.person.name)
    answer = RedirectResponse(path(request, "sign_in"), 303)
    answer.delete_cookie(SESSION_COOKIE, path=cookie_path(request))
    return answer


def give_session(request: Request, answer: Response, token: str, length: timedelta) -> None:
    """Hand over the session's cookie."""
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(length.total_seconds()),
        path=cookie_path(request),
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )


def _session(office: Office, name: str, password: str, address: str) -> str | None:
    with office.ledger.read() as tx:
        stored = people.password_of(tx, name)
    # Hashing takes a tenth of a second on purpose: no transaction waits for it.
    checked = passwords.check(password, stored)
    if not checked.right:
        return None
    office.throttle.succeeded(name, address)
    now = office.now()
    with office.ledger.write() as tx:
        if checked.renewed:
            people.set_password(tx, name, checked.renewed, audit.SYSTEM, now)
        audit.record(tx, now, name, "signed_in", name)
        return people.start_session(tx, name, now + timedelta(hours=office.settings.pages.session_hours))


def _form(
    request: Request, office: Office, *, wanted: str, name: str = "", said: str = "", wait: timedelta | None = None
) -> Response:
    door = unsigned(office.secret_key, DOOR_COOKIE, request.cookies.get(DOOR_COOKIE, "")) or secrets.token_urlsafe(16)
    spoken = speech_of(request)
    values = {
        "next": local(request, wanted) or "",
        "name": name,
        "said": said,
        "wait": wait,
        "door": form_key(office.secret_key, door),
        "languages": LANGUAGES,
        "chosen": spoken.code,
    }
    status = 429 if wait else 401 if said else 200
    answer = page(request, "sign_in.html", values, status)
    answer.set_cookie(
        DOOR_COOKIE,
        signed(office.secret_key, DOOR_COOKIE, door),
        path=cookie_path(request),
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )
    return answer
