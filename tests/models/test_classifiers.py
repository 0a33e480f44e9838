"""The models that come with the package, on posts whose reading nobody would dispute."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from models.artifact import Artifact
from models.complaint import COMPLAINT, ComplaintModel
from models.complaint_words import GROUPS, groups_in
from models.hashing import HashedTexts
from models.sentiment import SentimentModel

COMPLAINTS = [
    ("et", "Kohutav teenindus, mitte kunagi enam ei osta siit midagi. Raha tagasi!"),
    ("et", "Toit oli külm ja kuller hilines kaks tundi, klienditeenindus ei vasta."),
    ("ru", "Ужасный сервис, телефон сломался через неделю, деньги не вернули!"),
    ("ru", "Заказ не привезли, поддержка не отвечает, верните деньги"),
    ("fi", "Todella huonoa palvelua, ruoka oli kylmää ja kuski töykeä."),
    ("fi", "Tilaus ei saapunut koskaan ja asiakaspalvelu ei vastaa, surkeaa!"),
    ("en", "Worst customer service ever, three hours on hold and then they hung up."),
    ("en", "My order never arrived and nobody answers. Terrible, I want a refund!"),
]
PRAISE = [
    ("et", "Aitäh, väga kiire tarne ja sõbralik kuller, soovitan kõigile!"),
    ("ru", "Спасибо большое, отличный сервис, курьер очень вежливый!"),
    ("fi", "Kiitos nopeasta toimituksesta, olen todella tyytyväinen!"),
    ("en", "Thank you for the quick delivery, the driver was lovely!"),
]
NEWS = [
    ("et", "Ettevõte avas täna Tartus uue poe."),
    ("ru", "Компания открыла новый магазин в Нарве."),
    ("fi", "Yhtiö avaa uuden myymälän Turkuun ensi kuussa."),
    ("en", "The company opened a new store in Tallinn today."),
]


@pytest.fixture(scope="module")
def sentiment() -> SentimentModel:
    """The built-in sentiment model."""
    return SentimentModel.builtin()


@pytest.fixture(scope="module")
def complaint(sentiment: SentimentModel) -> ComplaintModel:
    """The built-in complaint model."""
    return ComplaintModel.builtin(sentiment)


@pytest.mark.parametrize(
    ("label", "language", "text"),
    [("negative", *post) for post in COMPLAINTS]
    + [("positive", *post) for post in PRAISE]
    + [("neutral", *post) for post in NEWS],
)
def test_obvious_sentiment(sentiment: SentimentModel, label: str, language: str, text: str) -> None:
    """Plain anger, praise and news are read as such in all four languages, with probabilities that sum to 1."""
    (answer,) = sentiment.predict([text], [language])
    assert max(answer, key=lambda one: answer[one]) == label
    assert sum(answer.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("expected", "language", "text"),
    [(True, *post) for post in COMPLAINTS] + [(False, *post) for post in PRAISE + NEWS],
)
def test_obvious_complaints(complaint: ComplaintModel, language: str, text: str, *, expected: bool) -> None:
    """Plain complaints are found in all four languages; praise and news are none."""
    (answer,) = complaint.predict([text], [language])
    assert (answer[COMPLAINT] >= 0.5) is expected
    assert sum(answer.values()) == pytest.approx(1.0)


def test_undecided_language_is_read_by_script(sentiment: SentimentModel) -> None:
    """Cyrillic goes to the Russian model, in Ukrainian too; Latin letters are judged by the other three together."""
    russian, praise = "Ужасный сервис, кошмар", "Super, thank you!"
    (decided,) = sentiment.predict([russian], ["ru"])
    assert sentiment.predict([russian, russian], [None, "uk"]) == [decided, decided]
    each = sentiment.predict([praise] * 3, ["et", "fi", "en"])
    (together,) = sentiment.predict([praise], [None])
    assert together["positive"] == pytest.approx(sum(answer["positive"] for answer in each) / 3)


def test_batch_gives_what_single_texts_give(complaint: ComplaintModel) -> None:
    """Neither the neighbours in a batch nor its order change an answer; an empty batch is no error."""
    posts = COMPLAINTS + PRAISE + [("xx", ""), (None, "🤬"), ("en", "\x00\ud800")]
    together = complaint.predict([text for _, text in posts], [language for language, _ in posts])
    alone = [complaint.predict([text], [language])[0] for language, text in posts]
    assert [answer[COMPLAINT] for answer in together] == pytest.approx([answer[COMPLAINT] for answer in alone])
    assert complaint.predict([], []) == []


def test_each_language_has_its_own_ngrams() -> None:
    """A language of the house is judged by its learnt n-grams as well, any other by the evidence alone."""
    complaint = ComplaintModel(Artifact.load("complaint"), _OneTone(0.3, 0.4, 0.3))
    text = HashedTexts(["0 0 zz yy"])
    chances = {code: complaint.predict(text, [code])[0][COMPLAINT] for code in ("et", "ru", "fi", "en", "de", None)}
    assert chances["de"] == chances[None]
    assert len(set(chances.values())) == 5


class _OneTone(SentimentModel):
    """A sentiment model that hears the same in every text."""

    def __init__(self, *tone: float) -> None:
        self._tone = tone

    def table(self, texts: HashedTexts, languages: Sequence[str | None]) -> Any:
        assert len(languages) == len(texts)
        return np.tile(self._tone, (len(texts), 1))


@pytest.mark.parametrize("language", ["en", "fi", None])
def test_evidence_matters_everywhere(language: str | None) -> None:
    """The same words are likelier a complaint in an angry tone, in English as well as where evidence stands alone."""
    artifact = Artifact.load("complaint")
    angry, calm, glad = (
        ComplaintModel(artifact, _OneTone(*tone)).predict(["order 0 delivered"], [language])[0][COMPLAINT]
        for tone in ((0.9, 0.05, 0.05), (0.1, 0.8, 0.1), (0.01, 0.09, 0.9))
    )
    assert angry > calm > glad


def test_word_groups_in_each_language() -> None:
    """The hand-written groups find inflected words, count an entry once, and try all languages where none is known."""
    assert groups_in("külmaks läinud, külm ja katki", "et")[GROUPS.index("failure")] == 3
    assert groups_in("не работает, не  работает", "ru")[GROUPS.index("failure")] == 2
    assert groups_in("rahat takaisin", "en") == [0] * len(GROUPS)
    assert groups_in("rahat takaisin", None) == groups_in("rahat takaisin", "fi") != [0] * len(GROUPS)


def test_artifacts_are_small_and_plain() -> None:
    """All trained files together stay far under the 60 MB that they may take, and none needs pickle."""
    folder = files("models") / "artifacts"
    assert sum(len(file.read_bytes()) for file in folder.iterdir() if file.is_file()) < 12_000_000
    assert Artifact.load("sentiment").parts() == ["en", "et", "fi", "ru"]
    assert Artifact.load("complaint").parts() == [
        "elsewhere",
        *(f"joined-{code}" for code in ("en", "et", "fi", "ru")),
        *(f"ngrams-{code}" for code in ("en", "et", "fi", "ru")),
    ]


def test_version_follows_content() -> None:
    """Retrained weights have another version, so that stored scores can be told apart."""
    content = (files("models") / "artifacts" / "complaint.npz").read_bytes()
    assert Artifact("complaint", content).version == Artifact.load("complaint").version
    assert Artifact("complaint", content).version != Artifact("sentiment", content).version
    assert Artifact("complaint", content).version.startswith("complaint-")
