"""How long the check of a reply takes while somebody types, in a case with three earlier answers, in four languages.

The peer of a further letter is a draft as long that nobody has typed before: all of it is read.
"""

import random
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from fakes.town import PASSWORD, Browser, Clock, enter, settle

from benchmarks.asking import Asked, asked, row
from benchmarks.table import Row
from dashboards.warming import warm
from monitors import passwords

USUAL, LONG, EARLIER = 400, 4_000, 1_000
"""Characters of a draft as people write, of the longest that is read, and of each earlier answer beside it."""

_TURNS = 12
_PLACES = (0, 1_000, LONG)
"""Where a letter is put: at the beginning, within, and at the end, each in a draft of its own."""

_COMPLAINT = "Where is my parcel? It was to be here on Monday, nobody answers, and I want my money back!"
_COLD, _LETTER = 0.25, 0.1
_SENTENCES = {
    "en": (
        "Hello {name}!",
        "I am sorry that parcel {n} is late.",
        "You should have read our terms before you sent it.",
        "We will refund {n} euros to your account by Friday.",
        "As an exception we look at your case of {day} May once more.",
        "Our courier calls you on {day} May at {hour}.30.",
        "Nobody else complains about this, and the van was on time.",
        "The delay was caused by a storm, and {n} others waited too.",
    ),
    "et": (
        "Tere, {name}!",
        "Vabandame, et pakk {n} hilines.",
        "Oleksite pidanud enne saatmist tingimusi lugema.",
        "Kanname {n} eurot teie kontole reedeks.",
        "Erandkorras vaatame teie {day}. mai juhtumi veel kord üle.",
        "Kuller helistab teile {day}. mail kell {hour}.30.",
        "Keegi teine selle üle ei kurda ja auto oli õigel ajal kohal.",
        "Viivituse põhjustas torm ja oodata sai veel {n} inimest.",
    ),
    "fi": (
        "Hei {name}!",
        "Pahoittelemme, että paketti {n} on myöhässä.",
        "Teidän olisi pitänyt lukea ehdot ennen lähettämistä.",
        "Palautamme {n} euroa tilillenne perjantaihin mennessä.",
        "Poikkeuksellisesti katsomme {day}. toukokuuta sattuneen tapauksenne uudelleen.",
        "Kuljettaja soittaa teille {day}. toukokuuta klo {hour}.30.",
        "Kukaan muu ei valita tästä, ja auto oli ajoissa.",
        "Viivästys johtui myrskystä, ja {n} muuta odotti myös.",
    ),
    "ru": (
        "Здравствуйте, {name}!",
        "Извините, что посылка {n} опаздывает.",
        "Вам следовало прочитать условия до отправки.",
        "Вернём {n} евро на ваш счёт до пятницы.",
        "В порядке исключения рассмотрим ваш случай от {day} мая ещё раз.",
        "Курьер позвонит вам {day} мая в {hour}.30.",
        "Больше никто на это не жалуется, и машина приехала вовремя.",
        "Задержку вызвал шторм, и ждали ещё {n} человек.",
    ),
}
_NAMES = ("Anna", "Mari", "Juhani", "Olga", "Peter")


def measure() -> Iterator[Row]:
    """Drafts as a browser sends them, pasted and letter by letter."""
    with tempfile.TemporaryDirectory() as folder:
        town = settle(Path(folder), Clock(), passwords.hashed(PASSWORD))
        try:
            warm(town.app)
            yield from _typed(enter(town, "anna"))
        finally:
            town.ledger.close()


def _typed(browser: Browser) -> Iterator[Row]:
    chance = random.Random(7)
    usual = [_asked(browser, code, _made(chance, code, USUAL), "") for code in _SENTENCES for _ in range(_TURNS)]
    yield row(f"check of a reply, {USUAL} characters", usual, _LETTER)
    cold: list[Asked] = []
    typed: dict[int, list[Asked]] = {place: [] for place in _PLACES}
    for code in _SENTENCES:
        for _ in range(_TURNS):
            for place, took in typed.items():
                text = _made(chance, code, LONG)
                earlier = "\n\n".join(_made(chance, code, EARLIER) for _ in range(3))
                cold.append(_asked(browser, code, text, earlier))
                took.append(_asked(browser, code, f"{text[:place]}a{text[place:]}", earlier))
    what = f"check of a reply, {LONG:,} characters and three earlier answers of {EARLIER:,}"
    yield row(f"{what}, pasted", cold, _COLD)
    for place, took in typed.items():
        yield row(f"{what}, a letter more behind {place:,}", took, _LETTER, ("pasted", cold))


def _asked(browser: Browser, code: str, text: str, earlier: str) -> Asked:
    form = {"text": text, "language": code, "public": "true", "complaint": _COMPLAINT, "earlier": earlier}
    return asked(partial(browser.form, "/replies/check", **form))


def _made(chance: random.Random, code: str, size: int) -> str:
    """A text of so many characters that has not been made before."""
    said = ""
    while len(said) < size:
        sentence = chance.choice(_SENTENCES[code])
        said += sentence.format(
            name=chance.choice(_NAMES), n=chance.randrange(10, 900), day=chance.randrange(1, 29), hour=9
        )
        said += " "
    return said[:size].strip()
