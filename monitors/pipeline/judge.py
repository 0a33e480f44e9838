"""Judge: scored posts of a brand get a decision with a reason; an alert opens an incident and queues its messages.

One transaction holds the brand, decides on a batch in the order in which posts came in, and writes decisions, stories,
incidents and messages together. A decision looks at the time when a post was observed, not at the clock, so that a
replay of the past decides as the past would have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from models.decision import Action, Decision, Policy, Reason, decide
from models.virality import Forecast
from monitors.ledger import digest, incidents, indexing, judging, locks, outbox, shifts
from monitors.ledger.engine import Ledger, Tx
from monitors.ledger.incidents import Joined
from monitors.ledger.judging import Judged, Unjudged
from monitors.ledger.pickups import POINTS
from monitors.ledger.stories import Stories, Story
from monitors.pipeline.outlook import Outlooks
from monitors.pipeline.pickups import PickUps, TakenUp, first_by, is_article
from monitors.pipeline.refresh import look_sooner
from monitors.pipeline.roster import Roster

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Rules:
    """What a brand is judged by: when to alert, whom, and how far posts are expected to go."""

    policy: Policy
    roster: Roster
    outlooks: Outlooks = field(default_factory=Outlooks)


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
        self._roster = rules.roster
        self._outlooks = rules.outlooks
        self._now = now
        self._calm = timedelta(minutes=rules.policy.calm_minutes)
        self._stories = Stories(tx, brand)
        self._joined: dict[int, Joined] = {}
        self._pickups = PickUps(tx, brand, rules.roster.press, rules.policy)
        self.alerts = 0

    def sit(self, batch: list[Unjudged]) -> list[Judged]:
        earlier = [item.earlier_story for item in batch if item.earlier_story]
        self._stories.load([(item.post, item.scores) for item in batch], earlier)
        self._pickups.load(batch)
        outlooks = self._outlooks.of(self._tx, batch, self._policy.thresholds)
        judged = [self._decide(item, outlook) for item, outlook in zip(batch, outlooks, strict=True)]
        self._stories.save()
        self._pickups.save()
        incidents.attach(self._tx, self._joined, self._now)
        return judged

    def _decide(self, item: Unjudged, outlook: Forecast) -> Judged:
        post, scores = item.post, item.scores
        story = self._stories.of(post, scores, item.earlier_story)
        # Small talk leaves no story behind: such a post is counted once it turns into more.
        counted = item.earlier_story == story.id and not story.is_new
        complained = counted and item.earlier_complaint
        taken = self._pickups.of(item, story)
        known = story.history(post, self._calm, counted=counted, complained=complained)
        history = replace(known, taken_up_by=first_by(taken))
        decision = decide(post, scores, outlook, history, self._policy, post.observed_at)
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
        for pickup in taken:
            self._note(pickup, self._stories.get(pickup.row.story_id))
        incident = next((one.incident_id for one in alerted if one.incident_open), None)
        return Judged(item, story.id, decision, outlook, incident)

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
        payload = {"post": item.post.uid, "reason": decision.reason.value, "figures": _figures(decision, outlook)}
        began, limit = self._roster.shift_began(self._now), self._policy.alerts_per_shift
        author = (item.post.source, item.post.author.native_id)
        called = shifts.call(self._tx, began, limit, author, urgent=decision.urgent)
        interactions = outlook.so_far or 0
        if decision.reason is Reason.SPREADING:
            # That it will go this far is said by now.
            interactions = max(interactions, self._policy.spread_to)
        if story.incident_open and story.incident_id is not None:
            kind, person = "again", self._handler(story.incident_id)
            said = {"reason": decision.reason.value, "post": item.post.uid, **({} if called else {"held": True})}
            times = digest.alerted_again(self._tx, story.incident_id, self._now, said, self._roster.wait(0))
            key = f"incident {story.incident_id} again {times}"
        else:
            self._stories.keep(story)
            story.incident_id = self._open(item, story, decision, outlook, called=called)
            story.incident_open, story.acknowledged, story.verdict = True, False, None
            kind, key, person = "alert", f"incident {story.incident_id}", self._roster.person(0)
        story.alert(interactions, item.post.observed_at if called else None)
        self.alerts += called
        if person is not None and called:
            letters = self._roster.letters(person, kind, key, story.incident_id, payload)
            outbox.enqueue(self._tx, letters, self._now)

    def _handler(self, incident_id: int) -> str | None:
        """Who hears of news in an incident: the one who has it, else the one who was called last."""
        row = incidents.require(self._tx, incident_id)
        return self._roster.reachable(row.assignee or self._roster.person(row.escalation))

    def _open(self, item: Unjudged, story: Story, decision: Decision, outlook: Forecast, *, called: bool) -> int:
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
            escalate_at=self._now + self._roster.wait(0) if called else None,
            figures={
                **decision.figures,
                "calibrated": outlook.calibrated,
                POINTS: self._pickups.points(item, story, outlook),
            },
            held=not called,
        )
        return incidents.open_incident(self._tx, new, self._now, posts=story.posts)


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
