"""Facts of answers in four languages, in the formats in which people write them."""

import time
from datetime import date, timedelta

import pytest
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from models.facts import Fact, FactKind, differing, facts_of, from_document, to_document
from models.facts.numbers import spelled
from models.facts.words import LANGUAGES

TODAY = date(2026, 11, 11)
"""A Wednesday."""


def values(kind: FactKind, text: str, language: str, at: date | None = TODAY) -> list[str]:
    """The normal forms of one kind of facts."""
    return [fact.value for fact in facts_of(text, language, at) if fact.kind is kind]


SUMS = [
    ("et", "Tagastame 45 €.", "45 EUR"),
    ("et", "Tagastame 45 eurot", "45 EUR"),
    ("et", "Summa 1 250,50 €", "1250.50 EUR"),
    ("et", "Hüvitame sada viiskümmend eurot", "150 EUR"),
    ("et", "Tagastus on 12 eurot ja 60 senti", "12.60 EUR"),
    ("et", "see kakskümmend üks eurot viiskümmend senti", "21.50 EUR"),
    ("et", "maksame kaks tuhat kolmsada nelikümmend viis eurot", "2345 EUR"),
    ("et", "Kanname 12.60 tagasi", "12.60"),
    ("ru", "Вернём 45,00 евро", "45 EUR"),
    ("ru", "Возврат сто пятьдесят евро", "150 EUR"),
    ("ru", "Вернём четыре тысячи восемьсот семьдесят рублей", "4870 RUB"),
    ("ru", "Тысяча четыреста пятьдесят придёт до пятницы", "1450"),
    ("ru", "тридцать два евро сорок центов", "32.40 EUR"),
    ("ru", "пеня 581 рубль", "581 RUB"),
    ("ru", "2 тыс. руб. вернём", "2000 RUB"),
    ("fi", "Palautamme 19,50 €", "19.50 EUR"),
    ("fi", "maksamme sataviisikymmentä euroa", "150 EUR"),
    ("fi", "Sama yheksäntoista ja puol euroo", "19.50 EUR"),
    ("fi", "Tuo 1 250 on maksussa", "1250"),
    ("fi", "kaksituhatta viisisataa euroa", "2500 EUR"),
    ("en", "The balance is £3,204.", "3204 GBP"),
    ("en", "Still sixty-four pounds", "64 GBP"),
    ("en", "the six hundred and forty pounds will be with you", "640 GBP"),
    ("en", "we pay €1,250.00", "1250 EUR"),
    ("en", "$5 for you", "5 USD"),
]


@pytest.mark.parametrize(("language", "text", "value"), SUMS)
def test_sum_in_any_format_has_one_normal_form(language: str, text: str, value: str) -> None:
    """Figures with any separators, signs before and after, words, and money with its cents."""
    assert values(FactKind.SUM, text, language) == [value]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("et", "Helista 5550 133, olen siin"),
        ("et", "Sinu tellimus nr 4711 on teel"),
        ("et", "Rong väljub 18.40"),
        ("ru", "Поезд 117 отменён"),
        ("ru", "Звоните 600 7788"),
        ("fi", "Laite painaa 212 kg, rahat tulevat"),
        ("en", "The 0712 was cancelled"),
        ("en", "Since 2024 we pay at once"),
    ],
)
def test_other_numbers_are_no_sums(language: str, text: str) -> None:
    """Telephones, orders, trains, weights and years."""
    assert values(FactKind.SUM, text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("et", "intress on 5,9% aastas", "5.90%"),
        ("et", "pool ehk 50 protsenti", "50%"),
        ("ru", "скидка 20 %", "20%"),
        ("fi", "alennus on 15 prosenttia", "15%"),
        ("en", "you get 50 per cent", "50%"),
    ],
)
def test_shares(language: str, text: str, value: str) -> None:
    """Per cent by sign and by word."""
    assert values(FactKind.SHARE, text, language) == [value]


DAYS = [
    ("et", "Helistan homme", "2026-11-12"),
    ("et", "Helistan ülehomme", "2026-11-13"),
    ("et", "Pakk tuleb reedel", "2026-11-13"),
    ("et", "Pakk tuleb kolmapäeval", "2026-11-11"),
    ("et", "Pakk tuleb 14.11", "2026-11-14"),
    ("et", "Pakk tuleb 14.11.2026", "2026-11-14"),
    ("et", "neljateistkümnendal novembril", "2026-11-14"),
    ("et", "hiljemalt 2. jaanuaril", "2027-01-02"),
    ("et", "reedel, 13. novembril", "2026-11-13"),
    ("et", "14-ndal on valmis", "2026-11-14"),
    ("et", "järgmisel nädalal", "2026-W47"),
    ("ru", "Ответим послезавтра до 18", "2026-11-13"),
    ("ru", "приедет в пятницу", "2026-11-13"),
    ("ru", "вернём 14 ноября", "2026-11-14"),
    ("ru", "вернётся на карту 24-го", "2026-11-24"),
    ("ru", "в пятницу, двадцать первого ноября", "2026-11-21"),
    ("ru", "на следующей неделе", "2026-W47"),
    ("fi", "Soitan huomenna", "2026-11-12"),
    ("fi", "Sohva tulee elokuun kuudentena", "2026-08-06"),
    ("fi", "päätös viimeistään kahdestoista lokakuuta", "2026-10-12"),
    ("fi", "ensi viikolla", "2026-W47"),
    ("fi", "perjantaina 13.11.", "2026-11-13"),
    ("en", "By Friday noon", "2026-11-13"),
    ("en", "on 14 November", "2026-11-14"),
    ("en", "November 14th", "2026-11-14"),
    ("en", "on the 21st", "2026-11-21"),
    ("en", "on 30/11", "2026-11-30"),
    ("en", "next week", "2026-W47"),
    ("en", "the day after tomorrow", "2026-11-13"),
]


@pytest.mark.parametrize(("language", "text", "value"), DAYS)
def test_day_is_counted_from_the_day_of_the_telling(language: str, text: str, value: str) -> None:
    """Relative days, days of the week, of the month and of the year, by figures and by words."""
    assert values(FactKind.DATE, text, language) == [value]


def test_day_of_which_less_is_known_says_less() -> None:
    """Without the day of the telling a Friday is a Friday, and the 14th has no month."""
    assert values(FactKind.DATE, "reedel, 14. novembril", "et", None) == ["W5", "--11-14"]
    assert values(FactKind.DATE, "14-ndal", "et", None) == ["---14"]
    assert values(FactKind.DATE, "homme", "et", None) == ["+1"]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("et", "kell 15", "15:00"),
        ("et", "kella 16-ks", "16:00"),
        ("et", "täna kell 17–19", "17:00-19:00"),
        ("et", "Buss väljub 18.40", "18:40"),
        ("et", "täpsemalt kell kolm.", "03:00"),
        ("ru", "послезавтра до 18", "18:00"),
        ("ru", "с 10 до 14", "10:00-14:00"),
        ("ru", "ровно в 17:00", "17:00"),
        ("ru", "сегодня до шести.", "06:00"),
        ("fi", "klo 8–12", "08:00-12:00"),
        ("fi", "tiistaina kello 12", "12:00"),
        ("en", "by Friday noon", "12:00"),
        ("en", "open till 8pm", "20:00"),
        ("en", "at 4.15 p.m", "16:15"),
        ("en", "between 8:00 and 12:00", "08:00-12:00"),
        ("en", "at half past six", "06:30"),
        ("en", "at seven o'clock", "07:00"),
    ],
)
def test_times_of_day(language: str, text: str, value: str) -> None:
    """Hours after their words, with and without minutes, and spans of hours."""
    assert values(FactKind.TIME, text, language) == [value]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("et", "3 tööpäeva jooksul", "P3B"),
        ("et", "kolme tööpäeva jooksul", "P3B"),
        ("et", "kehtib 6 kuud", "P6M"),
        ("ru", "в течение 10 дней", "P10D"),
        ("ru", "через две недели", "P2W"),
        ("fi", "14 päivän kuluessa", "P14D"),
        ("fi", "kahden vuoden takuu", "P2Y"),
        ("en", "within ten working days", "P10B"),
        ("en", "you have 14 days", "P14D"),
    ],
)
def test_durations(language: str, text: str, value: str) -> None:
    """Numbers of days, working days, weeks, months and years."""
    assert values(FactKind.DURATION, text, language) == [value]


@pytest.mark.parametrize(
    ("language", "text", "name", "about"),
    [
        ("et", "Vabandust! Homme selgub.\nMari", "Mari", "signed"),
        ("et", "Sulle helistab täna Moonika. Palun oota.", "Moonika", "calls"),
        ("et", "Sinu asja ajab Marika Kask, palun oota.", "Marika Kask", "handles"),
        ("ru", "Ваше дело ведёт Светлана Гаврик, она же и решит всё.", "Светлана Гаврик", "handles"),
        ("ru", "Простите. — Олег", "Олег", "signed"),
        ("fi", "Asiaasi hoitaa Pertti, hän kertoo lisää.", "Pertti", "handles"),
        ("fi", "Olen pahoillani.\nTerv. Niina Hakala", "Niina Hakala", "signed"),
        ("en", "She is sorry. Rgds, Tom", "Tom", "signed"),
    ],
)
def test_names_of_who_answers(language: str, text: str, name: str, about: str) -> None:
    """Signatures, and who handles it or calls."""
    found = [(fact.value, fact.about) for fact in facts_of(text, language, TODAY) if fact.kind is FactKind.NAME]
    assert found == [(name, about)]


@pytest.mark.parametrize(
    ("language", "text", "kind", "value"),
    [
        ("et", "Buss jäi tulemata, sest juht haigestus", FactKind.CAUSE, "staff"),
        ("ru", "задержка из-за снега на трассе", FactKind.CAUSE, "weather"),
        ("fi", "Syy oli maksuyhteyden häiriö", FactKind.CAUSE, "payment"),
        ("en", "late because the storm closed the route", FactKind.CAUSE, "weather"),
        ("et", "Helistan homme kell 15", FactKind.PROMISE, "call 2026-11-12 15:00"),
        ("ru", "Верну завтра", FactKind.PROMISE, "refund 2026-11-12"),
        ("fi", "Lähetän uuden perjantaina", FactKind.PROMISE, "send 2026-11-13"),
        ("en", "I'll call you tomorrow", FactKind.PROMISE, "call 2026-11-12"),
        ("et", "Raha me tagasi ei maksa", FactKind.RULE, "refund:no"),
        ("fi", "Rahaa ei palauteta", FactKind.RULE, "refund:no"),
        ("en", "No refunds on boots", FactKind.RULE, "refund:no"),
        ("en", "This is not covered by the warranty", FactKind.RULE, "covered:no"),
        ("ru", "гарантия не распространяется", FactKind.RULE, "covered:no"),
        ("ru", "я ошиблась в сумме", FactKind.CORRECTION, "wrong"),
        ("fi", "Korjaan edellistä viestiäni", FactKind.CORRECTION, "wrong"),
    ],
)
def test_causes_promises_rules_and_admissions(language: str, text: str, kind: FactKind, value: str) -> None:
    """What is said in words is brought to classes; a promise has its time, a rule its yes or no."""
    assert value in values(kind, text, language)


@pytest.mark.parametrize(
    ("language", "word", "number"),
    [
        ("et", "üks", 1),
        ("et", "viisteist", 15),
        ("et", "kakskümmend seitse", 27),
        ("et", "üheksasada üheksakümmend üheksa", 999),
        ("ru", "сорок два", 42),
        ("ru", "двести тысяч", 200_000),
        ("fi", "kaksikymmentäseitsemän", 27),
        ("fi", "viisitoista", 15),
        ("fi", "yhdeksänsataayhdeksänkymmentäyhdeksän", 999),
        ("en", "nine hundred and ninety-nine", 999),
        ("en", "twelve thousand three hundred", 12_300),
    ],
)
def test_number_words(language: str, word: str, number: int) -> None:
    """Compound words and words beside each other make one number."""
    assert [(found.value, found.start, found.end) for found in spelled(word, language)] == [(number, 0, len(word))]


LANGUAGE = st.sampled_from(sorted(LANGUAGES))
LOCALES = {"et": "et", "ru": "ru", "fi": "fi", "en": "en_GB"}


@given(LANGUAGE, st.integers(1, 9_999_999), st.sampled_from(["EUR", "GBP", "USD", "RUB"]))
def test_sum_that_a_country_writes_is_read_back(language: str, cents: int, currency: str) -> None:
    """Sums with cents as each country writes them."""
    written = format_currency(cents / 100, currency, locale=LOCALES[language])
    expected = f"{cents // 100} {currency}" if cents % 100 == 0 else f"{cents / 100:.2f} {currency}"
    assert values(FactKind.SUM, f"({written})", language) == [expected]


@given(LANGUAGE, st.integers(1, 999_999))
def test_whole_sum_with_its_word_is_read_back(language: str, euros: int) -> None:
    """Whole euros with the country's separators and its word for them."""
    word = {"et": "eurot", "ru": "евро", "fi": "euroa", "en": "euros"}[language]
    written = f"{format_decimal(euros, locale=LOCALES[language])} {word}"
    assert values(FactKind.SUM, written, language) == [f"{euros} EUR"]


@given(LANGUAGE, st.integers(-170, 170), st.sampled_from(["short", "medium", "long", "full", "yyyy-MM-dd", "d.M.yyyy"]))
def test_day_that_a_country_writes_is_read_back(language: str, ahead: int, form: str) -> None:
    """Days in each of the country's formats, and days within half a year also without their year."""
    on = TODAY + timedelta(days=ahead)
    written = format_date(on, form, locale=LOCALES[language])
    assert values(FactKind.DATE, f"See on {written}", language)[:1] == [on.isoformat()]
    short = format_date(on, "d. MMMM" if language in {"et", "fi"} else "d MMMM", locale=LOCALES[language])
    assert values(FactKind.DATE, f"- {short} -", language) == [on.isoformat()]


SNIPPETS = st.sampled_from([row[1] for row in SUMS + DAYS])
ANY_TEXT = st.one_of(st.text(max_size=200), st.lists(SNIPPETS, max_size=6).map(". ".join))
ANY_DAY = st.one_of(st.none(), st.dates())


@given(ANY_TEXT, st.sampled_from(["et", "ru", "fi", "en", "sv", "", None]), ANY_DAY)
def test_facts_are_places_of_the_text_and_a_text_agrees_with_itself(
    text: str, language: str | None, at: date | None
) -> None:
    """Whatever is written, in whatever language and on whatever day, nothing is raised."""
    found = facts_of(text, language, at)
    for fact in found:
        assert 0 <= fact.start < fact.end <= len(text)
        assert fact.text == text[fact.start : fact.end]
        assert from_document(to_document(fact)) == fact
    assert differing(found, found) == ()


@given(ANY_TEXT, ANY_TEXT, LANGUAGE, ANY_DAY)
def test_any_two_answers_can_be_compared(one: str, other: str, language: str, at: date | None) -> None:
    """Differences are between facts of both, whatever they are."""
    new, told = facts_of(one, language, at), facts_of(other, language, None)
    for difference in differing(new, told):
        assert difference.new in new
        assert difference.told in told


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize(
    "piece",
    [
        "1 ",
        "1.",
        "9,",
        "45 € ",
        "1 234 567",
        "kaks kolm ",
        "kakskümmend",
        "сто ",
        "hundred and ",
        "homme kell 15 ",
        "Mari ",
        "helistab ",
        "-",
        "\n",
        "İ",
        "a" * 50,
        "sest torm ",
        "ei ",
    ],
)
def test_hostile_length_takes_bounded_time(piece: str, language: str) -> None:
    """A million signs of anything are read in a second at the most, and no fact lies beyond what is read."""
    text = piece * (1_000_000 // len(piece))
    facts_of("warm", language, TODAY)
    began = time.process_time()
    found = facts_of(text, language, TODAY)
    differing(found, found[: len(found) // 2])
    assert time.process_time() - began < 1.0
    assert all(isinstance(fact, Fact) and fact.end <= 10_000 for fact in found)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("row", [".", "…", ". ", "1.", "(", "monday ", "1% ", "sada", "a-", "12:", "€", "1 000 "])
def test_long_rows_of_anything_are_read_at_once(language: str, row: str) -> None:
    """A draft of nothing but dots, brackets or figures takes no longer than one of words."""
    began = time.process_time()
    facts_of((row * 20_000)[:20_000], language, TODAY)
    assert time.process_time() - began < 0.5
