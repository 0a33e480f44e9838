"""Who is there, and what they may do: asked by every page, by a dependency that its handler names."""

import hashlib
import hmac
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request
from itsdangerous import BadSignature, Signer
from starlette.concurrency import run_in_threadpool

from dashboards.office import Office, TheOffice, Visitor, office_of
from monitors.ledger import people
from monitors.ledger.people import Role

SESSION_COOKIE = "kuula_session"
_RANKS = {role: rank for rank, role in enumerate((Role.VIEWER, Role.SUPPORT, Role.MANAGER, Role.ADMIN))}


class NotSignedIn(Exception):
    """Nobody is there: pages lead to the sign-in, everything else refuses."""


class NotAllowed(Exception):
    """Somebody is there who may not do this."""


class StaleForm(Exception):
    """A form that this sign-in did not get from us, or a press of a button from another site."""


async def by_session(request: Request) -> Visitor | None:
    """Who is behind the session cookie."""
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    office = office_of(request)
    person = await run_in_threadpool(_session_person, office, token)
    return Visitor(person, hashlib.sha256(token.encode()).hexdigest()) if person else None


def _session_person(office: Office, token: str) -> people.Person | None:
    with office.ledger.read() as tx:
        return people.session_person(tx, token, office.now())


async def visitor_of(request: Request, office: TheOffice) -> Visitor:
    """The visitor, or ``NotSignedIn``."""
    visitor = await office.identify(request)
    if visitor is None:
        raise NotSignedIn
    request.state.visitor = visitor
    return visitor


def may(visitor: Visitor, role: Role) -> bool:
    """Whether a visitor has a role or a higher one."""
    return _RANKS[visitor.person.role] >= _RANKS[role]


def at_least(role: Role) -> Callable[[Visitor], Coroutine[Any, Any, Visitor]]:
    """A dependency: the visitor, when they have the role."""

    async def allowed(visitor: Annotated[Visitor, Depends(visitor_of)]) -> Visitor:
        if not may(visitor, role):
            raise NotAllowed
        return visitor

    return allowed


def sending(role: Role) -> Callable[[Visitor, Office, Request], Coroutine[Any, Any, Visitor]]:
    """A dependency of everything that changes something: the visitor, with the role and a form of their own."""

    async def allowed(
        visitor: Annotated[Visitor, Depends(at_least(role))], office: TheOffice, request: Request
    ) -> Visitor:
        given = (await request.form()).get("csrf")
        if not isinstance(given, str) or not form_is_ours(office.secret_key, visitor.key, given):
            raise StaleForm
        return visitor

    return allowed


def form_key(secret: str, key: str) -> str:
    """What each form carries: the visitor's key, signed."""
    return hmac.new(Signer(secret, salt="kuula.form").derive_key(), key.encode(), "sha256").hexdigest()


def form_is_ours(secret: str, key: str, given: str) -> bool:
    """Whether a form was given to this visitor by us."""
    return hmac.compare_digest(form_key(secret, key).encode(), given.encode())


def signed(secret: str, cookie: str, value: str) -> str:
    """A value that comes back only as we gave it, and only in the cookie of this name."""
    return Signer(secret, salt=f"kuula.value.{cookie}").sign(value).decode()


def unsigned(secret: str, cookie: str, value: str) -> str | None:
    """The value, when it is ours and was given in this cookie."""
    try:
        return Signer(secret, salt=f"kuula.value.{cookie}").unsign(value).decode()
    except BadSignature:
        return None


Looking = Annotated[Visitor, Depends(at_least(Role.VIEWER))]
Handling = Annotated[Visitor, Depends(at_least(Role.SUPPORT))]
Managing = Annotated[Visitor, Depends(at_least(Role.ADMIN))]
SendingOwn = Annotated[Visitor, Depends(sending(Role.VIEWER))]
SendingSupport = Annotated[Visitor, Depends(sending(Role.SUPPORT))]
SendingManager = Annotated[Visitor, Depends(sending(Role.MANAGER))]
SendingAdmin = Annotated[Visitor, Depends(sending(Role.ADMIN))]
