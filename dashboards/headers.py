"""What keeps pages what they are: no foreign scripts or frames, no copies in shared caches, no bodies but forms."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# 'self' as the frame's ancestor lets Airflow, at the same address, show the pages inside its own.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
# A chart is a picture with styles of its own and nothing that could run.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
MOST_BODY = 1_000_000


class SafeHeaders:
    """Adds the headers to every answer that does not bring its own, and refuses bodies that no form of ours has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", POLICY)
                headers.setdefault("x-content-type-options", "nosniff")
                headers.setdefault("referrer-policy", "same-origin")
                headers.setdefault("cross-origin-opener-policy", "same-origin")
                headers.setdefault("permissions-policy", "camera=(), geolocation=(), microphone=()")
                headers.setdefault("cache-control", "no-store")
                if scope.get("scheme") == "https":
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        await (_refused(Headers(scope=scope)) or self._app)(scope, receive, complete)


def _refused(headers: Headers) -> ASGIApp | None:
    if _too_large(headers):
        return PlainTextResponse("too large", 413)
    # No form of ours has files. Whoever sends one chooses by what its words are decoded: some of Python's ways take
    # the square of their length, and the door is open to everybody.
    if headers.get("content-type", "").strip().lower().startswith("multipart/"):
        return PlainTextResponse("not a form of ours", 415)
    return None


def _too_large(headers: Headers) -> bool:
    length = headers.get("content-length", "")
    # Browsers say how long a form is; a body without a length could go on for ever.
    return "transfer-encoding" in headers or (length.isdecimal() and int(length) > MOST_BODY)
