import pytest

from models.language import LanguageDetector


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    """The detector, made once: reading its models takes longer than all tests."""
    return LanguageDetector()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("et", "Kuller jättis toidu ukse taha ja see oli täiesti külm"),
        ("et", "pole nadal aega vastust saanud"),
        ("ru", "Где мой заказ? Жду уже третий час"),
        ("fi", "Missä tilaukseni on, odotin koko päivän"),
        ("en", "Where is my order, I waited all day"),
        ("lv", "Kur ir mans pasūtījums, es gaidīju visu dienu"),
        ("uk", "Де моє замовлення, чекаю вже третю годину"),
        ("sv", "Var är min beställning, jag har väntat hela dagen"),
    ],
)
def test_languages_of_the_house_and_their_neighbours(detector: LanguageDetector, code: str, text: str) -> None:
    """Plain sentences in the four languages, without diacritics too, and in neighbours are told apart."""
    assert [found.code for found in detector.detect([text])] == [code]


@pytest.mark.parametrize(
    "text", ["", " ", "🙂🙂", "ok", "12345 !!!", "@kuller https://example.ee/tere-tulemast", "مرحبا بالعالم"]
)
def test_undecided(detector: LanguageDetector, text: str) -> None:
    """Texts with no or too few letters, or in a script of none of the known languages, have no language."""
    assert detector.detect([text])[0].code is None


def test_addresses_and_mentions_do_not_vote(detector: LanguageDetector) -> None:
    """A foreign address and foreign names around a Finnish sentence change neither language nor confidence."""
    plain, dressed = detector.detect(
        ["tilaukseni ei tullut", "@some_english_company tilaukseni ei tullut https://example.com/where-is-the-order"]
    )
    assert (dressed.code, round(dressed.confidence, 3)) == ("fi", round(plain.confidence, 3))


def test_batch_keeps_order(detector: LanguageDetector) -> None:
    """A batch, which is worked on in parallel, answers in the order of its texts; an empty one answers nothing."""
    texts = ["Где мой заказ?", "Missä tilaukseni on?", "Kus mu raha on?"] * 20
    assert [found.code for found in detector.detect(texts)] == ["ru", "fi", "et"] * 20
    assert detector.detect([]) == []


def test_long_and_hostile_text(detector: LanguageDetector) -> None:
    """Ten million characters and control characters neither fail nor change the answer of the beginning."""
    long, strange = detector.detect(["Missä tilaukseni on? " * 500_000, "\x00\x1b[31m Missä tilaukseni on \ud800?"])
    assert (long.code, strange.code) == ("fi", "fi")
