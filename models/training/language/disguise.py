"""Writes clean texts as people type them: without diacritics, in Latin letters, with typos, stretched, in one case."""

import random
import unicodedata
from collections.abc import Mapping, Sequence

_LATIN: Mapping[str, Sequence[str]] = {
    "а": ("a",), "б": ("b",), "в": ("v", "v", "v", "w"), "г": ("g",), "д": ("d",),
    "е": ("e", "e", "e", "e", "ye", "je"), "ё": ("yo", "jo", "e", "io", "o"),
    "ж": ("zh", "zh", "zh", "j", "g", "z", "ž"), "з": ("z", "z", "z", "z", "3"), "и": ("i",),
    "й": ("y", "j", "i", "j"), "к": ("k",), "л": ("l",), "м": ("m",), "н": ("n",), "о": ("o",), "п": ("p",),
    "р": ("r",), "с": ("s",), "т": ("t",), "у": ("u", "u", "u", "y"), "ф": ("f",), "х": ("h", "h", "kh", "x"),
    "ц": ("c", "ts", "c", "z"), "ч": ("ch", "ch", "4", "c", "tš", "č", "tsh"),
    "ш": ("sh", "sh", "sh", "6", "w", "s", "š"), "щ": ("sch", "shch", "sh", "sh'", "w", "šš", "6'"),
    "ъ": ("", "", "'", "''"), "ы": ("y", "y", "i", "õ", "q"), "ь": ("'", "", "", "j"), "э": ("e", "e", "e", "è"),
    "ю": ("yu", "ju", "u", "iu"), "я": ("ya", "ja", "a", "ia", "ja"),
}  # fmt: skip
"""How each Cyrillic letter is typed; who types sticks to one way, and the likelier ways are listed more than once."""

_CHAT: Mapping[str, str] = {"õ": "6", "ä": "2", "ö": "8", "ü": "y", "š": "sh", "ž": "zh"}
_LEAST_CYRILLIC = 0.6


def transliterated(text: str, rng: random.Random) -> str:
    """Type Russian in Latin letters, in one person's way of doing so."""
    habits = {letter: rng.choice(ways) for letter, ways in _LATIN.items()}
    if rng.random() < 0.5:  # the plain way that most keep to
        habits |= {letter: _LATIN[letter][0] for letter in "вежзуыэ"}
    return "".join(_typed(char, habits) for char in text)


def _typed(char: str, habits: Mapping[str, str]) -> str:
    lower = char.lower()
    if lower not in habits:
        return char
    return habits[lower].capitalize() if char != lower else habits[lower]


def is_cyrillic(text: str) -> bool:
    """Whether most letters are Cyrillic, so that there is something to transliterate."""
    letters = [char for char in text if char.isalpha()]
    return sum("Ѐ" <= char <= "ԯ" for char in letters) > _LEAST_CYRILLIC * len(letters)


def bare(text: str) -> str:
    """Leave out the marks on Latin letters, as on a keyboard without them; Cyrillic is kept as it is."""
    return "".join(_bare(char) for char in text)


def _bare(char: str) -> str:
    return char if "Ѐ" <= char <= "ԯ" else (unicodedata.normalize("NFD", char)[0])


def chatted(text: str) -> str:
    """Write Estonian letters with digits, as in chats of people without the keyboard."""
    return "".join(_CHAT.get(char, char) for char in text.lower())


def mistyped(text: str, rng: random.Random) -> str:
    """Leave out, double or swap about one letter in twenty-five."""
    typed = list(text)
    for at in range(len(typed) - 1):
        if typed[at].isalpha() and rng.random() < 0.04:
            kind = rng.randrange(3)
            if kind == 0:
                typed[at] = ""
            elif kind == 1:
                typed[at] *= 2
            else:
                typed[at], typed[at + 1] = typed[at + 1], typed[at]
    return "".join(typed)


def window(text: str, rng: random.Random) -> str:
    """Cut a few words out of a text, or leave it whole: most posts are shorter than most texts."""
    words = text.split()
    size = rng.choice((1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 15, 25, 60, 60, 60))
    first = rng.randrange(max(1, len(words) - size + 1))
    return " ".join(words[first : first + size])


def disguised(text: str, column: str, rng: random.Random) -> str:
    """Give one window of a text in one of the ways in which people write its language."""
    shown = window(text, rng)
    if column == "ru-latin":
        shown = transliterated(shown, rng)
    elif rng.random() < 0.3:
        shown = chatted(shown) if column == "et" and rng.random() < 0.15 else bare(shown)
    if rng.random() < 0.15:
        shown = mistyped(shown, rng)
    case = rng.random()
    if case < 0.35:
        shown = shown.lower()
    elif case < 0.4:
        shown = shown.upper()
    return shown
