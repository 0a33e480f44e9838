"""What the API is sent and what it answers, as types: the documentation is made from them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr

from monitors.ledger.incidents import Status, Verdict
from monitors.ledger.promises import PromiseStatus, Settle

# Of RFC 3339; a number would be taken for seconds since 1970.
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}")
LATEST = datetime.max.replace(tzinfo=UTC)
EARLIEST = datetime.min.replace(tzinfo=UTC)


def _written(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and _TIME.match(value)):
        return value
    raise ValueError("a time is text such as 2026-11-20T12:00:00Z")


def _universal(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        # Their own zone's first or last day: no list has anything beyond it.
        return LATEST if value.year > 1 else EARLIEST


def _counted(value: Any) -> Any:
    # JSON has one kind of number: 30.0 is a whole one.
    if isinstance(value, bool | str):
        raise ValueError("a number is needed")
    return value


Moment: TypeAlias = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_universal)]
Text: TypeAlias = Annotated[StrictStr, Field(min_length=1, pattern=r"^[^\x00]+$")]
Name: TypeAlias = Annotated[StrictStr, Field(min_length=1, max_length=80, pattern=r"^[^\x00]+$")]


class Sent(BaseModel):
    """The base of what is sent: a key that nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Assign(Sent):
    """To whom an incident goes."""

    assignee: Name = Field(description="Somebody who handles incidents.", examples=["ann"])
    was: Annotated[StrictStr, Field(max_length=80, pattern=r"^[^\x00]*$")] | None = Field(
        None, description="Who had it when you looked, empty for nobody: refused when that has changed.", examples=[""]
    )


class Resolve(Sent):
    """How an incident ended."""

    verdict: Verdict = Field(description="What was behind it.")
    note: Annotated[StrictStr, Field(max_length=2000, pattern=r"^[^\x00]*$")] = Field(
        "", description="A word to remember.", examples=["Refunded."]
    )
    promises: Settle | None = Field(None, description="What becomes of promises that are still open.")


class Note(Sent):
    """Something to remember about an incident."""

    text: Text = Field(max_length=5000, examples=["Called the customer."])


class NewPromise(Sent):
    """What the customer was told, and by when: ``due_at`` or ``in_minutes``; without both, the usual time."""

    what: Text = Field(max_length=2000, examples=["We will call you."])
    due_at: Moment | None = Field(None, description="By when.", examples=["2026-11-20T12:30:00Z"])
    in_minutes: Annotated[int, Field(ge=1, le=129_600), BeforeValidator(_counted)] | None = Field(
        None, description="By when, in minutes from now; `due_at` comes first.", examples=[30]
    )
    owner: Name | None = Field(
        None, description="Who answers for it; absent: whoever has the incident, else the token.", examples=["ann"]
    )


class Incident(BaseModel):
    """A story that people must handle."""

    id: int = Field(examples=[12])
    brand: str = Field(examples=["Omniva"])
    status: Status
    reason: str = Field(description="Why it alerted, as a word.", examples=["threat"])
    risk: float = Field(description="How bad times how far times how fast, 0 to 100.", examples=[81.0])
    severity: int = Field(description="0 to 4.", examples=[3])
    language: str | None = Field(examples=["et"])
    headline: str = Field(description="The words of the post that alerted; empty when it was deleted.")
    posts: int = Field(description="How many posts the story has.")
    opened_at: datetime
    first_post_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    assignee: str | None = Field(examples=["ann"])
    resolved_at: datetime | None
    verdict: Verdict | None
    escalate_at: datetime | None = Field(description="When the next person is called.")
    held: bool = Field(description="Whether it waits in the digest: nobody was called.")
    changed_at: datetime
    address: str = Field(description="Its page.", examples=["https://kuula.example.com/incidents/12"])


class Event(BaseModel):
    """Something that happened to an incident."""

    id: int
    at: datetime
    actor: str = Field(description="A person, `kuula` itself, or `api NAME` for a token.", examples=["ann"])
    kind: str = Field(examples=["acknowledged"])
    data: dict[str, Any]


class Promise(BaseModel):
    """Something told to the customer, with a due time."""

    id: int
    incident_id: int
    owner: str = Field(description="Who answers for it.", examples=["ann"])
    promised_by: str | None = Field(description="Who told the customer, where that is somebody else.")
    what: str
    made_at: datetime
    due_at: datetime
    kept_at: datetime | None
    status: PromiseStatus


class FoundSignal(BaseModel):
    """What a complaint says, and where in its text."""

    signal: str = Field(examples=["refund_demand"])
    start: int
    end: int
    probability: float


class Scored(BaseModel):
    """What the models read in a post."""

    language: str | None
    sentiment: str
    complaint: bool
    complaint_probability: float
    severity: int
    remedy: str | None
    signals: list[FoundSignal]
    model: str


class Decided(BaseModel):
    """What was decided about a post for a brand."""

    brand: str
    action: str = Field(examples=["alert"])
    reason: str
    risk: float
    story_id: str | None
    incident_id: int | None


class Post(BaseModel):
    """A public post. One that was deleted at its source keeps its id and no words."""

    uid: str = Field(examples=["mastodon:112233"])
    source: str
    url: str
    text: str
    created_at: datetime
    author_handle: str | None
    author_name: str | None
    author_followers: int | None
    gone_at: datetime | None
    scores: Scored | None
    decisions: list[Decided]


class IncidentState(BaseModel):
    """An incident without anybody's words: what a token sees that may change incidents and not read them."""

    id: int = Field(examples=[12])
    status: Status
    assignee: str | None = Field(examples=["ann"])
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None
    verdict: Verdict | None
    escalate_at: datetime | None = Field(description="When the next person is called.")
    changed_at: datetime
    address: str = Field(description="Its page.", examples=["https://kuula.example.com/incidents/12"])


class PromiseState(BaseModel):
    """A promise without its words: what a token sees that may change promises and not read them."""

    id: int
    incident_id: int
    owner: str
    made_at: datetime
    due_at: datetime
    kept_at: datetime | None
    status: PromiseStatus


class Customers(BaseModel):
    """How many customers complained in a story, and how many of them were answered or wait."""

    all: int = Field(examples=[5])
    answered: int = Field(description="Who wait for nothing: nobody who wrote again since.", examples=[2])
    waiting: int = Field(examples=[3])


class WholeIncident(Incident):
    """An incident with all that belongs to it."""

    customers: Customers = Field(description="Each counted once, by their account at a source.")
    story: list[Post] = Field(description="The first sixty posts, oldest first.")
    events: list[Event]
    promises: list[Promise]


class IncidentPage(BaseModel):
    """Incidents; ``next`` is the cursor of the page after this one."""

    items: list[Incident]
    next: str | None = Field(
        description="Send it as `cursor`; null on the last page.", examples=["1763640000000000-12"]
    )


class PromisePage(BaseModel):
    """Promises; ``next`` is the cursor of the page after this one."""

    items: list[Promise]
    next: str | None = Field(description="Send it as `cursor`; null on the last page.")


class Denominator(BaseModel):
    """What complaints are counted against."""

    what: Literal["orders", "deliveries", "customers"]
    per_day: int


class Brand(BaseModel):
    """A watched brand with how many incidents it has in each state."""

    name: str
    denominator: Denominator | None
    incidents: dict[Status, int]


class Brands(BaseModel):
    """The watched brands."""

    items: list[Brand]


class Hook(BaseModel):
    """Another system that is told of events."""

    name: str
    recipe: str
    queued: int
    sent: int
    dead: int = Field(description="Given up; a person can send them again.")
    stopped: bool = Field(description="It refused our credentials or is gone: it gets nothing until a person acts.")
    last_sent_at: datetime | None


class Hooks(BaseModel):
    """Other systems."""

    items: list[Hook]


class SourceHealth(BaseModel):
    """How the collecting of a source goes, for one brand or for all (``*``)."""

    source: str
    brand: str
    good_at: datetime | None
    error: str | None


class Health(BaseModel):
    """Whether everything works."""

    version: str
    sources: list[SourceHealth]
    messages: dict[str, int] = Field(description="Messages to people by state: queued, sent, failed.")
    waiting_for_index: int


def incident(row: Any, pages: str) -> dict[str, Any]:
    """An incident as it is told."""
    names = [name for name in Incident.model_fields if name not in {"held", "address"}]
    held = row.held_at is not None and row.status == Status.OPEN and row.escalate_at is None
    return {**fields(row, names), "held": held, "address": f"{pages}/incidents/{row.id}"}


def state(row: Any, pages: str) -> dict[str, Any]:
    """What became of an incident, without words."""
    names = [name for name in IncidentState.model_fields if name != "address"]
    return {**fields(row, names), "address": f"{pages}/incidents/{row.id}"}


def fields(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """Some columns of a row."""
    return {name: getattr(row, name) for name in names}


def post(row: Any, decided: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A post as it is told, with what was decided about it."""
    own = ("uid", "source", "url", "text", "created_at", "author_handle", "author_name", "author_followers", "gone_at")
    scored = _scored(row) if row.model is not None else None
    return {**fields(row, own), "scores": scored, "decisions": list(decided)}


def _scored(row: Any) -> dict[str, Any]:
    names = [name for name in Scored.model_fields if name != "signals"]
    found = [
        {"signal": name, "start": start, "end": end, "probability": rest[0] if rest else 1.0}
        for name, start, end, *rest in row.signals
    ]
    return {**fields(row, names), "signals": found}
