"""What a backtest reads: the tape, a ledger of posts that wait to be replayed, and what a replay made of them.

A tape is filled once and read many times. Each of its posts is observed when it was first known, and its snapshots say
what was known of it later.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, delete, func, insert, literal, select, union_all, update

from models.backtest import Alert, Stand
from models.moments import shifted
from models.post import Engagement, Kind, Post
from models.schedule import SETTLED
from models.scores import Scores
from models.virality import INTERACTIONS
from monitors.ledger import judging, scoring
from monitors.ledger.engine import Tx
from monitors.ledger.posts import POST_COLUMNS, brands_of, engagement_of, observe, post_of, store
from monitors.ledger.schema import decisions, incident_events, incidents, mentions, posts, scores, snapshots, stories
from monitors.ledger.statements import among

_BATCH = 1000
# A replay has a ledger of its own, and nobody beside it.
_LEASE = timedelta(minutes=5)
ALERTED = ("opened", "alerted_again")
"""Events of incidents with which people are told."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which posts to replay: written from ``since`` on and before ``until``, about ``brand``; None is all."""

    since: datetime | None = None
    until: datetime | None = None
    brand: str | None = None

    @property
    def rows(self) -> ColumnElement[bool]:
        """The condition on ``posts``."""
        wanted: list[ColumnElement[bool]] = [posts.c.gone_at.is_(None), posts.c.scored_version == posts.c.version]
        if self.since is not None:
            wanted.append(posts.c.created_at >= self.since)
        if self.until is not None:
            wanted.append(posts.c.created_at < self.until)
        if self.brand is not None:
            named = select(mentions.c.post_seq).where(mentions.c.brand == self.brand)
            wanted.append(posts.c.seq.in_(named))
        return and_(*wanted)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a post of the tape: the first one brings the post, later ones only its counts."""

    seq: int
    at: datetime
    is_first: bool
    engagement: Engagement


@dataclass(frozen=True, slots=True)
class Taped:
    """A post of the tape as everything that a replay needs of it; ``seq`` is the tape's."""

    post: Post
    scores: Scores
    brands: Sequence[str]


def copy(source: Tx, tape: Tx, chosen: Chosen) -> Iterator[int]:
    """Copy the scored posts of a ledger with mentions, scores and snapshots; gives how many each batch had.

    What a source sent is left behind: nothing here reads it.
    """
    after = 0
    while True:
        wanted = select(posts).where(chosen.rows, posts.c.seq > after).order_by(posts.c.seq).limit(_BATCH)
        rows = [{**row._mapping, "raw": {}, "has_raw": False} for row in source.execute(wanted)]
        if not rows:
            return
        tape.execute(insert(posts), rows)
        seqs = [row["seq"] for row in rows]
        for table in (mentions, scores, snapshots):
            hanging = [dict(row._mapping) for row in source.execute(select(table).where(_of(source, table, seqs)))]
            if hanging:
                tape.execute(insert(table), hanging)
        after = seqs[-1]
        yield len(rows)


def _of(tx: Tx, table: Any, seqs: Sequence[int]) -> ColumnElement[bool]:
    return among(tx, table.c.post_seq, seqs)


def wind(tape: Tx, chosen: Chosen) -> None:
    """Make a filled tape ready: only the chosen posts, each observed when it was first known."""
    tape.execute(delete(posts).where(~posts.c.seq.in_(select(posts.c.seq).where(chosen.rows))))
    if chosen.brand is not None:
        tape.execute(delete(mentions).where(mentions.c.brand != chosen.brand))
    polled = select(func.min(snapshots.c.at)).where(snapshots.c.post_seq == posts.c.seq).scalar_subquery()
    for earlier in (posts.c.stored_at, polled):
        first = case((earlier < posts.c.observed_at, earlier), else_=posts.c.observed_at)
        tape.execute(update(posts).values(observed_at=first))


def extent(tape: Tx) -> tuple[int, datetime | None, datetime | None]:
    """How many posts the tape has, and when the first and the last were first known."""
    row = tape.execute(select(func.count(), func.min(posts.c.observed_at), func.max(posts.c.observed_at))).one()
    return int(row[0]), row[1], row[2]


def brands_on(tape: Tx) -> list[str]:
    """The brands that the tape is about."""
    return list(tape.execute(select(mentions.c.brand).distinct().order_by(mentions.c.brand)).scalars())


def is_polled(tape: Tx) -> bool:
    """Whether counts were read more than once, so that the tape knows when something became big."""
    later = select(snapshots.c.post_seq).join(posts, posts.c.seq == snapshots.c.post_seq)
    return tape.execute(later.where(snapshots.c.at > posts.c.observed_at).limit(1)).first() is not None


def looks(tape: Tx) -> Iterator[Look]:
    """All looks at the posts of the tape in order of time; those that change no decision any more are left out."""
    same = and_(snapshots.c.post_seq == posts.c.seq, snapshots.c.at == posts.c.observed_at)
    columns = (posts.c.created_at, posts.c.seq.label("seq"))
    first: Select[Any] = select(
        *columns, posts.c.observed_at.label("at"), literal(1).label("is_first"), snapshots.c.engagement
    ).select_from(posts.outerjoin(snapshots, same))
    later: Select[Any] = select(
        *columns, snapshots.c.at.label("at"), literal(0).label("is_first"), snapshots.c.engagement
    ).select_from(posts.join(snapshots, snapshots.c.post_seq == posts.c.seq))
    both = union_all(first, later.where(snapshots.c.at > posts.c.observed_at)).subquery()
    for row in tape.execute(select(both).order_by(both.c.at, both.c.seq)):
        if row.is_first or row.at < shifted(row.created_at, SETTLED):
            yield Look(row.seq, row.at, bool(row.is_first), engagement_of(row.engagement or {}))


def taped(tape: Tx, seqs: Sequence[int]) -> dict[int, Taped]:
    """The posts of the tape with these numbers."""
    columns = [column for column in scores.c if column.name != "post_seq"]
    joined = posts.join(scores, scores.c.post_seq == posts.c.seq)
    rows = tape.execute(select(*POST_COLUMNS, *columns).select_from(joined).where(among(tape, posts.c.seq, seqs))).all()
    brands = brands_of(tape, seqs)
    return {row.seq: Taped(post_of(row), scoring.scores_of(row), brands[row.seq]) for row in rows}


def feed(tx: Tx, seen: Sequence[tuple[Look, Taped]], now: datetime) -> None:
    """Put looks into the ledger of a replay as collecting, scoring and refreshing do; no post may be there twice."""
    known: dict[bool, list[Post]] = {True: [], False: []}
    by_uid = {one.post.uid: one for _, one in seen}
    for look, one in seen:
        known[look.is_first].append(replace(one.post, observed_at=look.at, engagement=look.engagement))
    if known[True]:
        store(tx, known[True], lambda post: by_uid[post.uid].brands, now)
        claimed = scoring.claim(tx, len(known[True]), now, _LEASE)
        scoring.write(tx, [(item, by_uid[item.uid].scores) for item in claimed], now)
    if known[False]:
        store(tx, known[False], lambda _post: (), now)
        observe(tx, known[False])
        again = select(posts.c.seq).where(among(tx, posts.c.uid, [post.uid for post in known[False]]))
        judging.judge_again(tx, list(tx.execute(again).scalars()))


def alerts_after(tx: Tx, event: int, known_at: Mapping[str, datetime]) -> tuple[int, list[Alert]]:
    """The alerts of a replay after an event of its log, and the last event; ``known_at`` says when a post was seen."""
    wanted = select(
        incident_events.c.id,
        incident_events.c.at,
        incident_events.c.kind,
        incident_events.c.data,
        incidents.c.id.label("incident"),
        incidents.c.brand,
        incidents.c.story_id,
        incidents.c.risk,
    ).join(incidents, incidents.c.id == incident_events.c.incident_id)
    wanted = wanted.where(incident_events.c.id > event, incident_events.c.kind.in_(ALERTED))
    found = []
    for row in tx.execute(wanted.order_by(incident_events.c.id)):
        event, uid = row.id, row.data.get("post") or row.story_id
        found.append(
            Alert(
                at=known_at.get(uid, row.at),
                brand=row.brand,
                reason=row.data.get("reason", ""),
                risk=float(row.data.get("risk", row.risk)),
                story=row.story_id,
                post=uid,
                again=row.kind != ALERTED[0],
                held=bool(row.data.get("held")),
            )
        )
    return event, found


def story_of(tx: Tx, brand: str, uid: str) -> str | None:
    """The story in which a replay counted a post."""
    joined = decisions.join(posts, posts.c.seq == decisions.c.post_seq)
    this = (decisions.c.brand == brand) & (posts.c.uid == uid)
    return tx.execute(select(decisions.c.story_id).select_from(joined).where(this)).scalar()


def stand_of(tx: Tx, brand: str, uid: str) -> Stand | None:
    """Where the story of a post stood in the end, by its most risky post that was not turned away."""
    story = story_of(tx, brand, uid)
    if story is None:
        return None
    decided = select(decisions.c.action, decisions.c.reason, decisions.c.risk)
    ours = decided.where(decisions.c.brand == brand, decisions.c.story_id == story)
    dropped = case((decisions.c.action == "drop", 1), else_=0)
    row = tx.execute(ours.order_by(dropped, decisions.c.risk.desc(), decisions.c.post_seq).limit(1)).one()
    return Stand(story, row.action, row.reason, row.risk)


def beginnings(tx: Tx, brand: str) -> dict[str, datetime]:
    """When each story of a brand in which somebody complained began."""
    told = select(stories.c.id, stories.c.first_at).where(stories.c.brand == brand, stories.c.complaints > 0)
    return {row.id: row.first_at for row in tx.execute(told)}


def counted(tx: Tx, brand: str) -> Iterator[tuple[str, int, datetime, int]]:
    """Every count of every post, story after story, each in order of time: story, post, time, interactions."""
    joined = decisions.join(snapshots, snapshots.c.post_seq == decisions.c.post_seq)
    joined = joined.join(stories, (stories.c.id == decisions.c.story_id) & (stories.c.brand == decisions.c.brand))
    wanted = select(decisions.c.story_id, snapshots).select_from(joined)
    wanted = wanted.where(decisions.c.brand == brand, stories.c.complaints > 0)
    for row in tx.execute(wanted.order_by(decisions.c.story_id, snapshots.c.at, snapshots.c.post_seq)):
        taken = engagement_of(row.engagement)
        yield row.story_id, row.post_seq, row.at, sum(taken.get(metric, 0) for metric in INTERACTIONS)


def complaints(tx: Tx, brand: str) -> Iterator[tuple[str, datetime]]:
    """Every complaint, story after story, each in the order in which they were written."""
    joined = decisions.join(posts, posts.c.seq == decisions.c.post_seq)
    wanted = select(decisions.c.story_id, posts.c.created_at).select_from(joined)
    wanted = wanted.where(decisions.c.brand == brand, decisions.c.complaint.is_(True))
    for row in tx.execute(wanted.order_by(decisions.c.story_id, posts.c.created_at)):
        yield row.story_id, row.created_at


def articles(tx: Tx, brand: str) -> dict[str, datetime]:
    """When the first article on each story was known, where somebody complained in the story."""
    joined = decisions.join(posts, posts.c.seq == decisions.c.post_seq)
    joined = joined.join(stories, (stories.c.id == decisions.c.story_id) & (stories.c.brand == decisions.c.brand))
    told = select(decisions.c.story_id, func.min(posts.c.stored_at).label("at")).select_from(joined)
    told = told.where(decisions.c.brand == brand, posts.c.kind == Kind.ARTICLE.value, stories.c.complaints > 0)
    return {row.story_id: row.at for row in tx.execute(told.group_by(decisions.c.story_id))}


def find(tape: Tx, brands: Iterable[str], **by: str) -> list[tuple[str, str]]:
    """The posts (brand, uid) that a list means: by ``uid``, by ``native_id``, or by the words of a ``text``."""
    column, value = next(iter(by.items()))
    if column == "text":
        words = " ".join(value.split()).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        meant: ColumnElement[bool] = posts.c.text.ilike("%" + words.replace(" ", "%") + "%", escape="\\")
    else:
        meant = posts.c[column] == value
    joined = posts.join(mentions, mentions.c.post_seq == posts.c.seq)
    found = select(posts.c.uid, mentions.c.brand).select_from(joined).where(meant, mentions.c.brand.in_(list(brands)))
    rows = tape.execute(found.order_by(posts.c.observed_at, posts.c.seq)).all()
    first = rows[0].uid if rows else None
    return [(row.brand, row.uid) for row in rows if row.uid == first]


def first_known(tape: Tx, uid: str) -> datetime | None:
    """When a post of the tape was first known."""
    return tape.execute(select(posts.c.observed_at).where(posts.c.uid == uid)).scalar()


@dataclass(frozen=True, slots=True)
class Words:
    """What a post says, in which language if that is known, and its number in the ledger that was asked."""

    text: str
    language: str | None
    seq: int


def words_of(tx: Tx, uids: Iterable[str]) -> dict[str, Words]:
    """The words of those posts (uids) that are still there."""
    joined = posts.outerjoin(scores, scores.c.post_seq == posts.c.seq)
    wanted = select(posts.c.uid, posts.c.seq, posts.c.text, scores.c.language).select_from(joined)
    rows = tx.execute(wanted.where(among(tx, posts.c.uid, list(uids)), posts.c.gone_at.is_(None), posts.c.text != ""))
    return {row.uid: Words(row.text, row.language, row.seq) for row in rows}
