"""The answer: written, checked, approved, and copied or sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.answering_words import PLACES
from dashboards.case.context import Case
from dashboards.drafts import LONGEST, Looked
from dashboards.speech import LANGUAGES, mark
from models.decision import Reason
from monitors.ledger import answers, people, replies
from monitors.ledger.crowd import Crowd
from monitors.ledger.incidents import Status
from monitors.ledger.people import Person, Role
from monitors.ports import Replying

MOST_POSTS = 12
STATES = {
    "asked": mark("waits for a manager's yes"),
    "approved": mark("approved"),
    "refused": mark("refused"),
    "sending": mark("is being sent"),
    "failed": mark("could not be sent"),
    "perhaps": mark("perhaps sent: please look"),
}
_ORDER = ("public", "direct", "phone", "mail")
"""Where an answer goes, the place of the complaint first."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A post that can be answered: its row, and what its source takes as a reply (None: it is answered there)."""

    row: Any
    replying: Replying | None

    def room(self, text: str) -> tuple[int, int] | None:
        """How long an answer is for this source, and how long it may be."""
        if self.replying is None:
            return None
        return self.replying.counted(text, self.row.author_handle), self.replying.longest


@dataclass(frozen=True, slots=True)
class UnderWay:
    """An answer that is not told yet: its row, and what its reader may do with it."""

    row: Any
    mine: bool
    may_decide: bool
    sends: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody has typed so far, and what a look at it found."""

    text: str
    place: str
    language: str
    looked: Looked | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ReplyCard:
    """What the part of the page shows: what can be answered, what is under way, and what was typed."""

    choices: Sequence[Choice]
    chosen: Choice | None
    under_way: Sequence[UnderWay]
    managers: Sequence[Person]
    typed: Typed
    known: int
    asks: Mapping[str, bool]
    states: Mapping[str, str]
    places: Mapping[str, str]
    longest: int = LONGEST


def values(case: Case) -> Mapping[str, Any]:
    """What the page of an incident shows of it."""
    person, desk = case.visitor.person, case.office.replies
    policy = case.office.settings.replies.approval
    theirs = [post for post in case.posts if not post.gone_at and post.reason != Reason.OWN_POST]
    theirs.sort(key=lambda post: _turn(case.crowd, post))
    choices = [Choice(post, desk.repliers.get(post.source)) for post in theirs[:MOST_POSTS]]
    rows = replies.under_way(case.tx, case.row.id)
    team = people.everybody(case.tx)
    told = answers.told(case.tx, case.row.id)
    language = case.row.language if case.row.language in LANGUAGES else person.language
    card = ReplyCard(
        choices=choices,
        chosen=_first(case.crowd, choices),
        under_way=[
            UnderWay(
                row,
                row.actor == person.name,
                policy.allows(person.role.value, own=row.actor == person.name),
                bool(row.reply_to) and row.source in desk.repliers,
            )
            for row in rows
        ],
        managers=sorted(
            (one for one in team if one.role in {Role.MANAGER, Role.ADMIN} and one.name != person.name),
            key=lambda one: one.role is not Role.MANAGER,
        ),
        # What is still recorded of a case that is over was mostly said on the phone.
        typed=Typed("", "phone" if case.row.status == Status.RESOLVED else "public", language),
        known=max((row.id for row in told), default=0),
        asks={place: policy.asks(person.role.value, case.row.risk, public=place == "public") for place in _ORDER},
        states=STATES,
        places={place: PLACES[place] for place in _ORDER},
    )
    return {"reply": card}


def _turn(crowd: Crowd, post: Any) -> int:
    """Whose post is offered first: that of the customer who called people, then those of others who wait."""
    standing = crowd.of(post)
    if _is_first(crowd, post):
        return 0
    return 1 if standing is not None and standing.waits_since is not None else 2


def _first(crowd: Crowd, choices: Sequence[Choice]) -> Choice | None:
    """The post that is answered unless another is chosen: that of the customer who called people.

    Where that is not known, it is the first that a reply can be sent to, else the first.
    """
    if choices and _is_first(crowd, choices[0].row):
        return choices[0]
    return next((one for one in choices if one.replying), choices[0] if choices else None)


def _is_first(crowd: Crowd, post: Any) -> bool:
    return crowd.first == (post.source, post.author_id)
