"""Sums of money and shares: 45 €, 45,00 евро, sada viiskümmend eurot, £3,204, 12 eurot ja 60 senti, 50 %."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from models.facts.fact import FactKind
from models.facts.numbers import spelled
from models.facts.reading import Reading
from models.facts.words.table import pattern

_NUMBER = r"\d{1,3}(?:[ .,']\d{3}){1,3}(?:[.,]\d{1,2})?(?!\d)|\d{1,9}(?:[.,]\d{1,2})?(?!\d)"
_FIGURES = re.compile(
    rf"(?<![\w.,:/§№-])(?:{_NUMBER})|(?<=[\s(]-)(?:{_NUMBER})|(?<=[€£$₽])\s?(?:{_NUMBER})|(?<=eur|gbp|usd|rub|sek|pln)(?:{_NUMBER})"
)
_CURRENCIES = {
    "EUR": r"€|eur(?!\w)|eur(?:o|ot|oa|on|oo|osse|oga|oks|oni|os|olla|osta|oihin|a|i|ot)(?!\w)|euros(?!\w)|евро(?!\w)|"
    r"\u0435\u0432\u0440\u0438\u043a\w{0,3}",
    "GBP": r"£|gbp(?!\w)|pounds?(?!\w)|quid(?!\w)|фунт\w{0,3}|nael\w{0,3}|punta\w{0,2}",
    "USD": r"\$|usd(?!\w)|dollar\w{0,4}|доллар\w{0,3}",
    "RUB": r"₽|rub(?!\w)|руб(?:\.|л\w{1,3})?(?!\w)|р\.?(?!\w)|rubla\w{0,3}|ruplaa?",
    "SEK": r"sek(?!\w)",
    "PLN": r"zł(?!\w)|pln(?!\w)",
}
_SYMBOL = {"€": "EUR", "£": "GBP", "$": "USD", "₽": "RUB"}
_AFTER = re.compile(r"\s{0,2}(?:" + "|".join(f"(?P<{code}>{signs})" for code, signs in _CURRENCIES.items()) + ")")
_THOUSANDS = re.compile(r"\s{0,2}(?:тыс\.?|тысяч\w?|tuhat|tuhatta|thousand|k)(?!\w)")
_PERCENT = re.compile(r"\s{0,2}(?:%|protsen\w{0,5}|процент\w{0,3}|prosent\w{0,5}|per ?cent(?!\w))")


@dataclass(slots=True)
class _Amount:
    start: int
    end: int
    value: Decimal
    figures: str


def read_sums(reading: Reading) -> None:
    """Note the sums that have a currency, and the shares."""
    for amount in _amounts(reading):
        if not reading.free(amount.start, amount.end):
            continue
        percent = _PERCENT.match(reading.low, amount.end)
        if percent:
            reading.add(FactKind.SHARE, f"{_written(amount.value)}%", (amount.start, percent.end()))
        elif (found := _with_currency(reading, amount)) is not None:
            currency, value, start, end = found
            reading.add(FactKind.SUM, f"{_written(value)} {currency}", (start, end))


def read_bare_sums(reading: Reading) -> None:
    """Note sums without a currency, where the sentence speaks of money and the number is nothing else."""
    for amount in _amounts(reading):
        if not reading.free(amount.start, amount.end):
            continue
        money = reading.has(reading.words.money, *reading.sentence(amount.start))
        # Of whole figures only those that nobody writes for days and hours; words only for what is no small count.
        large = amount.value >= 100 and not re.fullmatch(r"(?:19|20)\d\d", amount.figures)
        cents = re.search(r"[.,]\d\d$", amount.figures) is not None
        if money and (cents or large) and len(amount.figures) < 10 and not _unit_follows(reading, amount.end):
            reading.add(FactKind.SUM, _written(amount.value), (amount.start, amount.end))


def _unit_follows(reading: Reading, end: int) -> bool:
    return re.match(r"\s?(?:kg|km|m|g|mb|gb|\w*baiti|°|§|-|/|mega)", reading.low[end : end + 6]) is not None


def _amounts(reading: Reading) -> Iterator[_Amount]:
    for found in _FIGURES.finditer(reading.low):
        figures = found.group().strip()
        end = found.end()
        value = _value(figures)
        thousands = _THOUSANDS.match(reading.low, end)
        if thousands:
            value, end = value * 1000, thousands.end()
        yield _Amount(end - len(reading.low[found.start() : end].lstrip()), end, value, figures)
    for word in reading.numbers:
        yield _Amount(word.start, word.end, Decimal(word.value), "")


def _value(figures: str) -> Decimal:
    """What figures are worth: the last separator is for cents where one or two figures follow it."""
    cents = re.search(r"[.,](\d{1,2})$", figures)
    whole = re.sub(r"\D", "", figures[: cents.start()] if cents else figures)
    return Decimal(f"{whole or 0}.{cents.group(1) if cents else 0}")


def _with_currency(reading: Reading, amount: _Amount) -> tuple[str, Decimal, int, int] | None:
    low, value, end = reading.low, amount.value, amount.end
    before = low[max(0, amount.start - 2) : amount.start].strip()[-1:]
    if before in _SYMBOL and amount.figures:
        return _SYMBOL[before], value, low.rindex(before, 0, amount.start), end
    code = low[max(0, amount.start - 3) : amount.start].upper()
    if code in _CURRENCIES and amount.figures:
        return code, value, amount.start - 3, end
    half = pattern(reading.words.half).match(low, end + 1)
    if half:
        value, end = value + Decimal("0.5"), half.end()
    after = _AFTER.match(low, end)
    if after is None:
        return None
    cents = _cents(reading, after.end())
    if cents is None:
        return str(after.lastgroup), value, amount.start, after.end()
    return str(after.lastgroup), value + cents[0] / 100, amount.start, cents[1]


def _cents(reading: Reading, start: int) -> tuple[Decimal, int] | None:
    """What follows a sum in whole money: ja 60 senti, viiskümmend senti."""
    low, words = reading.low, reading.words
    joined = _joined(words.joined).match(low, start)
    if joined is None:
        return None
    if joined.group(1):
        number, end = int(joined.group(1)), joined.end() + len(joined.group(1))
    else:
        said = next(spelled(low[joined.end() : joined.end() + 40], reading.language), None)
        if said is None or said.start:
            return None
        number, end = said.value, joined.end() + said.end
    found = pattern(words.cents).match(low, end + 1) or pattern(words.cents).match(low, end)
    return (Decimal(number), found.end()) if found and number < 100 else None


@lru_cache(maxsize=8)
def _joined(word: str) -> re.Pattern[str]:
    return re.compile(rf"\s{{1,2}}(?:{word}\s{{1,2}})?(?=(\d{{1,2}})?)")


def _written(value: Decimal) -> str:
    """Whole money without cents, other money with two figures."""
    return f"{value:f}".split(".")[0] if value == value.to_integral_value() else f"{value:.2f}"
