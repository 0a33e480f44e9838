"""What happened, as other systems are told: the event, its incident as it is now, and both in plain English.

The sentences are not those of the pages (``dashboards/wording.py``): there a line of the log is a part of a sentence
behind its person, in the reader's language, zone and names, and comes from catalogs that only pages have. Here a
sentence stands alone in another system's ticket and has to stay the same, whoever reads it. A test holds both to the
same events and the same facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

LONGEST_SUBJECT = 120
_MARK = "(Kuula event "


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of an incident with what a system is told of both. ``key`` is the same whenever it is told again."""

    key: str
    event_id: int
    kind: str
    at: datetime
    actor: str
    detail: Mapping[str, Any]
    incident: Mapping[str, Any]
    address: str
    reference: str | None = None
    told_before: bool = False

    @property
    def external_id(self) -> str:
        """What the incident is called in other systems."""
        return f"kuula-incident-{self.incident['id']}"

    @property
    def mark(self) -> str:
        """What is in a message on this event and in no other, to see whether it was said already."""
        return f"{_MARK}{self.event_id})"

    @property
    def subject(self) -> str:
        """The name of its ticket."""
        words = " ".join(str(self.incident["headline"] or self.incident["reason"].replace("_", " ")).split())
        said = f"Kuula {self.incident['id']}, {self.incident['brand']}: {words}"
        said = _unmarked(said)
        return said if len(said) <= LONGEST_SUBJECT else said[: LONGEST_SUBJECT - 1] + "\u2026"

    @property
    def description(self) -> str:
        """What its ticket says: the whole incident, and what happened last."""
        one = self.incident
        parts = [
            f"A story about {one['brand']} needs an answer: {one['reason'].replace('_', ' ')}.",
            f"Risk {one['risk']:.0f} of 100, severity {one['severity']} of 4, posts: {one['posts']}.",
            f"Language: {one['language']}." if one["language"] else "",
            f"The post says:\n{one['headline']}" if one["headline"] else "",
            f"The post: {one['post_url']}" if one["post_url"] else "",
            f"In Kuula: {self.address}",
            self.sentence if self.kind != "opened" else "",
        ]
        return self._marked(parts)

    @property
    def note(self) -> str:
        """What is said on its ticket of a later event."""
        return self._marked([self.sentence, self.address])

    def _marked(self, parts: Sequence[str]) -> str:
        said = "\n\n".join(part for part in parts if part)
        return f"{_unmarked(said)}\n\n{self.mark}"

    @property
    def sentence(self) -> str:
        """The event in a sentence."""
        places = {**_BLANK, **{name: _told(name, value) for name, value in self.detail.items()}, "actor": self.actor}
        return _SENTENCES.get(self.kind, "{actor}: " + self.kind.replace("_", " ") + ".").format_map(places).rstrip()


def _unmarked(said: str) -> str:
    """Words in which no event is marked: a stranger could mark one that is to come, and a retry would leave it out."""
    return said.replace(_MARK, _MARK.replace("(", "( "))


_SENTENCES = {
    "opened": "{actor} opened the incident.",
    "acknowledged": "{actor} took it in hand.",
    "assigned": "{actor} gave it to {to}.",
    "released": "{actor} gave it back.",
    "waits": "The team is not there: nobody is called before {until}.",
    "called": "Called {to}.",
    "escalated": "Nobody answered; called {to}.",
    "alerted_again": "The story has grown: alerted again.",
    "picked_up": "The story was taken up: {by} {how}.",
    "note": "{actor} noted: {text}",
    "answered": "{actor} answered the customer {place}.",
    "answer_seen": "Our own account answered at the source.",
    "waits_again": "The customer wrote again and waits; an answer is due by {answer_by}.",
    "unanswered": "The customer had no answer in time; called {to}.",
    "answer_claimed": "{actor} began to write the answer.",
    "answer_freed": "{actor} stopped writing the answer.",
    "answer_taken_over": "{actor} took the answer over from {had}: {text}",
    "answer_asked": "{actor} asked {to} for a yes to the answer.",
    "answer_approved": "{actor} approved the answer. {note}",
    "answer_refused": "{actor} refused the answer. {note}",
    "answer_withdrawn": "{actor} withdrew the answer.",
    "answer_sending": "{actor} said that the answer is to be sent.",
    "answer_failed": "The answer could not be sent.",
    "answer_perhaps": "Nobody knows whether the answer is out.",
    "handed_over": "{actor} handed the case over to {to}. {text}",
    "handed_back": "{actor} took the hand-over back.",
    "manager_asked": "{actor} asked {to}: {text}",
    "manager_answered": "{actor} decided: {text}",
    "manager_unasked": "{actor} took the question back.",
    "promised": "{actor} promised the customer until {due_at}: {what}",
    "promise_extended": "{actor} told the customer that it takes longer, until {due_at}: {text}",
    "promise_entrusted": "With the case a promise went to {to}: {what}",
    "promise_kept": "{actor} kept the promise.",
    "promise_unkept": "{actor} took back that the promise was kept.",
    "promise_broken": "A promise to the customer was not kept in time; called {to}.",
    "promise_withdrawn": "{actor} withdrew the promise.",
    "step_done": "{actor} did a step: {what}",
    "step_undone": "{actor} took a step back.",
    "concession_proposed": "{actor} proposed about the demand: {choice}. {note}",
    "concession_decided": "{actor} decided about the demand: {choice}. {note}",
    "resolved": "{actor} resolved it: {verdict}. {note}",
    "reopened": "{actor} reopened it.",
    "learnt": "{actor} said what was to be learnt.",
    "post_gone": "A post of the story was deleted at its source: remove its words from this ticket too.",
}
_BLANK = dict.fromkeys(
    ("to", "text", "due_at", "what", "verdict", "note", "until", "place", "answer_by", "had", "choice", "by", "how"), ""
)
_CALLED = {
    "verdict": {"already_handled": "already handled"},
    "place": {"phone": "by phone", "mail": "by mail", "direct": "in a direct message", "public": "in public"},
    "choice": {"partly": "concede partly", "let_go": "let go"},
    "by": {
        "article": "an article",
        "journalist": "a journalist",
        "editor": "an editor",
        "regulator": "a regulator",
        "authority": "an authority",
    },
    "how": {
        "linked": "linked to it",
        "quoted": "quoted it",
        "shared": "shared it",
        "replied": "replied to it",
        "same_matter": "wrote on the same matter",
    },
}


def _told(name: str, value: Any) -> str:
    said = ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
    return _CALLED.get(name, {}).get(said, said)


def plain(happened: Happened) -> dict[str, Any]:
    """What a plain hook is sent."""
    data = {
        "event": happened.event_id,
        "actor": happened.actor,
        "detail": dict(happened.detail),
        "incident": dict(happened.incident),
        "address": happened.address,
    }
    return {"type": f"incident.{happened.kind}", "timestamp": happened.at.isoformat(), "data": data}
