"""Bursts of a brand: what is counted to find them, the posts that explain them, and what was found.

Posts are counted by when they were written. When they came in says more of us than of their writers: a backlog that is
read at the first start, or after a source was down, is no burst now, and a post that comes late belongs where its
author put it.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, case, cast, delete, func, or_, select, update

from models.cause import LEAST_POSTS, Said
from models.scores import Signal
from monitors.ledger.engine import Tx
from monitors.ledger.schema import decisions, incidents, mentions, posts, scores, stories
from monitors.ledger.statements import insert_row, step_of
from monitors.ledger.virality_schema import bursts

POSTS, COMPLAINTS = "posts", "complaints"
COUNTED = (POSTS, COMPLAINTS, *(signal.value for signal in Signal))
"""What is counted of a brand: all its posts, the complaints among them, and those with each signal."""

BURST, RISE = "burst", "rise"
LEAST_USUAL = 0.5
LEAST_TIMES = 1.5
_SIGNAL = re.compile(r'"([a-z_]+)"')
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Tally:
    """What one source brought that was written in one step: how many of each of ``COUNTED`` there are."""

    at: datetime
    source: str
    stored_at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose posts are counted: those on a brand without those of its own accounts.

    These are handles and ids in lower case by source; those under an empty name are its own at every source.
    """

    brand: str
    own_accounts: Mapping[str, Collection[str]] = field(default_factory=dict)


def tallies(tx: Tx, whose: Whose, spans: Sequence[Span], step: timedelta) -> list[Tally]:
    """Count posts written in some spans of time (from, until before) by source and step; ``stored_at`` is the first."""
    place = step_of(tx, posts.c.created_at, int(step.total_seconds()))
    # Taken apart here: to look for each signal in each row is most of what the query would cost.
    signals = cast(scores.c.signals, Text)
    said = func.aggregate_strings(case((signals != "[]", signals)), "\n").label("signals")
    complaints = func.sum(case((scores.c.complaint, 1), else_=0)).label(COMPLAINTS)
    statement = (
        select(place.label("place"), posts.c.source, func.min(posts.c.stored_at).label("stored_at"))
        .add_columns(func.count().label(POSTS), complaints, said)
        .select_from(_joined())
        .where(_written_in(spans), _about(whose))
        .group_by(place, posts.c.source)
    )
    return [
        Tally(
            EPOCH + step * row.place,
            row.source,
            row.stored_at,
            {POSTS: row.posts, COMPLAINTS: row.complaints, **_signals(row.signals)},
        )
        for row in tx.execute(statement)
    ]


def _signals(said: str | None) -> Counter[str]:
    """Count the posts with each signal, of the signals of several posts, a post a line."""
    return Counter(name for line in (said or "").splitlines() for name in set(_SIGNAL.findall(line)))


def began(tx: Tx, source: str, before: datetime) -> datetime | None:
    """When a source brought its first post that is kept, whatever it is about; any before that time will do."""
    ours = select(posts.c.stored_at).where(posts.c.source == source)
    day_before = ours.where(posts.c.stored_at.between(before - timedelta(days=1), before))
    known: datetime | None = tx.execute(day_before.limit(1)).scalar()
    return known or tx.execute(select(func.min(posts.c.stored_at)).where(posts.c.source == source)).scalar()


def said(tx: Tx, whose: Whose, counted: str, spans: Sequence[Span], limit: int) -> list[Said]:
    """Give up to ``limit`` posts that were counted in some spans of time, the newest first, without those deleted.

    No two spans overlap.
    """
    same = and_(decisions.c.post_seq == posts.c.seq, decisions.c.brand == whose.brand)
    columns = (decisions.c.story_id, posts.c.source, scores.c.language, scores.c.lemmas)
    statement = select(*columns).select_from(_joined().outerjoin(decisions, same))
    statement = statement.where(_about(whose), posts.c.gone_at.is_(None))
    if counted != POSTS:
        statement = statement.where(_is(counted))
    newest = statement.order_by(posts.c.created_at.desc(), posts.c.seq.desc())
    rows: list[Row[Any]] = []
    # Asked for several spans at once, SQLite reads every mention that there is.
    for span in sorted(spans, reverse=True):
        rows += tx.execute(newest.where(_written_in([span])).limit(limit - len(rows)))
    return [Said(row.story_id, row.source, row.language, frozenset((row.lemmas or "").split())) for row in rows]


@dataclass(frozen=True, slots=True)
class NewBurst:
    """A burst as it is first noticed; the other columns of ``bursts`` are written by ``grow`` and ``tell``."""

    brand: str
    counted: str
    shape: str
    began_at: datetime
    last_at: datetime
    score: float
    seen: int
    usual: float
    story_id: str | None
    cause: Mapping[str, Any]
    known_as: str | None


def open_burst(tx: Tx, new: NewBurst, now: datetime) -> int:
    """Write a burst, and give its id."""
    values = {name: getattr(new, name) for name in new.__dataclass_fields__}
    return insert_row(tx, bursts, **{**values, "cause": dict(new.cause)}, noticed_at=now)


def change(tx: Tx, burst_id: int, **values: Any) -> None:
    """Write what became of a burst: how long it lasts, its height, its cause."""
    tx.execute(update(bursts).where(bursts.c.id == burst_id).values(**values))


def going_on(tx: Tx, brand: str, since: datetime) -> list[Row[Any]]:
    """The bursts of a brand that lasted until a time or longer, the earliest first."""
    statement = select(bursts).where(bursts.c.brand == brand, bursts.c.last_at >= since)
    return list(tx.execute(statement.order_by(bursts.c.began_at, bursts.c.id)))


def get(tx: Tx, burst_id: int) -> Row[Any] | None:
    """One burst as its row, or None."""
    return tx.execute(select(bursts).where(bursts.c.id == burst_id)).first()


def since(tx: Tx, at: datetime, brand: str | None, limit: int) -> list[Row[Any]]:
    """The bursts that lasted until a time or longer and are not part of another, the latest first.

    A row has the columns of ``bursts`` and, of the story that leads it, ``headline``, the words of its first post, and
    ``incident_id``, its latest incident.
    """
    statement = select(*_SHOWN).select_from(_WITH_STORY).where(bursts.c.last_at >= at)
    if brand:
        statement = statement.where(bursts.c.brand == brand)
    rows = tx.execute(statement.order_by(bursts.c.began_at.desc(), bursts.c.id.desc()).limit(4 * limit))
    return [row for row in rows if "part_of" not in row.cause][:limit]


def shown(tx: Tx, burst_id: int) -> Row[Any] | None:
    """The same of one burst."""
    return tx.execute(select(*_SHOWN).select_from(_WITH_STORY).where(bursts.c.id == burst_id)).first()


def times(row: Any) -> int:
    """How many times the usual a burst is; 0 where that says little: hardly any are usual, or it is not twice that."""
    found = row.seen / row.usual if row.usual >= LEAST_USUAL else 0.0
    return round(found) if found >= LEAST_TIMES else 0


def open_incident(tx: Tx, brand: str, story_id: str) -> int | None:
    """The incident of a story that people still handle, or None."""
    there = (incidents.c.brand == brand) & (incidents.c.story_id == story_id) & incidents.c.resolved_at.is_(None)
    found: int | None = tx.execute(select(incidents.c.id).where(there)).scalar()
    return found


def forget(tx: Tx, seqs: Sequence[int]) -> None:
    """Posts are being deleted at their source: their words go from causes too, where few others say them.

    Whoever calls holds the judging of the brands, as does whoever writes bursts.
    """
    joined = mentions.join(posts, posts.c.seq == mentions.c.post_seq).join(scores, scores.c.post_seq == posts.c.seq)
    there = (bursts.c.brand == mentions.c.brand) & (bursts.c.began_at <= posts.c.created_at)
    joined = joined.join(bursts, there & (bursts.c.last_at >= posts.c.created_at))
    columns = (bursts.c.id, bursts.c.cause, scores.c.lemmas)
    left: dict[int, dict[str, Any]] = {}
    for row in tx.execute(select(*columns).select_from(joined).where(posts.c.seq.in_(list(seqs)))):
        cause = left.setdefault(row.id, dict(row.cause))
        gone = set(row.lemmas.split())
        fewer = {word: number - (word in gone) for word, number in cause.get("words", {}).items()}
        cause["words"] = {word: number for word, number in fewer.items() if number >= LEAST_POSTS}
    for burst_id, cause in sorted(left.items()):
        change(tx, burst_id, cause=cause)


def drop_older(tx: Tx, before: datetime, limit: int) -> int:
    """Forget up to ``limit`` bursts that were noticed before a time."""
    old = select(bursts.c.id).where(bursts.c.noticed_at < before).order_by(bursts.c.id).limit(limit)
    return tx.execute(delete(bursts).where(bursts.c.id.in_(old))).rowcount


_WITH_STORY = bursts.outerjoin(posts, and_(posts.c.uid == bursts.c.story_id, posts.c.gone_at.is_(None)))
_WITH_STORY = _WITH_STORY.outerjoin(stories, and_(stories.c.id == bursts.c.story_id, stories.c.brand == bursts.c.brand))
_SHOWN = (*bursts.c, posts.c.text.label("headline"), stories.c.incident_id)


def _joined() -> Any:
    """Posts with their brands, and with their scores as soon as they have any."""
    joined = posts.join(mentions, mentions.c.post_seq == posts.c.seq)
    return joined.outerjoin(scores, scores.c.post_seq == posts.c.seq)


def _is(counted: str) -> ColumnElement[bool]:
    if counted == COMPLAINTS:
        return scores.c.complaint
    return cast(scores.c.signals, Text).contains(f'"{counted}"', autoescape=True)


def _written_in(spans: Iterable[Span]) -> ColumnElement[bool]:
    return or_(*(and_(posts.c.created_at >= start, posts.c.created_at < end) for start, end in spans))


def _about(whose: Whose) -> ColumnElement[bool]:
    about = mentions.c.brand == whose.brand
    handle, author = func.lower(func.coalesce(posts.c.author_handle, "")), func.lower(posts.c.author_id)
    for source, names in sorted(whose.own_accounts.items()):
        own = handle.in_(sorted(names)) | author.in_(sorted(names))
        about &= ~(own & (posts.c.source == source) if source else own)
    return about
