"""What a post is about, whatever language and case form it says it in."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.facets import MOST_FACETS, Facet, facets_of, kind_of
from models.lemmas import tokenize
from models.name_stems import name_stem

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)


def _facets(text: str, language: str = "en", brand: str = "") -> tuple[int, ...]:
    return facets_of(text, [token.lemma for token in tokenize(text, language)], AT, brand)


def _of(kind: Facet, text: str, language: str = "en", brand: str = "") -> set[int]:
    return {facet for facet in _facets(text, language, brand) if kind_of(facet) is kind}


@pytest.mark.parametrize(
    "names",
    [
        ("Tartu", "Tartus", "Tartusse", "Tartossa", "Тарту"),
        ("Tallinn", "Tallinnas", "Tallinnasse", "Таллинн", "Таллине"),
        ("Jüri", "Юри"),
        ("Ülemiste", "Ülemistes", "Юлемисте"),
        ("Kvartal", "Kvartali", "Квартале"),
    ],
)
def test_a_name_is_the_same_in_every_case_form_and_script(names: tuple[str, ...]) -> None:
    """Posts in two scripts name one place."""
    assert len({name_stem(name) for name in names}) == 1


def test_towns_do_not_fall_together() -> None:
    """A stem that is too short would make one town of two."""
    towns = ("Tartu", "Tallinn", "Narva", "Pärnu", "Turku", "Tampere", "Valga", "Viljandi", "Võru", "Riga", "Rakvere")
    assert len({name_stem(town) for town in towns}) == len(towns)


OUTAGE = {
    "et": "Tartus ei tööta internet",
    "ru": "В Тарту нет интернета",
    "fi": "Netti ei toimi Tartossa",
    "en": "Our internet is down in Tartu",
}


@pytest.mark.parametrize("language", ["et", "ru", "fi"])
def test_a_grievance_has_the_same_facets_in_each_language(language: str) -> None:
    """An outage, the internet and Tartu are found whoever writes."""
    meant = set(_facets(OUTAGE["en"]))
    assert {kind_of(facet) for facet in meant} == {Facet.SHARED_TROUBLE, Facet.THING, Facet.PLACE}
    assert meant <= set(_facets(OUTAGE[language], language))


def test_a_thing_that_works_is_no_trouble() -> None:
    """Only the negation makes an outage of "working"."""
    assert not _of(Facet.SHARED_TROUBLE, "the internet is working in Tartu")
    assert _of(Facet.SHARED_TROUBLE, "the internet is not working in Tartu")


def test_the_brand_itself_is_no_facet() -> None:
    """Every post about Nordvool has its name, and none of them is about electricity ("vool") because of it."""
    assert _of(Facet.THING, "Nordvooli arve", "et", "Nordvool") == _of(Facet.THING, "arve", "et")
    assert not _of(Facet.NAME, "I hate Nordvool", brand="Nordvool")


@pytest.mark.parametrize("said", ["29,99 €", "€29.99", "29.99 eur", "29,99 eurot"])
def test_a_sum_is_the_same_however_it_is_written(said: str) -> None:
    """Comma, point and the place of the sign do not matter."""
    assert _of(Facet.SUM, f"they took {said} from me") == _of(Facet.SUM, "29.99 €") != set()


def test_a_line_has_its_number_and_a_count_is_none() -> None:
    """Bus 67 is one bus; forty flights are many, and a year names nothing."""
    assert _of(Facet.NUMBER, "Bus no 67 is late") == _of(Facet.NUMBER, "автобус 67 опоздал", "ru") != set()
    assert not _of(Facet.NUMBER, "they cancelled 40 flights in 2025")
    assert _of(Facet.NUMBER, "flight LN204 is late") == _of(Facet.NUMBER, "Lend 204 hilineb", "et")


@pytest.mark.parametrize("said", ["flight 3 hours late to Oslo", "bus 20 minutes late", "they had 5 buses cancelled"])
def test_how_long_and_how_many_are_no_numbers_of_a_line(said: str) -> None:
    """Two flights that are three hours late are two flights."""
    assert not _of(Facet.NUMBER, said)


@pytest.mark.parametrize("sign", ["x", "an", "mail", "1 ", ". ", "€1"])
def test_a_flood_of_signs_says_nothing_and_ends(sign: str) -> None:
    """Runs that are no words are passed over: looking into them would take longer than the whole batch."""
    assert not _of(Facet.THING, "scam " + sign * 2000) | _of(Facet.NAME, "a " + sign.upper() * 2000)


def test_an_empty_date_has_no_yesterday() -> None:
    """Feeds that send the year 1 do not stop the brand that they are about."""
    assert not [
        facet
        for facet in facets_of("since yesterday", ["since", "yesterday"], datetime(1, 1, 1, tzinfo=UTC))
        if kind_of(facet) is Facet.DAY
    ]


def test_each_word_of_the_brand_is_its_name() -> None:
    """Whoever is called by two words shares neither with its customers' grievances."""
    assert not _of(Facet.NAME, "why did Bolt Food charge me", brand="Bolt Food")


def test_a_compound_tells_both_its_parts() -> None:
    """Estonian and Finnish glue words together: a bread shelf is about bread, home internet about the internet."""
    assert _of(Facet.THING, "leivariiulil", "et") == _of(Facet.THING, "leib", "et")
    assert _of(Facet.THING, "koduinternet", "et") == _of(Facet.THING, "internet", "et")


def test_names_are_read_inside_sentences_only() -> None:
    """The first word has its capital from the sentence, and in a headline every word has one."""
    assert not _of(Facet.NAME, "Terrible. Awful")
    assert not _of(Facet.NAME, "Fix Your Broken Kvartal Please")
    assert _of(Facet.NAME, "the shop in Kvartal is closed today")


def test_yesterday_and_the_weekday_are_one_day() -> None:
    """On a Wednesday, yesterday was Tuesday."""
    assert _of(Facet.DAY, "since yesterday") == _of(Facet.DAY, "teisipäevast", "et") != set()


@given(st.text(max_size=300), st.sampled_from(["et", "ru", "fi", "en", None]), st.text(max_size=8))
def test_any_text_gives_few_distinct_facets_that_fit_thirty_two_bits(
    text: str, language: str | None, brand: str
) -> None:
    """Whatever people write can be stored beside a signature, and is the same again."""
    lemmas = [token.lemma for token in tokenize(text, language)]
    found = facets_of(text, lemmas, AT, brand)
    assert found == facets_of(text, lemmas, AT, brand)
    assert len(set(found)) == len(found) <= MOST_FACETS
    assert all(0 < facet < 2**32 and kind_of(facet) in Facet for facet in found)
    assert list(map(kind_of, found)) == sorted(map(kind_of, found))
