"""Stories of a brand while posts are judged: found by bands, matter or thread, changed in memory, saved at the end.

Judging holds the brand's lock for its whole transaction, so that what is loaded here cannot change meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from hashlib import blake2b

from sqlalchemy import ColumnElement, delete, func, select, update

from models.decision import History
from models.facets import facets_of
from models.matter import FIRST_OF_MATTER, filing_keys, keys
from models.moments import shifted
from models.post import Kind, Post
from models.scores import Scores, Signal
from models.story import PLACES, WINDOW, StoryIndex, StoryKey, bands, choose
from monitors.ledger.engine import Tx
from monitors.ledger.posts import LARGEST_COUNT
from monitors.ledger.schema import incidents, stories, story_bands
from monitors.ledger.scoring import pack, unpack
from monitors.ledger.statements import among, insert_missing, upsert

KEPT_AUTHORS = 100
HOUR = timedelta(hours=1)
PERIOD = timedelta(days=7)
"""Bands are filed by it, so that judging reads the stories of now and not those of all years."""

_SIGNED = 4 * PLACES
"""Bytes of a signature where it is stored; the facets of the matter follow it, or stand alone where there is none."""

_START = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Story:
    """What is known of one story; changed while judging, saved by ``Stories.save``.

    ``filed`` is the last period that its bands are filed in, None where they are not yet. ``calm_complaints`` is how
    many complaints there were when growth stopped last; None where it has not stopped since the last alert.
    """

    id: str
    signature: tuple[int, ...]
    thread: str | None
    first_at: datetime
    last_at: datetime
    posts: int = 0
    complaints: int = 0
    articles: int = 0
    alerted_complaints: int = 0
    alerted_interactions: int = 0
    calm_complaints: int | None = None
    signals: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)
    recent: list[datetime] = field(default_factory=list)
    alerted_at: datetime | None = None
    article_at: datetime | None = None
    incident_id: int | None = None
    incident_open: bool = False
    acknowledged: bool = False
    verdict: str | None = None
    is_new: bool = False
    changed: bool = False
    filed: int | None = None
    matter: tuple[int, ...] = ()
    filed_under: tuple[int, ...] = ()

    @property
    def key(self) -> StoryKey:
        """By what the models recognise the story."""
        return StoryKey(self.id, self.signature, self.last_at, self.thread, self.matter, self.first_at)

    def history(self, post: Post, calm: timedelta, *, counted: bool, complained: bool) -> History:
        """The story as the decision on a post sees it: without the post itself, where it was counted before.

        Its growth has stopped where nobody complained for as long as ``calm``.
        """
        at = post.observed_at
        others = self.complaints - complained
        stopped_at = others if not complained and self._was_calm(at, calm) else self.calm_complaints
        return History(
            posts=self.posts - counted,
            complaints=others,
            authors=len(self.authors - {author_key(post)}),
            last_hour=sum(shifted(at, -HOUR) <= moment <= at for moment in self.recent),
            articles=self.articles,
            open_incident=self.incident_open,
            acknowledged=self.acknowledged,
            alerted_complaints=self.alerted_complaints,
            alerted_interactions=self.alerted_interactions,
            since_calm=None if stopped_at is None else max(others - stopped_at, 0),
            signals=frozenset(Signal(name) for name in self.signals),
            verdict=self.verdict,
        )

    def _was_calm(self, at: datetime, calm: timedelta) -> bool:
        return bool(self.recent) and self.alerted_complaints > 0 and at - max(self.recent) >= calm

    def add(self, post: Post, scores: Scores, calm: timedelta) -> None:
        """Count a post that belongs to the story."""
        self.posts += 1
        self.last_at = max(self.last_at, post.observed_at)
        if post.kind is Kind.ARTICLE:
            self.articles += 1
            self.appear(post.created_at)
        if len(self.authors) < KEPT_AUTHORS:
            self.authors.add(author_key(post))
        if scores.complaint:
            self.add_complaint(post, scores, calm)
        self.changed = True

    def add_complaint(self, post: Post, scores: Scores, calm: timedelta) -> None:
        """Count a complaint, also of a post that became one by an edit."""
        if self._was_calm(post.observed_at, calm):
            self.calm_complaints = self.complaints
        self.complaints += 1
        self.signals.update(found.signal.value for found in scores.signals)
        newest = max([post.observed_at, *self.recent])
        self.recent = [moment for moment in (*self.recent, post.observed_at) if moment >= shifted(newest, -HOUR)]
        self.changed = True

    def appear(self, published: datetime) -> None:
        """An article tells the story; one that was published before those that are known is the first by now."""
        self.article_at = min(published, self.article_at or published)
        self.changed = True

    def hear(self, scores: Scores) -> None:
        """Remember what a complaint that is counted already says by now."""
        self.signals.update(found.signal.value for found in scores.signals)
        self.changed = True

    def alert(self, interactions: int, at: datetime | None) -> None:
        """The story alerts as it is now, when a post of it has so many interactions.

        People are called because of what was read ``at`` a time, and the first of these is never moved later; None
        when nobody is called.
        """
        if at is not None:
            self.alerted_at = min(at, self.alerted_at or at)
        self.alerted_complaints = max(1, self.complaints)
        # Counts come from strangers, and the sum of several that fit a database need not fit.
        self.alerted_interactions = min(max(self.alerted_interactions, interactions), LARGEST_COUNT)
        self.calm_complaints = None
        self.changed = True

    def open_again(self, incident_id: int, *, acknowledged: bool) -> None:
        """An incident of the story that was over is open again."""
        self.incident_id, self.incident_open, self.acknowledged, self.verdict = incident_id, True, acknowledged, None
        self.changed = True

    def drop_complaint(self) -> None:
        """Count one complaint less: its author took it back by an edit."""
        self.complaints = max(0, self.complaints - 1)
        self.changed = True


class Stories:
    """The stories that the posts at hand may belong to."""

    def __init__(self, tx: Tx, brand: str) -> None:
        self._tx = tx
        self._brand = brand
        self._known: dict[str, Story] = {}
        self._index = StoryIndex()
        self._matters: dict[str, tuple[int, ...]] = {}
        # Each signature is asked for its bands up to three times in a batch.
        self._bands = lru_cache(maxsize=4096)(bands)
        self._keys = lru_cache(maxsize=4096)(keys)

    def load(self, batch: Iterable[tuple[Post, Scores]], ids: Iterable[str]) -> None:
        """Read every story that the posts at hand may join, or that is named."""
        posts, signatures = [], []
        for post, scores in batch:
            posts.append(post)
            signatures.append(scores.signature)
            # Small talk about a place and a thing is no story; it joins one by its words or its thread only.
            if _is_grievance(post, scores):
                self._matters[post.uid] = facets_of(post.text, scores.lemmas, post.created_at, self._brand)
        moments = [post.observed_at for post in posts]
        between = (shifted(min(moments), -WINDOW), shifted(max(moments), WINDOW))
        # A week is longer than the window before and after a post: there is no third period between the two.
        periods = {period_of(shifted(moment, reach)) for moment in moments for reach in (-WINDOW, WINDOW)}
        wanted = {band for each in signatures for band in self._bands(each)}
        wanted.update(key for found in self._matters.values() for key in filing_keys(found))
        for period in periods:
            for band, story_id in self._filed(wanted, period):
                self._index.file(story_id, (band,), period)
        near = self._index.near(
            [band for each in signatures for band in self._bands(each)],
            [key for found in self._matters.values() for key in self._keys(found)],
            None,
            periods,
        )
        threads = {thread for post in posts if (thread := thread_key(post))}
        for story in self._read(near, threads, set(ids), between):
            self._known[story.id] = story
            self._index.file(story.id, (), period_of(story.last_at), story.thread)

    def _filed(self, wanted: set[int], period: int) -> Iterable[tuple[int, str]]:
        columns = select(story_bands.c.band, story_bands.c.story_id).where(story_bands.c.brand == self._brand)
        shared = columns.where(among(self._tx, story_bands.c.band, wanted))
        return ((row.band, row.story_id) for row in self._tx.execute(shared.where(story_bands.c.period == period)))

    def _read(
        self, near: set[str], threads: set[str], ids: set[str], between: tuple[datetime, datetime]
    ) -> list[Story]:
        joined = stories.outerjoin(incidents, incidents.c.id == _incident())
        columns = (
            incidents.c.id.label("case"),
            incidents.c.resolved_at,
            incidents.c.acknowledged_at,
            incidents.c.verdict,
        )
        like = among(self._tx, stories.c.id, near) | among(self._tx, stories.c.thread, threads)
        meant = among(self._tx, stories.c.id, ids) | (like & stories.c.last_at.between(*between))
        rows = self._tx.execute(
            select(stories, *columns).select_from(joined).where(stories.c.brand == self._brand, meant)
        )
        return [
            Story(
                id=row.id,
                signature=unpack(row.signature)[:PLACES] if len(row.signature) >= _SIGNED else (),
                matter=unpack(row.signature[_SIGNED if len(row.signature) >= _SIGNED else 0 :]),
                thread=row.thread,
                first_at=row.first_at,
                last_at=row.last_at,
                posts=row.posts,
                complaints=row.complaints,
                articles=row.articles,
                alerted_at=row.alerted_at,
                article_at=row.article_at,
                alerted_complaints=row.alerted_complaints,
                alerted_interactions=row.alerted_interactions,
                calm_complaints=row.calm_complaints,
                signals=set(row.signals),
                authors=set(row.authors),
                recent=[datetime.fromisoformat(moment) for moment in row.recent],
                incident_id=row.case,
                incident_open=row.case is not None and row.resolved_at is None,
                acknowledged=row.acknowledged_at is not None,
                verdict=row.verdict,
                filed=period_of(row.last_at),
            )
            for row in rows.all()
        ]

    def of(self, post: Post, scores: Scores, earlier: str | None, talk: str | None = None) -> Story:
        """The story a post belongs to: the one it was counted in before, one that it joins, or its own.

        A post that is part of a conversation joins the story of that ``talk``, whatever its words are.
        """
        if earlier is not None and earlier in self._known:
            return self._known[earlier]
        if talk is not None and talk in self._known:
            return self._go_on(self._known[talk], post)
        thread = thread_key(post)
        found = self._matters.get(post.uid, ())
        periods = {period_of(shifted(post.observed_at, reach)) for reach in (-WINDOW, WINDOW)}
        near = self._index.near(self._bands(scores.signature), self._keys(found), thread, periods)
        candidates = [self._known[story_id].key for story_id in near if story_id in self._known]
        told = StoryKey(post.uid, scores.signature, post.observed_at, thread, found)
        chosen = choose(told, candidates, partial(self._index.common, periods=periods))
        return self._go_on(self._known[chosen], post) if chosen else self._start(post, scores, thread)

    def get(self, story_id: str) -> Story | None:
        """A story by its id, also one that no post at hand may join; None where it is kept no more."""
        if story_id not in self._known:
            for story in self._read(set(), set(), {story_id}, (_START, _START)):
                self._known[story.id] = story
        return self._known.get(story_id)

    def _go_on(self, story: Story, post: Post) -> Story:
        """Let a story that lasts into another period be found there."""
        period = period_of(post.observed_at)
        if period > period_of(story.last_at):
            self._index.file(story.id, self._filed_again(story), period)
        return story

    def _filed_again(self, story: Story) -> Iterable[int]:
        return (*self._bands(story.signature), *self._keys(story.matter))

    def _start(self, post: Post, scores: Scores, thread: str | None) -> Story:
        story = Story(post.uid, tuple(scores.signature), thread, post.observed_at, post.observed_at, is_new=True)
        story.matter = self._matters.get(post.uid, ())
        if _is_grievance(post, scores):
            self.keep(story)
        return story

    def keep(self, story: Story) -> None:
        """Have others find a story, and save it; what people are called to is kept even if it began as small talk."""
        if story.id in self._known:
            return
        self._known[story.id] = story
        period = period_of(story.last_at)
        uncommon = self._index.uncommon(filing_keys(story.matter), (period,))
        story.filed_under = (*self._bands(story.signature), *uncommon)
        self._index.file(story.id, story.filed_under, period, story.thread)

    def save(self) -> None:
        """Write what changed. Small talk that started no grievance leaves nothing behind."""
        changed = [story for story in self._known.values() if story.changed]
        if not changed:
            return
        statement = upsert(self._tx, stories)
        rows = [self._row(story) for story in changed]
        fresh = {name: statement.excluded[name] for name in rows[0] if name not in {"id", "brand"}}
        self._tx.execute(statement.on_conflict_do_update(index_elements=["id", "brand"], set_=fresh), rows)
        new = [
            (self._brand, period, band, story.id)
            for story in changed
            if (period := period_of(story.last_at)) != story.filed
            for band in story.filed_under or self._filed_again(story)
        ]
        insert_missing(self._tx, story_bands, ("brand", "period", "band", "story_id"), new)

    def _row(self, story: Story) -> dict[str, object]:
        return {
            "id": story.id,
            "brand": self._brand,
            "signature": pack((*story.signature, *story.matter)),
            "thread": story.thread,
            "first_at": story.first_at,
            "last_at": story.last_at,
            "posts": story.posts,
            "complaints": story.complaints,
            "articles": story.articles,
            "alerted_at": story.alerted_at,
            "article_at": story.article_at,
            "alerted_complaints": story.alerted_complaints,
            "alerted_interactions": story.alerted_interactions,
            "calm_complaints": story.calm_complaints,
            "signals": sorted(story.signals),
            "authors": sorted(story.authors),
            "recent": [moment.isoformat() for moment in story.recent],
            "incident_id": story.incident_id,
        }


def period_of(moment: datetime) -> int:
    """The number of the period that a time lies in."""
    return (moment - _START) // PERIOD


def thread_key(post: Post) -> str | None:
    """A thread's name in the whole system; sources number theirs independently."""
    return f"{post.source}:{post.thread_id}" if post.thread_id else None


def author_key(post: Post) -> str:
    """An author as stories count them: nobody's name stays in a story when the post is deleted at its source."""
    return blake2b(f"{post.source}:{post.author.native_id}".encode(), digest_size=8).hexdigest()


def _is_grievance(post: Post, scores: Scores) -> bool:
    return scores.complaint or bool(scores.signals) or post.kind is Kind.ARTICLE


def _incident() -> ColumnElement[int]:
    """The incident of a story: the open one, which need not be the latest, as people may take a resolution back."""
    other = incidents.alias()
    same = (other.c.brand == stories.c.brand) & (other.c.story_id == stories.c.id) & other.c.resolved_at.is_(None)
    return func.coalesce(select(other.c.id).where(same).correlate(stories).scalar_subquery(), stories.c.incident_id)


def forget_matter(tx: Tx, uids: Iterable[str]) -> None:
    """Forget what the first posts of stories were about: an order's number could be guessed from its checksum.

    What stays is the signature of their words, from which no word can be read, so that the story goes on.
    """
    gone = list(uids)
    held = select(stories.c.brand, stories.c.id, stories.c.signature).where(stories.c.id.in_(gone))
    for row in tx.execute(held.order_by(stories.c.brand, stories.c.id).with_for_update()).all():
        kept = row.signature[:_SIGNED] if len(row.signature) >= _SIGNED else b""
        this = (stories.c.brand == row.brand) & (stories.c.id == row.id)
        tx.execute(update(stories).where(this).values(signature=kept))
        filed = (story_bands.c.brand == row.brand) & (story_bands.c.story_id == row.id)
        tx.execute(delete(story_bands).where(filed, story_bands.c.band >= FIRST_OF_MATTER))


def drop_older(tx: Tx, before: datetime, limit: int) -> int:
    """Forget up to ``limit`` stories that ended before a time; decisions keep their story's id."""
    rows = select(stories.c.brand, stories.c.id, stories.c.first_at, stories.c.last_at)
    ended = rows.where(stories.c.last_at < before).order_by(stories.c.brand, stories.c.last_at).limit(limit)
    old = tx.execute(ended).all()
    # Two brands may tell a story of the same name: each forgets only its own.
    for brand in {row.brand for row in old}:
        ours = [row for row in old if row.brand == brand]
        names = [row.id for row in ours]
        first, last = period_of(min(row.first_at for row in ours)), period_of(max(row.last_at for row in ours))
        filed = (story_bands.c.brand == brand) & story_bands.c.period.between(first, last)
        tx.execute(delete(story_bands).where(filed, story_bands.c.story_id.in_(names)))
        tx.execute(delete(stories).where(stories.c.brand == brand, stories.c.id.in_(names)))
    return len(old)
