"""The ``[policy]`` section: ``models.decision.Policy`` has the names and defaults, this the limits and meanings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.decision import Policy
from models.scores import Signal
from monitors.settings.mistakes import Mistake, did_you_mean


@dataclass(frozen=True, slots=True)
class Setting:
    """What one setting of the policy means, and the least and the most that make sense."""

    description: str
    least: float = 0.0
    most: float = float("inf")


POLICY: Mapping[str, Setting] = {
    "alert_at": Setting("Risk from which people are alerted, 0 to 100.", most=100),
    "hold_at": Setting(
        "Risk from which a post waits with its story instead of being dropped, 0 to 100; not above `alert_at`.",
        most=100,
    ),
    "spread_to": Setting("Interactions within a day that count as spreading.", least=1),
    "spread_probability": Setting("How likely spreading must be for an alert, 0 to 1.", most=1),
    "spread_risk": Setting("Risk below which spreading alone alerts nobody, 0 to 100.", most=100),
    "story_complaints": Setting("Complaints in a story that make it an alert.", least=1),
    "story_authors": Setting("Different people that must have written them.", least=1),
    "growth_factor": Setting("How many times the complaints of the last alert make a new one.", least=1, most=1000),
    "growth_factor_acknowledged": Setting("The same, once somebody is on it.", least=1, most=1000),
    "calm_minutes": Setting(
        "Minutes without a complaint after which a story has stopped growing.", least=1, most=10_080
    ),
    "alerts_per_shift": Setting(
        "Alerts that call people in one shift, a quarter of them by one author, 0 for no limit; the rest wait in a"
        " digest, but for danger and the press."
    ),
    "max_age_hours": Setting("Hours after which a post is too old to alert.", least=1, most=876_600),
    "own_accounts": Setting("Accounts that are ours, besides those of the brands, written alike."),
    "alert_signals": Setting("Signals that alert on their own."),
    "thresholds": Setting("Interactions within a day that the forecast gives a probability for.", least=1),
}


def policy_mistakes(values: Any) -> Iterator[Mistake]:
    """Find what the types of the policy cannot say.

    Those are numbers beyond their limits, signals that do not exist, and a level to hold above that to alert.
    """
    if not isinstance(values, Mapping):
        return
    for name, value in values.items():
        setting = POLICY.get(name)
        numbers = value if isinstance(value, list) else [value]
        if setting is None:
            continue
        for number in numbers:
            if _is_number(number) and not _fits(number, setting):
                upper = f" and at most {setting.most:g}" if setting.most != float("inf") else ""
                message = f"must be at least {setting.least:g}{upper}"
                yield Mistake(("policy", name), message, setting.description)
    yield from _unknown_signals(values.get("alert_signals"))
    yield from _held_too_late(values)


def _held_too_late(values: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is not written counts by its default: a lower ``alert_at`` alone may fall below it."""
    levels = {name: values.get(name, getattr(Policy(), name)) for name in ("hold_at", "alert_at")}
    if all(_fits(value, POLICY[name]) for name, value in levels.items()) and levels["hold_at"] > levels["alert_at"]:
        given = "hold_at" if "hold_at" in values else "alert_at"
        message = f"`hold_at` is {levels['hold_at']:g} and `alert_at` {levels['alert_at']:g}: nothing would ever wait"
        yield Mistake(("policy", given), message, f"Write `hold_at = {levels['alert_at']:g}` or less.")


def _fits(value: Any, setting: Setting) -> bool:
    return _is_number(value) and setting.least <= value <= setting.most


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unknown_signals(names: Any) -> Iterator[Mistake]:
    known = [str(signal) for signal in Signal]
    for place, name in enumerate(names if isinstance(names, list) else ()):
        if isinstance(name, str) and name not in known:
            remedy = did_you_mean(name, known) or f"The signals are: {', '.join(known)}."
            yield Mistake(("policy", "alert_signals", place), "there is no such signal", remedy)
