"""Who takes up which story: asked of each post while it is judged, whichever of the two came in first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from models.decision import Policy
from models.pickup import By, How, Press, Standing, Told, author_of, chance, how, surest
from models.post import Kind, Post
from models.virality import Forecast
from monitors.ledger import pickups
from monitors.ledger.engine import Tx
from monitors.ledger.judging import Unjudged
from monitors.ledger.pickups import Known, PickUp
from monitors.ledger.stories import Story

REACH = timedelta(days=7)
"""How far back an article's quotes and links are looked for; what it replies to is found however old it is."""

_CERTAIN = frozenset({How.LINKED, How.QUOTED})


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A pick-up that is new or surer than it was known: ``first`` of its sort calls people, ``told`` is logged."""

    row: PickUp
    taker: Post
    first: bool = False
    told: bool = False


@dataclass(frozen=True, slots=True)
class _Side:
    seq: int
    told: Told
    story_id: str
    by: By | None = None


class PickUps:
    """The pick-ups of one batch of one brand."""

    def __init__(self, tx: Tx, brand: str, press: Press, policy: Policy) -> None:
        self._tx = tx
        self._brand = brand
        self._press = press
        self._policy = policy
        self._takers: list[_Side] = []
        self._targets: list[_Side] = []
        self._rows: dict[str, dict[int, PickUp]] = {}
        self._sources: dict[str, set[str]] = {}
        self._new: dict[tuple[str, int], PickUp] = {}
        self._authors: dict[str, tuple[bool, By | None]] = {}

    def load(self, batch: Sequence[Unjudged]) -> None:
        """Read what the posts at hand may take up, and what may have taken them up before they came in."""
        here = {item.seq for item in batch}
        taking = [item.post for item in batch if self._by(item.post)]
        fresh = [item.post.created_at for item in batch if item.earlier is None and self._is_target(item)]
        if taking:
            written = [post.created_at for post in taking]
            parents = [f"{post.source}:{post.parent_id}" for post in taking if post.parent_id]
            known = pickups.grievances(self._tx, self._brand, min(written) - REACH, max(written), parents)
            self._targets = [_side(one) for one in known if one.seq not in here and self._is_other(one.post)]
        if fresh:
            known = pickups.takers(self._tx, self._brand, min(fresh), self._press.accounts)
            sides = (_side(one, self._by(one.post)) for one in known if one.seq not in here)
            self._takers = [side for side in sides if side.by]

    def of(self, item: Unjudged, story: Story) -> list[TakenUp]:
        """What a post takes up, or who took it up before it came in; it is in ``story``."""
        self._sources.setdefault(story.id, set()).add(item.post.source)
        side = _Side(item.seq, Told(item.post), story.id, self._by(item.post))
        if side.by:
            self._takers.append(side)
            found = self._signs((side, target) for target in self._targets)
        elif self._is_target(item):
            self._targets.append(side)
            found = self._signs((taker, side) for taker in self._takers)
        else:
            found = {}
        return [taken for (story_id, _), (taker, sign) in found.items() if (taken := self._note(story_id, taker, sign))]

    def points(self, item: Unjudged, story: Story, outlook: Forecast) -> int:
        """What the rule gives a story at this moment."""
        rows = self._recorded(story.id).values()
        told = pickups.sources_of(self._tx, self._brand, story.id) | self._sources.get(story.id, set())
        standing = Standing(
            expected=outlook.median or 0.0,
            severity=item.scores.severity,
            signals=frozenset(found.signal for found in item.scores.signals),
            press_replied=any(row.by is not By.ARTICLE for row in rows),
            sources=len(told),
            complaints=story.complaints,
        )
        return chance(standing).total

    def is_recorded(self, item: Unjudged, story: Story) -> bool:
        """Whether the post is known to take up its story, or one that was asked about."""
        return item.seq in self._recorded(story.id) or any(item.seq in rows for rows in self._rows.values())

    def save(self) -> None:
        """Write what is new."""
        pickups.write(self._tx, self._brand, list(self._new.values()))

    def _signs(self, pairs: Iterable[tuple[_Side, _Side]]) -> dict[tuple[str, int], tuple[_Side, How]]:
        """The surest sign of each pick-up among pairs of a taker and what it may have taken up."""
        found: dict[tuple[str, int], tuple[_Side, How]] = {}
        for taker, target in pairs:
            key = (target.story_id, taker.seq)
            before = [found[key][1]] if key in found else []
            if sign := surest([*before, *_sign(taker, target)]):
                found[key] = (taker, sign)
        return found

    def _note(self, story_id: str, taker: _Side, sign: How) -> TakenUp | None:
        rows = self._recorded(story_id)
        before = rows.get(taker.seq)
        if before and surest([before.how, sign]) is before.how:
            return None
        assert taker.by is not None
        post = taker.told.post
        row = PickUp(story_id, taker.seq, taker.by, sign, post.created_at)
        others = {one.by for one in rows.values()}
        self._new[story_id, taker.seq] = rows[taker.seq] = row
        if before:
            return TakenUp(row, post)
        if taker.by is By.ARTICLE:
            return TakenUp(row, post, first=sign in _CERTAIN and By.ARTICLE not in others, told=True)
        return TakenUp(row, post, first=not others - {By.ARTICLE}, told=taker.by not in others)

    def _recorded(self, story_id: str) -> dict[int, PickUp]:
        if story_id not in self._rows:
            self._rows[story_id] = pickups.recorded(self._tx, self._brand, story_id)
        return self._rows[story_id]

    def _by(self, post: Post) -> By | None:
        is_ours, by = self._author(post)
        return None if is_ours else by

    def _is_target(self, item: Unjudged) -> bool:
        return item.scores.complaint and self._is_other(item.post)

    def _is_other(self, post: Post) -> bool:
        """Whether a post is neither ours nor of somebody who takes up what others say."""
        return self._author(post) == (False, None)

    def _author(self, post: Post) -> tuple[bool, By | None]:
        """Whether a post is ours, and who wrote it: asked several times of each post, and worked out once."""
        if post.uid not in self._authors:
            self._authors[post.uid] = self._policy.is_own(post), self._press.by(post)
        return self._authors[post.uid]


def _side(known: Known, by: By | None = None) -> _Side:
    return _Side(known.seq, Told(known.post), known.story_id, by)


def _sign(taker: _Side, target: _Side) -> Iterator[How]:
    if sign := how(taker.told, target.told):
        yield sign
    one, other = taker.told.post, target.told.post
    is_later = one.created_at > other.created_at and author_of(one) != author_of(other)
    if is_later and taker.story_id == target.story_id:
        yield How.SAME_MATTER


def is_article(taken: TakenUp) -> bool:
    """Whether what takes a story up is an article, whoever published it."""
    return taken.taker.kind is Kind.ARTICLE


def first_by(taken: Sequence[TakenUp]) -> By | None:
    """Who takes something up for the first time, the weightiest where there are several."""
    return max((one.row.by for one in taken if one.first), key=tuple(By).index, default=None)
