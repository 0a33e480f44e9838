"""Composer: a letter knows ids only; what it says is read from the ledger when it is sent.

So a post that was deleted at its source before the message went out is not in the message.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import TemplateError

from models.moments import zone_named
from models.post import Post
from models.scores import GRAVEST_FIRST, Scores
from monitors import links
from monitors.errors import StopSource
from monitors.ledger import bursts, documents, incidents, judging, people, posts, promises, replies, rota
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.incidents import NotPossible
from monitors.ledger.outbox import Letter
from monitors.ledger.people import Person, Role
from monitors.links import LINKS_LAST, ActionLink, LinkAction
from monitors.messages.lines import cut, one_line
from monitors.messages.weekly import of_week
from monitors.messages.wording import LANGUAGES, Wording, as_html
from monitors.ports import Message

LONGEST_QUOTE = 600
LONGEST_ANSWER = 1000
LONGEST_HEADLINE = 140
LONGEST_NAME = 80
ACTIONS = (LinkAction.ACKNOWLEDGE, LinkAction.PROMISE, LinkAction.RESOLVE, LinkAction.NOISE, LinkAction.HANDLED)


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
            with self.ledger.read() as tx:
                wording = self._wording(tx, letter.person)
                subject, body = self._written(tx, letter, wording)
        except (NotPossible, TemplateError) as error:
            raise _unwritable(letter, error) from error
        return _message(letter.key, (subject, body), self._links(letter, wording), wording)

    def gather(self, letters: Sequence[Letter]) -> Message:
        """One message of several letters to the same person, the riskiest first, with links for each.

        It has the key of the first of them.
        """
        first = letters[0]
        try:
            with self.ledger.read() as tx:
                wording = self._wording(tx, first.person)
                items = [self._item(tx, letter, wording) for letter in letters]
        except (NotPossible, TemplateError) as error:
            raise _unwritable(first, error) from error
        items.sort(key=lambda item: -item.risk)
        known = [item for item in items if item.risk >= 0]
        values = {
            "count": len(items),
            "lines": [item.subject for item in items],
            "brands": list(dict.fromkeys(item.brand for item in known)),
            "risk": known[0].risk if known else None,
        }
        links = {label: url for item in items for label, url in item.links.items()}
        return _message(first.key, wording.text("bundle", values), links, wording)

    def _item(self, tx: Tx, letter: Letter, wording: Wording) -> "_Item":
        subject = one_line(self._written(tx, letter, wording)[0])
        links = self._links(letter, wording)
        if letter.incident_id is None:
            return _Item(-1.0, "", subject, links)
        incident = incidents.require(tx, letter.incident_id)
        wanted = {wording.label("link", name) for name in ("open", LinkAction.ACKNOWLEDGE.value)}
        ours = {f"#{letter.incident_id} {label}": url for label, url in links.items() if label in wanted}
        return _Item(incident.risk, incident.brand, subject, ours)

    def _wording(self, tx: Tx, name: str) -> Wording:
        person = people.get(tx, name) or _stranger(name)
        language = person.language if person.language in LANGUAGES else "en"
        return Wording(language, _zone(person.timezone), self.now())

    def _written(self, tx: Tx, letter: Letter, wording: Wording) -> tuple[str, str]:
        values: dict[str, Any] = dict(letter.payload)
        for name in ("due_at", "opened_at", "since", "waits_since", "answer_by", "begins_at", "ends_at"):
            if values.get(name):
                values[name] = datetime.fromisoformat(values[name])
        for name in ("owner", "giver", "asker", "promised_by", "has", "had", "by"):
            if values.get(name):
                one = people.get(tx, values[name])
                values[name] = one.display if one else values[name]
        values.update(self._about(tx, letter, wording))
        return wording.text(letter.kind, values)

    def _about(self, tx: Tx, letter: Letter, wording: Wording) -> Mapping[str, Any]:
        """What the ledger says now of what a letter is about."""
        if letter.kind == "digest":
            return {"incidents": [_named(incidents.require(tx, number)) for number in letter.payload["incidents"]]}
        if letter.kind == "weekly":
            return of_week(tx, letter.payload, wording)
        if letter.kind == "burst":
            return _burst(tx, letter, wording)
        if letter.kind == "swap_asked":
            return {"open": rota.is_asked(tx, letter.payload["change"])}
        if letter.kind == "duty_changed":
            return _duty(tx, letter)
        if letter.incident_id is None:
            return {}
        about = self._incident(tx, letter, wording)
        if letter.kind == "handed_over":
            return {**about, "promises": _entrusted(tx, letter)}
        if letter.kind in {"approval_asked", "answer_news"}:
            return {**about, **_answer(tx, letter.payload["answer"], wording)}
        return about

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
            "url": one_line(post.url) if post and post.url else "",
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
        if letter.kind == "weekly":
            until = datetime.fromisoformat(letter.payload["week_to"]).date() - timedelta(days=1)
            return {wording.label("link", "weekly"): f"{self.address}/weekly?day={until}"}
        if letter.kind in {"swap_asked", "swap_refused", "duty_changed"}:
            return {wording.label("link", "rota"): f"{self.address}/rota"}
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


@dataclass(frozen=True, slots=True)
class _Item:
    """One of several letters in a message; a risk below zero is that of a letter about no incident."""

    risk: float
    brand: str
    subject: str
    links: Mapping[str, str]


def _message(key: str, said: tuple[str, str], links: Mapping[str, str], wording: Wording) -> Message:
    subject, body = said
    listed = "\n".join(f"{label}: {url}" for label, url in links.items())
    return Message(
        key=key,
        subject=one_line(subject),
        text=f"{body}\n\n{listed}".strip(),
        html=as_html(wording.language, body, links),
        links=links,
    )


def _unwritable(letter: Letter, error: Exception) -> StopSource:
    return StopSource(
        f"the message {letter.key!r} cannot be written: {error or type(error).__name__}",
        remedy="It was queued by another version of Kuula; look at the incident on the pages.",
    )


def _answer(tx: Tx, answer_id: int, wording: Wording) -> Mapping[str, Any]:
    """An answer that is not told yet, as it is when the message is written."""
    row = replies.require(tx, answer_id)
    return {
        "answer_text": cut(row.text, LONGEST_ANSWER),
        "answer_place": wording.label("place", row.place),
        "note": cut(row.note or "", LONGEST_ANSWER),
    }


def _entrusted(tx: Tx, letter: Letter) -> Sequence[Mapping[str, Any]]:
    """What the customer was promised, and the reader answers for now."""
    assert letter.incident_id is not None
    open_ = [row for row in promises.of_incident(tx, letter.incident_id) if row.status == promises.PromiseStatus.OPEN]
    return [{"what": one_line(row.what), "due_at": row.due_at} for row in open_ if row.owner == letter.person]


def _duty(tx: Tx, letter: Letter) -> Mapping[str, Any]:
    """Whether the duty is the reader's now, by their own doing or another's, and whether that still stands."""
    said = letter.payload
    stale = not said["back"] and not rota.stands(tx, said["change"])
    return {"mine": said["has"] == letter.person, "took": said["has"] == said["by"], "stale": stale}


def _named(incident: Any) -> Mapping[str, Any]:
    """An incident as a digest names it: in a line."""
    return {"brand": incident.brand, "risk": incident.risk, "headline": cut(incident.headline, LONGEST_HEADLINE)}


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
        "headline": cut(row.headline or "", LONGEST_HEADLINE),
    }


def _counted(counted: str, wording: Wording) -> str:
    if counted in {bursts.POSTS, bursts.COMPLAINTS}:
        return wording.label("counted", counted)
    return wording.label("counted", "signal") % wording.label("signal", counted)


def _step(scores: Scores | None) -> str:
    present = {one.signal for one in scores.signals} if scores else set()
    return next((signal.value for signal in GRAVEST_FIRST if signal in present), "listen")


def _quote(post: Post | None, is_there: bool) -> str:  # noqa: FBT001 - private, and named by its meaning
    if post is None or not is_there or not post.text:
        return ""
    return cut(post.text, LONGEST_QUOTE)


def _author(post: Post | None) -> str:
    if post is None:
        return ""
    return one_line(post.author.name or post.author.handle or post.author.native_id)[:LONGEST_NAME]


def _zone(name: str) -> ZoneInfo:
    return zone_named(name) or ZoneInfo("UTC")


def _stranger(name: str) -> Person:
    return Person(name, name, Role.SUPPORT, "en", "UTC")
