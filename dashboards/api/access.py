"""Who asks: a token in ``Authorization: Bearer``, its scopes, and how often it asks. Cookies open nothing here."""

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from dashboards.api.problems import NoScope, NoToken, TooMany
from dashboards.office import TheOffice
from monitors.ledger import api_tokens
from monitors.ledger.api_tokens import Scope, Token

MINUTE = timedelta(minutes=1)
LONGEST_TOKEN = 200

_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="A token of the page of tokens.")


class Pace:
    """Counts the requests of each token in the last minute, in this process."""

    def __init__(self, most: int, now: Callable[[], datetime]) -> None:
        self._most = most
        self._now = now
        self._asked: defaultdict[int, deque[datetime]] = defaultdict(deque)
        self._lock = Lock()

    def wait(self, token_id: int) -> timedelta | None:
        """Count a request; or, without counting, how long the token has to wait."""
        now = self._now()
        with self._lock:
            asked = self._asked[token_id]
            while asked and asked[0] <= now - MINUTE:
                asked.popleft()
            if len(asked) >= self._most:
                return asked[0] + MINUTE - now
            asked.append(now)
        return None


def asking(
    request: Request,
    office: TheOffice,
    scopes: SecurityScopes,
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Token:
    """The token of the request, when it works, has the scopes and does not ask too often."""
    if sent is None or len(sent.credentials) > LONGEST_TOKEN:
        raise NoToken
    now = office.now()
    with office.ledger.read() as tx:
        known = api_tokens.known(tx, sent.credentials, now)
    if known is None:
        raise NoToken
    token, stale = known
    pace: Pace = request.app.state.pace
    wait = pace.wait(token.id)
    if wait is not None:
        raise TooMany(wait)
    if stale:
        with office.ledger.write() as tx:
            api_tokens.used(tx, token.id, now)
    for scope in scopes.scopes:
        if scope not in token.scopes:
            raise NoScope(scope)
    return token


def needs(*scopes: Scope) -> Any:
    """A dependency: the token, with these scopes."""
    return Security(asking, scopes=[scope.value for scope in scopes])


Known = Annotated[Token, needs()]
ReadingIncidents = Annotated[Token, needs(Scope.INCIDENTS_READ)]
WritingIncidents = Annotated[Token, needs(Scope.INCIDENTS_WRITE)]
WritingPromises = Annotated[Token, needs(Scope.PROMISES_WRITE)]
ReadingPosts = Annotated[Token, needs(Scope.POSTS_READ)]
ReadingAnswers = Annotated[Token, needs(Scope.ANSWERS_READ)]
CheckingReplies = Annotated[Token, needs(Scope.REPLIES_CHECK)]
ReadingHooks = Annotated[Token, needs(Scope.HOOKS_READ)]
ReadingHealth = Annotated[Token, needs(Scope.HEALTH_READ)]
