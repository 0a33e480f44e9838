"""Composer: a letter knows ids only; what it says is read from the ledger when it is sent.

So a post that was deleted at its source before the message went out is not in the message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import TemplateError

from models.post import Post
from models.scores import Scores
from monitors import links
from monitors.errors import StopSource
from monitors.ledger import bursts, documents, incidents, judging, people, posts
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.incidents import NotPossible
from monitors.ledger.outbox import Letter
from monitors.ledger.people import Person, Role
from monitors.links import LINKS_LAST, ActionLink, LinkAction
from monitors.messages.wording import LANGUAGES, Wording, as_html
from monitors.ports import Message

LONGEST_QUOTE = 600
LONGEST_HEADLINE = 140
LONGEST_NAME = 80
_JOINER = "\u200d"  # holds the parts of many emoji together
ACTIONS = (LinkAction.ACKNOWLEDGE, LinkAction.PROMISE, LinkAction.RESOLVE, LinkAction.NOISE)
STEPS = (
    "safety_issue",
    "vulnerable_person",
    "legal_threat",
    "regulator_threat",
    "media_threat",
    "call_to_share",
    "fraud_accusation",
    "broken_promise",
    "contradictory_answers",
    "no_answer",
    "rude_staff",
    "refund_demand",
    "repeat_complaint",
    "churn_threat",
)
"""Which signal decides the next step, where a post has several: the gravest first."""


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes messages. ``address`` is that of the pages, ``secret_key`` signs the links."""

    ledger: Ledger
    address: str
    secret_key: str
    now: Callable[[], datetime]

    def compose(self, letter: Letter) -> Message:
        """The message of a letter, in its reader's language and zone."""
        try:
            subject, body, addresses, language = self._written(letter)
        except (NotPossible, TemplateError) as error:
            raise StopSource(
                f"the message {letter.key!r} cannot be written: {error or type(error).__name__}",
                remedy="It was queued by another version of Kuula; look at the incident on the pages.",
            ) from error
        listed = "\n".join(f"{label}: {url}" for label, url in addresses.items())
        return Message(
            key=letter.key,
            subject=_one_line(subject),
            text=f"{body}\n\n{listed}".strip(),
            html=as_html(language, body, addresses),
            links=addresses,
        )

    def _written(self, letter: Letter) -> tuple[str, str, dict[str, str], str]:
        with self.ledger.read() as tx:
            person = people.get(tx, letter.person) or _stranger(letter.person)
            language = person.language if person.language in LANGUAGES else "en"
            wording = Wording(language, _zone(person.timezone), self.now())
            values: dict[str, Any] = dict(letter.payload)
            for name in ("due_at", "opened_at", "since"):
                if values.get(name):
                    values[name] = datetime.fromisoformat(values[name])
            if values.get("owner"):
                owner = people.get(tx, values["owner"])
                values["owner"] = owner.display if owner else values["owner"]
            if letter.kind == "digest":
                values["incidents"] = [_named(incidents.require(tx, number)) for number in values["incidents"]]
            elif letter.kind == "burst":
                values.update(_burst(tx, letter, wording))
            elif letter.incident_id is not None:
                values.update(self._incident(tx, letter, wording))
        return *wording.text(letter.kind, values), self._links(letter, wording), wording.language

    def _incident(self, tx: Tx, letter: Letter, wording: Wording) -> Mapping[str, Any]:
        assert letter.incident_id is not None
        incident = incidents.require(tx, letter.incident_id)
        uid = letter.payload.get("post", incident.story_id)
        post = posts.get(tx, uid)
        found = documents.read(tx, [uid])
        scores = found[0].scores if found else None
        decided = [row for row in judging.decisions_on(tx, uid) if row.brand == incident.brand]
        signals = [one.signal.value for one in scores.signals] if scores else []
        return {
            "incident": incident,
            "url": _one_line(post.url) if post and post.url else "",
            "quote": _quote(post, scores is not None),
            "author": _author(post),
            "language": wording.label("language", scores.language.code or "unknown") if scores else "",
            "signals": [wording.label("signal", name) for name in dict.fromkeys(signals)],
            "why": wording.label("reason", letter.payload.get("reason", incident.reason)),
            "step": wording.label("step", _step(scores)),
            "figures": {**incident.figures, **letter.payload.get("figures", {})},
            "outlook": judging.outlook_of(decided[0].forecast if decided else {}),
        }

    def _links(self, letter: Letter, wording: Wording) -> dict[str, str]:
        if letter.kind == "digest":
            return {wording.label("link", "digest"): f"{self.address}/inbox?state=digest"}
        if letter.incident_id is None and letter.kind == "burst":
            return {wording.label("link", "overview"): f"{self.address}/overview"}
        if letter.incident_id is None:
            return {wording.label("link", "health"): f"{self.address}/sources"}
        found = {wording.label("link", "open"): f"{self.address}/incidents/{letter.incident_id}"}
        until = self.now() + LINKS_LAST
        for action in ACTIONS:
            token = links.sign(self.secret_key, ActionLink(letter.incident_id, action, letter.person, until))
            found[wording.label("link", action.value)] = f"{self.address}/links/{token}"
        return found


def _named(incident: Any) -> Mapping[str, Any]:
    """An incident as a digest names it: in a line."""
    return {"brand": incident.brand, "risk": incident.risk, "headline": _cut(incident.headline, LONGEST_HEADLINE)}


def _burst(tx: Tx, letter: Letter, wording: Wording) -> Mapping[str, Any]:
    """What a burst is and why, as far as its posts are still there."""
    row = bursts.shown(tx, letter.payload["burst"])
    if row is None:
        raise NotPossible(f"there is no burst {letter.payload['burst']}")
    code = row.cause.get("language", {}).get("name")
    minutes = row.cause["minutes"]
    return {
        "burst": row,
        "what": _counted(row.counted, wording),
        "times": bursts.times(row),
        "usual": round(row.usual),
        "minutes": minutes,
        "hours": minutes // 60 if minutes > 60 else 0,
        "rise": row.shape == bursts.RISE,
        "cause": {"story": None, "words": {}, **row.cause},
        "source": row.cause.get("source", {}).get("name", ""),
        "spoken": wording.label("language", code) if code else "",
        "headline": _cut(row.headline or "", LONGEST_HEADLINE),
    }


def _counted(counted: str, wording: Wording) -> str:
    if counted in {bursts.POSTS, bursts.COMPLAINTS}:
        return wording.label("counted", counted)
    return wording.label("counted", "signal") % wording.label("signal", counted)


def _step(scores: Scores | None) -> str:
    present = {one.signal.value for one in scores.signals} if scores else set()
    return next((name for name in STEPS if name in present), "listen")


def _quote(post: Post | None, is_there: bool) -> str:  # noqa: FBT001 - private, and named by its meaning
    if post is None or not is_there or not post.text:
        return ""
    return _cut(post.text, LONGEST_QUOTE)


def _cut(text: str, longest: int) -> str:
    text = _one_line(text)
    return text if len(text) <= longest else text[:longest].rstrip() + " …"


def _author(post: Post | None) -> str:
    if post is None:
        return ""
    return _one_line(post.author.name or post.author.handle or post.author.native_id)[:LONGEST_NAME]


def _one_line(text: str) -> str:
    """A text that can neither start a new header in a mail, nor colour a terminal, nor turn the writing around."""
    return " ".join("".join(char if char.isprintable() or char == _JOINER else " " for char in text).split())


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):
        return ZoneInfo("UTC")


def _stranger(name: str) -> Person:
    return Person(name, name, Role.SUPPORT, "en", "UTC")
