"""How a line of the audit log is told: who, on what, and its details. Each text is a key of the catalogs."""

from collections.abc import Mapping
from typing import Any

from dashboards import news, outcomes, wording
from dashboards.case import afterwards
from dashboards.speech import Speech, mark
from models.scores import Signal
from monitors.ledger.corrections import COMPLAINT, REMEDY, SENTIMENT, SEVERITY

Names = Mapping[str, str]

ACTORS = {"command line": mark("command line")}
"""Who acts without being a person of the settings, as the ledger calls them."""

OBJECTS = {
    "incident": mark("incident %(which)s"),
    "post": mark("post %(which)s"),
    "token": mark("token %(which)s"),
    "hook": mark("hook %(which)s"),
}
LABELS = {
    "reason": mark("Reason"),
    "risk": mark("risk"),
    "to": mark("to"),
    "had": mark("before with"),
    "verdict": mark("verdict"),
    "note": mark("Note"),
    "text": mark("Note"),
    "post": mark("post"),
    "promise": mark("promise no."),
    "what": mark("what"),
    "due_at": mark("until"),
    "escalate_at": mark("next call"),
    "answer_by": mark("answer due"),
    "question": mark("question no."),
    "new": mark("new promise no."),
    "status": mark("state"),
    "was": mark("state before"),
    "role": mark("Role"),
    "field": mark("about"),
    "version": mark("version of the text"),
    "model": mark("model"),
    "name": mark("model"),
    "held": mark("in the digest"),
    "by": mark("who"),
    "how": mark("how"),
    "cause": mark("cause"),
    "remedy": mark("what the customer got"),
    "cost": mark("cost"),
    "scopes": mark("what it may do"),
    "expires_at": mark("works until"),
    "count": mark("Count"),
    "until": mark("until when"),
    "change": mark("what"),
    "begins_at": mark("from"),
    "ends_at": mark("until when"),
    "quiet": mark("quiet hours"),
    "answer": mark("answer no."),
    "place": mark("where"),
    "minutes": mark("minutes"),
    "step": mark("step"),
    "choice": mark("decision"),
}
_TIMES = frozenset({"due_at", "escalate_at", "expires_at", "until", "begins_at", "ends_at"})
_TIMES = frozenset({"due_at", "escalate_at", "answer_by"})
_WORDS: Mapping[str, Mapping[str, str]] = {
    "reason": outcomes.REASONS,
    "verdict": wording.VERDICTS,
    "status": wording.PROMISE_STATUSES | wording.STATUSES,
    "was": wording.PROMISE_STATUSES | wording.STATUSES,
    "role": wording.ROLES,
    "by": news.BY,
    "how": news.HOW,
    "cause": afterwards.CAUSES,
    "remedy": wording.REMEDIES,
    "scopes": wording.SCOPES,
    "change": wording.ROTA_CHANGES,
    "place": wording.PLACES,
    "choice": wording.CHOICES,
    "field": {
        COMPLAINT: mark("Complaint"),
        SENTIMENT: mark("Attitude"),
        SEVERITY: mark("Severity"),
        REMEDY: mark("What the author wishes for"),
        **{name: known.name for name, known in wording.SIGNALS.items()},
    },
}
_CORRECTED = frozenset({COMPLAINT, SENTIMENT, SEVERITY, REMEDY, *(one.value for one in Signal)})


def actor(say: Speech, name: str, names: Names) -> str:
    """Who made a change, as people call them."""
    return say.text(ACTORS[name]) if name in ACTORS else names.get(name, name)


def changed(say: Speech, what: str, names: Names) -> str:
    """What was changed: an incident, a post, a person, or whatever the ledger calls it."""
    kind, _, which = what.partition(" ")
    return say.text(OBJECTS[kind], which=which) if which and kind in OBJECTS else names.get(what, what)


def details(say: Speech, action: str, found: Mapping[str, Any], names: Names) -> list[str]:
    """The details of a change, each with its label, times in the reader's own zone."""
    if action == "corrected":
        return [_corrected(say, key, str(value)) for key, value in found.items()]
    return [
        _label(say, key) if value is True else f"{_label(say, key)}: {_value(say, key, value, names)}"
        for key, value in found.items()
        if value not in (None, "", [])
    ]


def _label(say: Speech, key: str) -> str:
    return say.text(LABELS[key]) if key in LABELS else key.replace("_", " ")


def _corrected(say: Speech, field: str, value: str) -> str:
    return wording.label(say, field, value) if field in _CORRECTED else f"{field}: {value}"


def _value(say: Speech, key: str, value: Any, names: Names) -> str:
    if isinstance(value, list):
        return ", ".join(_value(say, key, one, names) for one in value)
    if isinstance(value, float):
        return say.number(value, 1)
    written = str(value)
    if key in {"to", "had"}:
        return names.get(written, written)
    if key in _TIMES and (at := say.from_written(written)):
        return say.moment(at)
    # A reason is a sentence elsewhere; here more may follow it.
    return say.text(_WORDS[key][written]).rstrip(".") if written in _WORDS.get(key, {}) else written
