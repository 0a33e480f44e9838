"""Alert, hold or drop: what happens with a scored post, and the named reason for it.

The order of the questions is the policy. Posts that are nobody's business go first; a story that people already handle
only alerts again when it brings a new danger or has grown; the first serious complaint of a story alerts at once; plain
anger waits until its story grows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

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
    ESCALATED = "escalated"
    IN_THE_NEWS = "in_the_news"
    KNOWN_INCIDENT = "known_incident"
    HANDLED = "handled"
    PLAIN_COMPLAINT = "plain_complaint"
    LOW_RISK = "low_risk"
    NOT_A_COMPLAINT = "not_a_complaint"
    NOISE_STORY = "noise_story"
    OWN_POST = "own_post"
    TOO_OLD = "too_old"


class Verdict(StrEnum):
    """What people said about a story: the alert was right, it was noise, or it had been handled already."""

    RIGHT = "right"
    NOISE = "noise"
    HANDLED = "handled"


@dataclass(frozen=True, slots=True)
class Policy:
    """When to tell people. Counts are of complaints in one story; risk is 0 to 100.

    ``spread_to`` interactions within a day, reached with ``spread_probability``, is spreading. ``growth_factor`` and
    ``growth_factor_acknowledged`` (somebody is on it) say how many times the complaints at the last alert make a new
    one. ``own_accounts`` are handles or ids of the brand itself. ``alert_signals`` alert on their own.
    """

    alert_at: float = 50.0
    hold_at: float = 5.0
    spread_to: int = 100
    spread_probability: float = 0.5
    story_complaints: int = 5
    story_authors: int = 3
    growth_factor: float = 2.0
    growth_factor_acknowledged: float = 4.0
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


@dataclass(frozen=True, slots=True)
class History:
    """The story of a post before this post came; the defaults are a story that starts with it.

    ``complaints``, ``authors`` and ``posts`` count since the story began, ``last_hour`` counts complaints.
    ``alerted_complaints`` is how many complaints there were at the last alert (0: none yet), ``signals`` those found
    so far, ``articles`` the news articles so far. ``verdict`` is that of the last incident, as people gave it.
    """

    posts: int = 0
    complaints: int = 0
    authors: int = 0
    last_hour: int = 0
    articles: int = 0
    open_incident: bool = False
    acknowledged: bool = False
    alerted_complaints: int = 0
    signals: frozenset[Signal] = frozenset()
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a post, why, and the figures that led there (for messages, pages and ``explain``)."""

    action: Action
    reason: Reason
    risk: Risk
    figures: Mapping[str, float | int | str] = field(default_factory=dict)


def decide(post: Post, scores: Scores, forecast: Forecast, history: History, policy: Policy, now: datetime) -> Decision:
    """Decide on one post; the same input gives the same decision."""
    raise NotImplementedError
