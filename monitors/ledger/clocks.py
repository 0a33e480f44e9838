"""Answer clocks: since when the customer of an incident waits for us, by when they must have an answer, and its end.

The customer is who wrote the post that called people. The clock stops when an answer is recorded or when our own
account is seen answering them at the source; it starts again when they write again. Every change holds the incident
first and then its clock.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Table, insert, literal_column, or_, select, update

from models.answering import AnswerClock, Patience, started
from models.post import Post
from monitors.ledger import audit, incidents
from monitors.ledger.desk_schema import answer_clocks
from monitors.ledger.engine import Tx
from monitors.ledger.incidents import UNRESOLVED, Status
from monitors.ledger.posts import POST_COLUMNS, post_of
from monitors.ledger.schema import decisions, posts
from monitors.ledger.schema import incidents as incident_table
from monitors.ledger.statements import among, claimable, held

MOST_STEPS = 20
"""How far a conversation is followed up, post by post."""

LONGEST_THREAD = 600
"""Threads are named by strangers; PostgreSQL indexes no more than 2,700 bytes."""

_CLOCK = tuple(AnswerClock.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Heard:
    """A post that may stop or start a clock.

    ``own`` says that our account wrote it, ``incident_id`` is the open incident of its story. Thanks start no clock.
    """

    post: Post
    own: bool
    thanks: bool = False
    incident_id: int | None = None
    language: str | None = None

    @property
    def thread(self) -> str:
        """The thread that it is in, by a name that no other source has, and that fits into an index."""
        return f"{self.post.source}:{self.post.thread_id or self.post.native_id}"[:LONGEST_THREAD]

    @property
    def parent(self) -> str | None:
        """The uid of the post that it replies to."""
        return f"{self.post.source}:{self.post.parent_id}" if self.post.parent_id else None


@dataclass(frozen=True, slots=True)
class Seen:
    """A post in which our account answers the customer of an incident."""

    incident_id: int
    post: Post
    language: str | None = None


@dataclass(frozen=True, slots=True)
class WroteAgain:
    """A post in which the customer of a case that ``holder`` has in hand writes once more, and waits for us.

    ``returned`` says that the case was over and is open again because of it; then ``holder`` is None where nobody has
    it in hand.
    """

    incident_id: int
    post_uid: str
    holder: str | None
    urgent: bool
    answer_by: datetime | None
    returned: bool = False


class Hearing(NamedTuple):
    """What a batch of posts was to the clocks: answers of ours, and new words of customers whose case is in hand."""

    seen: list[Seen]
    again: list[WroteAgain]


def start(tx: Tx, incident_id: int, post: Post, by: datetime, now: datetime) -> list[Seen]:
    """People are called because of a post: who wrote it waits, unless our account has answered it by now.

    An incident that has a clock keeps it. Gives the answers that were seen.
    """
    if of(tx, [incident_id]):
        return []
    said = Heard(post, own=False)
    tx.execute(
        insert(answer_clocks).values(
            incident_id=incident_id,
            post_uid=post.uid,
            thread=said.thread,
            **asdict(started(min(post.created_at, now), by)),
        )
    )
    found = _own_since(tx, incidents.require(tx, incident_id).brand, post)
    above = above_of(tx, found)
    here = [own for own in found if own.thread == said.thread or post.uid in above.get(own.post.uid, ())]
    if not here:
        return []
    [row] = _clocks(tx, answer_clocks.c.incident_id == incident_id)
    writers = writers_above(tx, here, above)
    return [
        _see(tx, incident_id, own, min(own.post.created_at, now), now)
        for own in here
        if answers(own, row, writers, above)
    ]


def _own_since(tx: Tx, brand: str, post: Post) -> list[Heard]:
    """What our accounts wrote at a post's source since it, as far as it was judged before."""
    ours = (decisions.c.brand == brand) & (decisions.c.reason == literal_column("'own_post'"))
    later = (decisions.c.at >= post.created_at) & (posts.c.created_at >= post.created_at)
    joined = decisions.join(posts, posts.c.seq == decisions.c.post_seq)
    found = select(*POST_COLUMNS).select_from(joined).where(ours, later, posts.c.source == post.source)
    return [Heard(post_of(row), own=True) for row in tx.execute(found.where(posts.c.gone_at.is_(None)))]


def hear(
    tx: Tx, brand: str, heard: Sequence[Heard], above: Mapping[str, Sequence[str]], patience: Patience, now: datetime
) -> Hearing:
    """Stop and start the clocks that a batch of posts is about, in the order in which they were written.

    ``above`` is what each stands below, as ``above_of`` gives it.
    """
    found = Hearing([], [])
    if not heard:
        return found
    rows = _about(tx, brand, heard, above)
    writers = writers_above(tx, heard, above) if rows else {}
    ordered = _not_ahead(heard, now)
    for row in rows:
        for one, at in ordered:
            if one.post.created_at < row.wrote_at or one.post.uid == row.post_uid:
                continue
            if one.own and answers(one, row, writers, above):
                found.seen.append(_see(tx, row.incident_id, one, at, now))
            elif not one.own and not one.thanks and is_theirs(one, row, above):
                found.again.extend(_start_again(tx, row, one, at, patience, now))
    return found


def _not_ahead(heard: Sequence[Heard], now: datetime) -> list[tuple[Heard, datetime]]:
    """These posts in the order in which they were written, with when that was.

    A source's clock may be ahead of ours: what it dates later than now was said by now, in the same order.
    """
    ordered = sorted(heard, key=lambda one: (one.post.created_at, one.post.uid))
    latest = (now - number * timedelta(microseconds=1) for number in reversed(range(len(ordered))))
    return [(one, min(one.post.created_at, at)) for one, at in zip(ordered, latest, strict=True)]


def above_of(tx: Tx, heard: Sequence[Heard]) -> dict[str, list[str]]:
    """The uids of all that each post replies to, the nearest first, as far as it is stored.

    Not every source names the thread.
    """
    above = {one.post.uid: [one.parent] for one in heard if one.parent}
    tops = {uid: parents[0] for uid, parents in above.items()}
    for _ in range(MOST_STEPS):
        found = select(posts.c.uid, posts.c.source, posts.c.parent_id).where(
            among(tx, posts.c.uid, set(tops.values())), posts.c.parent_id.is_not(None)
        )
        parents = {row.uid: f"{row.source}:{row.parent_id}" for row in tx.execute(found)}
        tops = {uid: parents[top] for uid, top in tops.items() if top in parents and parents[top] not in above[uid]}
        if not tops:
            break
        for uid, top in tops.items():
            above[uid].append(top)
    return above


def replies_since(tx: Tx, said: Heard, thread: str) -> list[Post]:
    """What is stored in a thread or in reply to a post, and was written since that, whether or not it was judged yet.

    ``thread`` is named as ``Heard.thread`` does.
    """
    here = (posts.c.source == said.post.source) & posts.c.gone_at.is_(None)
    later = posts.c.created_at >= said.post.created_at
    named = [one.removeprefix(f"{said.post.source}:") for one in {said.thread, thread}]
    there = posts.c.thread_id.in_(named) | (posts.c.parent_id == said.post.native_id)
    return [post_of(row) for row in tx.execute(select(*POST_COLUMNS).where(here, later, there))]


def _about(tx: Tx, brand: str, heard: Sequence[Heard], above: Mapping[str, Sequence[str]]) -> list[Row[Any]]:
    ids = {one.incident_id for one in heard if one.incident_id is not None}
    wanted = or_(among(tx, answer_clocks.c.incident_id, ids), below(tx, answer_clocks, heard, above))
    return _clocks(tx, wanted & (incident_table.c.brand == brand))


def below(tx: Tx, first: Table, heard: Sequence[Heard], above: Mapping[str, Sequence[str]]) -> ColumnElement[bool]:
    """Whether any of these posts stands in the thread of a post that ``first`` names, or below it."""
    return or_(
        among(tx, first.c.thread, {one.thread for one in heard}),
        among(tx, first.c.post_uid, set().union(*above.values())),
    )


def _clocks(tx: Tx, wanted: Any) -> list[Row[Any]]:
    """Clocks with what is known of their customer; their incidents are held first, in order."""
    joined = answer_clocks.join(incident_table, incident_table.c.id == answer_clocks.c.incident_id)
    ids = list(tx.execute(select(incident_table.c.id).select_from(joined).where(wanted)).scalars())
    tx.execute(held(select(incident_table.c.id).where(among(tx, incident_table.c.id, ids)).order_by("id")))
    said = (posts.c.source, posts.c.author_id, posts.c.created_at.label("wrote_at"))
    about = (incident_table.c.status, incident_table.c.assignee, incident_table.c.risk, incident_table.c.urgent)
    columns = (answer_clocks, *about, *said)
    joined = joined.join(posts, posts.c.uid == answer_clocks.c.post_uid)
    mine = select(*columns).select_from(joined).where(among(tx, answer_clocks.c.incident_id, ids))
    return list(tx.execute(mine.order_by(answer_clocks.c.incident_id)))


def writers_above(tx: Tx, heard: Sequence[Heard], above: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Who wrote what our posts among these stand below, by uid, as far as it is stored, or what replies to it says."""
    own = [one for one in heard if one.own]
    uids = {uid for one in own for uid in above.get(one.post.uid, ())}
    columns = (posts.c.uid, posts.c.author_id, posts.c.source, posts.c.parent_id, posts.c.parent_author)
    rows = list(tx.execute(select(*columns).where(among(tx, posts.c.uid, uids)))) if uids else []
    # What strangers say is seldom stored.
    said = {one.parent: one.post.parent_author for one in own}
    said |= {f"{row.source}:{row.parent_id}": row.parent_author for row in rows if row.parent_id}
    return {uid: who for uid, who in said.items() if uid and who} | {row.uid: row.author_id for row in rows}


def answers(own: Heard, row: Row[Any], writers: Mapping[str, str], above: Mapping[str, Sequence[str]]) -> bool:
    """Whether our post answers the customer: it replies to them, or stands in their thread and replies to no other.

    What goes on from a post of ours answers whoever that one answered.
    """
    if own.post.source != row.source:
        return False
    tops = above.get(own.post.uid, ())
    ours = own.post.author.native_id
    to = next((writer for uid in tops if (writer := writers.get(uid)) != ours), None)
    if own.parent == row.post_uid or (to and to == row.author_id):
        return True
    return to is None and (own.thread == row.thread or row.post_uid in tops)


def is_theirs(one: Heard, row: Row[Any], above: Mapping[str, Sequence[str]]) -> bool:
    """Whether the customer wrote it, about the same matter."""
    here = one.incident_id == row.incident_id or one.thread == row.thread
    here = here or row.post_uid in above.get(one.post.uid, ())
    return here and (one.post.source, one.post.author.native_id) == (row.source, row.author_id)


def _see(tx: Tx, incident_id: int, own: Heard, at: datetime, now: datetime) -> Seen:
    """Our account is seen answering at a time: once by each of its posts, also where it is heard again."""
    if incidents.latest(tx, incident_id, "answer_seen", post=own.post.uid) is None:
        clock = _load(tx, incident_id)
        _save(tx, incident_id, clock, clock.answered(at))
        incidents.note_change(tx, incident_id, audit.SYSTEM, "answer_seen", now, {"post": own.post.uid})
    return Seen(incident_id, own.post, own.language)


def _start_again(
    tx: Tx, row: Row[Any], one: Heard, at: datetime, patience: Patience, now: datetime
) -> Iterator[WroteAgain]:
    if row.status == Status.RESOLVED:
        return
    clock = _load(tx, row.incident_id)
    again = clock.wrote(at, patience.by(row.risk, now, urgent=row.urgent))
    _save(tx, row.incident_id, clock, again)
    if again.runs and not clock.runs:
        said = {"post": one.post.uid, "answer_by": again.answer_by.isoformat() if again.answer_by else None}
        incidents.note_change(tx, row.incident_id, audit.SYSTEM, "waits_again", now, said)
    # What we have answered since is no news, however late it is heard.
    unanswered = again.last_answer_at is None or one.post.created_at > again.last_answer_at
    if row.status == Status.ACKNOWLEDGED and row.assignee and unanswered:
        yield WroteAgain(row.incident_id, one.post.uid, row.assignee, row.urgent, again.answer_by)


def begin_again(tx: Tx, incident_id: int, post: Post, by: datetime, now: datetime) -> None:
    """The customer of a case that was over wrote a post: they wait from then on, and not since before its end."""
    clock = _load(tx, incident_id)
    _save(tx, incident_id, clock, clock.began_again(min(post.created_at, now), by))
    tx.execute(update(answer_clocks).where(answer_clocks.c.incident_id == incident_id).values(stopped_by=None))
    said = {"post": post.uid, "answer_by": by.isoformat()}
    incidents.note_change(tx, incident_id, audit.SYSTEM, "waits_again", now, said)


def answered(tx: Tx, incident_id: int, at: datetime) -> None:
    """The customer of an incident was answered at a time. Doing it twice changes nothing."""
    incidents.lock(tx, incident_id)
    clock = _find(tx, incident_id)
    if clock is not None:
        _save(tx, incident_id, clock, clock.answered(at))


def is_theirs_to_hear(tx: Tx, incident_id: int, uid: str) -> bool:
    """Whether who answers this post answers the customer of the incident; so it is taken while either is not known."""
    first = posts.alias()
    joined = answer_clocks.join(first, first.c.uid == answer_clocks.c.post_uid).join(posts, posts.c.uid == uid)
    other = (posts.c.source != first.c.source) | (posts.c.author_id != first.c.author_id)
    known = first.c.gone_at.is_(None) & posts.c.gone_at.is_(None) & (answer_clocks.c.incident_id == incident_id)
    return tx.execute(select(answer_clocks.c.incident_id).select_from(joined).where(known, other)).first() is None


def tighten(tx: Tx, incident_ids: Sequence[int], patience: Patience, now: datetime) -> None:
    """The risk of these incidents may have risen, and then their answer is due sooner; it is never due later."""
    waits = among(tx, answer_clocks.c.incident_id, incident_ids) & answer_clocks.c.answer_by.is_not(None)
    joined = answer_clocks.join(incident_table, incident_table.c.id == answer_clocks.c.incident_id)
    statement = select(answer_clocks, incident_table.c.risk, incident_table.c.urgent).select_from(joined).where(waits)
    for row in tx.execute(statement.order_by(answer_clocks.c.incident_id)).all():
        clock = _clock(row)
        _save(tx, row.incident_id, clock, clock.tightened(patience.by(row.risk, now, urgent=row.urgent)))


def overdue(tx: Tx, now: datetime, least_risk: float = 0.0, limit: int = 100) -> list[Row[Any]]:
    """Incidents whose customer should have had an answer by now, and to which nobody was called because of it.

    Only those that are urgent or have at least that risk: the others wait, and keep none of these from being called.
    """
    joined = answer_clocks.join(incident_table, incident_table.c.id == answer_clocks.c.incident_id)
    due = (answer_clocks.c.answer_by <= now) & answer_clocks.c.late_at.is_(None) & UNRESOLVED
    due &= incident_table.c.urgent.is_(True) | (incident_table.c.risk >= least_risk)
    columns = (incident_table, answer_clocks.c.waits_since, answer_clocks.c.answer_by)
    statement = select(*columns).select_from(joined).where(due).order_by(answer_clocks.c.answer_by).limit(limit)
    return list(tx.execute(claimable(tx, statement)))


def called(tx: Tx, incident_id: int, now: datetime, to: Sequence[str]) -> None:
    """The time is over, and these people were called."""
    tx.execute(update(answer_clocks).where(answer_clocks.c.incident_id == incident_id).values(late_at=now))
    incidents.note_change(tx, incident_id, audit.SYSTEM, "unanswered", now, {"to": list(to)})


def of(tx: Tx, incident_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The clocks of these incidents, as far as they have one."""
    rows = tx.execute(select(answer_clocks).where(among(tx, answer_clocks.c.incident_id, incident_ids)))
    return {row.incident_id: row for row in rows}


def _find(tx: Tx, incident_id: int) -> AnswerClock | None:
    row = of(tx, [incident_id]).get(incident_id)
    return _clock(row) if row is not None else None


def _load(tx: Tx, incident_id: int) -> AnswerClock:
    return _clock(of(tx, [incident_id])[incident_id])


def _clock(row: Row[Any]) -> AnswerClock:
    return AnswerClock(**{name: getattr(row, name) for name in _CLOCK})


def _save(tx: Tx, incident_id: int, before: AnswerClock, clock: AnswerClock) -> None:
    if clock == before:
        return
    # Somebody speaks: what the other side says to it is looked for at once.
    values: dict[str, Any] = {**asdict(clock), "follow_at": None}
    if not clock.runs:
        values["stopped_by"] = None
    tx.execute(update(answer_clocks).where(answer_clocks.c.incident_id == incident_id).values(**values))
