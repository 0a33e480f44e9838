"""From a template and its values to a page in the reader's language."""

from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from dashboards import outcomes, wording
from dashboards.office import Visitor, office_of
from dashboards.passages import quote as quote_of
from dashboards.speech import LANGUAGES, Speech, accepted, speech
from dashboards.visitors import form_key, may, signed, unsigned
from models.visible import visible
from monitors.ledger.people import Role

ENGINE = Environment(
    loader=PackageLoader("dashboards"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
# A page's title is plain text, in which signs that turn writing round would turn ours round too.
ENGINE.filters["visible"] = lambda text: visible(text).text
VERSION = version("kuula")
TOLD_COOKIE = "kuula_told"


def path(request: Request, name: str, /, **params: Any) -> str:
    """The address of a page, wherever the application is mounted."""
    return str(request.scope.get("root_path", "")) + str(request.app.url_path_for(name, **params))


def with_query(address: str, **values: Any) -> str:
    """An address with a query of all values that are not None or empty."""
    kept = {name: value for name, value in values.items() if value not in (None, "", [], ())}
    return f"{address}?{urlencode(kept, doseq=True)}" if kept else address


def speech_of(request: Request) -> Speech:
    """The language of the visitor, or of their browser where nobody is signed in."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    now = office_of(request).now()
    if visitor is not None:
        return speech(visitor.person.language, visitor.person.timezone, now)
    chosen = request.query_params.get("language", "")
    return speech(chosen if chosen in LANGUAGES else accepted(request.headers.get("accept-language", "")), now=now)


def page(request: Request, template: str, values: Mapping[str, Any] | None = None, status: int = 200) -> HTMLResponse:
    """Draw a page."""
    office = office_of(request)
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    said = speech_of(request)
    shared = {
        "say": said,
        "_": said.text,
        "n_": said.plural,
        "w": wording,
        "outcomes": outcomes,
        "languages": LANGUAGES,
        "visitor": visitor,
        "me": visitor.person if visitor else None,
        "handles": visitor is not None and may(visitor, Role.SUPPORT),
        "manages": visitor is not None and may(visitor, Role.ADMIN),
        "csrf": form_key(office.secret_key, visitor.key) if visitor else "",
        "url": partial(path, request),
        "query": with_query,
        "here": here(request),
        "now": office.now(),
        "place": request.scope["route"].name if "route" in request.scope else "",
        "safe_url": safe_url,
        "quote": quote_of,
        "version": VERSION,
    }
    told = unsigned(office.secret_key, TOLD_COOKIE, unquote(request.cookies.get(TOLD_COOKIE, "")))
    drawn = ENGINE.get_template(template).render({**shared, "told": told, **(values or {})})
    answer = HTMLResponse(drawn, status)
    if told:
        answer.delete_cookie(TOLD_COOKIE, path=cookie_path(request), httponly=True, samesite="lax")
    return answer


def tell(request: Request, answer: Response, said: str) -> None:
    """Say something, already in the reader's language, on the next page that they see."""
    secret = office_of(request).secret_key
    answer.set_cookie(
        TOLD_COOKIE,
        quote(signed(secret, TOLD_COOKIE, said)),
        max_age=60,
        path=cookie_path(request),
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )


def cookie_path(request: Request) -> str:
    """Where cookies are sent: to these pages and nowhere else."""
    return str(request.scope.get("root_path", "")) or "/"


def is_secure(request: Request) -> bool:
    """Whether people come by https, also where a proxy speaks it for us."""
    return request.url.scheme == "https" or office_of(request).settings.pages.address.startswith("https:")


def sorry(request: Request, status: int, said: str, *, door: bool = False) -> HTMLResponse:
    """Draw a page for what did not work; ``said`` is a key of the catalogs, ``door`` leads to where people sign in."""
    values = {"status": status, "said": speech_of(request).text(said), "door": door, "came_from": came_from(request)}
    return page(request, "sorry.html", values, status)


def came_from(request: Request) -> str | None:
    """The page of ours that a request was made on, as browsers tell it, else None."""
    try:
        parts = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return None
    address = f"{parts.path}?{parts.query}" if parts.query else parts.path
    same = request.method == "GET" and parts.path == request.url.path
    return local(request, address) if parts.netloc == request.url.netloc and not same else None


def here(request: Request) -> str:
    """The address of this page inside the site, for forms that come back to it."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def back(request: Request, wanted: str, fallback: str) -> RedirectResponse:
    """After a change go back to where the form was, never to another site."""
    return RedirectResponse(local(request, wanted) or fallback, 303)


def local(request: Request, wanted: str) -> str | None:
    """An address when it leads into this application, else None."""
    if not wanted.startswith("/") or wanted[1:2] in {"/", "\\"} or not wanted.isprintable() or "\\" in wanted:
        return None
    parts = urlsplit(wanted)
    root = str(request.scope.get("root_path", ""))
    inside = parts.path == root or parts.path.startswith(root + "/")
    return wanted if not parts.scheme and not parts.netloc and inside else None


def safe_url(url: str | None) -> str | None:
    """A link from the internet when a browser may open it: http and https only."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None
