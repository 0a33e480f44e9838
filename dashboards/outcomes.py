"""Why people were alerted of a post, or were not, with the figures. Each text is a key of the catalogs."""

from collections.abc import Mapping
from typing import Any

from dashboards.speech import Speech, mark
from models.decision import Action

REASONS = {
    "danger": mark("Alerted because the post tells of danger to people, such as injury, fire or leaked personal data."),
    "threat": mark("Alerted because the post threatens with court, an authority or the media."),
    "vulnerable": mark("Alerted because the one who suffers is vulnerable, such as a child or somebody ill."),
    "spreading": mark("Alerted because the post is likely to spread widely within a day."),
    "high_risk": mark("Alerted because its risk is above the limit that the team has set."),
    "story_grows": mark("Alerted because more and more people tell the same story."),
    "grows_again": mark("Alerted because the same story grows again, after it had calmed down."),
    "escalated": mark("Alerted again because the story brought a new danger or grew while it was handled."),
    "in_the_news": mark("Alerted because the news have written about it."),
    "picked_up": mark("Alerted because a journalist, an editor or an authority has taken it up."),
    "known_incident": mark("Held because people already handle this story."),
    "handled": mark("Held because this story was already handled."),
    "plain_complaint": mark("Held because it is a plain complaint; it alerts when its story grows."),
    "low_risk": mark("Let go because its risk is low."),
    "not_a_complaint": mark("Let go because it is not a complaint."),
    "noise_story": mark("Let go because people called this story noise."),
    "own_post": mark("Let go because the brand itself wrote it."),
    "too_old": mark("Let go because it is too old."),
    "unscored": mark("Held because no model could read it; please look at it yourself."),
}

HELD = {
    "danger": mark("Held: the post tells of danger to people or data, but the models do not take it for a complaint."),
    "threat": mark(
        "Held: the post threatens with court, an authority or the media, but the models do not take it for a complaint."
    ),
    "vulnerable": mark("Held: somebody vulnerable suffers, but the models do not take it for a complaint."),
    "high_risk": mark(
        "Held: the post has a signal that the team wants to hear of, but the models do not take it for a complaint."
    ),
    "in_the_news": mark("Held: a news article, which by itself is no reason for an alert."),
}
"""What is said instead where nobody was alerted, for each reason that comes with either action."""

LOOK = mark("Please look at it yourself.")

FIGURES = {
    "risk": mark("risk of 100"),
    "severity": mark("severity of 4"),
    "story_complaints": mark("complaints in the story"),
    "story_last_hour": mark("complaints in the last hour"),
    "story_posts": mark("posts in the story"),
    "spread_probability": mark("chance to spread"),
    "usual_multiple": mark("what is usual"),
}
CERTAIN = 1.0
"""The chance of what the counts have reached already; a forecast of what is to come never gives it."""

MOST_MULTIPLE = 200
"""Beyond it an author's usual is next to nothing, and how many times that is says nothing either."""


def decided(say: Speech, action: str, reason: str) -> str:
    """What was decided on one post, and why: the same reason alerts of a complaint and holds what is none."""
    if action == Action.HOLD and reason in HELD:
        return f"{say.text(HELD[reason])} {say.text(LOOK)}"
    return say.text(REASONS.get(reason, reason))


def why(say: Speech, reason: str, found: Mapping[str, Any], reached: int = 0) -> str:
    """Why people were told, in a sentence with its figures; ``reached`` is how many interactions there are by now."""
    said = [say.text(REASONS.get(reason, reason))]
    complaints, recent = _whole(found.get("story_complaints")), _whole(found.get("story_last_hour"))
    if complaints > 1:
        said.append(say.plural("%(n)s complaint so far.", "%(n)s complaints so far.", complaints))
    if recent > 1:
        said.append(say.plural("%(n)s of them in the last hour.", "%(n)s of them in the last hour.", recent))
    if spread := _spread(say, found, reached):
        said.append(spread)
    return " ".join(said)


def _spread(say: Speech, found: Mapping[str, Any], reached: int) -> str:
    """How far it has spread, or may: what has happened already has no chance any more."""
    chance, size = found.get("spread_probability"), _whole(found.get("spread_to"))
    if not isinstance(chance, (int, float)) or not size:
        return ""
    reached = max(reached, _whole(found.get("interactions")))
    if reached >= size:
        return say.text("It already has %(n)s interactions.", n=say.number(reached))
    if chance < CERTAIN and found.get("calibrated") is False:
        return ""
    if chance >= CERTAIN:
        return say.text("It already has at least %(n)s interactions.", n=say.number(size))
    known = {"chance": say.percent(chance), "size": say.number(size)}
    return say.text("The chance of %(size)s interactions within a day is %(chance)s.", **known) if chance >= 0.1 else ""


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, (int, float)) else 0


def figures(say: Speech, found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The figures behind a decision that have a name for people and say something, as people read them."""
    known = {key: found[key] for key in FIGURES if isinstance(found.get(key), (int, float)) and found[key]}
    if known.get("spread_probability", 0) >= CERTAIN or found.get("calibrated") is False:
        known.pop("spread_probability", None)
    if not 2 <= round(known.get("usual_multiple", 0)) <= MOST_MULTIPLE:
        known.pop("usual_multiple", None)
    return [(say.text(FIGURES[key]), _value(say, key, value)) for key, value in known.items()]


FACTORS = {
    "bad": mark("how bad"),
    "far": mark("how far"),
    "fast": mark("how fast"),
}
"""The factors of the risk, each 0 to 1, as ``models.risk`` has them."""


def arithmetic(say: Speech, found: Mapping[str, Any]) -> str:
    """How the risk comes about: ``53 ≈ 100 × 0.74 × 0.89 × 0.80``; empty where an older decision has no factors."""
    if not all(isinstance(found.get(name), (int, float)) for name in ("risk", *FACTORS)):
        return ""
    factors = " × ".join(say.number(found[name], 2) for name in FACTORS)
    return f"{say.number(found['risk'], 0 if found['risk'] >= 10 else 1)} ≈ 100 × {factors}"


def factors(say: Speech, found: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Each factor of the risk with what it is called and the figures that it rests on."""
    severity, sure = _whole(found.get("severity")), found.get("complaint_probability")
    recent, followers = _whole(found.get("story_last_hour")), found.get("followers")
    bad = [say.text("severity %(n)s of 4", n=severity)]
    if isinstance(sure, (int, float)):
        bad.append(say.text("a complaint with a chance of %(chance)s", chance=say.percent(sure)))
    far = [say.text("how far it is expected to go")]
    if isinstance(followers, int):
        far.append(say.plural("%(n)s follower", "%(n)s followers", followers))
    fast = [say.plural("%(n)s complaint in the last hour", "%(n)s complaints in the last hour", recent)]
    because = {"bad": bad, "far": far, "fast": fast}
    return [(say.number(found[name], 2), say.text(FACTORS[name]), ", ".join(because[name])) for name in FACTORS]


def _value(say: Speech, key: str, value: float) -> str:
    if key == "usual_multiple":
        return say.plural("%(n)s time", "%(n)s times", round(value))
    return say.percent(value) if key == "spread_probability" else say.number(value, 0 if abs(value) >= 10 else 1)
