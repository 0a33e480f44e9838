"""The application: one factory that joins the rooms, and the answers to what goes wrong in them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from dashboards import (
    account,
    actions,
    api_docs,
    audit,
    backtests,
    charts,
    claiming,
    correcting,
    deciding,
    forecasts,
    handing,
    health,
    hooks,
    inbox,
    incident,
    learning,
    links,
    live,
    overview,
    people,
    playbook,
    promising,
    quiet,
    replying,
    rota,
    search,
    sign_in,
    tokens,
    wording,
)
from dashboards.api import app as api_app
from dashboards.headers import POLICY, SafeHeaders
from dashboards.office import Identify, Office, ReplyDesk
from dashboards.recent import Recent
from dashboards.rendering import came_from, here, path, sorry, with_query
from dashboards.speech import mark
from dashboards.throttle import Throttle
from dashboards.visitors import NotAllowed, NotSignedIn, StaleForm, by_session
from monitors.errors import RetryLater
from monitors.ledger.engine import Ledger
from monitors.ledger.refusals import NotPossible, OpenPromises
from monitors.pipeline.calling import roster_of
from monitors.playbook import Library
from monitors.ports import Index
from monitors.settings import Settings

ROOMS = (
    sign_in,
    overview,
    inbox,
    incident,
    actions,
    claiming,
    handing,
    promising,
    correcting,
    learning,
    replying,
    playbook,
    deciding,
    search,
    forecasts,
    health,
    people,
    rota,
    account,
    quiet,
    audit,
    backtests,
    live,
    links,
    charts,
    tokens,
    hooks,
    api_docs,
)


def create_app(
    *,
    ledger: Ledger,
    index: Index,
    settings: Settings,
    now: Callable[[], datetime],
    secret_key: str,
    identify: Identify = by_session,
) -> FastAPI:
    """Build the pages over open stores; ``identify`` says who is asking, by the pages' own sign-in unless told."""
    app = FastAPI(title="Kuula", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    folder = settings.home / settings.playbook.folder if settings.playbook.folder else None
    parts = (identify, Throttle(now), Recent(index, now), roster_of(settings), Library(ledger, folder, now))
    office = Office(ledger, index, settings, now, secret_key, *parts)
    app.state.office = office
    app.add_middleware(SafeHeaders)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    for room in ROOMS:
        app.include_router(room.router)
    app.state.api = api_app.create_api(office)
    app.mount(api_app.ADDRESS, app.state.api, name="api")
    app.add_api_route("/healthz", _healthz, name="healthz", response_class=PlainTextResponse)
    for error, answer in _ANSWERS.items():
        app.add_exception_handler(error, answer)
    return app


def furnish(app: FastAPI, desk: ReplyDesk) -> None:
    """Give the pages another reader of drafts, and the sources through which people may send answers."""
    app.state.office = replace(app.state.office, replies=desk)


def _healthz(request: Request) -> str:
    """Say that the pages and the ledger behind them answer, and nothing else."""
    office: Office = request.app.state.office
    with office.ledger.read() as tx:
        tx.exec_driver_sql("SELECT 1")
    return "ok"


def _not_signed_in(request: Request, _error: Exception) -> Response:
    office: Office = request.app.state.office
    wants_page = request.method == "GET" and "text/html" in request.headers.get("accept", "text/html")
    ours = office.identify is by_session
    if wants_page and ours:
        return RedirectResponse(with_query(path(request, "sign_in"), next=here(request)), 303)
    said = mark("You are signed out.") if came_from(request) else mark("Sign in first.")
    return sorry(request, 401, said, door=ours)


def _not_allowed(request: Request, _error: Exception) -> Response:
    return sorry(request, 403, mark("Your role does not allow this. An admin can change it."))


def _stale_form(request: Request, _error: Exception) -> Response:
    return sorry(request, 403, mark("This form is no longer valid. Go back, reload the page and try again."))


def _open_promises(request: Request, _error: Exception) -> Response:
    return sorry(request, 409, wording.OPEN_PROMISES)


def _not_possible(request: Request, error: Exception) -> Response:
    structlog.get_logger().info("page_refused", path=request.url.path, why=str(error))
    missing = str(error).startswith("there is no")
    said = mark("This does not exist.") if missing else mark("This is not possible any more: it changed meanwhile.")
    return sorry(request, 404 if missing else 409, said)


def _retry_later(request: Request, _error: Exception) -> Response:
    return sorry(request, 503, mark("The ledger is busy or away for a moment. Try again in a minute."))


def _bad_request(request: Request, _error: Exception) -> Response:
    return sorry(request, 400, mark("That was not understood. Check what you typed and try again."))


async def _http_error(request: Request, error: Any) -> Response:
    if error.status_code == 404 and not hasattr(request.state, "visitor"):
        # No page has asked who is there yet: the answer is in their language all the same.
        request.state.visitor = await request.app.state.office.identify(request)
    if error.status_code == 404:
        return sorry(request, 404, mark("This page does not exist."))
    return sorry(request, error.status_code, mark("That was not understood. Check what you typed and try again."))


def _fault(request: Request, _error: Exception) -> Response:
    answer = sorry(request, 500, mark("Something broke on our side. It was logged; try again in a minute."))
    # This answer is made outside of all middleware, the one that adds the headers included.
    answer.headers["content-security-policy"] = POLICY
    return answer


_ANSWERS: dict[type[Exception], Callable[[Request, Any], Response | Awaitable[Response]]] = {
    NotSignedIn: _not_signed_in,
    NotAllowed: _not_allowed,
    StaleForm: _stale_form,
    OpenPromises: _open_promises,
    NotPossible: _not_possible,
    RetryLater: _retry_later,
    RequestValidationError: _bad_request,
    HTTPException: _http_error,
    Exception: _fault,
}
