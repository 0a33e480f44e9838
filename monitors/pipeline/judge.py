"""Judge: scored posts of a brand get a decision with a reason; an alert opens an incident and queues its messages.

One transaction holds the brand, decides on a batch in the order in which posts came in, and writes decisions, stories,
incidents and messages together. A decision looks at the time when a post was observed, not at the clock, so that a
replay of the past decides as the past would have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from models.answering import Patience
from models.decision import Action, Decision, Policy, Reason, decide
from models.post import Kind, Post
from models.scores import Sentiment
from models.virality import Forecast
from monitors.ledger import (
    clocks,
    conversations,
    crowd,
    digest,
    incidents,
    indexing,
    joining,
    judging,
    locks,
    outbox,
    shifts,
)
from monitors.ledger.clocks import Heard, Seen
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.joining import Joined
from monitors.ledger.judging import Judged, Unjudged
from monitors.ledger.pickups import POINTS
from monitors.ledger.stories import Stories, Story
from monitors.pipeline.holders import tell_holders
from monitors.pipeline.outlook import Outlooks
from monitors.pipeline.pickups import PickUps, TakenUp, first_by, is_article
from monitors.pipeline.recording import know_others, record_seen
from monitors.pipeline.refresh import look_sooner
from monitors.pipeline.returns import Returns
from monitors.pipeline.roster import CALLS, Roster

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Rules:
    """What a brand is judged by: when to alert, whom, how far posts are expected to go, and how soon to answer."""

    policy: Policy
    roster: Roster
    outlooks: Outlooks = field(default_factory=Outlooks)
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What one batch came to: posts decided on, and how often people are called because of them."""

    posts: int
    alerts: int


def judge(ledger: Ledger, brand: str, rules: Rules, now: Callable[[], datetime], *, limit: int = BATCH) -> Verdicts:
    """Decide on the next posts of a brand; nothing when another worker judges the same brand."""
    rules.outlooks.prepare()
    with ledger.write() as tx:
        if not locks.hold(tx, locks.of_judging(brand)):
            return Verdicts(0, 0)
        batch = judging.waiting(tx, brand, limit)
        if not batch:
            return Verdicts(0, 0)
        bench = _Bench(tx, brand, rules, now())
        judged = bench.sit(batch)
        judging.write(tx, brand, judged, now())
        indexing.enqueue(tx, [one.item.post.uid for one in judged], now())
    look_sooner(ledger, judged, now())
    return Verdicts(len(judged), bench.alerts)


class _Bench:
    """One batch of one brand."""

    def __init__(self, tx: Tx, brand: str, rules: Rules, now: datetime) -> None:
        self._tx = tx
        self._brand = brand
        self._policy = rules.policy
        self._roster = rules.roster.as_of(tx, now)
        self._outlooks = rules.outlooks
        self._patience = rules.patience
        self._now = now
        self._calm = timedelta(minutes=rules.policy.calm_minutes)
        self._stories = Stories(tx, brand)
        self._joined: dict[int, Joined] = {}
        self._talks: dict[str, str] = {}
        self._above: dict[str, list[str]] = {}
        self._said: dict[int, Heard] = {}
        self._heard: list[Heard] = []
        self._complaints: list[tuple[Story, Post]] = []
        self._seen: list[Seen] = []
        self._returns = Returns(tx, brand, self._roster, rules.patience, now)
        self._pickups = PickUps(tx, brand, rules.roster.press, rules.policy)
        self.alerts = 0

    def sit(self, batch: list[Unjudged]) -> list[Judged]:
        earlier = [item.earlier_story for item in batch if item.earlier_story]
        self._said = {item.seq: self._hear(item) for item in batch}
        replies = [item for item in batch if item.post.parent_id or item.post.thread_id]
        self._above = clocks.above_of(self._tx, [self._said[item.seq] for item in replies])
        new = [self._said[item.seq] for item in replies if not item.earlier_story]
        self._talks = conversations.stories_of(self._tx, self._brand, new, self._above, self._now)
        self._returns.load(list(self._said.values()), self._above, self._policy.is_own)
        self._stories.load([(item.post, item.scores) for item in batch], [*earlier, *self._talks.values()])
        self._pickups.load(batch)
        outlooks = self._outlooks.of(self._tx, batch, self._policy.thresholds)
        judged = [self._decide(item, outlook) for item, outlook in zip(batch, outlooks, strict=True)]
        self._stories.save()
        self._pickups.save()
        joining.attach(self._tx, self._joined, self._now, partial(self._roster.sooner, now=self._now))
        clocks.tighten(self._tx, list(self._joined), self._patience, self._now)
        heard = clocks.hear(self._tx, self._brand, self._heard, self._above, self._patience, self._now)
        self._seen += heard.seen
        tell_holders(self._tx, self._roster, [*self._returns.again, *heard.again], self._now)
        record_seen(self._tx, self._seen, self._now)
        know_others(self._tx, self._heard, self._seen, self._now)
        crowd.note_replies(self._tx, self._said, self._above)
        self._follow_others()
        return judged

    def _decide(self, item: Unjudged, outlook: Forecast) -> Judged:
        post, scores = item.post, item.scores
        story = self._stories.of(post, scores, item.earlier_story, self._talks.get(post.uid))
        # Small talk leaves no story behind: such a post is counted once it turns into more.
        counted = item.earlier_story == story.id and not story.is_new
        complained = counted and item.earlier_complaint
        taken = self._pickups.of(item, story)
        known = story.history(post, self._calm, counted=counted, complained=complained)
        history = replace(known, taken_up_by=first_by(taken))
        decision = decide(post, scores, outlook, history, self._policy, post.observed_at)
        if self._returns.of(item, self._said[item.seq], story) and decision.action is not Action.ALERT:
            known = replace(history, open_incident=True, acknowledged=story.acknowledged, verdict=None)
            decision = decide(post, scores, outlook, known, self._policy, post.observed_at)
        if not counted:
            story.add(post, scores, self._calm)
        elif scores.complaint and not complained:
            story.add_complaint(post, scores, self._calm)
        elif complained and not scores.complaint:
            story.drop_complaint()
        elif complained:
            story.hear(scores)
        if story.incident_open and story.incident_id is not None:
            joined = self._joined.setdefault(story.incident_id, Joined())
            joined.add(
                decision.risk.value, scores.severity if decision.action is not Action.DROP else 0, is_new=not counted
            )
        alerted = self._alerted(story, taken)
        if decision.action is Action.ALERT:
            for one in alerted:
                self._alert(item, one, decision, outlook)
        elif item.earlier and _stands(item.earlier[0], decision, known=self._pickups.is_recorded(item, story)):
            decision = replace(decision, action=item.earlier[0], reason=item.earlier[1])
        self._listen(item, story)
        for pickup in taken:
            self._note(pickup, self._stories.get(pickup.row.story_id))
        incident = next((one.incident_id for one in alerted if one.incident_open), None)
        return Judged(item, story.id, decision, outlook, incident)

    def _hear(self, item: Unjudged) -> Heard:
        thanks = not item.scores.complaint and item.scores.sentiment is Sentiment.POSITIVE
        return Heard(item.post, self._policy.is_own(item.post), thanks, language=item.scores.language.code)

    def _listen(self, item: Unjudged, story: Story) -> None:
        """Remember what we wrote, and what customers wrote: it stops or starts clocks, and has others followed."""
        said, told = self._said[item.seq], story.incident_id if story.incident_open else None
        if said.own or told is not None or item.post.parent_id or item.post.thread_id:
            self._heard.append(replace(said, incident_id=told))
        if item.scores.complaint and not said.own and item.post.kind is not Kind.ARTICLE:
            self._complaints.append((story, item.post))

    def _follow_others(self) -> None:
        """Have what was complained of in open incidents followed: support answers not only who called them."""
        by_incident: dict[int, list[Post]] = {}
        for story, post in self._complaints:
            if story.incident_open and story.incident_id is not None:
                by_incident.setdefault(story.incident_id, []).append(post)
        for incident_id, found in sorted(by_incident.items()):
            conversations.begin_aside(self._tx, incident_id, found)

    def _alerted(self, story: Story, taken: Sequence[TakenUp]) -> list[Story]:
        """Whose alert it is: that of the stories which are taken up for the first time, else of the post's own."""
        firsts = [self._stories.get(one.row.story_id) for one in taken if one.first]
        return [one for one in firsts if one] or [story]

    def _note(self, taken: TakenUp, story: Story | None) -> None:
        """Write down that a story was taken up; the log names the post, so that nothing of it stays when it goes."""
        if story is None:
            return
        if is_article(taken):
            story.appear(taken.row.at)
        if taken.told and story.incident_open and story.incident_id is not None:
            said = {"by": taken.row.by.value, "how": taken.row.how.value, "post": taken.taker.uid}
            incidents.note_change(self._tx, story.incident_id, "kuula", "picked_up", self._now, said)

    def _alert(self, item: Unjudged, story: Story, decision: Decision, outlook: Forecast) -> None:
        payload = {
            "post": item.post.uid,
            "reason": decision.reason.value,
            "figures": _figures(decision, outlook),
            "urgent": decision.urgent,
        }
        interactions = outlook.so_far or 0
        if decision.reason is Reason.SPREADING:
            # That it will go this far is said by now.
            interactions = max(interactions, self._policy.spread_to)
        if story.incident_open and story.incident_id is not None:
            called = self._again(item, story.incident_id, decision, payload)
        else:
            self._stories.keep(story)
            called = self._first(item, story, decision, outlook, payload)
        story.alert(interactions, item.post.observed_at if called else None)
        self.alerts += called

    def _first(
        self, item: Unjudged, story: Story, decision: Decision, outlook: Forecast, payload: Mapping[str, Any]
    ) -> bool:
        """Open an incident; says whether people are called to it now."""
        counted = self._count(item, decision)
        calls = counted and self._roster.calls(self._now, decision.risk.value, urgent=decision.urgent)
        due = self._now + self._wait(0, decision) if calls else self._roster.opens_at(self._now) if counted else None
        story.incident_id = self._open(item, story, decision, outlook, due, waits=counted and not calls)
        story.incident_open, story.acknowledged, story.verdict = True, False, None
        if due is not None:
            self._start_clock(story.incident_id, item, decision, self._now if calls else due)
        if calls:
            self._call(
                "alert", f"incident {story.incident_id}", self._first_person(decision), payload, story.incident_id
            )
        return calls

    def _again(self, item: Unjudged, incident_id: int, decision: Decision, payload: Mapping[str, Any]) -> bool:
        """Tell those who have an incident that it grows; says whether anybody is told now."""
        row = incidents.require(self._tx, incident_id)
        waits = row.escalation == incidents.NOBODY_YET and row.escalate_at is not None
        urgent = decision.urgent or row.urgent
        calls = self._roster.calls(self._now, max(row.risk, decision.risk.value), urgent=urgent)
        calls = calls and self._count(item, decision)
        # Whoever is called when the team is there hears of it then.
        held = {} if calls or waits else {"held": True}
        said = {"reason": decision.reason.value, "post": item.post.uid, **held}
        wait = self._wait(0, decision)
        times = digest.alerted_again(self._tx, incident_id, self._now, said, wait, urgent=decision.urgent)
        if calls:
            self._start_clock(incident_id, item, decision, self._now)
        if calls and waits:
            person = self._first_person(decision)
            joining.called(self._tx, incident_id, self._now, self._now + wait, [person] if person else [])
            self._call("alert", f"incident {incident_id}", person, payload, incident_id)
        elif calls:
            key = f"incident {incident_id} again {times}"
            self._call("again", key, self._handler(row, urgent=urgent), payload, incident_id)
        return calls

    def _start_clock(self, incident_id: int, item: Unjudged, decision: Decision, begins: datetime) -> None:
        """The customer waits from now on; the time that an answer may take begins when people are called."""
        by = self._patience.by(decision.risk.value, begins, urgent=decision.urgent)
        self._seen += clocks.start(self._tx, incident_id, item.post, by, self._now)

    def _count(self, item: Unjudged, decision: Decision) -> bool:
        """Count an alert in this shift, and say whether the shift has one left for it."""
        began, limit = self._roster.shift_began(self._now), self._policy.alerts_per_shift
        author = (item.post.source, item.post.author.native_id)
        return shifts.call(self._tx, began, limit, author, urgent=decision.urgent)

    def _wait(self, escalation: int, decision: Decision) -> timedelta:
        return self._roster.wait(escalation, decision.risk.value, urgent=decision.urgent)

    def _first_person(self, decision: Decision) -> str | None:
        return self._roster.person(0, self._now, urgent=decision.urgent)

    def _call(self, kind: str, key: str, person: str | None, payload: Mapping[str, Any], incident_id: int) -> None:
        if person is not None:
            outbox.enqueue(self._tx, self._roster.letters(person, kind, key, incident_id, payload), self._now)

    def _handler(self, row: Any, *, urgent: bool) -> str | None:
        """Who hears of news in an incident: the one who has it, else the one who was called last."""
        called = outbox.called(self._tx, row.id, CALLS)
        return self._roster.instead_of(row.assignee or (called[-1] if called else None), self._now, urgent=urgent)

    def _open(
        self,
        item: Unjudged,
        story: Story,
        decision: Decision,
        outlook: Forecast,
        due: datetime | None,
        *,
        waits: bool,
    ) -> int:
        new = incidents.NewIncident(
            brand=self._brand,
            story_id=story.id,
            reason=decision.reason.value,
            risk=decision.risk.value,
            severity=item.scores.severity,
            language=item.scores.language.code,
            headline=item.post.text,
            post=item.post.uid,
            first_post_at=item.post.created_at,
            escalate_at=due,
            figures={
                **decision.figures,
                "calibrated": outlook.calibrated,
                POINTS: self._pickups.points(item, story, outlook),
            },
            held=due is None,
            waits=waits,
            urgent=decision.urgent,
        )
        opened = incidents.open_incident(self._tx, new, self._now, posts=story.posts)
        conversations.begin_all_aside(self._tx, opened, self._brand, story.id)
        if waits and due is not None:
            joining.wait_until(self._tx, opened, due, self._now)
        return opened


def _stands(earlier: Action, now: Decision, *, known: bool) -> bool:
    """Whether the earlier decision remains: an alert that people know by now, and whatever was said in its time.

    ``known`` says that the post took a story up, which is why it alerted, whatever its own words are.
    """
    return now.reason is Reason.TOO_OLD or (earlier is Action.ALERT and (known or now.action is Action.HOLD))


def _figures(decision: Decision, outlook: Forecast) -> Mapping[str, Any]:
    return {
        **decision.figures,
        "risk": decision.risk.value,
        "forecast": outlook.median,
        "low": outlook.low,
        "high": outlook.high,
    }
