"""How pages tell what conceding and arguing cost. Each text is a key of the catalogs."""

from dataclasses import dataclass

from dashboards.speech import Speech, mark
from models.conceding import Advice, Balance, Habit
from models.denominator import rate
from models.scores import Remedy

ADVICE = {
    Advice.CONCEDE: mark("Conceding is cheaper."),
    Advice.ARGUE: mark("Arguing is cheaper, as far as these figures know."),
    Advice.ALIKE: mark("Both cost about the same: choose what the customer will remember."),
    Advice.HELP_FIRST: mark(
        "Somebody may be in danger or is vulnerable: help first. What it costs is not the question now."
    ),
}
SOURCES = {
    "typed": mark("as typed"),
    "post": mark("the sum that the posts name"),
    "usual": mark("what this usually costs"),
}
AMONG = {
    "orders": mark("of %(n)s orders"),
    "deliveries": mark("of %(n)s deliveries"),
    "customers": mark("of %(n)s customers"),
}
FEWEST_DAYS = 28
"""Days that must have been watched before a year is told from them."""
RARE = 0.0001
"""Shares below this are told of a million: percentages of them would be all zeros."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A demand with both its sides; ``cost_from`` says where its cost comes from, ``named_in`` whose words name it."""

    remedy: Remedy
    cost: float
    cost_from: str
    balance: Balance
    currency: str
    guessed_spread: bool
    knows_customer: bool
    habit: Habit | None
    among: str | None
    named_in: str | None = None


def sentences(say: Speech, found: Weighed) -> list[str]:
    """What either side costs in plain words, the parts in brackets adding up to the whole."""
    sides = found.balance
    if sides.advice is Advice.HELP_FIRST:
        return [say.text(ADVICE[Advice.HELP_FIRST])]

    def sum_(amount: int) -> str:
        return say.money(amount, found.currency)

    parts = [say.text("%(hours)s h of work (%(sum)s)", hours=say.number(sides.hours, 1), sum=sum_(sides.work))]
    if sides.spread:
        count, total = sides.people, sum_(sides.spread)
        parts.append(
            say.plural(
                "what %(n)s more person reads (%(sum)s)", "what %(n)s more people read (%(sum)s)", count, sum=total
            )
        )
    if sides.customer:
        parts.append(say.text("what the customer is worth to us (%(sum)s)", sum=sum_(sides.customer)))
    return [
        say.text("Conceding costs about %(sum)s.", sum=sum_(sides.conceding)),
        say.text("Arguing costs about %(sum)s: %(parts)s.", sum=sum_(sides.arguing), parts=", ".join(parts)),
        say.text(ADVICE[sides.advice]),
    ]


def habit(say: Speech, found: Weighed) -> list[str]:
    """How many customers demand this, of how many, and what conceding to all of them would cost a year."""
    if found.habit is None or found.balance.advice is Advice.HELP_FIRST:
        return []
    stories, days = found.habit.stories, found.habit.days
    told = say.plural(
        "In the last %(days)s days %(n)s story asked for this",
        "In the last %(days)s days %(n)s stories asked for this",
        stories,
        days=say.number(days),
    )
    share = rate(stories, found.habit.of)
    if share is not None and found.among:
        told += f", {say.text(AMONG[found.among], n=say.number(found.habit.of))}: "
        told += _share(say, share.value, share.low, share.high)
    said = [told + "."]
    if days >= FEWEST_DAYS:
        total = say.money(round(found.habit.yearly(found.cost)), found.currency)
        said.append(say.text("Conceding to all of them would cost about %(sum)s a year.", sum=total))
    return said


def _share(say: Speech, value: float, low: float, high: float) -> str:
    if value >= RARE:
        return f"{say.percent(value)} ({say.percents(low, high)})"
    digits = 1 if high * 1e6 < 10 else 0
    span = {
        "n": say.number(value * 1e6, digits),
        "low": say.number(low * 1e6, digits),
        "high": say.number(high * 1e6, digits),
    }
    return say.text("%(n)s of a million (%(low)s–%(high)s)", **span)


def notes(say: Speech, found: Weighed) -> list[str]:
    """Where the figures come from, and what is a guess."""
    if found.balance.advice is Advice.HELP_FIRST:
        return []
    said = [say.text("Cost of the remedy: %(how)s.", how=say.text(SOURCES[found.cost_from]))]
    if found.guessed_spread:
        said.append(
            say.text("Spread: a guess, as many more as have reacted so far; the forecast is not calibrated yet.")
        )
    if not found.knows_customer:
        said.append(say.text("What the customer is worth is not known, and not counted."))
    return said
