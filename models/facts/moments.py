"""Days, times of day and durations, relative to the day on which they were told where that is known."""

import re
from datetime import date, timedelta
from functools import lru_cache

from models.facts.fact import FactKind
from models.facts.hours import after_a_clock, read_hours
from models.facts.reading import Reading
from models.facts.words import words_of
from models.facts.words.table import alternatives, pattern

_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_DOTTED = re.compile(
    r"(?<![\d.,])(\d{1,2})\.\s?(\d{1,2})(?:\.\s?((?:19|20)\d\d|\d\d(?!\d))|\.(?!\d)|(?!\d|[.,:]\d|\s?[%€£₽]))"
)
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?:/((?:19|20)\d\d|\d\d))?(?![\d/])")
_NUMBER = re.compile(r"(?<![\w.,:-])\d{1,3}(?=[\s-])")
_YEAR_AFTER = re.compile(r",?\s?((?:19|20)\d\d)(?!\d)")


def read_moments(reading: Reading) -> None:
    """Note durations, days and times, in this order: of what is left the next one reads."""
    _durations(reading)
    _dates(reading)
    _weekdays(reading)
    _relative(reading)
    read_hours(reading)


@lru_cache(maxsize=8)
def _month_names(language: str) -> re.Pattern[str]:
    words = words_of(language)
    months = "|".join(f"(?P<m{number}>{alternatives(name)})" for number, name in enumerate(words.months, 1))
    days = "|".join(f"(?P<o{number}>{alternatives(name)})" for number, name in words.ordinals.items())
    day = rf"(?:(?P<day>\d{{1,2}})(?:{words.day_pattern}|\.)?|(?:{days}))"
    month = rf"(?:{months})\.?"
    if language == "en":
        return re.compile(rf"(?<!\w)(?:(?:{day})\s{{1,2}}(?:of\s)?(?:{month}))(?!\w)")
    return re.compile(rf"(?<![\w.]){day}\s{{0,2}}{month}(?!\w)")


@lru_cache(maxsize=8)
def _month_first(language: str) -> re.Pattern[str]:
    words = words_of(language)
    months = "|".join(f"(?P<m{number}>{alternatives(name)})" for number, name in enumerate(words.months, 1))
    days = "|".join(f"(?P<o{number}>{alternatives(name)})" for number, name in words.ordinals.items())
    after = rf"(?:{words.day_pattern})?" if language == "en" else r"\.?"
    day = rf"(?:(?P<day>\d{{1,2}}){after}(?![\w:.%€£]|,\d)|{days})"
    return re.compile(rf"(?<!\w)(?:{months})\s{{1,2}}(?:the\s)?{day}(?!\w)")


@lru_cache(maxsize=8)
def _day_only(language: str) -> re.Pattern[str]:
    words = words_of(language)
    days = "|".join(f"(?P<o{number}>{alternatives(name)})" for number, name in words.ordinals.items())
    the = r"(?<=the )" if language == "en" else ""
    named = rf"{the}(?:{days})(?=\s(?:of|päev|kuup|hommik|kell|числа)|[,.!)]|\s?$|\s-)"
    if language == "et":
        named = rf"(?:{days})(?!\s\w*(?:kord|päeva|nädala))"
    if language == "fi":
        named = r"(?!)"
    return re.compile(rf"(?<![\w.])(?:(?P<day>\d{{1,2}})(?:{words.day_pattern})|{named})(?!\w)")


def _numbered(found: re.Match[str]) -> tuple[int | None, int]:
    """The month, where one is named, and the day."""
    groups = {name: text for name, text in found.groupdict().items() if text is not None}
    month = next((int(name[1:]) for name in groups if name[0] == "m"), None)
    day = int(groups["day"]) if "day" in groups else next(int(name[1:]) for name in groups if name[0] == "o")
    return month, day


def _dates(reading: Reading) -> None:
    low = reading.low
    for found in _ISO.finditer(low):
        _note_day(reading, found.span(), int(found.group(3)), int(found.group(2)), int(found.group(1)))
    for find in (_month_names, _month_first):
        for found in find(reading.language).finditer(low):
            month, day = _numbered(found)
            year = _YEAR_AFTER.match(low, found.end())
            end = year.end() if year else found.end()
            _note_day(reading, (found.start(), end), day, month, int(year.group(1)) if year else None)
    clock = after_a_clock(reading.language)
    for dotted in (_DOTTED, _SLASHED):
        for found in dotted.finditer(low):
            if not clock.search(low[max(0, found.start() - 14) : found.start()]) or found.group().endswith("."):
                if dotted is _DOTTED and _rather_a_time(reading, found):
                    continue
                year_text = found.group(3)
                year_number = int(year_text) if year_text else None
                year_number = 2000 + year_number if year_number and year_number < 100 else year_number
                _note_day(reading, found.span(), int(found.group(1)), int(found.group(2)), year_number)
    for found in _day_only(reading.language).finditer(low):
        _note_day(reading, found.span(), _numbered(found)[1], None, None)


def _rather_a_time(reading: Reading, found: re.Match[str]) -> bool:
    """Buses leave at 16.10, tables are booked for 6.30, and the English write days with a slash."""
    if found.group(3) or len(found.group(2)) < 2:
        return False
    return reading.language == "en" or reading.about(*found.span()) == "departure"


def _note_day(reading: Reading, place: tuple[int, int], day: int, month: int | None, year: int | None) -> None:
    if not 1 <= day <= 31 or (month is not None and not 1 <= month <= 12) or not reading.free(*place):
        return
    value = _whole(day, month, year, reading.at)
    if value is not None:
        reading.add(FactKind.DATE, value, place, until=reading.until(*place))


def _whole(day: int, month: int | None, year: int | None, at: date | None) -> str | None:
    """As much of a day as is known: of a year that nobody says the day that is nearest to the telling."""
    if year is None and at is None:
        return f"--{month:02}-{day:02}" if month else f"---{day:02}"
    possible = [_day(year, month, day)] if year else []
    if year is None and at is not None:
        possible = _around(day, month, at)
    known = [one for one in possible if one is not None]
    if at is None or year is not None:
        return known[0].isoformat() if known else None
    return min(known, key=lambda one: abs(one - at)).isoformat() if known else None


def _around(day: int, month: int | None, at: date) -> list[date | None]:
    if month is not None:
        return [_day(at.year + offset, month, day) for offset in (-1, 0, 1)]
    months = (
        [(at.replace(day=15) + timedelta(days=30 * offset)) for offset in (0, 1)] if at.year < date.max.year else [at]
    )
    days = [_day(one.year, one.month, day) for one in months]
    return [one for one in days if one and one >= at] or days


def _day(year: int | None, month: int | None, day: int) -> date | None:
    try:
        return date(year or 0, month or 0, day)
    except ValueError:
        return None


def _weekdays(reading: Reading) -> None:
    for number, listed in enumerate(reading.words.weekdays, 1):
        for found in pattern(listed).finditer(reading.low):
            if not reading.free(*found.span()):
                continue
            value = f"W{number}"
            if reading.at is not None:
                if _beside_a_date(reading, found.span()):
                    continue
                ahead = (number - reading.at.isoweekday()) % 7
                value = _later(reading.at, ahead)
            reading.add(FactKind.DATE, value, found.span(), until=reading.until(*found.span()))


def _beside_a_date(reading: Reading, place: tuple[int, int]) -> bool:
    """Friday the 14th is one day."""
    days = [fact for fact in reading.facts if fact.kind is FactKind.DATE]
    gaps = [reading.low[min(place[1], fact.end) : max(place[0], fact.start)] for fact in days]
    return any(len(gap) <= 8 and not re.search(r"\w{4}|[.!?]\s", gap) for gap in gaps)


def _later(day: date, days: int) -> str:
    try:
        return (day + timedelta(days=days)).isoformat()
    except OverflowError:
        return day.isoformat()


def _relative(reading: Reading) -> None:
    words, at = reading.words, reading.at
    for ahead in sorted(words.days, reverse=True):
        for found in pattern(words.days[ahead]).finditer(reading.low):
            if reading.free(*found.span()):
                value = f"+{ahead}" if at is None else _later(at, int(ahead))
                reading.add(FactKind.DATE, value, found.span(), until=reading.until(*found.span()))
    for weeks, listed in ((1, words.next_week), (0, words.this_week)):
        for found in pattern(listed).finditer(reading.low):
            if reading.free(*found.span()):
                reading.add(FactKind.DATE, _week(at, weeks), found.span(), until=True)


def _week(at: date | None, weeks: int) -> str:
    if at is None:
        return f"+{weeks}W"
    year, week, _ = date.fromisoformat(_later(at, 7 * weeks)).isocalendar()
    return f"{year:04}-W{week:02}"


def _durations(reading: Reading) -> None:
    units = "|".join(f"(?P<{unit}>{alternatives(listed)})" for unit, listed in reading.words.units.items())
    follows = _units(units)
    amounts = [(found.start(), found.end(), int(found.group())) for found in _NUMBER.finditer(reading.low)]
    amounts += [(said.start, said.end, said.value) for said in reading.numbers]
    for start, end, number in sorted(amounts):
        unit = follows.match(reading.low, end)
        if unit and reading.free(start, unit.end()) and number:
            reading.add(FactKind.DURATION, f"P{number}{unit.lastgroup}", (start, unit.end()), until=True)


@lru_cache(maxsize=8)
def _units(units: str) -> re.Pattern[str]:
    return re.compile(rf"[\s-]{{1,2}}(?:{units})(?!\w)")
