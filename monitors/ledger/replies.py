"""Answers on their way: written, read by a manager where the policy asks for it, and sent through their source.

::

    draft ──▶ asked ──▶ approved ──▶ sending ──▶ sent
      │         ├─────▶ refused        ├─▶ failed    a person may send it again
      │         └─────▶ withdrawn      └─▶ perhaps   nobody knows: a person looks and says so
      └──────────── where no yes is needed ──▶ sending

They are rows of ``answers``; one that is sent is listed among what the customer was told. Every change holds the
incident first. Nothing leaves ``draft`` or ``approved`` but by a person's act.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, case, delete, select, update

from models.approval import SUPPORT, Approval
from monitors.ledger import claims, incidents, people
from monitors.ledger.answers import LONGEST, REACHED, UNSAID, AnswerState, Place, are_in, documents, reached
from monitors.ledger.desk_schema import answers
from monitors.ledger.engine import Tx, worker_name
from monitors.ledger.people import Person
from monitors.ledger.refusals import NotPossible, SomebodyElse
from monitors.ledger.statements import claimable, held, insert_row

LONGEST_NOTE = 2000


class ReplyState(StrEnum):
    """Where an answer stands that is not told yet."""

    DRAFT = "draft"
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    SENDING = "sending"
    FAILED = "failed"
    PERHAPS = "perhaps"


UNDER_WAY = tuple(
    state.value
    for state in (ReplyState.ASKED, ReplyState.APPROVED, ReplyState.SENDING, ReplyState.FAILED, ReplyState.PERHAPS)
)
_SHOWN = (*UNDER_WAY, ReplyState.REFUSED.value)


class ApprovalMissing(NotPossible):
    """The policy asks for a manager's yes before this answer goes out."""


class AnsweredMeanwhile(SomebodyElse):
    """Somebody else answered, or is about to, since the writer looked."""


@dataclass(frozen=True, slots=True)
class NewReply:
    """An answer as somebody wrote it; ``reply_to`` is the uid of the post that it answers, where it can be sent.

    ``known`` is the newest answer that its writer saw; ``day`` is the day on which it was written, where they are.
    """

    incident_id: int
    author: str
    place: Place
    text: str
    language: str
    reply_to: str | None = None
    findings: Sequence[str] = ()
    known: int = 0
    day: date | None = None


def draft(tx: Tx, new: NewReply, now: datetime) -> int:
    """Keep an answer that is about to be asked for or sent; the same words of a second tap are the first's."""
    incidents.lock_unresolved(tx, new.incident_id, now)
    claims.require(tx, new.incident_id, new.author, now)
    before = _same(tx, new)
    if before is not None:
        return before
    _refuse_second(tx, new, now)
    return insert_row(
        tx,
        answers,
        incident_id=new.incident_id,
        at=now,
        actor=new.author,
        place=new.place.value,
        source=new.reply_to.partition(":")[0] if new.reply_to else None,
        language=new.language,
        text=new.text[:LONGEST],
        facts=documents(new.text, new.language, new.day or now.date()),
        findings=list(new.findings),
        reply_to=new.reply_to,
        state=ReplyState.DRAFT.value,
        attempts=0,
    )


def _same(tx: Tx, new: NewReply) -> int | None:
    same = (answers.c.incident_id == new.incident_id) & (answers.c.actor == new.author)
    same &= (answers.c.text == new.text[:LONGEST]) & (answers.c.place == new.place.value)
    same &= answers.c.state.in_((*UNDER_WAY, AnswerState.SENT.value)) & (answers.c.id > new.known)
    return tx.execute(select(answers.c.id).where(same).order_by(answers.c.id)).scalars().first()


def _refuse_second(tx: Tx, new: NewReply, now: datetime) -> None:
    """Two people never answer the same story: whoever comes second reads first what the other says."""
    _refuse_after(tx, new.incident_id, new.author, _newer(new.known) | answers.c.state.in_(UNDER_WAY), now)


def _newer(known: int) -> ColumnElement[bool]:
    return answers.c.state.in_(REACHED) & (answers.c.id > known)


def _refuse_after(tx: Tx, incident_id: int, author: str, unread: ColumnElement[bool], now: datetime) -> None:
    others = (answers.c.incident_id == incident_id) & (answers.c.actor != author)
    found = tx.execute(select(answers).where(others, unread).order_by(answers.c.id.desc())).first()
    if found is not None:
        raise AnsweredMeanwhile(found.actor, "answered", found.at, now)


def ask(tx: Tx, answer_id: int, actor: str, to: Sequence[str], now: datetime) -> bool:
    """Ask for a yes, and say whom; gives whether that is new."""
    row = _hold(tx, answer_id)
    if row.state == ReplyState.ASKED:
        return False
    _allow(row, ReplyState.DRAFT)
    _own(row, actor)
    _set(tx, row, state=ReplyState.ASKED.value)
    _log(tx, row, actor, "answer_asked", now, to=list(to))
    return True


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody says to an answer that they were asked about."""

    by: Person
    yes: bool
    note: str = ""


def decide(tx: Tx, answer_id: int, word: Word, policy: Approval, now: datetime) -> None:
    """Approve or refuse what was asked for, with a note; nobody approves their own unless the policy allows it."""
    by = word.by
    row = _hold(tx, answer_id)
    if row.state in {ReplyState.APPROVED, ReplyState.REFUSED} and row.approved_by not in {None, by.name}:
        raise SomebodyElse(row.approved_by, "answer_approved", row.approved_at, now)
    _allow(row, ReplyState.ASKED)
    if not policy.allows(by.role.value, own=row.actor == by.name):
        raise NotPossible(f"{by.name} may not approve answer {answer_id}")
    state = ReplyState.APPROVED if word.yes else ReplyState.REFUSED
    said = word.note.strip()[:LONGEST_NOTE]
    _set(tx, row, state=state.value, approved_by=by.name, approved_at=now, note=said)
    _log(tx, row, by.name, "answer_approved" if word.yes else "answer_refused", now, note=said)


def withdraw(tx: Tx, answer_id: int, actor: str, now: datetime) -> None:
    """Its writer thought better of it before it was sent."""
    row = _hold(tx, answer_id)
    if row.state == ReplyState.WITHDRAWN:
        return
    _allow(row, ReplyState.ASKED, ReplyState.APPROVED, ReplyState.REFUSED, ReplyState.FAILED)
    _own(row, actor)
    _set(tx, row, state=ReplyState.WITHDRAWN.value)
    _log(tx, row, actor, "answer_withdrawn", now)


def send(tx: Tx, answer_id: int, by: Person, policy: Approval, now: datetime, known: int | None = None) -> None:
    """Somebody says: send it. ``ApprovalMissing`` where the policy asks for a yes that was not given.

    What was written a while ago goes out only to a customer whom nobody else answered since, or is answering now:
    ``known`` is the newest answer that the sender saw.
    """
    row = _hold(tx, answer_id)
    if row.state in {ReplyState.SENDING, AnswerState.SENT}:
        return
    _allow(row, ReplyState.DRAFT, ReplyState.APPROVED, ReplyState.FAILED)
    incident = incidents.lock_unresolved(tx, row.incident_id, now)
    if row.state == ReplyState.DRAFT:
        _own(row, by.name)
    if not row.reply_to:
        raise NotPossible(f"answer {answer_id} answers no post, and is told elsewhere")
    if row.approved_by is None and needs_yes(tx, row, policy, incident.risk):
        raise ApprovalMissing(f"answer {answer_id} waits for a manager's yes")
    if known is not None:
        writing = claims.holder(tx, row.incident_id, now)
        if writing is not None and writing.person not in {by.name, row.actor}:
            raise SomebodyElse(writing.person, "answer_claimed", writing.since, now)
        _refuse_after(tx, row.incident_id, row.actor, _newer(known), now)
    if incident.status == incidents.Status.OPEN:
        incidents.acknowledge(tx, row.incident_id, by.name, now)
    key = row.key or f"kuula-{secrets.token_urlsafe(24)}"
    _set(tx, row, state=ReplyState.SENDING.value, key=key, not_before=now, last_error=None)
    _log(tx, row, by.name, "answer_sending", now)


def needs_yes(tx: Tx, row: Row[Any], policy: Approval, risk: float) -> bool:
    """Whether the policy asks for a yes before this answer goes out, by who wrote it."""
    author = people.get(tx, row.actor)
    return policy.asks(author.role.value if author else SUPPORT, risk, public=row.place == Place.PUBLIC)


def told_elsewhere(tx: Tx, answer_id: int, actor: str, now: datetime) -> None:
    """Its writer told it where Kuula cannot send: it is what the customer was told."""
    row = _hold(tx, answer_id)
    if row.state == AnswerState.TOLD:
        return
    _allow(row, ReplyState.APPROVED, ReplyState.FAILED)
    _own(row, actor)
    _reached(tx, row, AnswerState.TOLD, None, now)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that is to be sent now; since ``unsure_since`` an attempt before this one may have succeeded."""

    id: int
    incident_id: int
    source: str
    to: str
    text: str
    key: str
    attempts: int
    unsure_since: datetime | None


def claim(tx: Tx, now: datetime, lease: timedelta) -> Waiting | None:
    """Take the next answer to send; from now on nobody knows whether it is out, until somebody says so."""
    free = answers.c.claimed_until.is_(None) | (answers.c.claimed_until <= now)
    due = (answers.c.state == ReplyState.SENDING.value) & (answers.c.not_before <= now) & free
    row = tx.execute(claimable(tx, select(answers).where(due).order_by(answers.c.not_before, answers.c.id))).first()
    if row is None:
        return None
    holding = {"claimed_by": worker_name(), "claimed_until": now + lease, "attempts": row.attempts + 1}
    _set(tx, row, **holding, unsure_since=row.unsure_since or now)
    source, _, to = row.reply_to.partition(":")
    return Waiting(row.id, row.incident_id, source, to, row.text, row.key, row.attempts + 1, row.unsure_since)


def sent(tx: Tx, waiting: Waiting, native_id: str, now: datetime) -> None:
    """The source has it, under this id: the customer was told."""
    row = _hold(tx, waiting.id)
    if row.state != AnswerState.SENT:
        _reached(tx, row, AnswerState.SENT, f"{waiting.source}:{native_id}", now)


def postpone(tx: Tx, waiting: Waiting, error: str, until: datetime, *, unsure: bool) -> None:
    """It did not go out, or nobody knows: try again at ``until``."""
    row = _hold(tx, waiting.id)
    if _is_ours(row, waiting):
        since = row.unsure_since if unsure else waiting.unsure_since
        _set(tx, row, **_FREE, not_before=until, last_error=error[:1000], unsure_since=since)


def give_up(tx: Tx, waiting: Waiting, error: str, now: datetime) -> None:
    """The source does not take it: a person reads why, and may send it again."""
    row = _hold(tx, waiting.id)
    if _is_ours(row, waiting):
        _set(tx, row, **_FREE, state=ReplyState.FAILED.value, last_error=error[:1000], unsure_since=None)
        _log(tx, row, row.actor, "answer_failed", now)


def doubt(tx: Tx, waiting: Waiting, error: str, now: datetime) -> None:
    """It may be out, and the source would not know it again: a person looks before anything is sent twice."""
    row = _hold(tx, waiting.id)
    if _is_ours(row, waiting):
        _set(tx, row, **_FREE, state=ReplyState.PERHAPS.value, last_error=error[:1000])
        _log(tx, row, row.actor, "answer_perhaps", now)


def settle(tx: Tx, answer_id: int, actor: str, now: datetime, *, there: bool) -> None:
    """Somebody looked at the source: the answer is there, or it is sent again."""
    row = _hold(tx, answer_id)
    if row.state in {ReplyState.SENDING, AnswerState.SENT}:
        return
    _allow(row, ReplyState.PERHAPS)
    if there:
        _reached(tx, row, AnswerState.SENT, None, now)
        return
    _set(tx, row, state=ReplyState.SENDING.value, not_before=now, unsure_since=None, last_error=None)
    _log(tx, row, actor, "answer_sending", now)


def recognise(tx: Tx, uid: str, parent: str, text: str, now: datetime) -> bool:
    """A post of our own account came in: whether it is an answer that may have gone out, which it then has."""
    # Some sources name what a post answers by the last part of its id only.
    short = "%#" + parent.partition(":")[2].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    below = (answers.c.reply_to == parent) | answers.c.reply_to.like(short, escape="\\")
    unsure = answers.c.unsure_since.is_not(None) & below
    states = (ReplyState.SENDING.value, ReplyState.PERHAPS.value)
    for row in tx.execute(select(answers).where(unsure, answers.c.state.in_(states)).order_by(answers.c.id)).all():
        if are_in(text, row.text):
            _reached(tx, _hold(tx, row.id), AnswerState.SENT, uid, now)
            return True
    return False


def drop_older(tx: Tx, before: datetime, limit: int) -> int:
    """Forget the words of up to ``limit`` answers that nobody was told and nobody touched since a time.

    That there was one stays, with its state; what was still under way is withdrawn: without words it must not go out.
    """
    touched = (answers.c.at, answers.c.approved_at, answers.c.not_before, answers.c.claimed_until)
    old = (answers.c.text != "") & answers.c.state.in_([state.value for state in ReplyState])
    for at in touched:
        old &= at.is_(None) | (at < before)
    ordered = held(select(answers.c.id).where(old).order_by(answers.c.id).limit(limit))
    over = case((answers.c.state == ReplyState.REFUSED.value, answers.c.state), else_=ReplyState.WITHDRAWN.value)
    unsaid = {**UNSAID, **_FREE, "note": None, "last_error": None}
    forgotten = update(answers).where(answers.c.id.in_(ordered)).values(**unsaid, state=over)
    return tx.execute(forgotten).rowcount


def under_way(tx: Tx, incident_id: int) -> list[Row[Any]]:
    """The answers of an incident that are not told yet, oldest first; of refused ones those that are not rewritten."""
    # A refused one whose words are forgotten has nothing left to rewrite.
    shown = (answers.c.incident_id == incident_id) & answers.c.state.in_(_SHOWN) & (answers.c.text != "")
    rows = tx.execute(select(answers).where(shown).order_by(answers.c.id).limit(20)).all()
    later = {row.actor: row.id for row in rows}
    return [row for row in rows if row.state != ReplyState.REFUSED or later[row.actor] == row.id]


def require(tx: Tx, answer_id: int) -> Row[Any]:
    """One answer, or ``NotPossible``."""
    row = tx.execute(select(answers).where(answers.c.id == answer_id)).first()
    if row is None:
        raise NotPossible(f"there is no answer {answer_id}")
    return row


_FREE: dict[str, Any] = {"claimed_by": None, "claimed_until": None}


def _reached(tx: Tx, row: Row[Any], state: AnswerState, uid: str | None, now: datetime) -> None:
    """The customer has it, by now or by what somebody says."""
    if uid is not None:
        # Collecting may have seen it before we heard that it is out: it is one answer.
        twin = (answers.c.post_uid == uid) & (answers.c.id != row.id) & (answers.c.state == AnswerState.SEEN.value)
        tx.execute(delete(answers).where(twin))
    _set(tx, row, **_FREE, state=state.value, at=now, post_uid=uid, last_error=None, unsure_since=None)
    _log(tx, row, row.actor, "answered", now)
    reached(tx, row.incident_id, row.actor, now, row.reply_to)


def _hold(tx: Tx, answer_id: int) -> Row[Any]:
    incidents.lock(tx, require(tx, answer_id).incident_id)
    row = tx.execute(held(select(answers).where(answers.c.id == answer_id))).first()
    if row is None:
        raise NotPossible(f"there is no answer {answer_id}")
    return row


def _allow(row: Row[Any], *states: ReplyState) -> None:
    if row.state not in {state.value for state in states}:
        raise NotPossible(f"answer {row.id} is {row.state}")


def _own(row: Row[Any], actor: str) -> None:
    if row.actor != actor:
        raise NotPossible(f"answer {row.id} was written by {row.actor}")


def _is_ours(row: Row[Any], waiting: Waiting) -> bool:
    """A failure that comes after the lease counts no more: another attempt is under way, or somebody settled it."""
    return bool(row.state == ReplyState.SENDING and row.attempts == waiting.attempts)


def _set(tx: Tx, row: Row[Any], **values: Any) -> None:
    tx.execute(update(answers).where(answers.c.id == row.id).values(**values))


def _log(tx: Tx, row: Row[Any], actor: str, kind: str, now: datetime, **said: Any) -> None:
    told = {"answer": row.id, "place": row.place, **{key: value for key, value in said.items() if value}}
    incidents.note_change(tx, row.incident_id, actor, kind, now, told)
