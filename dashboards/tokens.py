"""The tokens of other programs, for admins: what each may do, when it was last used, and new ones, shown once."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from dashboards.incident import Number
from dashboards.office import TheOffice
from dashboards.rendering import page, path
from dashboards.speech import mark
from dashboards.typed import Typed
from dashboards.visitors import Managing, SendingAdmin
from monitors.ledger import api_tokens
from monitors.ledger.api_tokens import LONGEST_NAME, NewToken, Scope
from monitors.ledger.refusals import NotPossible

router = APIRouter()
DAYS = (30, 90, 365)


class TokenForm(Typed):
    """What a token is to be; 0 days: until it is revoked."""

    name: str = Field(pattern=r"^[\w.@+-]{1,60}$")
    scopes: list[Scope] = Field(default_factory=list, max_length=len(Scope))
    days: int = Field(90, ge=0, le=3650)


class Listed(NamedTuple):
    """A token of the list; ``stopped``: whoever made it is no admin any more."""

    row: Any
    state: Literal["works", "stopped", "over", "revoked"]


@router.get("/tokens", name="tokens")
def tokens_page(request: Request, office: TheOffice, _visitor: Managing) -> Response:
    """All tokens, those that work first."""
    return _page(request, office)


@router.post("/tokens", name="make_token")
def make_token(
    request: Request, office: TheOffice, visitor: SendingAdmin, form: Annotated[TokenForm, Form()]
) -> Response:
    """Make one and show it, this once."""
    if not form.scopes:
        return _page(request, office, 400, said=mark("Choose what the token may do."), typed=form)
    now = office.now()
    until = now + timedelta(days=form.days) if form.days else None
    try:
        with office.ledger.write() as tx:
            made = api_tokens.make(tx, NewToken(form.name, form.scopes, until), visitor.person.name, now)
    except NotPossible:
        return _page(
            request, office, 409, said=mark("A token of that name works already; revoke it first."), typed=form
        )
    return _page(request, office, made=made, made_name=form.name)


@router.post("/tokens/{token_id}/revoke", name="revoke_token")
def revoke_token(request: Request, office: TheOffice, visitor: SendingAdmin, token_id: Number) -> Response:
    """Let a token work no more."""
    with office.ledger.write() as tx:
        api_tokens.revoke(tx, token_id, visitor.person.name, office.now())
    return RedirectResponse(path(request, "tokens"), 303)


def _listed(row: Any, now: datetime) -> Listed:
    if row.revoked_at is not None:
        return Listed(row, "revoked")
    if not api_tokens.lasts(row, now):
        return Listed(row, "over")
    return Listed(row, "stopped" if api_tokens.stopped(row) else "works")


def _page(request: Request, office: TheOffice, status: int = 200, **more: Any) -> Response:
    now = office.now()
    with office.ledger.read() as tx:
        rows = [_listed(row, now) for row in api_tokens.everything(tx)]
    values = {
        "tokens": sorted(rows, key=lambda each: each.state != "works"),
        "scopes": list(Scope),
        "longest": LONGEST_NAME,
        "days": DAYS,
        "made": None,
        "said": "",
        "typed": None,
        **more,
    }
    return page(request, "tokens.html", values, status)
