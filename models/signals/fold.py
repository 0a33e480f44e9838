"""One spelling for the many ways in which people type a word.

Diacritics are dropped (``õ`` and ``o``, ``ё`` and ``е`` are one letter), so are apostrophes, and a letter typed three
times or more counts once. Russian is also folded by sound, so that ``verni dengi`` and ``верни деньги`` meet.
A word is folded after it was cut from the text, so offsets are never touched.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

Fold = Callable[[str], str]

_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_DROPPED = str.maketrans(dict.fromkeys("'’ʼ`´-‐‑–"))
_BY_SOUND = str.maketrans({"ь": None, "ъ": None, "ё": "е", "э": "е", "ы": "и", "й": "и", "щ": "ш"})
_LATIN_SOUNDS = {
    "shch": "ш",
    "sch": "ш",
    "sh": "ш",
    "zh": "ж",
    "kh": "х",
    "ch": "ч",
    "ts": "ц",
    "yu": "ю",
    "ju": "ю",
    "iu": "ю",
    "ya": "я",
    "ja": "я",
    "ia": "я",
    "yo": "е",
    "jo": "е",
    "ye": "е",
    "je": "е",
    "a": "а",
    "b": "б",
    "v": "в",
    "w": "в",
    "g": "г",
    "d": "д",
    "e": "е",
    "z": "з",
    "i": "и",
    "j": "и",
    "y": "и",
    "k": "к",
    "l": "л",
    "m": "м",
    "n": "н",
    "o": "о",
    "p": "п",
    "r": "р",
    "s": "с",
    "t": "т",
    "u": "у",
    "f": "ф",
    "h": "х",
    "c": "ц",
    "4": "ч",
    "x": "кс",
    "q": "к",
}
_LATIN_SOUND = re.compile("|".join(sorted(_LATIN_SOUNDS, key=len, reverse=True)))


def fold_latin(word: str) -> str:
    """Fold a word of Estonian, Finnish or English; a ``6`` between letters is the chat spelling of ``õ``."""
    plain = word.lower() if word.isascii() else _strip_marks(word)
    plain = _STRETCHED.sub(r"\1", plain.translate(_DROPPED))
    return plain.replace("6", "o") if "6" in plain and any(map(str.isalpha, plain)) else plain


def fold_russian(word: str) -> str:
    """Fold a Russian word by sound, also when it is typed in Latin letters."""
    plain = _strip_marks(word).translate(_DROPPED)
    if not _CYRILLIC.search(plain) and not plain.isdigit():
        plain = _LATIN_SOUND.sub(lambda sound: _LATIN_SOUNDS[sound[0]], plain)
    return _STRETCHED.sub(r"\1", plain.translate(_BY_SOUND))


def has_cyrillic(text: str) -> bool:
    """Tell whether any Cyrillic letter occurs, which is how a Russian remark in another language's post is noticed."""
    return _CYRILLIC.search(text) is not None


def _strip_marks(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


FOLDS: Mapping[str, Fold] = {"et": fold_latin, "fi": fold_latin, "en": fold_latin, "ru": fold_russian}
