"""Answers and drafts of them as types, as ``shapes`` has all else."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, Field, StrictBool, StrictStr

from dashboards.api.shapes import Sent, fields
from dashboards.drafts import LONGEST, MOST_EARLIER
from models.facts import Fact, FactKind
from models.replies import FindingKind
from monitors.ledger.answers import AnswerState, Place

OptionalText: TypeAlias = Annotated[StrictStr, Field(max_length=LONGEST, pattern=r"^[^\x00]*$")]
Spoken: TypeAlias = Literal["et", "ru", "fi", "en"]


class DraftReply(Sent):
    """A draft of a reply, with what is known of its case."""

    text: Annotated[StrictStr, Field(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]+$")] = Field(
        description="The draft.", examples=["We will look into it."]
    )
    language: Spoken | None = Field(None, description="Absent: the language it is written in.")
    public: StrictBool = Field(default=True, description="Whether everybody can read it.")
    complaint: OptionalText = Field("", description="What the customer wrote.", examples=["Where is my parcel?"])
    earlier: list[OptionalText] = Field(
        default_factory=list, max_length=MOST_EARLIER, description="What the customer was told before, oldest first."
    )


class StatedFact(BaseModel):
    """A fact that an answer states, and where in its text."""

    kind: FactKind
    value: str = Field(description="The same in every language and format.", examples=["38.90 EUR"])
    text: str = Field(examples=["38,90 \u20ac"])
    start: int
    end: int
    about: str = Field(description="What it belongs to; empty where the text does not say.", examples=["refund"])


class Answer(BaseModel):
    """What the customer was told. Words that were deleted at their source are empty."""

    id: int
    incident_id: int
    at: datetime
    actor: str = Field(description="Who told it: a person, or our own account at the source.", examples=["ann"])
    place: Place
    state: AnswerState = Field(description="Whether a person says so, Kuula sent it, or it was seen at the source.")
    language: str | None
    text: str
    post_uid: str | None = Field(description="The post that it is, where it was public and is known.")
    facts: list[StatedFact]


class Answers(BaseModel):
    """What the customer was told."""

    items: list[Answer]


class ReplyFinding(BaseModel):
    """Something in a draft that would hurt."""

    finding: FindingKind
    name: str = Field(examples=["Passes the blame"])
    why: str
    instead: str
    probability: float
    spans: list[tuple[int, int]] = Field(description="Where in the text; empty where something is missing.")
    wording: str = Field(description="Better words in the draft's language; a place in braces is for its writer.")


class ToldOtherwise(BaseModel):
    """A fact that a draft gives otherwise than an earlier answer."""

    now: str
    before: str
    span: tuple[int, int]


class CheckedReply(BaseModel):
    """What a look at a draft found."""

    language: Spoken = Field(description="The draft's.")
    findings: list[ReplyFinding]
    differs: list[ToldOtherwise]


def answer(row: Any, stated: Iterable[Fact]) -> dict[str, Any]:
    """An answer as it is told, with the facts in it."""
    own = [name for name in Answer.model_fields if name != "facts"]
    return {**fields(row, own), "facts": [fields(fact, StatedFact.model_fields) for fact in stated]}
