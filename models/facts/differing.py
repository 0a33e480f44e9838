"""Where an answer says otherwise than the answers before it.

It is better to miss a contradiction than to see one that is none: an agent who is stopped for nothing stops reading.
So facts are compared only where both are about the same thing, nothing is said about what the new answer admits or also
repeats, and nothing about what it adds.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from models.facts.fact import Difference, Fact, FactKind
from models.facts.reading import MORE, PAID
from models.name_stems import name_stem

_DAY = re.compile(r"(?:(?P<year>\d{4})|-)-(?:(?P<month>\d\d)|-)?-?(?P<day>\d\d)$")
_WEEK = re.compile(r"(\d{4})-W(\d\d)$")
_SPAN = re.compile(r"P(\d+)([A-Z])$")
_DAYS = {"D": 1.0, "W": 7.0, "M": 30.4, "Y": 365.0, "B": 1.4, "H": 1 / 24, "N": 1 / 1440}
_HALF_DAY = 12 * 60
_MOMENTS = frozenset({FactKind.DATE, FactKind.TIME, FactKind.DURATION})


def differing(new: Sequence[Fact], told: Sequence[Fact]) -> tuple[Difference, ...]:
    """Give what ``new`` says otherwise than ``told``, each new fact once; nothing where it takes something back."""
    admitted = {fact.value for fact in new if fact.kind is FactKind.CORRECTION}
    if "wrong" in admitted:
        return ()
    missed = _MOMENTS if admitted else frozenset()
    found: list[Difference] = []
    for kind, contradicts in _CONTRADICT.items():
        if kind in missed:
            continue
        found += _of_kind(_of(kind, new), _of(kind, told), contradicts)
    return tuple(sorted(found, key=lambda difference: (difference.new.start, difference.new.end)))


def _of(kind: FactKind, facts: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.kind is kind]


def _of_kind(new: Sequence[Fact], told: Sequence[Fact], contradicts: Callable[[Fact, Fact], bool]) -> list[Difference]:
    """What is told last counts; whatever the new answer repeats of it, it does not contradict."""
    repeated = [any(same(other, one) for other in new) for one in told]
    found = []
    for fact in new:
        against = [contradicts(fact, one) and _comparable(fact, one, new, told) for one in told]
        agrees = (
            again and (differs or one.about == fact.about)
            for again, differs, one in zip(repeated, against, told, strict=True)
        )
        if any(against) and not any(agrees):
            found.append(Difference(fact, [one for one, differs in zip(told, against, strict=True) if differs][-1]))
    return found


def _comparable(new: Fact, told: Fact, all_new: Sequence[Fact], all_told: Sequence[Fact]) -> bool:
    if new.kind in {FactKind.RULE, FactKind.CAUSE}:
        return True
    if MORE in {new.about, told.about}:
        return False
    alone = len(all_new) == 1 and len(all_told) == 1
    if new.kind is FactKind.SUM and new.about not in PAID:
        return alone
    if new.about and told.about:
        return new.about == told.about
    if set(new.beside.split()) & set(told.beside.split()):
        return True
    return alone and new.kind not in {FactKind.DATE, FactKind.DURATION}


def same(one: Fact, other: Fact) -> bool:
    """Say whether two facts of a kind are surely the same, in whatever format they were told."""
    if one.kind is not other.kind:
        return False
    if one.value == other.value:
        return True
    if one.kind is FactKind.SUM:
        return _amount(one) == _amount(other) and _currencies_agree(one, other)
    if one.kind is FactKind.DATE:
        return _days_agree(one.value, other.value) is True
    if one.kind is FactKind.TIME:
        return _overlap(one.value, other.value)
    if one.kind is FactKind.DURATION:
        return _alike(one.value, other.value)
    return one.kind is FactKind.NAME and _same_name(one.value, other.value)


def _amount(fact: Fact) -> Decimal:
    return Decimal(fact.value.split()[0])


def _currencies_agree(one: Fact, other: Fact) -> bool:
    codes = {code for fact in (one, other) for code in fact.value.split()[1:]}
    return len(codes) < 2


def _sums(new: Fact, told: Fact) -> bool:
    return _currencies_agree(new, told) and _amount(new) != _amount(told)


def _shares(new: Fact, told: Fact) -> bool:
    return new.value != told.value


def _dates(new: Fact, told: Fact) -> bool:
    if _days_agree(new.value, told.value) is not False:
        return False
    return not (told.until and _earlier(new.value, told.value))


def _days_agree(one: str, other: str) -> bool | None:
    """Whether two days are one; None where nobody can know."""
    if _WEEK.match(one) or _WEEK.match(other):
        return _weeks_agree(one, other)
    if one[0] == "W" and other[0] == "W":
        return one == other
    first, second = _day(one), _day(other)
    if first is None or second is None:
        return None
    known = [part == its for part, its in zip(first, second, strict=True) if part and its]
    return all(known) if known else None


@lru_cache(maxsize=1024)
def _day(value: str) -> tuple[str | None, ...] | None:
    """Year, month and day, as far as a value says them; of long answers each is compared with a hundred others."""
    found = _DAY.match(value)
    return found.group("year", "month", "day") if found else None


def _weeks_agree(one: str, other: str) -> bool | None:
    weeks = []
    for value in (one, other):
        week = _WEEK.match(value)
        if week:
            weeks.append((int(week.group(1)), int(week.group(2))))
        elif re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            weeks.append(date.fromisoformat(value).isocalendar()[:2])
        else:
            return None
    return weeks[0] == weeks[1]


def _earlier(new: str, told: str) -> bool:
    """Whether a new day keeps what was told as the latest one; of weekdays alone nobody knows."""
    if new.startswith("+") or told.startswith("+"):
        return True
    return len(new) == len(told) and "W" not in new + told and new <= told


def _times(new: Fact, told: Fact) -> bool:
    if told.until and "-" not in told.value and _minutes(new.value)[0] <= _minutes(told.value)[0]:
        return False
    return not _overlap(new.value, told.value)


def _minutes(value: str) -> tuple[int, int]:
    ends = [int(part[:2]) * 60 + int(part[3:5]) for part in value.split("-")]
    return ends[0], ends[-1]


def _overlap(one: str, other: str) -> bool:
    """Whether two times or spans of hours meet; three may be fifteen o'clock."""
    (first, last), (begin, end) = _minutes(one), _minutes(other)
    shifts = (0, _HALF_DAY, -_HALF_DAY)
    return any(first + shift <= end and begin <= last + shift for shift in shifts)


def _durations(new: Fact, told: Fact) -> bool:
    return not _alike(new.value, told.value)


def _alike(one: str, other: str) -> bool:
    """Ten working days are two weeks, twelve months a year."""
    first, second = _in_days(one), _in_days(other)
    return abs(first - second) <= 0.04 * max(first, second)


def _in_days(value: str) -> float:
    span = _SPAN.match(value)
    return int(span.group(1)) * _DAYS.get(span.group(2), 1.0) if span else 0.0


def _names(new: Fact, told: Fact) -> bool:
    if new.about == "signed" or told.about == "signed":
        return False
    return new.about == told.about and not _same_name(new.value, told.value)


def _same_name(one: str, other: str) -> bool:
    """Whether a word of both names is the same, whatever case it stands in."""
    firsts, seconds = ([name_stem(word) for word in name.split()] for name in (one, other))
    return any(a[:4] == b[:4] or a.startswith(b) or b.startswith(a) for a in firsts for b in seconds if a and b)


def _causes(new: Fact, told: Fact) -> bool:
    return new.value != told.value


def _rules(new: Fact, told: Fact) -> bool:
    (rule, said), (before, was) = new.value.split(":"), told.value.split(":")
    return rule == before and said != was


_CONTRADICT: dict[FactKind, Callable[[Fact, Fact], bool]] = {
    FactKind.SUM: _sums,
    FactKind.SHARE: _shares,
    FactKind.DATE: _dates,
    FactKind.TIME: _times,
    FactKind.DURATION: _durations,
    FactKind.NAME: _names,
    FactKind.CAUSE: _causes,
    FactKind.RULE: _rules,
}


def differing_from(new: Sequence[Fact], history: Sequence[Sequence[Fact]]) -> tuple[tuple[Difference, int], ...]:
    """Give what ``new`` says otherwise than any answer before it (oldest first), with the number of that answer.

    What a later answer has said like ``new`` is settled; what several have told otherwise is reported by the latest.
    """
    found: dict[Fact, tuple[Difference, int]] = {}
    for number, told in enumerate(history):
        for difference in differing(new, told):
            settled = any(same(difference.new, later) for after in history[number + 1 :] for later in after)
            if not settled:
                found[difference.new] = (difference, number)
    return tuple(sorted(found.values(), key=lambda one: (one[0].new.start, one[0].new.end)))
