"""Answers: what a customer was told, and the check of a draft. A draft is read and forgotten."""

from typing import Annotated

from fastapi import APIRouter, Query

from dashboards.api import answer_shapes
from dashboards.api.access import CheckingReplies, ReadingAnswers
from dashboards.api.answer_shapes import Answers, CheckedReply, DraftReply, Spoken
from dashboards.api.incidents import Number
from dashboards.api.problems import responses
from dashboards.drafts import as_document, guess, look, pasted
from dashboards.office import TheOffice
from dashboards.speech import speech
from models.replies import Draft
from monitors.ledger import answers, incidents

router = APIRouter(tags=["answers"])


@router.get("/incidents/{incident_id}/answers", summary="Read what the customer was told", responses=responses(404))
def list_answers(office: TheOffice, _token: ReadingAnswers, incident_id: Number) -> Answers:
    """The latest two hundred answers that reached the customer, oldest first, with the facts in them."""
    with office.ledger.read() as tx:
        incidents.require(tx, incident_id)
        rows = answers.told(tx, incident_id)
    return Answers.model_validate({"items": [answer_shapes.answer(row, answers.facts(row)) for row in rows]})


@router.post("/replies/check", summary="Check a draft of a reply", responses=responses())
def check_reply(
    office: TheOffice,
    _token: CheckingReplies,
    sent: DraftReply,
    words: Annotated[Spoken, Query(description="The language in which findings are explained.")] = "en",
) -> CheckedReply:
    """What would hurt, where, better words, and what it says otherwise than earlier answers. Nothing is kept."""
    language = guess(office, sent.language or "", sent.text)
    day = office.now().date()
    earlier = pasted(sent.earlier, language, day)
    texts = tuple(one.text for one in earlier)
    looked = look(office, Draft(sent.text, language, sent.public, texts, sent.complaint), day, earlier)
    return CheckedReply.model_validate(as_document(looked, speech(words)))
