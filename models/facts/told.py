"""What is stated in words rather than figures: names of who answers, causes, promises, rules, and admissions."""

import re

from models.facts.fact import FactKind
from models.facts.reading import Reading
from models.facts.words.table import pattern

_NAME = re.compile(
    r"(?<![\w'])[A-ZÄÖÕÜŠŽА-ЯЁ][a-zäöõüšžéа-яё]{1,20}(?:-[A-ZÄÖÕÜŠŽА-ЯЁ][a-zäöõüšžа-яё]{1,20})?(?![\w'])"
)
_SURNAME = re.compile(r"\s[A-ZÄÖÕÜŠŽА-ЯЁ][a-zäöõüšžéа-яё]{1,20}(?!\w)")
_NO_NAMES_WORDS = """
terv tervitades lugupidamisega austusega parimate parimat kena hea sinu teie tere hei palun vabandust head ilusat
yours regards best kind rgds thanks cheers sincerely warm hi hello dear sorry mr mrs ms miss уважением ваш ваша твой
твоя искренне здравствуйте привет добрый спасибо пока terveisin ystävällisin ystävällisesti terkuin moi moikka
heippa pahoittelut kiitos lämpimin yt
"""
_NO_NAMES = frozenset(_NO_NAMES_WORDS.split())
_FAR = 70
_LAST = re.compile(r"[^.!?…\n()]{1,60}\W*$")


def read_names(reading: Reading) -> None:
    """Note who handles it, who calls, and who signed."""
    words = reading.words
    for about, listed in (("handles", words.handles), ("calls", words.calls)):
        for found in pattern(listed).finditer(reading.low):
            place = _name_near(reading, found.span())
            if place and reading.free(*place):
                _add_name(reading, place, about)
    signed = _signature(reading)
    if signed and reading.free(*signed):
        _add_name(reading, signed, "signed")


def _add_name(reading: Reading, place: tuple[int, int], about: str) -> None:
    name = reading.text[place[0] : place[1]]
    reading.add(FactKind.NAME, name, place)
    if reading.facts and reading.facts[-1].end == place[1]:
        fact = reading.facts[-1]
        reading.facts[-1] = type(fact)(fact.kind, fact.value, fact.text, fact.start, fact.end, about)


def _name_near(reading: Reading, verb: tuple[int, int]) -> tuple[int, int] | None:
    """The first name after a verb in its sentence, or else the nearest one before it."""
    first, last = reading.sentence(verb[0])
    after = _NAME.finditer(reading.text, verb[1], min(last, verb[1] + _FAR))
    before = _NAME.finditer(reading.text, max(first, verb[0] - _FAR), verb[0])
    names = [*after, *reversed(list(before))]
    for found in names:
        begins = reading.text[first : found.start()].strip(" \n-—–\"«„'") == ""
        if begins and found.end() + 1 < verb[0]:
            continue
        if _is_name(reading, found):
            surname = _SURNAME.match(reading.text, found.end(), last)
            return found.start(), surname.end() if surname else found.end()
    return None


def _is_name(reading: Reading, found: re.Match[str]) -> bool:
    low = reading.low[found.start() : found.end()]
    if low in _NO_NAMES or not reading.free(found.start(), found.end()):
        return False
    return not any(pattern(listed).fullmatch(low) for listed in (*reading.words.weekdays, *reading.words.months))


def _signature(reading: Reading) -> tuple[int, int] | None:
    """The name in the last few words."""
    stripped = len(reading.text.rstrip())
    last = _LAST.search(reading.text[max(0, stripped - 80) : stripped])
    if last is None:
        return None
    start = max(0, stripped - 80) + last.start()
    tail = reading.text[start:stripped]
    words = tail.split()
    plain = [word for word in words if word[0].islower() and word.strip(".,").lower() not in _NO_NAMES]
    if len(words) > 6 or len(plain) > 1 or (plain and len(words) < 3):
        return None
    names = [found for found in _NAME.finditer(reading.text, start, stripped) if _is_name(reading, found)]
    if not names:
        return None
    surname = _SURNAME.match(reading.text, names[0].end(), stripped)
    return names[0].start(), surname.end() if surname else names[0].end()


def read_causes(reading: Reading) -> None:
    """Note the class of a cause where a sentence gives a reason."""
    for start, end in reading.sentences():
        if not reading.has(reading.words.because, start, end):
            continue
        marks = [mark.end() for mark in pattern(reading.words.because).finditer(reading.low, start, end)]
        named = [
            (min(abs(found.start() - mark) for mark in marks), found.span(), name)
            for name, listed in reading.words.causes.items()
            for found in pattern(listed).finditer(reading.low, start, end)
        ]
        if named and min(named)[0] <= _FAR:
            _, place, name = min(named)
            reading.note(FactKind.CAUSE, name, place)


def read_rules(reading: Reading) -> None:
    """Note what the rules are said to be: that money is given back, that it is free, covered or accepted, or not."""
    denied: list[tuple[int, int]] = []
    rules = reading.words.rules
    for name in sorted(rules, key=lambda name: name.endswith(":yes")):
        for found in pattern(rules[name]).finditer(reading.low):
            within = any(start <= found.start() < end for start, end in denied)
            if name.endswith(":no"):
                denied.append(reading.sentence(found.start()))
            if not within:
                reading.note(FactKind.RULE, name, found.span())


def read_promises(reading: Reading) -> None:
    """Note what is promised, with its day and time where the sentence has them."""
    for name, listed in reading.words.promises.items():
        for found in pattern(listed).finditer(reading.low):
            start, end = reading.sentence(found.start())
            inside = [fact for fact in reading.facts if start <= fact.start < end]
            day = next((fact.value for fact in inside if fact.kind is FactKind.DATE), "")
            time = next((fact.value for fact in inside if fact.kind is FactKind.TIME), "")
            when = " ".join(part for part in (day, time) if part)
            reading.note(FactKind.PROMISE, f"{name} {when}".strip(), found.span())


def read_admissions(reading: Reading) -> None:
    """Note that something told before is openly called wrong, or a promised time missed."""
    for value, listed in (("wrong", reading.words.admits), ("missed", reading.words.missed)):
        for found in pattern(listed).finditer(reading.low):
            reading.note(FactKind.CORRECTION, value, found.span())
