"""Alert, hold or drop: what happens with a scored post, and the named reason for it.

The order of the questions is the policy. Posts that are nobody's business go first; a story that people already handle
only alerts again when it brings a new danger, has grown or spreads on; the first serious complaint of a story alerts at
once; plain anger waits until its story grows.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from models.accounts import parted, spelled
from models.pickup import By
from models.post import Kind, Post
from models.risk import Risk, risk
from models.scores import Scores, Sentiment, Signal
from models.virality import THRESHOLDS, Forecast


class Action(StrEnum):
    """What happens with a post: people are told, it waits with its story, or it ends here."""

    ALERT = "alert"
    HOLD = "hold"
    DROP = "drop"


class Reason(StrEnum):
    """Why a post was decided on as it was; stored with each decision and shown to people."""

    DANGER = "danger"
    THREAT = "threat"
    VULNERABLE = "vulnerable"
    SPREADING = "spreading"
    HIGH_RISK = "high_risk"
    STORY_GROWS = "story_grows"
    GROWS_AGAIN = "grows_again"
    ESCALATED = "escalated"
    IN_THE_NEWS = "in_the_news"
    PICKED_UP = "picked_up"
    KNOWN_INCIDENT = "known_incident"
    HANDLED = "handled"
    PLAIN_COMPLAINT = "plain_complaint"
    LOW_RISK = "low_risk"
    NOT_A_COMPLAINT = "not_a_complaint"
    NOISE_STORY = "noise_story"
    OWN_POST = "own_post"
    TOO_OLD = "too_old"
    UNSCORED = "unscored"


class Verdict(StrEnum):
    """What people said about a story: the alert was right, it was noise, or it had been handled already."""

    RIGHT = "right"
    NOISE = "noise"
    ALREADY_HANDLED = "already_handled"


@dataclass(frozen=True, slots=True)
class Policy:
    """When to tell people. Counts are of complaints in one story; risk is 0 to 100.

    ``spread_to`` interactions within a day, reached with ``spread_probability``, is spreading, unless the risk is below
    ``spread_risk``: a joke that many people like is nobody's emergency. ``growth_factor`` and
    ``growth_factor_acknowledged`` (somebody is on it) say how many times the complaints, or the interactions, at the
    last alert make a new one. Growth has stopped after ``calm_minutes`` without a complaint; ``story_complaints`` more
    are new growth. ``alerts_per_shift`` is how often people are called in one shift (0: no limit). ``own_accounts`` are
    handles or ids of the brand itself, with ``source:`` before those of one source alone. ``alert_signals`` alert on
    their own.
    """

    alert_at: float = 28.0
    hold_at: float = 5.0
    spread_to: int = 100
    spread_probability: float = 0.5
    spread_risk: float = 10.0
    story_complaints: int = 5
    story_authors: int = 3
    growth_factor: float = 2.0
    growth_factor_acknowledged: float = 4.0
    calm_minutes: int = 60
    alerts_per_shift: int = 20
    max_age_hours: float = 72.0
    own_accounts: tuple[str, ...] = ()
    alert_signals: tuple[str, ...] = (
        Signal.SAFETY_ISSUE,
        Signal.LEGAL_THREAT,
        Signal.REGULATOR_THREAT,
        Signal.MEDIA_THREAT,
        Signal.VULNERABLE_PERSON,
    )
    thresholds: tuple[int, ...] = THRESHOLDS

    def with_own_accounts(self, accounts: Sequence[str]) -> "Policy":
        """Give the same policy with other accounts of the brand's own."""
        return replace(self, own_accounts=tuple(accounts))

    def own_at(self, source: str) -> tuple[str, ...]:
        """The brand's own accounts at a source: those of that source, and those that mean every source."""
        return tuple(dict.fromkeys([*self._bound_to(""), *self._bound_to(source)]))

    def _bound_to(self, source: str) -> tuple[str, ...]:
        parts = (parted(account) for account in self.own_accounts)
        return tuple(name for bound, name in parts if name and bound == source)

    def is_own(self, post: Post) -> bool:
        """Whether one of the brand's own accounts wrote a post; a list names them by handle or by id.

        Figures are an id, as services let strangers have them for a handle. Who wrote an article is words that anybody
        may put there: it is ours only where the account is bound to that source.
        """
        handle = post.author.handle or ""
        names = {spelled(name) for name in ("" if handle.isdigit() else handle, post.author.native_id) if name}
        return not names.isdisjoint(
            self._bound_to(post.source) if post.kind is Kind.ARTICLE else self.own_at(post.source)
        )


@dataclass(frozen=True, slots=True)
class History:
    """The story of a post before this post came; the defaults are a story that starts with it.

    ``complaints``, ``authors`` and ``posts`` count since the story began, ``last_hour`` counts complaints.
    ``alerted_complaints`` is how many complaints there were at the last alert (0: none yet), ``alerted_interactions``
    how many interactions its most spread post had by then. ``since_calm`` counts complaints since growth last stopped;
    None where it has not stopped since the last alert. ``signals`` are those found so far, ``articles`` the news
    articles so far. ``verdict`` is that of the last incident, as people gave it. ``taken_up_by`` is who takes the story
    up for the first time with this post, where somebody does.
    """

    posts: int = 0
    complaints: int = 0
    authors: int = 0
    last_hour: int = 0
    articles: int = 0
    open_incident: bool = False
    acknowledged: bool = False
    alerted_complaints: int = 0
    alerted_interactions: int = 0
    since_calm: int | None = None
    signals: frozenset[Signal] = frozenset()
    verdict: str | None = None
    taken_up_by: By | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a post, why, and the figures that led there (for messages, pages and ``explain``).

    ``urgent`` says that people may come to harm, or that the press or an authority is there: no budget of alerts holds
    such an alert back.
    """

    action: Action
    reason: Reason
    risk: Risk
    figures: Mapping[str, float | int | str] = field(default_factory=dict)
    urgent: bool = False


def decide(post: Post, scores: Scores, forecast: Forecast, history: History, policy: Policy, now: datetime) -> Decision:
    """Decide on one post; the same input gives the same decision."""
    matter = _Matter(
        scores,
        history,
        policy,
        risk(scores, forecast, post.author.followers, history.last_hour),
        _spread(forecast, policy),
        forecast.so_far or 0,
        post.author.followers,
    )
    action, reason = _refuse(post, policy, now) or _judge(post, matter)
    return Decision(action, reason, matter.risk, _figures(matter, forecast), matter.urgent or reason in _PUBLIC)


_Outcome: TypeAlias = tuple[Action, Reason]

_BY_SIGNAL = {
    Signal.SAFETY_ISSUE: Reason.DANGER,
    Signal.VULNERABLE_PERSON: Reason.VULNERABLE,
    Signal.LEGAL_THREAT: Reason.THREAT,
    Signal.REGULATOR_THREAT: Reason.THREAT,
    Signal.MEDIA_THREAT: Reason.THREAT,
}


_PUBLIC = frozenset({Reason.IN_THE_NEWS, Reason.PICKED_UP})
HARM = frozenset({Signal.SAFETY_ISSUE, Signal.VULNERABLE_PERSON})
"""Signals of complaints in which people may come to harm."""


@dataclass(frozen=True, slots=True)
class _Matter:
    """What is being decided on, with the questions that are asked more than once."""

    scores: Scores
    history: History
    policy: Policy
    risk: Risk
    spread: float
    interactions: int
    followers: int | None

    @property
    def signals(self) -> frozenset[Signal]:
        return frozenset(found.signal for found in self.scores.signals)

    @property
    def alarming(self) -> frozenset[Signal]:
        """The signals that alert on their own."""
        return frozenset(signal for signal in self.signals if signal in self.policy.alert_signals)

    @property
    def alarm(self) -> Reason:
        return next((reason for signal, reason in _BY_SIGNAL.items() if signal in self.alarming), Reason.HIGH_RISK)

    @property
    def urgent(self) -> bool:
        """Whether people may come to harm."""
        return self.scores.complaint and not self.alarming.isdisjoint(HARM)

    @property
    def spreads_on(self) -> bool:
        """Whether a post of a story that people know has gone that much further than at the last alert."""
        before = self.history.alerted_interactions
        return self.interactions >= max(self.policy.spread_to, self._factor * before)

    @property
    def grows_again(self) -> bool:
        """Whether a story whose growth had stopped grows anew, told by enough people."""
        since = self.history.since_calm
        return since is not None and since + 1 >= self.policy.story_complaints and self._is_told_widely

    @property
    def _factor(self) -> float:
        policy = self.policy
        return policy.growth_factor_acknowledged if self.history.acknowledged else policy.growth_factor

    @property
    def _is_told_widely(self) -> bool:
        return self.history.authors + 1 >= self.policy.story_authors

    @property
    def has_multiplied(self) -> bool:
        """Whether this complaint makes a story that was alerted so many times what it was then."""
        # A story alerted at its first post would double at its second: it must also grow by what makes a story.
        enough = math.ceil((self._factor - 1) * self.history.alerted_complaints)
        return self.grew_by(max(enough, self.policy.story_complaints))

    @property
    def is_spreading(self) -> bool:
        far = self.spread >= self.policy.spread_probability
        return far and self.risk.value >= self.policy.spread_risk

    def grew_by(self, complaints: int) -> bool:
        """Whether this complaint makes the story that much bigger than at the last alert, told by enough people."""
        grown = self.history.complaints + 1 - self.history.alerted_complaints
        return grown >= complaints and self._is_told_widely


def _refuse(post: Post, policy: Policy, now: datetime) -> _Outcome | None:
    """Turn away what is nobody's business: our own posts, and those too old to act on."""
    if policy.is_own(post):
        return Action.DROP, Reason.OWN_POST
    if now - post.created_at > timedelta(hours=policy.max_age_hours):
        return Action.DROP, Reason.TOO_OLD
    return None


def _judge(post: Post, matter: _Matter) -> _Outcome:
    history = matter.history
    if history.taken_up_by:
        return Action.ALERT, Reason.IN_THE_NEWS if history.taken_up_by is By.ARTICLE else Reason.PICKED_UP
    if matter.scores.missing:
        return _judge_unread(matter)
    if matter.scores.complaint and matter.alarming - history.signals and (history.open_incident or history.verdict):
        return Action.ALERT, Reason.ESCALATED
    if history.verdict == Verdict.NOISE:
        return Action.DROP, Reason.NOISE_STORY
    if post.kind is Kind.ARTICLE:
        return _judge_article(matter)
    if history.open_incident or history.verdict == Verdict.ALREADY_HANDLED:
        return _judge_known(matter)
    return _judge_complaint(matter) if matter.scores.complaint else _judge_talk(matter)


def _judge_unread(matter: _Matter) -> _Outcome:
    """No model could read the post, so that people have to: it waits for them, unless it runs away."""
    known = matter.history.open_incident or matter.history.verdict
    if matter.spread >= matter.policy.spread_probability and not known:
        return Action.ALERT, Reason.SPREADING
    return Action.HOLD, Reason.UNSCORED


def _judge_article(matter: _Matter) -> _Outcome:
    """A first article on a grievance is what everything here should have come before; later ones are part of it."""
    if matter.history.articles == 0 and (matter.scores.complaint or matter.alarming):
        return Action.ALERT, Reason.IN_THE_NEWS
    if matter.history.open_incident:
        return Action.HOLD, Reason.KNOWN_INCIDENT
    if matter.scores.complaint or matter.signals or matter.scores.sentiment is Sentiment.NEGATIVE:
        return Action.HOLD, Reason.IN_THE_NEWS
    return Action.DROP, Reason.NOT_A_COMPLAINT


def _judge_known(matter: _Matter) -> _Outcome:
    """People know the story: only that it grows or spreads on is news."""
    if matter.scores.complaint and matter.has_multiplied:
        return Action.ALERT, Reason.STORY_GROWS
    if matter.scores.complaint and matter.grows_again:
        return Action.ALERT, Reason.GROWS_AGAIN
    if not matter.scores.complaint and matter.scores.sentiment is Sentiment.POSITIVE:
        return Action.DROP, Reason.NOT_A_COMPLAINT
    if matter.spreads_on and (matter.scores.complaint or matter.scores.sentiment is Sentiment.NEGATIVE):
        return Action.ALERT, Reason.SPREADING
    return Action.HOLD, Reason.KNOWN_INCIDENT if matter.history.open_incident else Reason.HANDLED


def _judge_complaint(matter: _Matter) -> _Outcome:
    """The first serious complaint alerts at once; plain anger waits until enough people share it."""
    policy = matter.policy
    if matter.alarming:
        return Action.ALERT, matter.alarm
    if matter.is_spreading:
        return Action.ALERT, Reason.SPREADING
    if matter.risk.value >= policy.alert_at:
        return Action.ALERT, Reason.HIGH_RISK
    if matter.grew_by(policy.story_complaints):
        return Action.ALERT, Reason.STORY_GROWS
    if matter.risk.value >= policy.hold_at:
        return Action.HOLD, Reason.PLAIN_COMPLAINT
    return Action.DROP, Reason.LOW_RISK


def _judge_talk(matter: _Matter) -> _Outcome:
    """What is no complaint matters only when it turns the public against the brand, or speaks of danger."""
    if matter.is_spreading and matter.scores.sentiment is Sentiment.NEGATIVE:
        return Action.ALERT, Reason.SPREADING
    if matter.alarming and matter.scores.sentiment is not Sentiment.POSITIVE:
        return Action.HOLD, matter.alarm
    return Action.DROP, Reason.NOT_A_COMPLAINT


def _spread(forecast: Forecast, policy: Policy) -> float:
    """The probability of reaching ``spread_to``, or the next higher number that the forecast was asked for."""
    reached = [chance for limit, chance in forecast.thresholds.items() if limit >= policy.spread_to]
    return max(reached, default=0.0)


def _figures(matter: _Matter, forecast: Forecast) -> dict[str, float | int | str]:
    history = matter.history
    figures: dict[str, float | int | str] = {
        "risk": round(matter.risk.value, 1),
        "severity": matter.scores.severity,
        "complaint_probability": round(matter.scores.complaint_probability, 3),
        "signals": ", ".join(sorted(matter.signals)),
        "spread_to": matter.policy.spread_to,
        "spread_probability": round(matter.spread, 3),
        "story_complaints": history.complaints + matter.scores.complaint,
        "story_posts": history.posts + 1,
        "story_last_hour": history.last_hour,
        "alerted_complaints": history.alerted_complaints,
        "bad": round(matter.risk.bad, 3),
        "far": round(matter.risk.far, 3),
        "fast": round(matter.risk.fast, 3),
    }
    if forecast.so_far is not None:
        figures["interactions"] = forecast.so_far
    if matter.followers is not None:
        figures["followers"] = matter.followers
    if forecast.usual_multiple is not None:
        figures["usual_multiple"] = round(forecast.usual_multiple, 1)
    return figures
