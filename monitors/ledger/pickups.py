"""Media pick-ups: which posts took up which story, how long before or after our first alert, and how the rule did."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Text, delete, func, or_, select

from models.pickup import WITHIN, By, How
from models.post import Kind, Post
from monitors.ledger.engine import Tx
from monitors.ledger.posts import POST_COLUMNS, post_of
from monitors.ledger.schema import decisions, incidents, posts, stories
from monitors.ledger.statements import among, unsought, upsert
from monitors.ledger.virality_schema import pickups

MOST_TARGETS = 5_000
MOST_TAKERS = 2_000
MOST_CASES = 1_000
MOST_NEWS = 1_000
POINTS = "pickup_points"
"""Under this name an incident's figures keep what the rule gave when it opened."""


@dataclass(frozen=True, slots=True)
class Known:
    """A post that was judged before, with the story it is in."""

    seq: int
    post: Post
    story_id: str


@dataclass(frozen=True, slots=True)
class PickUp:
    """One post that takes a story up: ``at`` is when it was published."""

    story_id: str
    seq: int
    by: By
    how: How
    at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """A story that was taken up: its latest incident (None: it has none), and the times of alert and first article."""

    brand: str
    story_id: str
    alerted_at: datetime | None
    article_at: datetime | None
    latest_at: datetime
    incident: Row[Any] | None


def _judged(brand: str) -> Select[Any]:
    joined = decisions.join(posts, posts.c.seq == decisions.c.post_seq)
    columns = select(*POST_COLUMNS, decisions.c.story_id).select_from(joined)
    return columns.where(decisions.c.brand == brand, posts.c.gone_at.is_(None)).order_by(posts.c.seq.desc())


def grievances(tx: Tx, brand: str, since: datetime, until: datetime, parents: Iterable[str]) -> list[Known]:
    """The newest complaints of a time, and those that are named by their uid: what somebody may have taken up."""
    written = _judged(brand).where(decisions.c.complaint.is_(True), posts.c.kind != Kind.ARTICLE.value)
    recent = written.where(decisions.c.at >= since, posts.c.created_at.between(since, until)).limit(MOST_TARGETS)
    named = written.where(among(tx, posts.c.uid, set(parents)))
    rows = {row.seq: row for statement in (recent, named) for row in tx.execute(statement).all()}
    return [Known(row.seq, post_of(row), row.story_id) for row in rows.values()]


def takers(tx: Tx, brand: str, since: datetime, accounts: Collection[str]) -> list[Known]:
    """Articles, and posts of these accounts, that were judged as of this time or later."""
    names = (func.lower(column, type_=Text) for column in (posts.c.author_handle, posts.c.author_id))
    named = or_(*(among(tx, name, accounts) for name in names))
    meant = (posts.c.kind == Kind.ARTICLE.value) | named
    rows = tx.execute(_judged(brand).where(decisions.c.at >= since, meant).limit(MOST_TAKERS)).all()
    return [Known(row.seq, post_of(row), row.story_id) for row in rows]


def recorded(tx: Tx, brand: str, story_id: str) -> dict[int, PickUp]:
    """The pick-ups of a story by the post's ``seq``."""
    rows = tx.execute(select(pickups).where(pickups.c.brand == brand, pickups.c.story_id == story_id)).all()
    return {row.post_seq: PickUp(row.story_id, row.post_seq, By(row.by), How(row.how), row.at) for row in rows}


def write(tx: Tx, brand: str, found: Sequence[PickUp]) -> None:
    """Store pick-ups; of one that is known only a surer sign is new."""
    if not found:
        return
    rows = [
        {"brand": brand, "story_id": one.story_id, "post_seq": one.seq, "by": one.by, "how": one.how, "at": one.at}
        for one in found
    ]
    statement = upsert(tx, pickups)
    fresh = {"how": statement.excluded.how}
    keys = ["brand", "story_id", "post_seq"]
    tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), rows)


def forget(tx: Tx, seq: int) -> None:
    """A post was deleted at its source: it took nothing up."""
    tx.execute(delete(pickups).where(pickups.c.post_seq == seq))


def sources_of(tx: Tx, brand: str, story_id: str) -> set[str]:
    """The sources in which a story is told."""
    joined = decisions.join(posts, posts.c.seq == decisions.c.post_seq)
    told = select(posts.c.source).select_from(joined).distinct()
    return set(tx.execute(told.where(decisions.c.brand == brand, decisions.c.story_id == story_id)).scalars())


def story(tx: Tx, brand: str, story_id: str) -> Row[Any] | None:
    """What is kept of a story (columns of ``stories``), or None."""
    return tx.execute(select(stories).where(stories.c.brand == brand, stories.c.id == story_id)).first()


def of_story(tx: Tx, brand: str, story_id: str, limit: int) -> list[Row[Any]]:
    """The first pick-ups of a story: by, how, at, and the post's url, source, author_handle and author_name."""
    columns = (posts.c.url, posts.c.source, posts.c.author_handle, posts.c.author_name)
    joined = pickups.join(posts, posts.c.seq == pickups.c.post_seq)
    meant = (pickups.c.brand == brand) & (pickups.c.story_id == story_id) & posts.c.gone_at.is_(None)
    statement = select(pickups.c.by, pickups.c.how, pickups.c.at, *columns).select_from(joined).where(meant)
    return list(tx.execute(statement.order_by(pickups.c.at, pickups.c.post_seq).limit(limit)))


def in_the_news(tx: Tx, brands: Collection[str], since: datetime) -> list[News]:
    """Stories that were taken up since a time, or had their first article then after all: the latest first."""
    taken = select(pickups.c.brand, pickups.c.story_id, func.max(pickups.c.at))
    taken = taken.where(pickups.c.brand.in_(brands), pickups.c.at >= since).group_by(
        pickups.c.brand, pickups.c.story_id
    )
    latest: dict[tuple[str, str], datetime] = {(row[0], row[1]): row[2] for row in tx.execute(taken)}
    about = (stories.c.brand, stories.c.id, stories.c.alerted_at, stories.c.article_at)
    # By the article: few of the stories of a month have one.
    ours = select(*about).where(unsought(tx, stories.c.brand).in_(brands))
    first = ours.where(stories.c.last_at >= since, stories.c.article_at >= since, stories.c.alerted_at.is_not(None))
    named = ours.where(among(tx, stories.c.id, {story_id for _, story_id in latest}))
    found = {
        (row.brand, row.id): row
        for statement in (first, named)
        for row in tx.execute(statement)
        if row.article_at or (row.brand, row.id) in latest
    }
    times = {
        key: max(at for at in (latest.get(key), row.article_at) if at is not None)
        for key, row in found.items()
        if key in latest or row.article_at >= since
    }
    newest = sorted(times, key=lambda key: (times[key], key), reverse=True)[:MOST_NEWS]
    shown = _incidents(tx, newest)
    return [News(*key, found[key].alerted_at, found[key].article_at, times[key], shown.get(key)) for key in newest]


def _incidents(tx: Tx, keys: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Row[Any]]:
    columns = (incidents.c.id, incidents.c.brand, incidents.c.story_id, incidents.c.headline, incidents.c.language)
    meant = among(tx, incidents.c.story_id, {story_id for _, story_id in keys})
    rows: list[Row[Any]] = list(tx.execute(select(*columns).where(meant).order_by(incidents.c.id)))
    return {(row.brand, row.story_id): row for row in rows}


def cases(tx: Tx, now: datetime) -> list[tuple[int, bool]]:
    """What the rule gave each alerted story whose time is over, and whether an article came in time; newest first.

    Stories that the news had before us are no cases: nothing was foretold.
    """
    same = (stories.c.brand == incidents.c.brand) & (stories.c.id == incidents.c.story_id)
    columns = (incidents.c.brand, incidents.c.story_id, incidents.c.figures, stories.c.alerted_at, stories.c.article_at)
    over = select(*columns).select_from(incidents.join(stories, same)).where(stories.c.alerted_at <= now - WITHIN)
    rows = tx.execute(over.order_by(incidents.c.id.desc()).limit(MOST_CASES)).all()
    # Of several incidents of a story the first one counts, which is written last.
    first = {(row.brand, row.story_id): row for row in rows if POINTS in row.figures}
    return [
        (int(row.figures[POINTS]), row.article_at is not None and row.article_at <= row.alerted_at + WITHIN)
        for row in first.values()
        if row.article_at is None or row.article_at >= row.alerted_at
    ]
