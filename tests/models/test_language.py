import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.language import HOUSE_LANGUAGES, NEIGHBOURS, LanguageDetector

DETECTOR = LanguageDetector()


def codes(*texts: str) -> list[str | None]:
    """The languages of the texts."""
    return [found.code for found in DETECTOR.detect(texts)]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("et", "Kuller jättis toidu ukse taha ja see oli täiesti külm"),
        ("ru", "Где мой заказ? Жду уже третий час"),
        ("fi", "Missä tilaukseni on, odotin koko päivän"),
        ("en", "Where is my order, I waited all day"),
        ("lv", "Kur ir mans pasūtījums, es gaidīju visu dienu"),
        ("lt", "Kur mano užsakymas, laukiau visą dieną"),
        ("uk", "Де моє замовлення, чекаю вже третю годину"),
        ("be", "Дзе мая замова, чакаю ўжо трэцюю гадзіну"),
        ("sv", "Var är min beställning, jag har väntat hela dagen"),
        ("de", "Wo bleibt meine Bestellung, ich warte den ganzen Tag"),
    ],
)
def test_languages_of_the_house_and_their_neighbours(code: str, text: str) -> None:
    """Plain sentences in the four languages and in neighbours are told apart, and are no mixture."""
    (found,) = DETECTOR.detect([text])
    assert (found.code, found.parts) == (code, ())


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("et", "pole nadal aega vastust saanud"),
        ("et", "jalle maas see app, voiks ometi juba korda teha"),
        ("et", "k6ik on j2lle katki, m6ttetu teenindus"),
        ("et", "mdea ma pole nagu üldse rahul sellega vä"),
        ("et", "SAMA LUGU MUL KA!!!! kolmas nadal ootan"),
        ("et", "tänan"),
        ("fi", "ei vittu taas myohassa, missa mun paketti viipyy"),
        ("fi", "emmä tiiä onks tää nyt joku vitsi vai"),
        ("fi", "aspa ei vastaa, oon jonottanu tunnin"),
        ("fi", "kiitos!"),
        ("en", "lol they literally ghosted me smh"),
        ("en", "stil waitin 4 my refnd, wat a joke"),
        ("ru", "пипец, опять не привезли"),
        ("ru", "gde moya posylka?? zhdu uzhe tretyu nedelyu"),
        ("ru", "poprosil vernut' den'gi, a oni molchat"),
        ("ru", "4to za bred, uzhe 2 4asa zhdu kurjera"),
        ("ru", "mne nikto ne otvechaet, vtoroj mesjac zvonju"),
        ("ru", "koshmar a ne servis, bolshe ni nogoj"),
        ("ru", "ne rabotaet prilozhenije opjat"),
        ("ru", "spasibo bolšoe, vsjo prišlo za denj"),
    ],
)
def test_as_people_post(code: str, text: str) -> None:
    """Without diacritics, in slang, with typos, and Russian in Latin letters: the language is still told."""
    assert codes(text) == [code]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "🙂🙂",
        "ok",
        "12345 !!!",
        "@kuller https://example.ee/tere-tulemast",
        "klient@kuller.ee",
        "مرحبا بالعالم",
        "Καλημέρα σας, πού είναι η παραγγελία μου",
        "ok これはペンです、何ですか",
    ],
)
def test_undecided(text: str) -> None:
    """Texts with no or too few letters, or in a script of none of the known languages, have no language."""
    assert codes(text) == [None]


@pytest.mark.parametrize(
    "text", ["Hol van a rendelésem, egész nap vártam rá", "Unde este comanda mea, am așteptat toată ziua"]
)
def test_a_language_that_nobody_here_reads_has_no_code(text: str) -> None:
    """Hungarian and Romanian are not taken for the known language that looks most like them."""
    assert codes(text) == [None]


def test_addresses_and_mentions_do_not_vote() -> None:
    """A foreign address and foreign names around a Finnish sentence change neither language nor confidence."""
    plain, dressed = DETECTOR.detect(
        ["tilaukseni ei tullut", "@some_english_company tilaukseni ei tullut https://example.com/where-is-the-order"]
    )
    assert (dressed.code, dressed.confidence) == ("fi", pytest.approx(plain.confidence))


def test_what_a_brand_is_called_does_not_decide() -> None:
    """An English brand in capitals does not make an Estonian or a Russian sentence English."""
    assert codes("minu pakk on Happy Parcel Delivery käes kadunud", "у Happy Parcel Delivery пропала посылка") == [
        "et",
        "ru",
    ]


def test_a_letter_may_be_written_in_two_ways() -> None:
    """Letters with their marks as characters of their own, as some phones send them, read like whole letters."""
    whole, apart = DETECTOR.detect(["täna jälle külm", "ta\u0308na ja\u0308lle ku\u0308lm"])
    assert (whole.code, whole.confidence) == (apart.code, pytest.approx(apart.confidence)) == ("et", whole.confidence)


def test_batch_keeps_order() -> None:
    """A batch larger than what is looked at at once answers in the order of its texts; an empty one answers nothing."""
    texts = ["Где мой заказ?", "", "Missä tilaukseni on?", "Kus mu raha on?"] * 200
    assert codes(*texts) == ["ru", None, "fi", "et"] * 200
    assert DETECTOR.detect([]) == []


def test_a_text_reads_the_same_in_any_company() -> None:
    """What stands beside a text in its batch changes nothing about it."""
    texts = ["Где мой заказ?", "🙂", "it was fine, aga kuller oli ebaviisakas ja hilines tunni", "ei vastaa"]
    together = DETECTOR.detect(texts)
    for text, found in zip(texts, together, strict=True):
        (alone,) = DETECTOR.detect([text])
        assert (alone.code, alone.parts) == (found.code, found.parts)
        assert alone.confidence == pytest.approx(found.confidence, abs=1e-5)


def test_long_and_hostile_text() -> None:
    """Ten million characters and control characters neither fail nor change the answer of the beginning."""
    texts = ["Missä tilaukseni on? " * 500_000, "\x00\x1b[31m Missä tilaukseni on \ud800?", "." * 10_000_000]
    assert codes(*texts, "a" * 5_000 + "@", "a.b-c+" * 1_000) == [
        "fi",
        "fi",
        None,
        *codes("a" * 5_000, "a.b-c+" * 1_000),
    ]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(), max_size=5))
def test_any_text_has_an_honest_answer(texts: list[str]) -> None:
    """Whatever the text: a known code or none, a confidence between 0 and 1, one answer a text."""
    found = DETECTOR.detect(texts)
    assert len(found) == len(texts)
    assert all(answer.code in (None, *HOUSE_LANGUAGES, *NEIGHBOURS) for answer in found)
    assert all(0.0 <= answer.confidence <= 1.0 + 1e-6 for answer in found)
