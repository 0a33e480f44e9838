"""Bursts: too much is said of a brand, all at once or hour after hour; people hear of it once, with its cause.

What is counted are posts, complaints and each signal, by when they were written. Counts are looked at first; only when
something stands out is the brand held, as judging holds it, and everything written in one transaction: the burst, what
explains it, and the message. Whoever comes second finds the burst there and has nothing to say.

A burst calls people as an alert does: at once where people may come to harm, or where its story is risky enough, and
otherwise when the team is there. However often it doubles until then, it is told once, as it is by then.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from models import bursts as scan
from models import rises
from models.accounts import parted
from models.cause import Cause, Part, cause
from models.decision import HARM
from monitors.ledger import bursts, incidents, locks, outbox
from monitors.ledger.bursts import BURST, COMPLAINTS, POSTS, RISE, NewBurst, Span, Tally, Whose
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.watching import watched_since
from monitors.pipeline.occasions import Occasions
from monitors.pipeline.roster import Roster
from monitors.pipeline.series import LOOKED_AT, STEP, Frame, Series, frame, is_known, series

READ = 2000
"""Posts that are read at most to explain a burst, and as many of the same hours before."""

DOUBLED = 2.0
"""How many times as fast as when people were told last makes a burst news again."""

_HOUR = timedelta(hours=1)
_STEPS_AN_HOUR = _HOUR // STEP
_QUIET = {BURST: STEP * scan.QUIET, RISE: _HOUR * rises.QUIET}
_TELLING_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Watched:
    """A brand as bursts see it: its names, the clock it lives by, its own accounts, and what its days are known as."""

    brand: str
    names: Sequence[str]
    zone: ZoneInfo
    occasions: Occasions
    own_accounts: Sequence[str] = ()

    @property
    def whose(self) -> Whose:
        """Whose posts are counted."""
        own: dict[str, set[str]] = {}
        for source, name in map(parted, self.own_accounts):
            if name:
                own.setdefault(source, set()).update((name, f"@{name}"))
        return Whose(self.brand, own)


@dataclass(frozen=True, slots=True)
class Noticed:
    """How many bursts were new, and how often people are told."""

    bursts: int = 0
    alerts: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What stands out in one series: when, how much, and against how much."""

    counted: str
    shape: str
    span: Span
    last_at: datetime
    score: float
    seen: int
    usual: float

    @property
    def excess(self) -> float:
        """Posts above the usual."""
        return self.seen - self.usual

    @property
    def pace(self) -> float:
        """Posts a minute."""
        return self.seen / self.minutes

    @property
    def minutes(self) -> int:
        """How long it was counted for."""
        return int((self.span[1] - self.span[0]).total_seconds()) // 60


def notice(ledger: Ledger, watched: Watched, roster: Roster, now: datetime) -> Noticed:
    """Look for bursts of a brand in what was written up to now, and tell of those that are new or have doubled."""
    placed = frame(now, watched.zone)
    with ledger.read() as tx:
        found = find(tx, watched, placed)
    if not found:
        return Noticed()
    with ledger.write() as tx:
        locks.wait(tx, [locks.of_judging(watched.brand)])
        return _Notice(tx, watched, roster.as_of(tx, now), placed, now).write(found)


def find(tx: Tx, watched: Watched, placed: Frame) -> list[Found]:
    """Give what stands out in the latest steps, and in the latest hours when one has just ended."""
    brand_since = watched_since(tx, [watched.brand]).get(watched.brand)
    if brand_since is None or not is_known(brand_since, placed.end):
        return []
    # Rises need all hours of eight days, which takes ten times as long: twice after each hour is often enough.
    shown = placed.end.astimezone(watched.zone)
    hour_ended = shown.minute < 2 * scan.STEP_MINUTES
    spans = placed.whole() if hour_ended else placed.recent()
    counted = bursts.tallies(tx, watched.whose, spans, STEP)
    known, since = _known(tx, counted, placed, brand_since)
    placed_counts = series(placed, known, spans, since)
    found = _sudden(placed_counts)
    return found + (_slow(placed_counts, shown.minute // scan.STEP_MINUTES) if hour_ended else [])


def _known(tx: Tx, counted: Sequence[Tally], placed: Frame, since: datetime) -> tuple[list[Tally], datetime]:
    """Leave out sources that are too new to have a past, and say since when all the others are watched.

    Otherwise the first posts of a new source would look like news.
    """
    first: dict[str, datetime] = {}
    for tally in counted:
        first[tally.source] = min(tally.stored_at, first.get(tally.source, tally.stored_at))
    begin = placed.start + timedelta(days=2)
    for source, at in first.items():
        if at > begin:
            first[source] = bursts.began(tx, source, placed.start) or at
    old = {source: at for source, at in first.items() if is_known(at, placed.end)}
    late = [at for at in old.values() if at > begin]
    return [tally for tally in counted if tally.source in old], max([since, *late])


def _sudden(counts: Series) -> list[Found]:
    found = []
    for counted, steps in counts.counts.items():
        windows = [one for one in scan.windows(steps, len(steps) - LOOKED_AT) if one.score >= scan.ENOUGH]
        if windows:
            high = max(windows, key=lambda one: (one.score, one.seen))
            span = (counts.moment(high.last - high.steps + 1), counts.moment(high.last) + STEP)
            last_at = counts.moment(windows[-1].last) + STEP
            found.append(Found(counted, BURST, span, last_at, high.score, round(high.seen), high.usual))
    return found


def _slow(counts: Series, over: int) -> list[Found]:
    """Look at whole hours by the clock; ``over`` steps of the next one are over already."""
    found = []
    for counted, steps in counts.counts.items():
        ends = len(steps) - over
        begins = ends % _STEPS_AN_HOUR
        hours = rises.hourly(steps[begins:ends], _STEPS_AN_HOUR)
        for last in rises.sums(hours, len(hours) - 1):
            if last.score < rises.ENOUGH:
                continue
            end = begins + (last.last + 1) * _STEPS_AN_HOUR
            start = end - last.hours * _STEPS_AN_HOUR
            span = (counts.moment(start), counts.moment(end - 1) + STEP)
            found.append(Found(counted, RISE, span, span[1], last.score, round(last.seen), last.usual))
    return found


class _Notice:
    """One look at one brand, which is held."""

    def __init__(self, tx: Tx, watched: Watched, roster: Roster, placed: Frame, now: datetime) -> None:
        self._tx = tx
        self._watched = watched
        self._roster = roster
        self._placed = placed
        self._now = now
        self._alerts = 0

    def write(self, found: Sequence[Found]) -> Noticed:
        """Write what was found: what goes on, and what is new with the one of it that says most."""
        going_on = bursts.going_on(self._tx, self._watched.brand, self._placed.end - max(_QUIET.values()))
        new = []
        for one in found:
            row = _same(going_on, one)
            if row is None:
                new.append(one)
            else:
                self._extend(row, one)
        if new:
            self._open(new, going_on)
        return Noticed(len(new), self._alerts)

    def _extend(self, row: Any, found: Found) -> None:
        values: dict[str, Any] = {"last_at": max(row.last_at, found.last_at)}
        told = row.cause.get("told")
        doubled = told is not None and found.pace >= DOUBLED * told["pace"]
        if found.score > row.score or found.seen > row.seen or doubled:
            story_id, explained = self._explain(found)
            if doubled:
                explained["told"] = {"pace": found.pace, "times": told["times"] + 1}
                self._tell(row.id, found.counted, story_id, told["times"])
            # What people were told of stays what the burst is about, as long as nothing else makes it twice as big.
            if doubled or row.story_id in {None, story_id}:
                kept = {name: row.cause[name] for name in ("told", "part_of") if name in row.cause}
                values |= {
                    "score": max(found.score, row.score),
                    "seen": found.seen,
                    "usual": found.usual,
                    "story_id": story_id,
                    "cause": {**kept, **explained},
                }
        bursts.change(self._tx, row.id, **values)

    def _open(self, new: Sequence[Found], going_on: Sequence[Any]) -> None:
        """Write all that is new as one: the burst that says most, with the others as parts of it."""
        known_as = self._watched.occasions.on(min(one.span[0] for one in new))
        lead = most_telling([one for one in new if one.counted != POSTS] or new if known_as else new)
        story_id, explained = self._explain(lead)
        earlier = self._part_of(going_on, story_id)
        quiet = known_as is not None and lead.counted == POSTS
        if earlier is not None:
            explained["part_of"] = earlier
        elif not quiet:
            explained["told"] = {"pace": lead.pace, "times": 1}
        burst_id = self._insert(lead, story_id, explained, known_as)
        if "told" in explained:
            self._tell(burst_id, lead.counted, story_id)
        for one in new:
            if one is not lead:
                part_story, part_explained = self._explain(one)
                self._insert(one, part_story, {**part_explained, "part_of": earlier or burst_id}, known_as)

    def _insert(self, found: Found, story_id: str | None, explained: Mapping[str, Any], known_as: str | None) -> int:
        new = NewBurst(
            brand=self._watched.brand,
            counted=found.counted,
            shape=found.shape,
            began_at=found.span[0],
            last_at=found.last_at,
            score=found.score,
            seen=found.seen,
            usual=found.usual,
            story_id=story_id,
            cause=explained,
            known_as=known_as and known_as[:200],
        )
        return bursts.open_burst(self._tx, new, self._now)

    def _part_of(self, going_on: Iterable[Any], story_id: str | None) -> int | None:
        """The burst that people were told of and that this one belongs to: it goes on, and is of no other story."""
        for row in going_on:
            lasts = row.last_at >= self._placed.end - _QUIET[BURST]
            same = story_id is None or row.story_id in {None, story_id}
            if lasts and same and "told" in row.cause:
                return int(row.id)
        return None

    def _explain(self, found: Found) -> tuple[str | None, dict[str, Any]]:
        """Give the story that leads, and the whole cause as the ledger keeps it."""
        whose = self._watched.whose
        seen = bursts.said(self._tx, whose, found.counted, [found.span], READ)
        past = bursts.said(self._tx, whose, found.counted, self._placed.past(found.span), READ)
        # Of more posts than are read, the newest stand for all.
        share = min(1.0, READ / max(found.seen, 1))
        names = [part for name in self._watched.names for part in (name, *name.split())]
        explained = cause(seen, past, found.usual * share, names)
        return explained.story.name if explained.story else None, _document(explained, found)

    def _tell(self, burst_id: int, counted: str, story_id: str | None, times: int = 0) -> None:
        """Queue the message; ``times`` is how often people were told of this burst before."""
        incident_id = bursts.open_incident(self._tx, self._watched.brand, story_id) if story_id else None
        incident = incidents.require(self._tx, incident_id) if incident_id is not None else None
        # Of a story that people have closed they know by now, as it is with alerts.
        urgent = incident.urgent if incident is not None else story_id is None and counted in HARM
        at, roster = self._now, self._roster
        key = f"burst {burst_id} again {times}" if times else f"burst {burst_id}"
        if roster.calls(at, incident.risk if incident else 0.0, urgent=urgent):
            self._alerts += 1
        else:
            at = roster.opens_at(at)
            roster = roster.as_of(self._tx, at)
            key = f"burst {burst_id} at {at.isoformat()}"
        person = roster.reachable(roster.person(0, at, urgent=urgent), at)
        if person is not None:
            payload = {"burst": burst_id, "again": times > 0, "urgent": urgent}
            letters = roster.letters(person, "burst", key, incident_id, payload)
            outbox.enqueue(self._tx, letters, self._now, not_before=at)


def most_telling(found: Sequence[Found]) -> Found:
    """Of what burst together, the narrowest that makes up half of the next wider: a signal, complaints, or all posts.

    A sudden burst says more than a slow rise.
    """
    sudden = [one for one in found if one.shape == BURST] or found
    lead = _loudest([one for one in sudden if one.counted == POSTS])
    complaints = _loudest([one for one in sudden if one.counted == COMPLAINTS])
    signal = _loudest([one for one in sudden if one.counted not in {POSTS, COMPLAINTS}])
    for narrower in (complaints, signal):
        if lead is None or (narrower is not None and narrower.excess >= _TELLING_SHARE * lead.excess):
            lead = narrower
    assert lead is not None, "something was found"
    return lead


def _loudest(found: Sequence[Found]) -> Found | None:
    return max(found, key=lambda one: (one.excess, one.score), default=None)


def _same(going_on: Iterable[Any], found: Found) -> Any:
    """The row of the burst that goes on in what was found, or None."""
    rows = [
        row
        for row in going_on
        if (row.counted, row.shape) == (found.counted, found.shape)
        and row.last_at >= found.span[0] - _QUIET[found.shape]
    ]
    return rows[-1] if rows else None


def _document(explained: Cause, found: Found) -> dict[str, Any]:
    """A cause as the ledger keeps it: ids, numbers and words that several posts share, never a post's own text."""
    parts: dict[str, Part | None] = {"source": explained.source, "language": explained.language}
    document: dict[str, Any] = {"minutes": found.minutes, "words": dict(explained.words)}
    document |= {name: asdict(part) for name, part in parts.items() if part is not None}
    if explained.story is not None:
        document["story"] = {"posts": explained.story.posts, "share": explained.story.share}
    return document
