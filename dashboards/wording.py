"""What the house's words are called on pages. Each text is a key of the catalogs.

Words of one part of the desk are in a module beside it, ``*_words``; what a page looks up by a name (events, messages,
what is audited) is here, so that a name is looked up in one place.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboards import answering_words, news
from dashboards.signal_words import SIGNALS as SIGNALS
from dashboards.speech import Speech, mark, mark_plural
from models import severity
from monitors.ledger.corrections import COMPLAINT, REMEDY, SEVERITY, YES
from monitors.ledger.refusals import MOMENT, SomebodyElse

STATUSES = {"open": mark("new"), "acknowledged": mark("in hand"), "resolved": mark("resolved")}
VERDICTS = {
    "right": mark("A right alert"),
    "noise": mark("Noise"),
    "already_handled": mark("Already handled"),
}
PROMISE_STATUSES = {
    "open": mark("open"),
    "kept": mark("kept in time"),
    "late": mark("kept late"),
    "broken": mark("broken"),
    "withdrawn": mark("withdrawn"),
    "extended": mark("extended"),
}
SENTIMENTS = {"negative": mark("negative"), "neutral": mark("neutral"), "positive": mark("positive")}
SEVERITIES = (mark("nothing"), mark("discontent"), mark("serious"), mark("grave"), mark("harm"))
REMEDIES = {
    "none": mark("nothing in particular"),
    "money_back": mark("money back"),
    "compensation": mark("compensation"),
    "replacement": mark("a replacement"),
    "repair": mark("a repair"),
    "delivery": mark("delivery"),
    "answer": mark("an answer"),
    "apology": mark("an apology"),
    "correction": mark("that it is put right"),
    "cancellation": mark("to cancel"),
    "information": mark("information"),
    "other": mark("something else"),
}
TONE = mark("negative tone")
PROBABLE = 0.6
"""From here on a doubt is called probable; below, the models might as well have said the opposite."""

CORRECTED = mark("Corrected by %(who)s, %(when)s: %(what)s")
CORRECTED_BEFORE = mark("Corrected by %(who)s, %(when)s, before the text was edited: %(what)s")
ROLES = {
    "viewer": mark("Viewer: looks"),
    "support": mark("Support: handles incidents"),
    "manager": mark("Manager: also approves answers and decides what is conceded"),
    "admin": mark("Admin: also manages people"),
}
SCOPES = {
    "incidents:read": mark("read incidents and promises"),
    "incidents:write": mark("handle incidents: take, give, note, resolve"),
    "promises:write": mark("make, keep and withdraw promises"),
    "posts:read": mark("read posts"),
    "answers:read": mark("read what customers were told"),
    "replies:check": mark("check drafts of replies"),
    "hooks:read": mark("see how other systems are told"),
    "health:read": mark("see whether everything works"),
}
AGAINST = {
    "orders": mark_plural("on %(n)s order", "on %(n)s orders"),
    "deliveries": mark_plural("on %(n)s delivery", "on %(n)s deliveries"),
    "customers": mark_plural("on %(n)s customer", "on %(n)s customers"),
}
LETTER_KINDS = {
    "alert": mark("alert"),
    "again": mark("alert again"),
    "escalation": mark("escalation"),
    "reminder": mark("reminder"),
    "broken_promise": mark("broken promise"),
    "silent_source": mark("silent source"),
    "digest": mark("digest"),
    "burst": mark("burst"),
    "weekly": mark("look back on the week"),
    **answering_words.LETTER_KINDS,
}
PLACES = answering_words.PLACES
"""Where the customer was told something."""

LETTER_STATES = {"queued": mark("waiting to be sent"), "sent": mark("delivered"), "failed": mark("could not be sent")}
# In other systems' tickets they are whole sentences, which are no translations: ``monitors/hooks/happened.py``.
EVENTS = {
    "opened": mark("opened the incident"),
    "acknowledged": mark("took it in hand"),
    "assigned": mark("gave it to %(to)s"),
    "resolved": mark("resolved it: %(verdict)s"),
    "released": mark("gave it back"),
    "reopened": mark("reopened it"),
    "note": mark("noted"),
    "answered": mark("answered the customer %(place)s"),
    "promised": mark("promised until %(due_at)s: %(what)s"),
    "promise_kept": mark("kept the promise"),
    "promise_unkept": mark("took back that the promise was kept"),
    "promise_withdrawn": mark("withdrew the promise"),
    "promise_broken": mark("the promise was not kept in time; called %(to)s"),
    "escalated": mark("nobody answered; called %(to)s"),
    "waits": mark("the team is not there: nobody is called before %(until)s"),
    "called": mark("called %(to)s"),
    "alerted_again": mark("alerted again"),
    "picked_up": mark("the story was taken up: %(by)s (%(how)s)"),
    "post_gone": mark("a post was deleted at its source"),
    "learnt": mark("said what was to be learnt"),
    **answering_words.EVENTS,
    "step_done": mark("did a step: %(what)s"),
    "step_undone": mark("took a step back"),
    "concession_decided": mark("decided about the demand: %(choice)s"),
    "concession_proposed": mark("proposed about the demand: %(choice)s"),
}
HELD = {
    "opened": mark("opened the incident; it waits in the digest"),
    "alerted_again": mark("would alert again; it waits in the digest"),
}
"""What is said instead of an alert that called nobody."""

RETURNED = mark("opened it again, because the customer wrote")
"""What is said of a case that was over until a post came."""

AUDITED = {
    "bundling_set": mark("chose how messages are gathered"),
    "channel_tested": mark("sent a test message by a channel"),
    "corrected": mark("corrected what the models said"),
    "uncorrected": mark("took a correction back"),
    "signed_in": mark("signed in"),
    "signed_out": mark("signed out"),
    "person_saved": mark("saved a person"),
    "person_deactivated": mark("locked somebody out"),
    "password_set": mark("set a password"),
    "opened": mark("opened the incident"),
    "acknowledged": mark("took it in hand"),
    "assigned": mark("gave it to somebody"),
    "resolved": mark("resolved"),
    "released": mark("gave it back"),
    "reopened": mark("reopened it"),
    "note": mark("noted"),
    "answered": mark("answered the customer"),
    "promised": mark("made a promise"),
    "promise_kept": mark("kept the promise"),
    "promise_unkept": mark("took back that the promise was kept"),
    "promise_withdrawn": mark("withdrew the promise"),
    "promise_broken": mark("broken promise"),
    "escalated": mark("escalation"),
    "waits": mark("waits for the team"),
    "called": mark("first call"),
    "alerted_again": mark("alerted again"),
    "picked_up": mark("the story was taken up"),
    "post_gone": mark("a post was deleted at its source"),
    "model_chosen": mark("chose a model"),
    "step_done": mark("did a step"),
    "step_undone": mark("took a step back"),
    "concession_decided": mark("decided about a demand"),
    "concession_proposed": mark("proposed about a demand"),
    "customers_imported": mark("imported customers"),
    "backtested": mark("tried a policy on the past"),
    "learnt": mark("said what was to be learnt"),
    "token_made": mark("made a token"),
    "token_revoked": mark("revoked a token"),
    "hook_resent": mark("had events sent again"),
    "rota_changed": mark("changed the rota"),
    "rota_taken": mark("took over a duty"),
    "rota_withdrawn": mark("took a change of the rota back"),
    "quiet_hours_set": mark("set quiet hours"),
    **answering_words.AUDITED,
}
ROTA_CHANGES = {
    "away": mark("away"),
    "swap": mark("swap"),
    "extra": mark("there besides"),
    "ask": mark("asks for a swap"),
}
FASTER = {
    "acknowledged": mark("%(who)s has taken it in hand already (%(when)s)."),
    "assigned": mark("%(who)s has given it to somebody else (%(when)s)."),
    "resolved": mark("%(who)s has resolved it already (%(when)s)."),
    "reopened": mark("%(who)s has reopened it already (%(when)s)."),
    "released": mark("%(who)s has given it back (%(when)s)."),
    "promise_kept": mark("%(who)s has marked the promise as kept already (%(when)s)."),
    "promise_withdrawn": mark("%(who)s has withdrawn the promise already (%(when)s)."),
    **answering_words.FASTER,
}
OPEN_PROMISES = mark("A promise to the customer is still open. Mark it as kept or withdraw it first.")
CHOICES = {
    "concede": mark("Concede"),
    "partly": mark("Concede partly"),
    "argue": mark("Argue on"),
    "let_go": mark("Let go"),
}
METRICS = {
    "likes": mark("likes"),
    "shares": mark("shares"),
    "quotes": mark("quotes"),
    "replies": mark("replies"),
    "views": mark("views"),
    "saves": mark("saves"),
}
SKIPS = {
    "no_brand": mark("names no watched brand"),
    "from_the_future": mark("its date lies in the future"),
    "future": mark("its date lies in the future"),
    "id_too_long": mark("its id is too long"),
    "no_id": mark("it has no id"),
    "no_time": mark("it has no time"),
    "bad_time": mark("its time is not understood"),
    "no_text": mark("it has no text"),
    "too_long": mark("its text is too long"),
    "cut_short": mark("the line ends too early"),
    "not_understood": mark("its shape is not understood"),
    "not_public": mark("it is not public"),
    "repost": mark("it only repeats another post"),
    "duplicate": mark("it was read already"),
    "repeated_id": mark("a later item of the same page has its id"),
    "repeated_page": mark("the source gave the same page twice"),
    "not_answered": mark("the source did not answer about it"),
    "unreadable_file": mark("the file cannot be read"),
    "no_text_column": mark("the table has no column with texts"),
    "feed_failed": mark("the feed did not answer"),
    "feed_broken": mark("the feed is broken"),
    "article_unread": mark("the article could not be read"),
    "private_address": mark("its address leads into a private network"),
    "talk_too_large": mark(
        "what is said below it is more than one answer may hold (max_bytes): answers there are not seen"
    ),
    "not_scored": mark("cannot be scored"),
    "not_indexed": mark("is refused by the search index"),
    "not_deleted": mark("is said to be deleted, as nearly all the others: asked again before that is believed"),
}
FAULTS = {
    "RetryLater": mark("It did not work just now. It is tried again by itself; nobody has to do anything."),
    "SkipRecord": mark("Something in it was not understood and was left out; the rest is read."),
    "StopSource": mark("It is stopped: it cannot work until somebody puts right what the details name."),
    "BadSettings": mark("Its settings are wrong. Correct them in kuula.toml; the details say where."),
}
NEVER_WORKED = mark(
    "It has not worked yet. It is tried again by itself, but check its settings, above all its address (base_url): the "
    "details say what happened."
)
PERIODS = {"1": mark("24 hours"), "7": mark("7 days"), "30": mark("30 days")}


def fault(say: Speech, sweep: Any) -> str:
    """What an error of a sweep means for people; one that has brought nothing yet is rather set up wrongly."""
    if sweep.error_kind == "RetryLater" and sweep.good_at is None and not sweep.read:
        return say.text(NEVER_WORKED)
    return say.text(FAULTS.get(sweep.error_kind, FAULTS["StopSource"]))


def event(say: Speech, kind: str, data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """One line of an incident's log; ``names`` says what people are called."""
    called = data.get("to", "")
    told = {
        "to": ", ".join(names.get(str(one), str(one)) for one in (called if isinstance(called, list) else [called])),
        "verdict": say.text(VERDICTS.get(str(data.get("verdict")), "")) if data.get("verdict") else "",
        "what": str(data.get("what", "")),
        "place": say.text(PLACES.get(str(data.get("place")), "")) if data.get("place") else "",
        "choice": say.text(CHOICES.get(str(data.get("choice")), "")),
        "due_at": _moment(say, data.get("due_at")),
        "until": _moment(say, data.get("until")),
        "answer_by": _moment(say, data.get("answer_by")),
        "text": str(data.get("text", "")),
        "had": names.get(str(data.get("had")), str(data.get("had", ""))),
        **news.took_up(say, data),
    }
    events = {**EVENTS, **HELD} if data.get("held") else EVENTS
    if kind == "reopened" and data.get("post"):
        return say.text(RETURNED)
    return say.text(events[kind], **told) if kind in events else kind.replace("_", " ")


def moved(say: Speech, what: str, points: float) -> str:
    """One thing that moved a severity, with its points."""
    called = SIGNALS[what].name if what in SIGNALS else TONE if what == severity.TONE else what
    return f"{say.text(called)} +{say.number(points, 1)}"


def total(say: Speech, moved: Sequence[tuple[str, float]], level: int) -> str:
    """What the points of a complaint come to, and the bound that says which level that is: the first to be passed."""
    points = severity.START + sum(added for _, added in moved)
    at = max(level, 2)
    bound = say.text("level %(level)s from %(points)s", level=at, points=say.number(severity.LEVELS[at - 2], 1))
    return f"= {say.number(points, 1)}; {bound}"


def severity_level(say: Speech, level: int) -> str:
    """A severity of 0 to 4 in words."""
    return say.text("%(level)s of 4: %(meaning)s", level=level, meaning=say.text(SEVERITIES[level]))


def corrected(say: Speech, correction: Any, who: str, now: datetime, version: int) -> str:
    """What somebody said of a post, who, and when; ``version`` is that of the text that is shown."""
    sentence = CORRECTED if correction.version == version else CORRECTED_BEFORE
    return say.text(
        sentence, who=who, when=say.ago(correction.at, now), what=label(say, correction.field, correction.value)
    )


def label(say: Speech, field: str, value: str) -> str:
    """A label that a person gives in a correction, in words."""
    if field == SEVERITY:
        return severity_level(say, int(value))
    if field == COMPLAINT:
        return say.text("a complaint") if value == YES else say.text("no complaint")
    if field in SIGNALS:
        sentence = mark("applies: %(name)s") if value == YES else mark("does not apply: %(name)s")
        return say.text(sentence, name=say.text(SIGNALS[field].name))
    if field == REMEDY:
        return say.text("wish: %(name)s", name=say.text(REMEDIES[value]))
    return say.text(SENTIMENTS[value])


def faster(say: Speech, error: SomebodyElse, who: str, now: datetime) -> str:
    """That somebody else was faster, what they did and when."""
    when = say.text("a moment ago") if now - error.at < MOMENT else say.moment(error.at)
    return say.text(FASTER[error.kind], who=who, when=when)


def _moment(say: Speech, written: Any) -> str:
    at = say.from_written(str(written)) if written else None
    return say.moment(at) if at else ""


def place(say: Speech, where: str) -> str:
    """Where something that was skipped stood: a line of a file in the reader's words, all else as it is."""
    file, found, line = where.rpartition(" line ")
    return say.text("%(file)s, line %(n)s", file=file, n=line) if found and line.isdecimal() else where


def adds(reason: str, detail: str) -> bool:
    """Whether the detail of something that was skipped says more than its reason, in the words of the program."""
    return bool(detail) and detail.removeprefix("it ") != SKIPS.get(reason, "").removeprefix("it ")


def risk_level(risk: float) -> str:
    """How loud a risk of 0 to 100 is shown."""
    return "high" if risk >= 50 else "middle" if risk >= 20 else "low"


def heat(posts: int) -> str:
    """How hot a story is shown, by how many posts tell it."""
    return "hot" if posts >= 20 else "warm" if posts >= 5 else "cool"
