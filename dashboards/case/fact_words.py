"""Facts of answers in the reader's words: sums and days as their country writes them, causes and promises by name."""

import re
from datetime import date

from babel.dates import format_skeleton
from babel.numbers import get_currency_symbol
from babel.units import format_unit

from dashboards.speech import Speech, mark, mark_plural
from models.facts import Fact, FactKind

SHOWN = frozenset(FactKind) - {FactKind.CORRECTION}
"""Kinds that are shown as facts; that something was corrected is said in words."""

CAUSES = {
    "weather": mark("weather"),
    "courier": mark("the courier"),
    "technical": mark("a technical fault"),
    "stock": mark("the warehouse"),
    "customs": mark("customs"),
    "payment": mark("the payment"),
    "staff": mark("staff are missing"),
    "customer": mark("the customer"),
    "supplier": mark("supplier or manufacturer"),
    "strike": mark("a strike"),
    "demand": mark("high demand"),
    "merchant": mark("the merchant"),
    "traffic": mark("traffic"),
    "fraud": mark("suspected fraud"),
    "bank": mark("the bank"),
    "attack": mark("an attack"),
    "planned": mark("planned work"),
    "rotation": mark("vehicles are missing"),
}
PROMISES = {
    "call": mark("will call"),
    "write": mark("will write"),
    "send": mark("will send"),
    "refund": mark("pays back"),
    "replace": mark("will replace"),
    "repair": mark("will repair"),
    "discount": mark("gives a discount"),
}
RULES = {
    "refund:yes": mark("money back: yes"),
    "refund:no": mark("money back: no"),
    "cash:yes": mark("paid out in money: yes"),
    "cash:no": mark("paid out in money: no"),
    "free:yes": mark("free of charge: yes"),
    "free:no": mark("free of charge: no"),
    "covered:yes": mark("under warranty: yes"),
    "covered:no": mark("under warranty: no"),
    "accepted:yes": mark("accepted: yes"),
    "accepted:no": mark("accepted: no"),
    "running:yes": mark("runs: yes"),
    "running:no": mark("runs: no"),
}
KINDS = {
    FactKind.SUM: mark("sum"),
    FactKind.SHARE: mark("share"),
    FactKind.DATE: mark("day"),
    FactKind.TIME: mark("time"),
    FactKind.DURATION: mark("how long"),
    FactKind.NAME: mark("name"),
    FactKind.CAUSE: mark("cause"),
    FactKind.PROMISE: mark("promise"),
    FactKind.RULE: mark("rule"),
}
_WEEK = re.compile(r"(\d{4})-W(\d\d)")
_LENGTH = re.compile(r"P(\d+)([A-Z])")
_UNITS = {"N": "minute", "H": "hour", "D": "day", "W": "week", "M": "month", "Y": "year"}
_WORKING_DAYS = mark_plural("%(n)s working day", "%(n)s working days")


def label(say: Speech, fact: Fact) -> str:
    """One fact as the reader says it; what has no word of its own is quoted from the answer."""
    value = fact.value
    if fact.kind is FactKind.SUM:
        return _sum(say, value)
    if fact.kind is FactKind.SHARE:
        return say.percent(float(value.rstrip("%")) / 100)
    if fact.kind is FactKind.DATE:
        return day(say, value) or fact.text
    if fact.kind is FactKind.TIME:
        return value.replace("-", "–")
    if fact.kind is FactKind.DURATION:
        return _length(say, value) or fact.text
    if fact.kind is FactKind.PROMISE:
        return _promise(say, value)
    words = {FactKind.CAUSE: CAUSES, FactKind.RULE: RULES}.get(fact.kind, {})
    return say.text(words[value]) if value in words else value


def _sum(say: Speech, value: str) -> str:
    amount, _, currency = value.partition(" ")
    cents = 2 if "." in amount else 0
    written = say.number(float(amount), cents)
    if not currency:
        return written
    symbol = get_currency_symbol(currency, locale=say.locale)
    return f"{symbol}{written}" if say.code == "en" else f"{written}\u00a0{symbol}"


def day(say: Speech, value: str) -> str:
    """A day of the calendar with its day of the week, or a week by its number; empty where it is neither."""
    week = _WEEK.fullmatch(value)
    if week:
        return say.text("week %(number)s", number=int(week.group(2)))
    try:
        on = date.fromisoformat(value)
    except ValueError:
        return ""
    return str(format_skeleton("MMMEd", on, locale=say.locale))


def _length(say: Speech, value: str) -> str:
    found = _LENGTH.fullmatch(value)
    if found is None:
        return ""
    number = int(found.group(1))
    if found.group(2) == "B":
        return say.plural(*_WORKING_DAYS, number)
    return str(format_unit(number, f"duration-{_UNITS[found.group(2)]}", length="long", locale=say.locale))


def _promise(say: Speech, value: str) -> str:
    name, *when = value.split(" ")
    what = say.text(PROMISES[name]) if name in PROMISES else name
    return " ".join([what, *(day(say, one) or one.replace("-", "–") for one in when)])
