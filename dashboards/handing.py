"""Handing a case over with a note, and asking a manager: who is meant hears of it at once."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from pydantic import Field

from dashboards.actions import Act, Acting, Back, display_name
from dashboards.incident import Number
from dashboards.rendering import tell
from dashboards.visitors import SendingManager
from monitors.ledger import clocks, handing, incidents, people
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import NotPossible
from monitors.ledger.people import Role
from monitors.pipeline.personal import News
from monitors.pipeline.personal import tell as tell_person

router = APIRouter()


class HandOverForm(Back):
    """To whom a case goes, and what they should know."""

    to: str = Field(max_length=80)
    note: str = Field("", max_length=handing.LONGEST)


class AskForm(Back):
    """What a manager is asked."""

    manager: str = Field(max_length=80)
    question: str = Field("", max_length=handing.LONGEST)


class AnswerForm(Back):
    """What a manager says to it."""

    text: str = Field("", max_length=handing.LONGEST)


@router.post("/incidents/{incident_id}/hand-over", name="hand_over")
def hand_over(act: Acting, incident_id: Number, form: Annotated[HandOverForm, Form()]) -> Response:
    """Give the case to a second person, and tell them."""
    reached = []

    def give(tx: Tx) -> None:
        person = _somebody(tx, form.to, {Role.SUPPORT, Role.MANAGER, Role.ADMIN})
        event = handing.hand_over(tx, incident_id, act.who, person.name, form.note, act.now)
        if event is not None:
            said = {"giver": act.who, "note": form.note.strip()}
            reached.append(_tell(tx, act, incident_id, (person.name, "handed_over", f"hand-over {event}"), said))

    answer = act.do(form.back, incident_id, give, act.say.text("It was given to %(who)s.", who=_name(act, form.to)))
    return _or_say(act, answer, reached, form.to)


@router.post("/incidents/{incident_id}/hand-back", name="hand_back")
def hand_back(act: Acting, incident_id: Number, form: Annotated[Back, Form()]) -> Response:
    """Keep the case after all."""
    done = act.say.text("You keep the case.")
    return act.do(form.back, incident_id, lambda tx: handing.take_back(tx, incident_id, act.who, act.now), done)


@router.post("/incidents/{incident_id}/ask", name="ask_manager")
def ask(act: Acting, incident_id: Number, form: Annotated[AskForm, Form()]) -> Response:
    """Ask a manager; the clock goes on."""
    if not form.question.strip():
        return act.again(incident_id, act.say.text("Write your question, then ask."))
    reached = []

    def put(tx: Tx) -> None:
        person = _somebody(tx, form.manager, {Role.MANAGER, Role.ADMIN})
        question = handing.ask(tx, incident_id, act.who, person.name, form.question, act.now)
        clock = clocks.of(tx, [incident_id]).get(incident_id)
        by = clock.answer_by.isoformat() if clock is not None and clock.answer_by else None
        said = {"asker": act.who, "question": form.question.strip(), "answer_by": by}
        reached.append(_tell(tx, act, incident_id, (person.name, "manager_asked", f"question {question}"), said))

    done = act.say.text("%(who)s was asked.", who=_name(act, form.manager))
    return _or_say(act, act.do(form.back, incident_id, put, done), reached, form.manager)


@router.post("/incidents/{incident_id}/questions/{question_id}/answer", name="answer_manager")
def answer(
    act: Acting,
    _manager: SendingManager,
    incident_id: Number,
    question_id: Number,
    form: Annotated[AnswerForm, Form()],
) -> Response:
    """Say what is to be done."""
    if not form.text.strip():
        return act.again(incident_id, act.say.text("Write your answer, then send it."))

    def say(tx: Tx) -> None:
        question = handing.answer(tx, incident_id, question_id, act.who, form.text, act.now)
        said = {"giver": act.who, "question": question.text, "answer": form.text.strip()}
        _tell(tx, act, incident_id, (question.asker, "manager_answered", f"question {question_id} answered"), said)

    return act.do(form.back, incident_id, say, act.say.text("Your answer stands on the card."))


@router.post("/incidents/{incident_id}/questions/{question_id}/unask", name="unask_manager")
def unask(act: Acting, incident_id: Number, question_id: Number, form: Annotated[Back, Form()]) -> Response:
    """Take a question back."""
    done = act.say.text("The question is taken back.")
    return act.do(
        form.back, incident_id, lambda tx: handing.unask(tx, incident_id, question_id, act.who, act.now), done
    )


def _name(act: Act, name: str) -> str:
    return display_name(act.office, name)


def _somebody(tx: Tx, name: str, roles: set[Role]) -> people.Person:
    person = people.get(tx, name)
    if person is None or person.role not in roles:
        raise NotPossible("nobody of that name can do this")
    return person


def _tell(tx: Tx, act: Act, incident_id: int, what: tuple[str, str, str], said: Mapping[str, Any]) -> bool:
    """Queue a message of a kind to a person, once for its key; says whether any channel reaches them."""
    name, kind, key = what
    post = incidents.alerted_post(tx, incident_id)
    news = News(kind, key, {**said, "post": post} if post else said, incident_id)
    return tell_person(tx, name, news, act.now)


def _or_say(act: Act, answer: Response, reached: list[bool], name: str) -> Response:
    """Where no channel reaches who is meant, whoever gave it must speak to them."""
    if reached == [False]:
        said = act.say.text("No channel reaches %(who)s: tell them yourself.", who=_name(act, name))
        tell(act.request, answer, said)
    return answer
