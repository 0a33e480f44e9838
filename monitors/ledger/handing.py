"""Handing a case over to a second person, and asking a manager: both stand in the incident's log, with their words.

Promises that still run go with the case, and come back with it: whoever has the case keeps them. What is over its time
stays with whoever had it then.

Questions have no table of their own: what was asked and answered is what the log says.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, update

from monitors.ledger import claims, incidents, promises
from monitors.ledger.engine import Tx
from monitors.ledger.promises import PromiseStatus
from monitors.ledger.refusals import NotPossible, SomebodyElse
from monitors.ledger.schema import incidents as table

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked a manager, and what the manager said to it: empty while nobody has."""

    id: int
    asker: str
    manager: str
    text: str
    at: datetime
    answer: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None


def hand_over(tx: Tx, incident_id: int, actor: str, to: str, note: str, now: datetime) -> int | None:
    """Give the case to a second person with a note, and give the event's id; None where they have it already.

    Whoever gives it away writes its answer no longer.
    """
    row = incidents.lock_unresolved(tx, incident_id, now)
    if row.assignee == to:
        return None
    tx.execute(update(table).where(table.c.id == incident_id).values(assignee=to))
    claims.free(tx, incident_id, actor, now)
    said = {"to": to, "had": row.assignee, "text": note.strip()[:LONGEST]}
    incidents.note_change(tx, incident_id, actor, "handed_over", now, said)
    event = incidents.latest(tx, incident_id, "handed_over")
    _entrust(tx, incident_id, actor, to, {actor, row.assignee}, now)
    return event.id if event else None


def give(tx: Tx, incident_id: int, actor: str, to: str, now: datetime, was: str = incidents.UNSEEN) -> None:
    """``incidents.assign``, with the promises of whoever had the case and of the giver."""
    had = incidents.lock(tx, incident_id).assignee
    incidents.assign(tx, incident_id, actor, to, now, was)
    if had != to:
        _entrust(tx, incident_id, actor, to, {actor, had}, now)


def _entrust(tx: Tx, incident_id: int, actor: str, to: str, had: Collection[str | None], now: datetime) -> None:
    for row in promises.of_incident(tx, incident_id):
        if row.owner != to and row.owner in had and _runs(row, now):
            promises.entrust(tx, row, to, actor, now)


def _runs(row: Row[Any], now: datetime) -> bool:
    """What is over is broken, also before the guard has come by."""
    return bool(row.status == PromiseStatus.OPEN and row.due_at > now)


def handed_over(tx: Tx, incident_id: int, actor: str) -> Row[Any] | None:
    """The hand-over that somebody may still undo: their own, and nothing came of it yet."""
    event = incidents.latest(tx, incident_id, "handed_over")
    row = incidents.require(tx, incident_id)
    if event is None or event.actor != actor or row.resolved_at is not None or row.assignee != event.data["to"]:
        return None
    after = [one for one in incidents.events(tx, incident_id) if one.id > event.id]
    return None if any(one.actor == event.data["to"] or one.kind == "handed_back" for one in after) else event


def take_back(tx: Tx, incident_id: int, actor: str, now: datetime) -> None:
    """Undo a hand-over, by whoever made it, as long as the other has done nothing yet."""
    row = incidents.lock_unresolved(tx, incident_id, now)
    event = handed_over(tx, incident_id, actor)
    if event is None:
        back = incidents.latest(tx, incident_id, "handed_back")
        if back is not None and back.actor == actor and row.assignee != back.data.get("had"):
            return
        raise NotPossible(f"incident {incident_id} cannot be taken back: it is with {row.assignee or 'nobody'} by now")
    tx.execute(update(table).where(table.c.id == incident_id).values(assignee=event.data["had"]))
    went = {
        one.data["promise"]: one.data["had"]
        for one in incidents.events(tx, incident_id)
        if one.id > event.id and one.kind == "promise_entrusted"
    }
    for promise in promises.of_incident(tx, incident_id):
        if promise.id in went and promise.owner == row.assignee and _runs(promise, now):
            promises.entrust(tx, promise, went[promise.id], actor, now)
    said = {"to": event.data["had"], "had": row.assignee}
    incidents.note_change(tx, incident_id, actor, "handed_back", now, said)


def ask(tx: Tx, incident_id: int, actor: str, manager: str, question: str, now: datetime) -> int:
    """Ask a manager. The clock goes on: the customer does not care who decides. Gives the question's id."""
    incidents.lock_unresolved(tx, incident_id, now)
    text = question.strip()[:LONGEST]
    if not text:
        raise NotPossible("a question needs words")
    for one in questions(tx, incident_id):
        if (one.asker, one.manager, one.text) == (actor, manager, text) and one.answered_at is None:
            return one.id
    incidents.note_change(tx, incident_id, actor, "manager_asked", now, {"to": manager, "text": text})
    event = incidents.latest(tx, incident_id, "manager_asked")
    assert event is not None
    return int(event.id)


def answer(tx: Tx, incident_id: int, question_id: int, actor: str, text: str, now: datetime) -> Question:
    """A manager says what is to be done: the first who does; gives the question."""
    incidents.lock(tx, incident_id)
    question = _open_question(tx, incident_id, question_id)
    said = text.strip()[:LONGEST]
    if not said:
        raise NotPossible("an answer needs words")
    if question.answered_at is not None:
        if question.answered_by == actor:
            return question
        raise SomebodyElse(question.answered_by, "manager_answered", question.answered_at, now)
    incidents.note_change(tx, incident_id, actor, "manager_answered", now, {"question": question_id, "text": said})
    return question


def unask(tx: Tx, incident_id: int, question_id: int, actor: str, now: datetime) -> None:
    """Take a question back that nobody has answered, by whoever asked it. Doing it twice changes nothing."""
    incidents.lock(tx, incident_id)
    if incidents.latest(tx, incident_id, "manager_unasked", question=question_id) is not None:
        return
    question = _open_question(tx, incident_id, question_id)
    if question.asker != actor or question.answered_at is not None:
        raise NotPossible(f"question {question_id} cannot be taken back")
    incidents.note_change(tx, incident_id, actor, "manager_unasked", now, {"question": question_id})


def _open_question(tx: Tx, incident_id: int, question_id: int) -> Question:
    found = next((one for one in questions(tx, incident_id) if one.id == question_id), None)
    if found is None:
        raise NotPossible(f"there is no question {question_id}")
    return found


def questions(tx: Tx, incident_id: int) -> list[Question]:
    """What managers were asked about an incident, with their answers, oldest first, without what was taken back."""
    return asked_in(incidents.events(tx, incident_id))


def asked_in(events: Any) -> list[Question]:
    """The same from a log that was read already."""
    found: dict[int, Question] = {}
    for one in events:
        about = one.data.get("question")
        if one.kind == "manager_asked":
            found[one.id] = Question(one.id, one.actor, one.data["to"], one.data["text"], one.at)
        elif one.kind == "manager_answered" and about in found:
            was = found[about]
            told = (one.data["text"], one.actor, one.at)
            found[about] = Question(was.id, was.asker, was.manager, was.text, was.at, *told)
        elif one.kind == "manager_unasked":
            found.pop(about, None)
    return list(found.values())
