"""A period looked back on: what was right, what was noise, what was missed, and how fast customers had an answer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select

from models.decision import Action
from monitors.ledger.corrections import COMPLAINT, YES
from monitors.ledger.desk_schema import after_actions, answer_clocks
from monitors.ledger.engine import Tx
from monitors.ledger.promises import PromiseStatus
from monitors.ledger.schema import corrections, decisions, incidents, posts, promises, stories
from monitors.ledger.statements import unsought
from monitors.ledger.watching import watched_since

MOST_MISSED = 20
MOST_LESSONS = 10


@dataclass(frozen=True, slots=True)
class Missed:
    """Something that should have called people and did not: a post that a person calls a complaint, or an article.

    ``why`` is ``corrected`` or ``article``; ``seq`` is the post, None where a story was in the news before we alerted.
    """

    brand: str
    why: str
    at: datetime
    text: str
    language: str | None
    seq: int | None = None
    incident_id: int | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """What a period came to. Durations are from an alert to our first answer; rates are left to who shows them."""

    since: datetime
    until: datetime
    opened: int
    verdicts: Mapping[str, int]
    unresolved: int
    complaints: Mapping[str, int]
    watched: Mapping[str, datetime]
    answered: int
    first_answer: timedelta | None
    promises: Mapping[str, int]
    causes: Sequence[tuple[str, int]]
    cost: float | None
    missed: Sequence[Missed]
    lessons: Sequence[Row[Any]]

    @property
    def judged(self) -> int:
        """Incidents of the period that somebody gave a verdict."""
        return sum(self.verdicts.values())

    @property
    def kept(self) -> int:
        """Promises that fell due in the period and were kept in time."""
        return self.promises.get(PromiseStatus.KEPT, 0)

    @property
    def due(self) -> int:
        """Promises that fell due in the period."""
        return sum(self.promises.values())

    @property
    def is_quiet(self) -> bool:
        """Whether nothing happened that anybody could look back on."""
        return not (self.opened or self.missed or self.promises or self.lessons)


def look_back(tx: Tx, since: datetime, until: datetime, brand: str | None = None) -> Week:
    """What happened from ``since`` up to ``until``, for one brand or for all."""
    mine = [incidents.c.opened_at >= since, incidents.c.opened_at < until]
    if brand:
        mine.append(incidents.c.brand == brand)
    verdicts: Counter[str | None] = Counter(
        dict(tx.execute(select(incidents.c.verdict, func.count()).where(*mine).group_by(incidents.c.verdict)).all())
    )
    waits = answer_clocks.join(incidents, incidents.c.id == answer_clocks.c.incident_id)
    answered = tx.execute(
        select(incidents.c.opened_at, answer_clocks.c.first_answer_at)
        .select_from(waits)
        .where(*mine, answer_clocks.c.first_answer_at.is_not(None))
    ).all()
    seconds = [(row.first_answer_at - row.opened_at).total_seconds() for row in answered]
    complaints = _complaints(tx, since, until, brand)
    lessons = _lessons(tx, since, until, brand)
    costs = [row.cost for row in lessons if row.cost is not None]
    return Week(
        since=since,
        until=until,
        opened=sum(verdicts.values()),
        verdicts={name: number for name, number in verdicts.items() if name},
        unresolved=verdicts[None],
        complaints=complaints,
        watched=watched_since(tx, complaints),
        answered=len(seconds),
        first_answer=timedelta(seconds=median(seconds)) if seconds else None,
        promises=_promises(tx, since, until, brand),
        causes=Counter(row.cause for row in lessons).most_common(),
        cost=sum(costs) if costs else None,
        missed=_missed(tx, since, until, brand),
        lessons=[row for row in lessons if row.lesson][:MOST_LESSONS],
    )


def written_between(tx: Tx, brand: str, since: datetime, until: datetime) -> int:
    """Complaints of a brand that were written in a time: its first look also finds those of long before."""
    judged = [decisions.c.complaint.is_(True), decisions.c.at >= since, decisions.c.at < until]
    joined = decisions.join(posts, posts.c.seq == decisions.c.post_seq)
    statement = (
        select(func.count())
        .select_from(joined)
        .where(*judged, *_of(tx, decisions.c.brand, brand), posts.c.created_at >= since)
    )
    return int(tx.execute(statement).scalar_one())


def _complaints(tx: Tx, since: datetime, until: datetime, brand: str | None) -> Mapping[str, int]:
    during = [decisions.c.complaint.is_(True), decisions.c.at >= since, decisions.c.at < until]
    statement = select(decisions.c.brand, func.count()).where(*during, *_of(tx, decisions.c.brand, brand))
    return dict(tx.execute(statement.group_by(decisions.c.brand)).all())


def _promises(tx: Tx, since: datetime, until: datetime, brand: str | None) -> Mapping[str, int]:
    joined = promises.join(incidents, incidents.c.id == promises.c.incident_id)
    # Nobody waited any more for what was withdrawn.
    due = [promises.c.due_at >= since, promises.c.due_at < until, promises.c.status != PromiseStatus.WITHDRAWN.value]
    statement = select(promises.c.status, func.count()).select_from(joined)
    statement = statement.where(*due, *_of(tx, incidents.c.brand, brand)).group_by(promises.c.status)
    return dict(tx.execute(statement).all())


def _lessons(tx: Tx, since: datetime, until: datetime, brand: str | None) -> list[Row[Any]]:
    joined = after_actions.join(incidents, incidents.c.id == after_actions.c.incident_id)
    columns = (after_actions, incidents.c.brand, incidents.c.headline, incidents.c.language)
    during = [after_actions.c.at >= since, after_actions.c.at < until, *_of(tx, incidents.c.brand, brand)]
    return list(tx.execute(select(*columns).select_from(joined).where(*during).order_by(after_actions.c.at.desc())))


def _missed(tx: Tx, since: datetime, until: datetime, brand: str | None) -> list[Missed]:
    """Complaints that only a person saw, and stories that an article told before we alerted anybody."""
    found = [*_overlooked(tx, since, until, brand), *_told_first(tx, since, until, brand)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST_MISSED]


def _overlooked(tx: Tx, since: datetime, until: datetime, brand: str | None) -> list[Missed]:
    # Not only what is corrected: the decision on the post is that of its first minute, and alerted nobody.
    joined = corrections.join(posts, posts.c.seq == corrections.c.post_seq).join(
        decisions, decisions.c.post_seq == corrections.c.post_seq
    )
    said = and_(corrections.c.field == COMPLAINT, corrections.c.value == YES)
    during = [said, corrections.c.at >= since, corrections.c.at < until, posts.c.gone_at.is_(None)]
    silent = [decisions.c.action != Action.ALERT.value, decisions.c.incident_id.is_(None)]
    columns = (posts.c.seq, posts.c.text, posts.c.created_at, decisions.c.brand)
    statement = (
        select(*columns).select_from(joined).where(*during, *silent, *_of(tx, decisions.c.brand, brand)).distinct()
    )
    rows = tx.execute(statement.order_by(posts.c.created_at.desc()).limit(MOST_MISSED))
    return [Missed(row.brand, "corrected", row.created_at, row.text, None, seq=row.seq) for row in rows]


def _told_first(tx: Tx, since: datetime, until: datetime, brand: str | None) -> list[Missed]:
    late = or_(stories.c.alerted_at.is_(None), stories.c.alerted_at > stories.c.article_at)
    during = [stories.c.article_at >= since, stories.c.article_at < until, late, *_of(tx, stories.c.brand, brand)]
    joined = stories.outerjoin(incidents, incidents.c.id == stories.c.incident_id).outerjoin(
        posts, posts.c.uid == stories.c.id
    )
    columns = (stories.c.brand, stories.c.article_at, stories.c.incident_id, incidents.c.language)
    words = func.coalesce(incidents.c.headline, posts.c.text, "").label("words")
    statement = select(*columns, words).select_from(joined).where(*during)
    rows = tx.execute(statement.order_by(stories.c.article_at.desc()).limit(MOST_MISSED))
    return [
        Missed(row.brand, "article", row.article_at, row.words, row.language, incident_id=row.incident_id)
        for row in rows
    ]


def _of(tx: Tx, column: ColumnElement[str], brand: str | None) -> list[ColumnElement[bool]]:
    # What happened in the period is looked up by its time: a brand may have had nearly everything else, for years.
    return [unsought(tx, column) == brand] if brand else []
