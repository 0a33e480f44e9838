"""A whole backtest: the present policy, the draft and a ladder of levels, each replayed, counted and compared."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from models.backtest import Alert, Answer, BlowUp, By, Fate, Outcome, Rule, a_day, answer, ladder, only_in
from models.decision import Policy
from monitors.backtest.blow_ups import found, listed, rule_for
from monitors.backtest.draft import changes
from monitors.backtest.replay import Player, Replayed
from monitors.backtest.tape import Progress, Tape, Workshop
from monitors.ledger import replaying

MOST_LISTED = 500
"""Alerts and blow-ups that a stored report lists; its counts are of all."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to try: the draft, and how blow-ups are known; ``levels`` says whether the ladder is replayed, too."""

    draft: Policy
    blow_ups: Path | None = None
    size: int | None = None
    complaints: int | None = None
    levels: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a backtest. ``draft`` is None where it says what the present policy says.

    ``curve`` has an outcome without its alerts' names for each level of ``alert_at``, with the rest of the draft.
    """

    tape: Tape
    rule: Rule
    blow_ups: Sequence[BlowUp]
    present: Outcome
    draft: Outcome | None
    curve: Sequence["Level"]
    changes: Mapping[str, list[Any]]
    left_out: Mapping[str, int] = field(default_factory=dict)
    replays: int = 0
    seconds: float = 0.0

    @property
    def tried(self) -> Outcome:
        """The outcome that people came for: that of the draft, or of the present policy where there is none."""
        return self.draft or self.present

    @property
    def posts_per_second(self) -> float:
        """How many posts a second of replaying dealt with."""
        return self.tape.posts * self.replays / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Level:
    """One level of ``alert_at``: how many alerts were sent and held, and what became of each blow-up."""

    alert_at: float
    sent: int
    held: int
    answers: Sequence[Answer]


class Backtest:
    """Replays policies over one tape; ``watch`` counts seconds."""

    def __init__(
        self, shop: Workshop, tape: Tape, progress: Progress, watch: Callable[[], float] = time.perf_counter
    ) -> None:
        self._player = Player(shop, tape, progress)
        self._tape = tape
        self._watch = watch

    def run(self, wish: Wish) -> Report:
        """Replay the present policy, the draft where it differs, and the ladder."""
        began = self._watch()
        present = self._tape.house.settings.policy
        changed = changes(present, wish.draft)
        with self._player.play(present) as played:
            rule, blow_ups, left_out = self._blow_ups(played, wish)
            now = self._outcome(played, blow_ups)
        draft = self._replay(wish.draft, blow_ups) if changed else None
        known = {present: now, wish.draft: draft or now}
        curve = []
        for alert_at in ladder(wish.draft.alert_at) if wish.levels else ():
            policy = replace(wish.draft, alert_at=alert_at)
            level = known.get(policy) or self._replay(policy, blow_ups)
            curve.append(Level(alert_at, level.sent, level.held, level.answers))
        levels = {replace(wish.draft, alert_at=level.alert_at) for level in curve}
        replays = len(levels | known.keys())
        return Report(self._tape, rule, blow_ups, now, draft, curve, changed, left_out, replays, self._watch() - began)

    def _replay(self, policy: Policy, blow_ups: Sequence[BlowUp]) -> Outcome:
        with self._player.play(policy) as played:
            return self._outcome(played, blow_ups)

    def _outcome(self, played: Replayed, blow_ups: Sequence[BlowUp]) -> Outcome:
        with played.house.ledger.read() as tx:
            stands = [replaying.stand_of(tx, one.brand, one.post) for one in blow_ups]
        answers = [answer(one, stand, played.alerts) for one, stand in zip(blow_ups, stands, strict=True)]
        return Outcome(played.policy.alert_at, played.alerts, answers)

    def _blow_ups(self, played: Replayed, wish: Wish) -> tuple[Rule, list[BlowUp], Mapping[str, int]]:
        if wish.blow_ups is not None:
            given = listed(wish.blow_ups, self._tape)
            return Rule((By.GIVEN,)), sorted(given.blow_ups, key=lambda one: one.at), given.left_out
        if self._tape.named:
            return Rule((By.GIVEN, By.ARTICLE)), list(self._tape.named), {}
        rule = rule_for(self._tape, played, wish.size, wish.complaints)
        return rule, found(self._tape, played, rule), {}


def document(report: Report) -> dict[str, Any]:
    """The report as JSON, of a bounded size and without a word of any post: those are looked up when it is shown."""
    tape = report.tape
    new = only_in(report.tried.alerts, report.present.alerts)
    gone = only_in(report.present.alerts, report.tried.alerts)
    return {
        "material": tape.title,
        "brands": list(tape.brands),
        "posts": tape.posts,
        "in_ledger": tape.in_ledger,
        "first": _written(tape.first),
        "last": _written(tape.last),
        "skipped": dict(tape.skipped),
        "changes": dict(report.changes),
        "rule": {"by": list(report.rule.by), "size": report.rule.size, "complaints": report.rule.complaints},
        "left_out": dict(report.left_out),
        "blow_ups": [_blow_up(one) for one in report.blow_ups[:MOST_LISTED]],
        "present": _outcome(report.present, tape),
        "draft": _outcome(report.draft, tape) if report.draft else None,
        "only_draft": {"count": len(new), "alerts": [_alert(one) for one in new[:MOST_LISTED]]},
        "only_present": {"count": len(gone), "alerts": [_alert(one) for one in gone[:MOST_LISTED]]},
        "curve": [_level(one, tape) for one in report.curve],
        "replays": report.replays,
        "seconds": round(report.seconds, 2),
        "posts_per_second": round(report.posts_per_second),
    }


def _outcome(outcome: Outcome, tape: Tape) -> dict[str, Any]:
    lead = outcome.lead
    return {
        **_level(Level(outcome.alert_at, outcome.sent, outcome.held, outcome.answers), tape),
        "median_lead_minutes": None if lead is None else round(lead.total_seconds() / 60, 1),
        "alerts": [_alert(one) for one in outcome.alerts[:MOST_LISTED]],
        "stands": [
            None
            if one.stand is None
            else {"action": one.stand.action, "reason": one.stand.reason, "risk": round(one.stand.risk, 1)}
            for one in outcome.answers[:MOST_LISTED]
        ],
    }


def _level(level: Level, tape: Tape) -> dict[str, Any]:
    fates = [one.fate for one in level.answers]
    return {
        "alert_at": level.alert_at,
        "sent": level.sent,
        "held": level.held,
        "a_day": round(a_day(level.sent, tape.first, tape.last), 2),
        **{fate.value: fates.count(fate) for fate in Fate},
        "fates": [one.fate.value for one in level.answers[:MOST_LISTED]],
        "alerted_at": [_written(one.alerted_at) for one in level.answers[:MOST_LISTED]],
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "at": _written(alert.at),
        "brand": alert.brand,
        "reason": alert.reason,
        "risk": round(alert.risk, 1),
        "story": alert.story,
        "post": alert.post,
        "again": alert.again,
        "held": alert.held,
    }


def _blow_up(one: BlowUp) -> dict[str, Any]:
    return {
        "brand": one.brand,
        "post": one.post,
        "at": _written(one.at),
        "by": one.by.value,
        "size": one.size,
        "name": one.name,
    }


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
