"""Answers: what the customer was told, by whom, when and where, with the facts in it.

A person records what they told by phone, by mail, in a direct message or in public; an answer of our own account is
seen at the source. What our account wrote in public is a post like any other: its words leave with the post, and that
the customer was answered stays. So do all words that are older than posts are kept. Every change holds the incident
first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select, update

from models.facts import Fact, facts_of, from_document, to_document
from models.post import Post
from monitors.ledger import claims, clocks, incidents
from monitors.ledger.desk_schema import answers
from monitors.ledger.engine import Tx
from monitors.ledger.schema import posts
from monitors.ledger.statements import held, insert_row, upsert

TWICE = timedelta(seconds=30)
"""Whoever records the same words again within this time has tapped twice."""

LONGEST = 20_000
MOST = 200


class Place(StrEnum):
    """Where the customer was told something."""

    PHONE = "phone"
    MAIL = "mail"
    DIRECT = "direct"
    PUBLIC = "public"


class AnswerState(StrEnum):
    """How we know that the customer was told: a person says so, Kuula sent it, or it was seen at the source.

    The other states are those of a reply on its way.
    """

    TOLD = "told"
    SENT = "sent"
    SEEN = "seen"


REACHED = (AnswerState.TOLD.value, AnswerState.SENT.value, AnswerState.SEEN.value)


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """What a person told the customer of an incident; ``day`` is the day on which it was, where they are.

    ``reply_to`` is the post that was answered, where it is known: another customer of the story may have written it.
    """

    incident_id: int
    actor: str
    place: Place
    text: str
    language: str
    day: date | None = None
    reply_to: str | None = None


def record(tx: Tx, new: NewAnswer, now: datetime) -> int:
    """Record what a person told the customer; gives its id, and that of the first for the second of a double tap.

    ``SomebodyElse`` while another person writes the answer. What was seen at the source before is theirs from now on.
    """
    claims.require(tx, new.incident_id, new.actor, now)
    before = _recorded_before(tx, new, now)
    if before is not None:
        return before
    known = _twin(tx, new.incident_id, new.text, seen=True) if new.place is Place.PUBLIC else None
    answer_id = known or _insert(tx, new, now)
    if known is not None:
        tx.execute(update(answers).where(answers.c.id == known).values(actor=new.actor, state=AnswerState.TOLD.value))
    said = {"answer": answer_id, "place": new.place.value}
    incidents.note_change(tx, new.incident_id, new.actor, "answered", now, said)
    reached(tx, new.incident_id, new.actor, now, new.reply_to)
    return answer_id


def reached(tx: Tx, incident_id: int, actor: str, now: datetime, to: str | None = None) -> None:
    """The customer has an answer of this person: the clock stops, and their claim is over.

    The clock goes on where the answer was ``to`` a post of another customer.
    """
    if to is None or clocks.is_theirs_to_hear(tx, incident_id, to):
        clocks.answered(tx, incident_id, now)
    claims.free(tx, incident_id, actor, now)


def _insert(tx: Tx, new: NewAnswer, now: datetime) -> int:
    return insert_row(
        tx,
        answers,
        incident_id=new.incident_id,
        at=now,
        actor=new.actor,
        place=new.place.value,
        language=new.language,
        text=new.text[:LONGEST],
        facts=documents(new.text, new.language, new.day or now.date()),
        findings=[],
        reply_to=new.reply_to,
        state=AnswerState.TOLD.value,
    )


def _twin(tx: Tx, incident_id: int, text: str, *, seen: bool) -> int | None:
    """The public answer with these words that was ``seen`` at the source, or that was not seen there yet."""
    public = (answers.c.incident_id == incident_id) & (answers.c.place == Place.PUBLIC.value) & (answers.c.text != "")
    if seen:
        public &= answers.c.state == AnswerState.SEEN.value
    else:
        public &= answers.c.post_uid.is_(None) & answers.c.state.in_(REACHED)
    rows = tx.execute(select(answers.c.id, answers.c.text).where(public).order_by(answers.c.id.desc()).limit(MOST))
    return next((row.id for row in rows if (are_in(row.text, text) if seen else are_in(text, row.text))), None)


def are_in(post: str, words: str) -> bool:
    """Whether a post of ours is an answer in these words: some sources name before them who is answered."""
    said = _plain(words)
    return bool(said) and f" {_plain(post)}".endswith(f" {said}")


def _plain(text: str) -> str:
    return " ".join(text[:LONGEST].split()).casefold()


def _recorded_before(tx: Tx, new: NewAnswer, now: datetime) -> int | None:
    same = (answers.c.incident_id == new.incident_id) & (answers.c.actor == new.actor)
    same &= (answers.c.place == new.place.value) & (answers.c.state == AnswerState.TOLD.value)
    same &= (answers.c.text == new.text[:LONGEST]) & (answers.c.at > now - TWICE)
    same &= answers.c.reply_to.is_not_distinct_from(new.reply_to)
    return tx.execute(select(answers.c.id).where(same).order_by(answers.c.id)).scalars().first()


def documents(text: str, language: str | None, day: date) -> list[dict[str, Any]]:
    """The facts of an answer as they are kept; ``day`` is what its "tomorrow" goes by."""
    return [to_document(fact) for fact in facts_of(text[:LONGEST], language, day)]


def seen(tx: Tx, incident_id: int, post: Post, now: datetime, language: str | None = None) -> int:
    """Our own account answered at the source; a post that is seen again has the words that it has now.

    The clock of the incident has seen it by itself, and has written it into the log.
    """
    incidents.lock(tx, incident_id)
    # Sources may name a script and a country as well.
    spoken = language or (post.lang_hint or "").partition("-")[0][:8] or None
    gone = tx.execute(select(posts.c.gone_at).where(posts.c.uid == post.uid)).scalar() is not None
    text = "" if gone else post.text[:LONGEST]
    said = {"text": text, "language": spoken, "facts": documents(text, spoken, post.created_at.date())}
    new = upsert(tx, answers).values(
        incident_id=incident_id,
        at=min(post.created_at, now),
        actor=(post.author.handle or post.author.native_id)[:200],
        place=Place.PUBLIC.value,
        source=post.source,
        findings=[],
        post_uid=post.uid,
        reply_to=f"{post.source}:{post.parent_id}"[:600] if post.parent_id else None,
        state=AnswerState.SEEN.value,
        attempts=0,
        **said,
    )
    known = _twin(tx, incident_id, post.text, seen=False)
    if known is not None and not _is_recorded(tx, post.uid):
        # Somebody said so before it was collected. From now on its words are those of the post, and leave with it.
        tx.execute(update(answers).where(answers.c.id == known).values(post_uid=post.uid, **said))
        return known
    tx.execute(new.on_conflict_do_update(index_elements=["post_uid"], set_=said))
    return int(tx.execute(select(answers.c.id).where(answers.c.post_uid == post.uid)).scalar_one())


def _is_recorded(tx: Tx, post_uid: str) -> bool:
    return tx.execute(select(answers.c.id).where(answers.c.post_uid == post_uid)).first() is not None


def told(tx: Tx, incident_id: int) -> list[Row[Any]]:
    """What the customer of an incident was told and what reached them, oldest first."""
    reached = (answers.c.incident_id == incident_id) & answers.c.state.in_(REACHED)
    latest = select(answers).where(reached).order_by(answers.c.at.desc(), answers.c.id.desc()).limit(MOST)
    return list(tx.execute(latest))[::-1]


def facts(row: Row[Any]) -> tuple[Fact, ...]:
    """The facts of one answer."""
    return tuple(from_document(document) for document in row.facts)


UNSAID: dict[str, Any] = {"text": "", "facts": [], "findings": []}


def forget(tx: Tx, uids: Sequence[str]) -> None:
    """These posts were deleted at their source: what our accounts said in them goes too."""
    of_them = held(select(answers.c.id).where(answers.c.post_uid.in_(list(uids))).order_by(answers.c.id))
    tx.execute(update(answers).where(answers.c.id.in_(of_them)).values(**UNSAID))


def drop_older(tx: Tx, before: datetime, limit: int) -> int:
    """Forget the words of up to ``limit`` answers from before a time; that there was an answer stays."""
    old = (answers.c.at < before) & (answers.c.text != "") & answers.c.state.in_(REACHED)
    ordered = held(select(answers.c.id).where(old).order_by(answers.c.id).limit(limit))
    return tx.execute(update(answers).where(answers.c.id.in_(ordered)).values(**UNSAID)).rowcount
