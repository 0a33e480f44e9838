"""Concede or argue: what either would cost, and what was decided."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from operator import itemgetter
from typing import Any

from dashboards import wording
from dashboards.case import conceding_words
from dashboards.case.conceding_words import Weighed
from dashboards.case.context import Case
from dashboards.case.signals import signals_of
from dashboards.visitors import may
from models.conceding import HELP_FIRST, THREATS, Habit, Question, named_sum, usual_remedy, weigh
from models.scores import Remedy, Signal
from models.virality import Outlook, story_outlook
from monitors.ledger import concessions, corrections, incidents, judging
from monitors.ledger.people import Role
from monitors.settings.playbook_sections import Costs

YEAR = timedelta(days=365)
MOST_FORECASTS = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody types in the place of a figure."""

    remedy: Remedy | None = None
    cost: float | None = None
    hours: float | None = None


def values(case: Case) -> Mapping[str, Any]:
    """What the page of an incident shows of it."""
    return shown(case, Asked())


def shown(case: Case, asked: Asked) -> Mapping[str, Any]:
    """The same with figures that were typed."""
    return {
        "weighed": weighed(case, asked),
        "asked": asked,
        "concessions": concessions.of_incident(case.tx, case.row.id),
        "conceding": conceding_words,
        "choices": wording.CHOICES,
        "wishes": [one.value for one in Remedy if one is not Remedy.NONE],
        "decides": may(case.visitor, Role.MANAGER),
    }


def weighed(case: Case, asked: Asked) -> Weighed | None:
    """Both sides of what is demanded, or None where nothing is that costs anything, such as an answer."""
    costs = case.office.settings.costs.of(case.row.brand)
    signals = signals_of(case)
    remedy = asked.remedy or _demanded(case, signals)
    named, named_in = _named(case)
    cost, cost_from = _cost(costs, remedy, asked, named)
    if remedy is Remedy.NONE or (asked == Asked() and not cost):
        return None
    people, guessed = _people(
        story_outlook(judging.outlooks_of(case.tx, case.row.brand, case.row.story_id, MOST_FORECASTS))
    )
    worth = _customer(case)
    question = Question(
        remedy=cost,
        hours=_hours(case, costs, signals) if asked.hours is None else asked.hours,
        hour_rate=costs.hour_rate,
        people=people,
        interaction_value=costs.interaction_value,
        customer_value=worth or 0.0,
        at_stake=1.0 if Signal.CHURN_THREAT in signals else costs.lost_share,
        help_first=bool(signals & HELP_FIRST),
    )
    brand = case.office.settings.brands.get(case.row.brand)
    against = brand.denominator if brand else None
    return Weighed(
        remedy,
        cost,
        cost_from,
        weigh(question),
        costs.currency,
        guessed,
        worth is not None,
        _habit(case, remedy, against.per_day if against else 0),
        against.what if against else None,
        # Also when somebody types what the post says: it is the post's.
        named_in if cost == named else None,
    )


def _demanded(case: Case, signals: frozenset[str]) -> Remedy:
    """What the posts wish for; whoever demands money back without more words wishes for that."""
    said = corrections.of_posts(case.tx, [post.seq for post in case.posts])
    wishes = []
    for post in case.posts:
        told = [one.value for one in said[post.seq] if one.field == corrections.REMEDY and one.version == post.version]
        wishes.append(Remedy(told[-1] if told else post.remedy))
    wish = usual_remedy(wishes)
    return Remedy.MONEY_BACK if wish is Remedy.NONE and Signal.REFUND_DEMAND in signals else wish


def _named(case: Case) -> tuple[float | None, str | None]:
    """The largest sum that the complaints name, and the first post that does; a post that is gone has no words."""
    sums = [(named_sum([post.text]), post.uid) for post in case.posts if post.complaint]
    return max(((named, uid) for named, uid in sums if named), key=itemgetter(0), default=(None, None))


def _cost(costs: Costs, remedy: Remedy, asked: Asked, said: float | None) -> tuple[float, str]:
    if asked.cost is not None:
        return asked.cost, "typed"
    named = said if costs.currency == "EUR" else None
    if named is not None and remedy in {Remedy.MONEY_BACK, Remedy.COMPENSATION}:
        return named, "post"
    return costs.remedies.get(remedy, 0.0), "usual"


def _hours(case: Case, costs: Costs, signals: frozenset[str]) -> float:
    """What is still to work: the first contact is behind us once somebody has it in hand."""
    first = costs.first_contact_hours if case.row.status == incidents.Status.OPEN else 0.0
    threats = costs.threat_hours if signals & THREATS else 0.0
    return first + costs.solving_hours + costs.afterwards_hours + threats


def _people(story: Outlook) -> tuple[float, bool]:
    """How many more will react: by the forecast where it may be shown, else as many as have, which is a guess."""
    if story.calibrated and story.median is not None:
        return max(story.median - story.so_far, 0.0), False
    return float(story.so_far), True


def _customer(case: Case) -> float | None:
    """What a year with the first complainer of the story is worth, where a list says so."""
    author = next((post for post in case.posts if post.complaint and post.gone_at is None), None)
    if author is None:
        return None
    known = concessions.customer(case.tx, author.source, (author.author_handle, author.author_id))
    return float(known.value_per_year) if known else None


def _habit(case: Case, remedy: Remedy, per_day: int) -> Habit | None:
    brand = case.row.brand
    counted = case.office.recent.hourly(("demanded", brand, remedy), lambda: _counted(case, remedy))
    return Habit(counted[0], counted[1], per_day * counted[1]) if counted else None


def _counted(case: Case, remedy: Remedy) -> tuple[int, int] | None:
    """How many stories demanded it, and in how many days."""
    began = concessions.watched_since(case.tx, case.row.brand)
    if began is None:
        return None
    since = max(began, case.now - YEAR)
    return concessions.demanded(case.tx, case.row.brand, remedy, since), max((case.now - since).days, 1)


def figures(found: Weighed | None) -> dict[str, Any]:
    """What is kept with a decision: the figures that were on the page."""
    if found is None:
        return {}
    sides = {name: value for name, value in asdict(found.balance).items() if name != "help_first"}
    return {**sides, "arguing": found.balance.arguing, "advice": found.balance.advice.value, "currency": found.currency}
