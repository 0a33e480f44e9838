"""Crowd: all customers who complained in one story, which of them our accounts have answered, and who still waits.

The clock of an incident is that of the customer who wrote the post that called people. Here are the others as well,
each by their account at a source. What answers them is a post of ours that replies to theirs, wherever it is found, or
an answer that a person gave them through Kuula. Who writes again after it, and not to thank, waits again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import dropwhile
from typing import Any, TypeAlias

from sqlalchemy import Row, func, select

from models.answering import Standing, standing
from models.decision import Reason
from models.post import Kind
from models.scores import Sentiment
from monitors.ledger import clocks, incidents
from monitors.ledger.answers import REACHED
from monitors.ledger.clocks import Heard
from monitors.ledger.desk_schema import answers, public_replies
from monitors.ledger.engine import Tx
from monitors.ledger.schema import decisions, posts, scores
from monitors.ledger.statements import upsert

MOST_READ = 5000
"""Of a story, the newest posts, whose authors are told apart."""

LONGEST_UID = 600

Customer: TypeAlias = tuple[str, str]
"""A source, and the author's id there."""


@dataclass(frozen=True)
class Crowd:
    """How each customer of a story stands. ``first`` is who wrote the post that called people, where it is known."""

    customers: Mapping[Customer, Standing]
    first: Customer | None = None

    @property
    def size(self) -> int:
        """How many customers complained."""
        return len(self.customers)

    @cached_property
    def waiting(self) -> int:
        """How many of them wait: nobody answered them, or they wrote again since."""
        return sum(one.waits_since is not None for one in self.customers.values())

    @property
    def answered(self) -> int:
        """How many of them wait for nothing."""
        return self.size - self.waiting

    @property
    def others_waiting(self) -> int:
        """How many wait besides the one who called; where nobody knows who that was, it is one of those who wait."""
        first = self.customers.get(self.first) if self.first else None
        return max(0, self.waiting - (first is None or first.waits_since is not None))

    def of(self, row: Any) -> Standing | None:
        """How the author of a post stands; None for who is no customer of the story."""
        return self.customers.get((row.source, row.author_id))


def note_replies(tx: Tx, said: Mapping[int, Heard], above: Mapping[str, Sequence[str]]) -> None:
    """Remember which posts ours among these answer. ``said`` is by ``seq``; ``above`` as ``clocks.above_of`` has it."""
    own = {seq: one for seq, one in said.items() if one.own}
    if not own:
        return
    writers = clocks.writers_above(tx, list(own.values()), above)
    rows = [
        {"post_seq": seq, "to_uid": uid[:LONGEST_UID], "at": one.post.created_at}
        for seq, one in sorted(own.items())
        for uid in dict.fromkeys(_answered(one, above.get(one.post.uid, ()), writers))
    ]
    if rows:
        tx.execute(upsert(tx, public_replies).on_conflict_do_nothing(), rows)


def _answered(own: Heard, tops: Sequence[str], writers: Mapping[str, str]) -> list[str]:
    """The posts that one of ours answers: the nearest above it by somebody else, and what they said above that.

    A source that names no parent names the first post of the thread.
    """
    if not tops:
        return [own.thread] if own.thread != own.post.uid else []
    ours = own.post.author.native_id
    theirs = list(dropwhile(lambda uid: writers.get(uid) == ours, tops))
    to = writers.get(theirs[0]) if theirs else None
    return [*theirs[:1], *(uid for uid in theirs[1:] if to is not None and writers.get(uid) == to)]


def of_incident(tx: Tx, incident: Row[Any]) -> Crowd:
    """The customers of an incident's story, and how they stand."""
    told = _told(tx, incident.id)
    words: dict[Customer, list[datetime]] = {}
    given: dict[Customer, list[datetime]] = {}
    complained = set()
    for row in _said(tx, incident):
        who = (row.source, row.author_id)
        if row.complaint:
            complained.add(who)
        if row.complaint or row.sentiment != Sentiment.POSITIVE:
            words.setdefault(who, []).append(row.created_at)
        given.setdefault(who, []).extend(at for at in (row.answered_at, *told.get(row.uid, ())) if at is not None)
    customers = {who: standing(words[who], given[who]) for who in complained}
    clock = clocks.of(tx, [incident.id]).get(incident.id)
    first = _author(tx, clock.post_uid if clock is not None else incidents.alerted_post(tx, incident.id))
    if clock is not None and first is not None:
        customers[first] = Standing(clock.last_answer_at, clock.waits_since)
    return Crowd(customers, first)


def _said(tx: Tx, incident: Row[Any]) -> list[Row[Any]]:
    """What customers said in the story, each with our last reply to it."""
    mine = (decisions.c.brand == incident.brand) & (decisions.c.story_id == incident.story_id)
    judged = select(decisions.c.post_seq, decisions.c.complaint).where(
        mine, decisions.c.reason != Reason.OWN_POST.value
    )
    # A sum has no index: in the order of posts SQLite would go through all of the brand to find those of the story.
    newest = judged.order_by((decisions.c.post_seq + 0).desc()).limit(MOST_READ).subquery()
    joined = newest.join(posts, posts.c.seq == newest.c.post_seq)
    joined = joined.outerjoin(scores, scores.c.post_seq == newest.c.post_seq)
    replied = select(func.max(public_replies.c.at)).where(public_replies.c.to_uid == posts.c.uid).scalar_subquery()
    said = (posts.c.uid, posts.c.source, posts.c.author_id, posts.c.created_at)
    columns = (*said, newest.c.complaint, scores.c.sentiment, replied.label("answered_at"))
    there = posts.c.gone_at.is_(None) & (posts.c.kind != Kind.ARTICLE.value)
    return list(tx.execute(select(*columns).select_from(joined).where(there)))


def _told(tx: Tx, incident_id: int) -> dict[str, list[datetime]]:
    """When people answered which post of an incident through Kuula, or recorded that they did."""
    reached = (answers.c.incident_id == incident_id) & answers.c.state.in_(REACHED) & answers.c.reply_to.is_not(None)
    told: dict[str, list[datetime]] = {}
    for row in tx.execute(select(answers.c.reply_to, answers.c.at).where(reached)):
        told.setdefault(row.reply_to, []).append(row.at)
    return told


def _author(tx: Tx, uid: str | None) -> Customer | None:
    row = tx.execute(
        select(posts.c.source, posts.c.author_id).where(posts.c.uid == uid, posts.c.gone_at.is_(None))
    ).first()
    return (row.source, row.author_id) if row is not None else None
