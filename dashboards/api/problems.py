"""What goes wrong, as RFC 9457 tells it: each problem has a type, named by its remedy, and says what to do."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from monitors.errors import RetryLater
from monitors.ledger.api_answers import OtherRequest
from monitors.ledger.api_tokens import MakerGone
from monitors.ledger.refusals import NotPossible, OpenPromises, SomebodyElse

MEDIA = "application/problem+json"
TYPES = "https://kuula.example/problems/"


class Problem(BaseModel):
    """Why a request was not answered with what it asked for."""

    type: str = Field(description="What to do, as a name that does not change.", examples=[f"{TYPES}somebody-else"])
    title: str = Field(description="The same in words.", examples=["Somebody was faster"])
    status: int = Field(description="The HTTP status.", examples=[409])
    detail: str = Field(description="What happened this time.", examples=["ann took it a moment ago"])
    who: str | None = Field(None, description="somebody-else: who was faster.", examples=["ann"])
    at: datetime | None = Field(None, description="somebody-else: when they did it.")
    did: str | None = Field(None, description="somebody-else: what they did.", examples=["acknowledged"])
    open_promises: int | None = Field(None, description="open-promises: how many wait.", examples=[1])
    scope: str | None = Field(None, description="scope: what the token would need.", examples=["incidents:write"])
    errors: list[str] | None = Field(
        None, description="not-understood: where what is wrong.", examples=[["body.verdict: Field required"]]
    )


class NoToken(Exception):
    """No token, or one that does not work."""


class NoScope(Exception):
    """A token that may not do this."""

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


class TooMany(Exception):
    """A token that asks too often."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


_TITLES = {
    "not-understood": "The request is not understood",
    "token": "A token is needed",
    "maker-gone": "Whoever made the token is no admin any more",
    "scope": "The token does not allow this",
    "not-found": "It does not exist",
    "method": "This address does not know the method",
    "somebody-else": "Somebody was faster",
    "open-promises": "The customer still waits for something",
    "not-possible": "That is not possible now",
    "other-request": "The idempotency key was used for another request",
    "too-many": "Too many requests",
    "later": "Try again in a minute",
    "fault": "Something broke on our side; it was logged",
}


def problem(status: int, kind: str, detail: str, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """Make the answer."""
    said = Problem(type=TYPES + kind, title=_TITLES[kind], status=status, detail=detail, **more)
    return JSONResponse(said.model_dump(mode="json", exclude_none=True), status, headers, media_type=MEDIA)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the documentation says of these statuses, besides those of every operation."""
    schema = {"$ref": "#/components/schemas/Problem"}
    told: dict[int | str, dict[str, Any]] = {}
    for status in sorted({*statuses, 401, 403, 422, 429, 503}):
        told[status] = {"description": _SAID[status], "content": {MEDIA: {"schema": schema}}, "model": None}
        headers = _HEADERS.get(status)
        if headers:
            told[status]["headers"] = {
                name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()
            }
    return told


_SAID = {
    401: "No token, or one that does not work: also when whoever made it is no admin any more (`maker-gone`).",
    403: "The token does not have the scope.",
    404: "It does not exist.",
    409: "Somebody was faster (`somebody-else`, with who and when), its state does not allow it, or the idempotency "
    "key was used for another request.",
    422: "The request is not understood: the errors say where.",
    429: "The token asked too often.",
    503: "The ledger is busy for a moment.",
}
_HEADERS = {
    401: {"WWW-Authenticate": "How to authenticate."},
    429: {"Retry-After": "Seconds to wait."},
    503: {"Retry-After": "Seconds to wait."},
}


def _no_token(_request: Request, _error: Exception) -> JSONResponse:
    headers = {"www-authenticate": 'Bearer realm="kuula"'}
    return problem(401, "token", "Send `Authorization: Bearer TOKEN` with a token that works.", headers)


def _maker_gone(_request: Request, _error: Exception) -> JSONResponse:
    headers = {"www-authenticate": 'Bearer realm="kuula", error="invalid_token"'}
    said = "It was made by somebody who is no admin any more, and stopped working then. Have an admin make a new one."
    return problem(401, "maker-gone", said, headers)


def _no_scope(_request: Request, error: NoScope) -> JSONResponse:
    headers = {"www-authenticate": f'Bearer realm="kuula", error="insufficient_scope", scope="{error.scope}"'}
    return problem(403, "scope", f"The token needs the scope {error.scope}.", headers, scope=error.scope)


def _too_many(_request: Request, error: TooMany) -> JSONResponse:
    seconds = max(1, int(error.wait.total_seconds()) + 1)
    return problem(429, "too-many", f"Wait {seconds} seconds.", {"retry-after": str(seconds)})


def _somebody_else(_request: Request, error: SomebodyElse) -> JSONResponse:
    return problem(409, "somebody-else", str(error), who=error.who, at=error.at, did=error.kind)


def _open_promises(_request: Request, error: OpenPromises) -> JSONResponse:
    return problem(409, "open-promises", str(error), open_promises=error.number)


def _other_request(_request: Request, error: Exception) -> JSONResponse:
    return problem(409, "other-request", f"{error}; use a new one.")


def _not_possible(_request: Request, error: NotPossible) -> JSONResponse:
    missing = str(error).startswith("there is no")
    return problem(404 if missing else 409, "not-found" if missing else "not-possible", str(error))


def _later(_request: Request, error: RetryLater) -> JSONResponse:
    structlog.get_logger().warning("api_later", why=str(error))
    return problem(503, "later", "The ledger is busy or away for a moment.", {"retry-after": "5"})


def _not_understood(_request: Request, error: RequestValidationError) -> JSONResponse:
    told = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()]
    return problem(422, "not-understood", "See the errors.", errors=[line[:300] for line in told[:20]])


def _http(_request: Request, error: HTTPException) -> JSONResponse:
    kinds = {404: "not-found", 405: "method"}
    # Bytes that are no text at all are told as any other body that is not understood.
    status = 422 if error.status_code == 400 else error.status_code
    return problem(status, kinds.get(status, "not-understood"), str(error.detail), dict(error.headers or {}))


def _fault(_request: Request, _error: Exception) -> JSONResponse:
    return problem(500, "fault", "It is in the log of the pages.")


_ANSWERS: dict[Any, Callable[[Request, Any], JSONResponse]] = {
    NoToken: _no_token,
    MakerGone: _maker_gone,
    NoScope: _no_scope,
    TooMany: _too_many,
    SomebodyElse: _somebody_else,
    OpenPromises: _open_promises,
    OtherRequest: _other_request,
    NotPossible: _not_possible,
    RetryLater: _later,
    RequestValidationError: _not_understood,
    HTTPException: _http,
    Exception: _fault,
}


def answer_problems(api: FastAPI) -> None:
    """Let the application answer what goes wrong in it."""
    for error, answer in _ANSWERS.items():
        api.add_exception_handler(error, answer)
