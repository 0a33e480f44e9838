"""Writing answers: read while they are typed, kept until a manager has said yes, and sent by a tap.

An answer that was given elsewhere (by phone, by mail, at the source) is recorded by the same form, after the case is
resolved too. The check only ever shows; what the policy asks for is held by the ledger. What was told and differs from
what the customer heard before is shown once more before it is recorded. Nothing that was typed is lost to an error.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, field_validator

from dashboards.actions import Act, Acting, Back, display_name
from dashboards.case.reply import Choice, ReplyCard, Typed
from dashboards.drafts import LONGEST, Looked, as_document, guess, look, pasted, told_before
from dashboards.incident import Number, values_of
from dashboards.office import Office, TheOffice
from dashboards.rendering import back, page, path, speech_of, tell
from dashboards.speech import mark, speech
from dashboards.typed import Typed as TypedForm
from dashboards.typed import says_something
from dashboards.visitors import Handling, SendingSupport
from models.moments import in_zone
from models.replies import Draft
from monitors.ledger import answers, desk, incidents, people, replies
from monitors.ledger.answers import NewAnswer, Place
from monitors.ledger.engine import Tx
from monitors.ledger.people import Person, Role
from monitors.ledger.refusals import NotPossible, SomebodyElse
from monitors.ledger.replies import ApprovalMissing, NewReply, Word
from monitors.pipeline.personal import News
from monitors.pipeline.personal import tell as tell_person
from monitors.pipeline.replies import tell_writer

router = APIRouter()
_LONGEST_TYPED = 20_000
# As in static/reply.js: only what greets, or a wording would stand in the middle of a sentence put in before.
_GREETING = re.compile(
    r"\s*(?:tere|tervi|lugupeetud|austatud|hea klient|head päeva|hei\b|moi\b|hyvä|hi\b|hello|hey\b|dear|"
    r"good (?:morning|day|afternoon|evening)|здравствуй|добр|привет|уважаем)"
    r"(?:[^.!?\n]{0,40}[!\n]|[^.!?,\n]{0,40}[.,])\s*",
    re.IGNORECASE,
)
_AT_THE_START = frozenset({"no_empathy", "no_apology"})
_BETWEEN_ANSWERS = re.compile(r"\n\s*\n")

YES = mark("You approved it; its writer sends it.")
NO = mark("You refused it; its writer reads why.")
RECORDED = mark("Recorded: this is what the customer was told.")
SENDING = mark("It is being sent.")

AnswerNumber = Annotated[int, Path(ge=1, le=2**53)]


class _Draft(TypedForm):
    """A text that somebody types, in any browser's line ends."""

    text: str = Field("", max_length=_LONGEST_TYPED)
    language: str = Field("", max_length=8)

    @field_validator("text", "complaint", "earlier", check_fields=False)
    @classmethod
    def _plain_line_ends(cls, text: str) -> str:
        return text.replace("\r\n", "\n")


class ReplyForm(_Draft, Back):
    """An answer to an incident: what is to be done with it, where it is told, which post (``seq``) it answers.

    ``known`` is the newest answer that was on the page; ``insert`` names the finding whose wording is put in; ``sure``
    is the digest of the words whose differences from earlier answers the writer has seen.
    """

    act: Literal["check", "send", "ask", "told"] = "check"
    place: Place = Place.PUBLIC
    post: int = Field(0, ge=0, le=2**53)
    known: int = Field(0, ge=0, le=2**53)
    manager: str = Field("", max_length=80)
    sure: str = Field("", max_length=64)
    insert: str = Field("", max_length=40)


class CheckForm(_Draft):
    """A draft from anywhere: earlier answers have an empty line between them; of an incident they are known."""

    public: bool = False
    place: Literal["", "public", "direct", "phone", "mail"] = ""
    complaint: str = Field("", max_length=_LONGEST_TYPED)
    earlier: str = Field("", max_length=_LONGEST_TYPED)
    incident: int = Field(0, ge=0, le=2**53)
    post: int = Field(0, ge=0, le=2**53)
    insert: str = Field("", max_length=40)


class SendForm(Back):
    """What was written goes out; ``known`` is the newest answer that was on the page."""

    known: int = Field(0, ge=0, le=2**53)


class DecideForm(Back):
    """A manager's word on an answer."""

    note: str = Field("", max_length=replies.LONGEST_NOTE)


@router.post("/replies/check", name="check_reply")
def check_reply(
    request: Request, office: TheOffice, visitor: SendingSupport, form: Annotated[CheckForm, Form()]
) -> Response:
    """Read a draft: as a part of a page for browsers, as JSON for programs."""
    looked, _, room = _look(office, form, visitor.person)
    if "text/html" in request.headers.get("accept", ""):
        return page(request, "case/findings.html", {"looked": looked, "room": room})
    return JSONResponse(as_document(looked, speech_of(request)))


@router.get("/check", name="check")
def check_page(request: Request, _office: TheOffice, _visitor: Handling) -> Response:
    """The page for drafts of answers that are given elsewhere."""
    return page(request, "check.html", {"form": CheckForm(public=True), "looked": None})


@router.post("/check", name="check_pasted")
def check_pasted(
    request: Request, office: TheOffice, visitor: SendingSupport, form: Annotated[CheckForm, Form()]
) -> Response:
    """The same page with what was found."""
    looked, *_ = _look(office, form, visitor.person)
    if form.insert:
        form = form.model_copy(update={"text": inserted(form.text, looked, form.insert)})
        looked, *_ = _look(office, form, visitor.person)
    return page(request, "check.html", {"form": form, "looked": looked, "address": path(request, "check")})


def _look(office: Office, form: CheckForm, writer: Person) -> tuple[Looked, Any, tuple[int, int] | None]:
    """Read somebody's draft with all that is known of its case; give the post that it answers and its length there."""
    day = in_zone(office.now(), speech(writer.language, writer.timezone).zone).date()
    if not form.incident:
        language = guess(office, form.language, form.text)
        earlier = pasted(_BETWEEN_ANSWERS.split(form.earlier), language, day)
        public = form.place == "public" if form.place else form.public
        texts = tuple(one.text for one in earlier)
        draft = Draft(form.text, language, public, texts, form.complaint)
        return look(office, draft, day, earlier, writer.display), None, None
    with office.ledger.read() as tx:
        incident = incidents.require(tx, form.incident)
        said = _post(tx, incident, form.post)
        earlier = told_before(tx, form.incident, {one.name: one.display for one in people.everybody(tx)})
    language = guess(office, form.language or incident.language or "", form.text)
    draft = Draft(form.text, language, form.place == "public", tuple(one.text for one in earlier), _words(said))
    return look(office, draft, day, earlier, writer.display), said, _room(office, said, form)


def _room(office: Office, said: Any, form: CheckForm) -> tuple[int, int] | None:
    known = office.replies.repliers.get(said.source) if said is not None else None
    return Choice(said, known).room(form.text) if known and form.place == "public" else None


def _post(tx: Tx, incident: Any, seq: int) -> Any:
    """The post of an incident's story that is answered; None where there is none of that number."""
    return desk.story_post(tx, incident.brand, incident.story_id, seq) if seq else None


def _words(post: Any) -> str:
    return "" if post is None else str(post.text)[:LONGEST]


def inserted(text: str, looked: Looked, kind: str) -> str:
    """The text with the wording of a finding in it: understanding behind the greeting, all else at the end."""
    wording = next((remark.wording for remark in looked.remarks if remark.kind == kind), "")
    if not wording:
        return text
    if kind in _AT_THE_START:
        greeting = _GREETING.match(text)
        at = greeting.end() if greeting else 0
        return f"{text[:at]}{wording} {text[at:]}".rstrip()
    return f"{text.rstrip()} {wording}".lstrip()


@dataclass(frozen=True, slots=True)
class Writing:
    """One answer in the hands of its writer: the form, the post it answers, and what the check says."""

    form: ReplyForm
    post: Any
    looked: Looked
    room: tuple[int, int] | None


@router.post("/incidents/{incident_id}/reply", name="reply")
def reply(act: Acting, incident_id: Number, form: Annotated[ReplyForm, Form()]) -> Response:
    """Check an answer, ask for a yes, send it, or record that it was told."""
    writing = _written(act, incident_id, form)
    if form.insert:
        form = form.model_copy(update={"text": inserted(form.text, writing.looked, form.insert)})
        return _again(act, incident_id, _written(act, incident_id, form), "", 200)
    if form.act == "check":
        return _again(act, incident_id, writing, "", 200)
    if missing := _missing(act, writing):
        return _again(act, incident_id, writing, missing)
    change, done = {"send": _send, "ask": _ask, "told": _tell}[form.act](act, incident_id, writing)
    try:
        with act.office.ledger.write() as tx:
            change(tx)
    except ApprovalMissing:
        said = act.say.text("A manager reads this answer before it goes out: choose whom to ask.")
        return _again(act, incident_id, writing, said)
    except SomebodyElse as error:
        return _again(act, incident_id, writing, act.faster(error))
    answer = back(act.request, form.back, path(act.request, "incident", incident_id=incident_id))
    tell(act.request, answer, done)
    return answer


def _written(act: Act, incident_id: int, form: ReplyForm) -> Writing:
    asked = CheckForm(
        text=form.text, language=form.language, place=form.place.value, incident=incident_id, post=form.post
    )
    looked, post, room = _look(act.office, asked, act.visitor.person)
    return Writing(form, post, looked, room)


def _missing(act: Act, writing: Writing) -> str:
    """Why nothing can be done with it yet, in the reader's words."""
    form, say = writing.form, act.say
    if not says_something(form.text):
        return say.text("The answer is empty: write it first.")
    if gap := writing.looked.gap:
        return say.text("Something is still to be filled in: write it where %(place)s stands.", place=gap)
    if form.act == "told" and writing.looked.otherwise and form.sure != writing.looked.digest:
        return say.text("This differs from what the customer was told before. Look at it once more.")
    if form.act == "ask" and not form.manager:
        return say.text("Choose whom to ask.")
    if form.act == "send" and (writing.post is None or writing.room is None):
        return say.text("It cannot be sent from here: copy it, answer there, and say here that you did.")
    if form.act != "told" and writing.room is not None and writing.room[0] > writing.room[1]:
        most, now = say.number(writing.room[1]), say.number(writing.room[0])
        return say.text("It is too long for this source: %(now)s characters of %(most)s.", now=now, most=most)
    return ""


Doing = tuple[Callable[[Tx], object], str]


def _new(act: Act, incident_id: int, writing: Writing) -> NewReply:
    form = writing.form
    return NewReply(
        incident_id=incident_id,
        author=act.who,
        place=form.place,
        text=form.text.strip(),
        language=writing.looked.draft.language,
        reply_to=writing.post.uid if writing.room is not None else None,
        findings=writing.looked.kinds,
        known=form.known,
        day=act.today,
    )


def _send(act: Act, incident_id: int, writing: Writing) -> Doing:
    policy, person = act.office.settings.replies.approval, act.visitor.person

    def send(tx: Tx) -> None:
        replies.send(tx, replies.draft(tx, _new(act, incident_id, writing), act.now), person, policy, act.now)

    return send, act.say.text(SENDING)


def _ask(act: Act, incident_id: int, writing: Writing) -> Doing:
    def ask(tx: Tx) -> None:
        manager = people.get(tx, writing.form.manager)
        if manager is None or manager.role not in {Role.MANAGER, Role.ADMIN}:
            raise NotPossible("nobody of that name approves answers")
        one = replies.draft(tx, _new(act, incident_id, writing), act.now)
        if replies.ask(tx, one, act.who, [manager.name], act.now):
            said = {"answer": one, "asker": act.who}
            tell_person(tx, manager.name, News("approval_asked", f"answer {one} asked", said, incident_id), act.now)

    return ask, act.say.text("%(who)s was asked.", who=display_name(act.office, writing.form.manager))


def _tell(act: Act, incident_id: int, writing: Writing) -> Doing:
    form, language = writing.form, writing.looked.draft.language
    to = writing.post.uid if writing.post is not None else None
    new = NewAnswer(incident_id, act.who, form.place, form.text.strip(), language, act.today, to)
    return lambda tx: answers.record(tx, new, act.now), act.say.text(RECORDED)


def _again(act: Act, incident_id: int, writing: Writing, said: str, status: int = 400) -> Response:
    """The incident once more with all that was typed, and the reason where nothing was done."""
    values = values_of(act.office, act.visitor, incident_id)
    card: ReplyCard = values["reply"]
    form = writing.form
    chosen = next((one for one in card.choices if one.row.seq == form.post), card.chosen)
    typed = Typed(form.text, form.place.value, writing.looked.draft.language, writing.looked, said)
    address = path(act.request, "incident", incident_id=incident_id)
    values |= {"reply": replace(card, chosen=chosen, typed=typed), "here": address, "address": address}
    return page(act.request, "incident.html", values, status)


@router.post("/answers/{answer_id}/approve", name="approve_answer")
def approve(act: Acting, answer_id: AnswerNumber, form: Annotated[DecideForm, Form()]) -> Response:
    """A manager says yes."""
    return _decide(act, answer_id, form, yes=True)


@router.post("/answers/{answer_id}/refuse", name="refuse_answer")
def refuse(act: Acting, answer_id: AnswerNumber, form: Annotated[DecideForm, Form()]) -> Response:
    """A manager says no, and why."""
    return _decide(act, answer_id, form, yes=False)


def _decide(act: Act, answer_id: int, form: DecideForm, *, yes: bool) -> Response:
    policy = act.office.settings.replies.approval

    def decide(tx: Tx) -> None:
        replies.decide(tx, answer_id, Word(act.visitor.person, yes, form.note), policy, act.now)
        tell_writer(tx, answer_id, act.now)

    return _on(act, answer_id, form, decide, act.say.text(YES if yes else NO))


@router.post("/answers/{answer_id}/send", name="send_answer")
def send_answer(act: Acting, answer_id: AnswerNumber, form: Annotated[SendForm, Form()]) -> Response:
    """Send what was approved, or what failed once more."""
    policy, person = act.office.settings.replies.approval, act.visitor.person
    done = act.say.text(SENDING)
    return _on(act, answer_id, form, lambda tx: replies.send(tx, answer_id, person, policy, act.now, form.known), done)


@router.post("/answers/{answer_id}/told", name="tell_answer")
def tell_answer(act: Acting, answer_id: AnswerNumber, form: Annotated[Back, Form()]) -> Response:
    """It was told where Kuula cannot send."""
    done = act.say.text(RECORDED)
    return _on(act, answer_id, form, lambda tx: replies.told_elsewhere(tx, answer_id, act.who, act.now), done)


@router.post("/answers/{answer_id}/withdraw", name="withdraw_answer")
def withdraw_answer(act: Acting, answer_id: AnswerNumber, form: Annotated[Back, Form()]) -> Response:
    """Its writer thought better of it."""
    done = act.say.text("The answer is withdrawn.")
    return _on(act, answer_id, form, lambda tx: replies.withdraw(tx, answer_id, act.who, act.now), done)


@router.post("/answers/{answer_id}/settle/{where}", name="settle_answer")
def settle_answer(
    act: Acting, answer_id: AnswerNumber, where: Literal["there", "missing"], form: Annotated[Back, Form()]
) -> Response:
    """Somebody looked whether an answer is out."""
    there = where == "there"
    done = act.say.text(RECORDED if there else SENDING)
    return _on(act, answer_id, form, lambda tx: replies.settle(tx, answer_id, act.who, act.now, there=there), done)


def _on(act: Act, answer_id: int, form: Back, change: Callable[[Tx], object], done: str) -> Response:
    with act.office.ledger.read() as tx:
        incident_id = replies.require(tx, answer_id).incident_id
    return act.do(form.back, incident_id, change, done)
