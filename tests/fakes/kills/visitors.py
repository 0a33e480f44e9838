"""Those who act over HTTP, through pages that are killed under them; they are killed as well.

What they are about to ask is written down before they ask, what they were answered afterwards: whoever takes the place
of one who was killed asks again what nobody answered, with the same key or by the same link.
"""

import hashlib
import random
import re
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import unquote

import httpx
from fakes.kills.place import BY_LINKS, PASSWORD, SECRET, SIGNED_IN, STUCK_SECONDS, TEAM, Place

from dashboards.rendering import TOLD_COOKIE
from dashboards.visitors import SESSION_COOKIE, unsigned
from monitors.ledger import incidents
from monitors.ledger.engine import Ledger
from monitors.links import LINKS_LAST, ActionLink, LinkAction, sign

API = "/api/v1"
JOURNALS = ("answered", "typed_answered", "pressed_answered")
"""What came of what each of them asked."""

REPLAYED = 40
"""Of requests that were answered, the latest so many are sent once more in the end."""

_FIELD = r'name="%s" value="([^"]+)"'


class Door:
    """A client that goes to any of the pages; None where nobody answered, or the ledger was too busy."""

    def __init__(self, place: Place, **headers: str) -> None:
        self._ports = [door.getsockname()[1] for door in place.doors]
        self._client = httpx.Client(
            timeout=STUCK_SECONDS, headers={"accept-language": "en", **headers}, trust_env=False
        )

    def ask(self, method: str, path: str, **sent: Any) -> httpx.Response | None:
        """One try."""
        try:
            answer = self._client.request(method, f"http://127.0.0.1:{random.choice(self._ports)}{path}", **sent)
        except httpx.TransportError:
            answer = None
        if answer is None or answer.status_code == 503:
            time.sleep(0.02)
            return None
        return answer

    def close(self) -> None:
        """Let go of the connections; who is killed needs no such thing."""
        self._client.close()

    def keep_session(self, session: str) -> None:
        """Come as whoever has this session."""
        self._client.cookies.clear()
        self._client.cookies.set(SESSION_COOKIE, session)


def until_answered(ask: Callable[[], httpx.Response | None]) -> httpx.Response:
    """Try as often as it takes."""
    while (answer := ask()) is None:
        pass
    return answer


def program(_ledger: Ledger, place: Place) -> None:
    """Another program that asks by the API, each time with a key, and again when it heard no answer."""
    door = Door(place, authorization=f"Bearer {place.token}")
    for line in _unanswered(place):
        _request(door, place, line)
    made: list[int] = []
    while True:
        listed = door.ask("GET", f"{API}/incidents?limit=100")
        items = listed.json()["items"] if listed is not None and listed.status_code == 200 else []
        if not items:
            time.sleep(0.02)
            continue
        asked = _wish(random.choice(items)["id"], made)
        place.write_down("asked", **asked)
        number = _request(door, place, asked)
        if asked["act"] == "promise" and number:
            made.append(number)
        if random.random() < 0.1:
            # It has forgotten that it was answered.
            _request(door, place, asked)
        time.sleep(random.uniform(0, 0.02))


def _wish(incident: int, made: list[int]) -> dict[str, Any]:
    key = f"{time.time_ns()}-{random.getrandbits(32)}"
    act = random.choice(("note", "note", "promise", "promise", "acknowledge", "resolve", *["keep"] * bool(made)))
    path, body = {
        "note": (f"/incidents/{incident}/notes", {"text": key}),
        "promise": (
            f"/incidents/{incident}/promises",
            {"what": key, "in_minutes": 1, "owner": random.choice(TEAM)},
        ),
        "acknowledge": (f"/incidents/{incident}/acknowledge", None),
        "resolve": (f"/incidents/{incident}/resolve", {"verdict": "right", "promises": "keep"}),
        "keep": (f"/promises/{made[-1] if made else 0}/keep", None),
    }[act]
    return {"key": key, "act": act, "incident": incident, "path": path, "body": body}


def _request(door: Door, place: Place, asked: dict[str, Any]) -> int | None:
    """Ask until it is answered; gives the number of what was changed, None where it could not be."""
    headers = {"idempotency-key": asked["key"]}
    answer = until_answered(lambda: door.ask("POST", API + asked["path"], json=asked["body"], headers=headers))
    done = answer.is_success
    number = answer.json()["id"] if done else None
    replayed = answer.headers.get("idempotent-replayed") == "true"
    said = {"key": asked["key"], "act": asked["act"], "status": answer.status_code, "id": number}
    place.write_down("answered", **said, done=done, replayed=replayed)
    return number


def _unanswered(place: Place) -> list[dict[str, Any]]:
    answered = {line["key"] for line in place.read("answered")}
    return [line for line in place.read("asked") if line["key"] not in answered]


SAID = {
    "acknowledge": "You have it in hand.",
    "note": "The note is saved.",
    "promise": "Promised until",
    "resolve": "It is resolved.",
}
"""What the next page says when it is done; otherwise it says who was faster."""


def person(ledger: Ledger, place: Place) -> None:
    """Somebody with a browser, who signs in and fills in forms; their session outlives the pages and the browser."""
    door = Door(place)
    sessions = place.read("signed_in")
    door.keep_session(sessions[-1]["session"] if sessions and random.random() < 0.8 else _sign_in(place))
    while True:
        incident = _any_incident(ledger)
        shown = door.ask("GET", f"/incidents/{incident}") if incident else None
        csrf = re.search(_FIELD % "csrf", shown.text) if shown is not None else None
        if shown is not None and csrf is None:
            place.write_down("typed_answered", act="look", words="", incident=incident, status=401, done=False)
        if csrf is None:
            time.sleep(0.02)
            continue
        _fill_in(door, place, incident, csrf[1])
        time.sleep(random.uniform(0, 0.02))


def _sign_in(place: Place) -> str:
    """The session of somebody who typed their password into the form of the door."""
    while True:
        door = Door(place)
        form = until_answered(lambda door=door: door.ask("GET", "/sign-in"))  # type: ignore[misc]
        found = re.search(_FIELD % "csrf", form.text)
        typed = {"name": SIGNED_IN, "password": PASSWORD, "csrf": found[1] if found else ""}
        answer = door.ask("POST", "/sign-in", data=typed)
        if answer is not None and SESSION_COOKIE in answer.cookies:
            place.write_down("signed_in", session=answer.cookies[SESSION_COOKIE])
            return str(answer.cookies[SESSION_COOKIE])


def _fill_in(door: Door, place: Place, incident: int, csrf: str) -> None:
    act, words = random.choice(tuple(SAID)), f"typed {time.time_ns()}"
    fields = {
        "acknowledge": {},
        "note": {"text": words},
        "promise": {"due": "1", "what": words},
        "resolve": {"verdict": "right"},
    }[act]
    place.write_down("typed", act=act, words=words, incident=incident)
    sent = {"csrf": csrf, **fields}
    answer = door.ask("POST", f"/incidents/{incident}/{act}", data=sent)
    if answer is None and act in {"note", "promise"}:
        # A form has no key: a person looks first whether it is there. This one writes another.
        return
    if answer is None:
        answer = until_answered(lambda: door.ask("POST", f"/incidents/{incident}/{act}", data=sent))
    said = unsigned(SECRET, TOLD_COOKIE, unquote(answer.cookies.get(TOLD_COOKIE, ""))) or ""
    place.write_down(
        "typed_answered",
        act=act,
        words=words,
        incident=incident,
        status=answer.status_code,
        done=answer.status_code == 303 and said.startswith(SAID[act]),
    )


def presser(ledger: Ledger, place: Place) -> None:
    """Somebody who only presses the buttons behind the links of their messages, one link for each incident."""
    door = Door(place)
    acted = {line["token"] for line in place.read("pressed_answered")}
    before = place.read("pressed")
    for line in before:
        if line["token"] not in acted:
            _press(door, place, line)
    pressed = {line["incident"] for line in before}
    while True:
        incident = _any_incident(ledger)
        if not incident or incident in pressed:
            time.sleep(0.02)
            continue
        pressed.add(incident)
        action = random.choice((LinkAction.PROMISE, LinkAction.PROMISE, LinkAction.ACKNOWLEDGE, LinkAction.HANDLED))
        token = sign(SECRET, ActionLink(incident, action, BY_LINKS, place.now() + LINKS_LAST))
        line = {"token": token, "incident": incident, "act": action.value}
        place.write_down("pressed", **line)
        for _ in range(1 + (random.random() < 0.1)):
            _press(door, place, line)
        time.sleep(random.uniform(0, 0.02))


def _press(door: Door, place: Place, line: dict[str, Any]) -> None:
    """Open the link and press its button, again and again until the page says what came of it."""

    def press() -> httpx.Response | None:
        shown = door.ask("GET", f"/links/{line['token']}")
        found = re.search(_FIELD % "page", shown.text) if shown is not None else None
        if shown is None or found is None:
            return shown
        return door.ask("POST", f"/links/{line['token']}", data={"page": found[1], "promises": "keep"})

    answer = until_answered(press)
    done = answer.status_code == 200 and ("Done. Thank you" in answer.text or "with this link" in answer.text)
    place.write_down("pressed_answered", **line, status=answer.status_code, done=done)


def _any_incident(ledger: Ledger) -> int:
    """One that people handle; 0 where there is none."""
    with ledger.read() as tx:
        rows = incidents.find(tx, incidents.Listing(size=200))
    return random.choice(rows).id if rows else 0


def ask_again(place: Place) -> None:
    """With nobody killed any more: what nobody answered, all links, and requests that were answered long ago."""
    with closing(Door(place, authorization=f"Bearer {place.token}")) as door:
        for line in [*_unanswered(place), *place.read("asked")[-REPLAYED:]]:
            _request(door, place, line)
    with closing(Door(place)) as door:
        for line in place.read("pressed"):
            _press(door, place, line)


def answered(place: Place) -> int:
    """A number that grows with each answer."""
    journals = (place.folder / name for name in JOURNALS)
    return sum(journal.stat().st_size for journal in journals if journal.exists())


def digest(token: str) -> str:
    """What the ledger keeps of a link."""
    return hashlib.sha256(token.encode()).hexdigest()
