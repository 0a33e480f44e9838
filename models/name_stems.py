"""Names in one spelling, whatever script and case form they were written in."""

import re
import unicodedata
from functools import lru_cache

from models.lemmas import LONGEST_WORD


def fold(word: str) -> str:
    """Lower case without diacritics, so that words typed on any keyboard are equal."""
    bare = unicodedata.normalize("NFD", word.lower())
    return "".join(sign for sign in bare if not unicodedata.combining(sign))


_LATIN = str.maketrans(
    dict(
        zip(
            "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
            [
                "a",
                "b",
                "v",
                "g",
                "d",
                "e",
                "o",
                "s",
                "s",
                "i",
                "i",
                "k",
                "l",
                "m",
                "n",
                "o",
                "p",
                "r",
                "s",
                "t",
                "u",
                "f",
                "h",
                "s",
                "s",
                "s",
                "s",
                "",
                "o",
                "",
                "e",
                "u",
                "a",
            ],
            strict=True,
        )
    )
)
_ALIKE = str.maketrans("yjwcqzx", "iivkkss")
_ENDING = re.compile(r"(?:sk(?:oi|ogo|om|[aiu]e?)|a[mh]i?|ov|hin|[iaeu]n|[aeiou]|[sntldk])$")
# Russian writes Jüri as Юри, and Ülemiste as Юлемисте.
_LEADING_J = re.compile(r"^i(?=[au])")
_REPEATS = re.compile(r"(.)\1+")
_SHORTEST = 4


@lru_cache(maxsize=65_536)
def name_stem(name: str) -> str:
    """Bring a name to what its case forms share in Latin and Cyrillic script: Tartus, Tartossa and Тарту are "tart".

    Sounds that the languages write differently fall together, and so may two names once in a while. Longer runs than
    any name has give nothing: cutting endings off them takes a time that grows with the square of their length.
    """
    if len(name) > LONGEST_WORD:
        return ""
    word = name.lower().replace("ё", "о").translate(_LATIN)
    word = _REPEATS.sub(r"\1", fold(word).replace("ch", "s").replace("sh", "s").replace("ts", "s").translate(_ALIKE))
    word = _LEADING_J.sub("", "".join(sign for sign in word if sign.isalnum()))
    while len(cut := _ENDING.sub("", word)) >= _SHORTEST and cut != word:
        word = cut
    return word
