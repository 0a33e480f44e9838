"""How a draft stands to what was told before in the case, and to the complaint that it answers."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from models.facts import FactKind, differing, facts_of
from models.replies.finding import Span
from models.replies.patterns import patterns, plain
from models.stopwords import STOP_WORDS

_MOST = 4_000
_MOST_FACTS, _MOST_ANSWERS = 1_500, 6
"""Characters of an answer that are read for facts, and earlier answers, the last ones: facts are dear to find."""

_STEM = 5
"""Letters by which two forms of a word are taken for one: endings of all four languages are behind them, mostly."""

_WORD = re.compile(r"[^\W\d_]{4,}")
# A number is read from its first figure only: of thousands of them in a row each would be read to the last.
_SUM = re.compile(
    r"(?:[€£$]\s?(\d+(?:[.,]\d{1,2})?))"
    r"|(?:(?<!\d)(\d+(?:[ .,]\d{3})*(?:[.,]\d{1,2})?)\s?"
    r"(?:€|£|\$|eur\w*|e\b|euro\w*|rub\w*|руб\w*|р\.|₽|евро|pounds?|quid|dollar\w*))",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"(?<!\d)(\d+(?:[.,]\d+)?)\s?(?:%|protsen\w*|prosent\w*|процент\w*|per ?cent)", re.IGNORECASE)
_CLOCK = re.compile(r"(?<![\d.,])([01]?\d|2[0-3])[.:]([0-5]\d)(?![\d.]*\d)")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_FACTS = (
    frozenset({FactKind.SUM, FactKind.SHARE}),
    frozenset({FactKind.DATE, FactKind.TIME, FactKind.DURATION}),
    frozenset({FactKind.NAME}),
    frozenset({FactKind.CAUSE}),
    frozenset({FactKind.RULE}),
)
_DAYS: Sequence[re.Pattern[str]] = [
    re.compile(rf"(?<!\w)(?:{words})", re.IGNORECASE)
    for words in (
        "mon(?:day)?s?\\b|esmaspäev|maanantai|понедельник",
        "tue(?:s|sday)?\\b|teisipäev|tiistai|вторник",
        "wed(?:nesday)?\\b|kolmapäev|keskiviikko|сред[аеуы]\\b",
        "thu(?:rs|rsday)?\\b|neljapäev|torstai|четверг",
        "fri(?:day)?\\b|reede|perjantai|пятниц",
        "sat(?:urday)?\\b|laupäev|lauantai|суббот",
        "sun(?:day)?\\b|pühapäev|sunnuntai|воскресень",
        "today\\b|täna\\b|tänään|сегодня",
        "tomorrow\\b|hom(?:me|se)|huomen|завтра",
    )
]
_MONTHS: Sequence[re.Pattern[str]] = [
    re.compile(rf"(?<!\w)(?:{words})", re.IGNORECASE)
    for words in (
        "january|jaanuar|tammikuu|январ",
        "february|veebruar|helmikuu|феврал",
        "march\\b|märts|maaliskuu|март",
        "april|aprill|huhtikuu|апрел",
        "may\\b|mai\\b|toukokuu|мая\\b|май\\b",
        "june|juuni|kesäkuu|июн",
        "july|juuli|heinäkuu|июл",
        "august|elokuu|август",
        "september|syyskuu|сентябр",
        "october|oktoob|lokakuu|октябр",
        "november|novemb|marraskuu|ноябр",
        "december|detsemb|joulukuu|декабр",
    )
]
_NEGATIONS = re.compile(
    r"(?<!\w)(?:not|no|never|n't|cannot|ei|pole|mitte|ära|en|emme|et|ette|eivät|не|нет|ни|без|никогда)(?!\w)|n't\b",
    re.IGNORECASE,
)

Values = frozenset[str]

COLUMNS = (
    *(f"{kind}_{how}" for kind in ("sum", "percent", "clock", "day", "month", "number") for how in ("other", "same")),
    "negations",
    "likeness",
    "as_before",
    "corrected",
    "money_differs",
    "moment_differs",
    "name_differs",
    "cause_differs",
    "rule_differs",
    "admitted",
)
"""What is said of a draft beside what was told before."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A draft beside earlier answers as numbers, and where it says otherwise."""

    values: Sequence[float]
    differences: Sequence[Span] = ()


def beside_earlier(text: str, earlier: Sequence[str], language: str) -> Comparison:
    """Compare facts: for each kind, whether both name some and no value is the same, and whether one is the same."""
    if not earlier:
        return Comparison([0.0] * len(COLUMNS))
    told, said = plain(" ".join(earlier))[:_MOST], plain(text)[:_MOST]
    columns: list[float] = []
    for values in _KINDS.values():
        before, now = values(told), values(said)
        columns += [float(bool(before and now and not before & now)), float(bool(before & now))]
    denied = len(_NEGATIONS.findall(told)), len(_NEGATIONS.findall(said))
    columns.append(float(bool(denied[0]) != bool(denied[1])))
    columns.append(likeness(said, told))
    clues = patterns(language)
    columns += [float(clues[name].search(said) is not None) for name in ("as_before", "corrected")]
    new = facts_of(text[:_MOST_FACTS], language, None)
    old = [fact for answer in earlier[-_MOST_ANSWERS:] for fact in facts_of(answer[:_MOST_FACTS], language, None)]
    differences = differing(new, old)
    columns += [float(any(one.new.kind in kinds for one in differences)) for kinds in _FACTS]
    columns.append(float(any(fact.kind is FactKind.CORRECTION for fact in new)))
    return Comparison(columns, [(one.new.start, one.new.end) for one in differences])


def likeness(text: str, other: str) -> float:
    """Give the share of the content words of ``other`` that ``text`` has too, by their stems (0 to 1)."""
    wanted = stems(other)
    return len(wanted & stems(text)) / len(wanted) if wanted else 0.0


def stems(text: str) -> frozenset[str]:
    """Give the beginnings of the words that say what a text is about."""
    words = (word.lower() for word in _WORD.findall(plain(text)[:_MOST]))
    return frozenset(word[:_STEM] for word in words if word not in STOP_WORDS)


def _sums(text: str) -> Values:
    return frozenset(_amount(match[1] or match[2]) for match in _SUM.finditer(text))


def _amount(digits: str) -> str:
    bare = re.sub(r"[ .,](?=\d{3}(?!\d))", "", digits).replace(",", ".")
    return bare.rstrip("0").rstrip(".") if "." in bare else bare


def _percents(text: str) -> Values:
    return frozenset(match[1].replace(",", ".") for match in _PERCENT.finditer(text))


def _clocks(text: str) -> Values:
    return frozenset(f"{int(match[1])}:{match[2]}" for match in _CLOCK.finditer(text))


def _numbers(text: str) -> Values:
    return frozenset(_amount(match[0]) for match in _NUMBER.finditer(text))


def _of(named: Sequence[re.Pattern[str]]) -> Callable[[str], Values]:
    return lambda text: frozenset(str(place) for place, pattern in enumerate(named) if pattern.search(text))


_KINDS: Mapping[str, Callable[[str], Values]] = {
    "sum": _sums,
    "percent": _percents,
    "clock": _clocks,
    "day": _of(_DAYS),
    "month": _of(_MONTHS),
    "number": _numbers,
}
