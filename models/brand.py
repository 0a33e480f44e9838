"""Which of the watched brands a text mentions, in whatever case form it mentions them.

A name is compared letter by letter without case and diacritics, and may carry the case endings of Estonian, Finnish,
Russian and English, glued on or set off as in "Bolt'ile", "SEB:n" or "Wolt-ом".
"""

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# Invisible characters go with the diacritics: they come with copied text, and some people hide names with them.
_MARKS = re.compile(r"[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]+")
_SPLIT = re.compile(r"[\s_-]+")
_VOWELS = "aeiouy"
# Normalising sorts combining marks, which takes a run of them squared: a run of 100,000 took a minute.
_AT_ONCE = 256

# Endings are written as they look after folding: a for ä, o for ö, и for й.
_CLITIC = "(?:ki|gi|kin|kaan|ko|han|pa)?"
_WESTERN = "(?:n|a|t|d|s|st|sse|ssa|sta|l|le|lt|lla|lta|lle|ks|ksi|ni|na|ta|tta|ga|de|id|te|in|en|an|on|un|hin|seen|ja)"
_CYRILLIC = {
    "а": "(?:а|ы|и|е|у|о[иию]|еи|ам|ами|ах)",
    "я": "(?:я|и|е|ю|еи|ею|ям|ями|ях)",
    "ь": "(?:ь|и|ью|я|ю|ем|е)",
    "и": "(?:и|я|ю|ем|е)",
    "": "(?:а|у|ом|ем|е|ы|и|ов|ев|ам|ами|ах)?",
    "ая": "(?:ая|ои|ую|ою)",
    "ыи": "(?:ыи|ого|ому|ым|ом)",
    "ии": "(?:ии|ого|ему|ому|им|ем|ом)",
}
# Russian as it is typed with Latin letters. Plurals and what names of people end in (y, ov) are left out.
_TYPED_RUSSIAN = "(?:a|u|e|om|em|am|ami|ah)"
_TYPED_RUSSIAN_A = "(?:y|i|u|e|o[ijy]|am|ami|ah)"
_TYPED_RUSSIAN_IA = "(?:i|yu|ju|iu|u|e[ijy]|iam|iami|iah)"
# Shorter names with one letter more are other words: "seba" is an Estonian fuss, "Zare" a person.
_SHORTEST_TYPED, _SHORTEST_TYPED_A = 4, 6
_SET_OFF = "['’ʼ`:-]"


@dataclass(frozen=True, slots=True)
class _Name:
    brand: int
    handle: bool
    form: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Exclusion:
    covering: re.Pattern[str] | None
    beside: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class _Excused:
    """What speaks of something else in one text: where phrases around a name start and end, and any word beside it."""

    starts: Sequence[int]
    ends: Sequence[int]
    beside: bool


class BrandMatcher:
    """Finds brands in a text by their names, compiled once for all brands.

    ``names`` maps a brand to the forms it goes by, in any script; endings need not be listed. A form that begins with
    ``@`` is a handle and matches only as such. ``excluded`` maps a brand to words and phrases that speak of something
    else: a phrase around a name ("Usain Bolt") takes back that mention, a word beside it ("wrench") all but handles.
    """

    def __init__(self, names: Mapping[str, Sequence[str]], excluded: Mapping[str, Sequence[str]] | None = None) -> None:
        self._brands = tuple(names)
        self._by_start: dict[str, list[_Name]] = defaultdict(list)
        starts: set[str] = set()
        for brand, forms in enumerate(names.values()):
            for form in {_fold(form).strip() for form in forms} - {""}:
                words = _words(form)
                if not words:
                    continue
                name = _Name(brand, form.startswith("@"), re.compile(_pattern(words, link="i")))
                self._by_start[words[0][0]].append(name)
                starts.add(re.escape(words[0][:2]))
        # Most places of a text begin no name: one scan for the first two letters leaves few places for the rest.
        self._start = re.compile(rf"(?<![^\W_])(?:{'|'.join(sorted(starts))})") if starts else None
        self._excluded = {
            brand: _exclusion(names[name], phrases)
            for brand, name in enumerate(self._brands)
            if (phrases := (excluded or {}).get(name))
        }

    def find(self, text: str) -> tuple[str, ...]:
        """Name the brands that ``text`` mentions, in the order in which the brands were given."""
        if self._start is None:
            return ()
        folded = _fold(text)
        found: set[int] = set()
        excused: dict[int, _Excused] = {}
        for start in self._start.finditer(folded):
            at = start.start()
            for name in self._by_start[folded[at]]:
                if name.brand not in found and self._mentions(folded, at, name, excused):
                    found.add(name.brand)
        return tuple(self._brands[brand] for brand in sorted(found))

    def _mentions(self, folded: str, at: int, name: _Name, excused: dict[int, _Excused]) -> bool:
        called = folded[at - 1 : at] == "@"
        match = name.form.match(folded, at)
        if match is None or (name.handle and not called):
            return False
        exclusion = self._excluded.get(name.brand)
        if exclusion is None:
            return True
        # Looked for once a text: a text of nothing but excluded mentions would be read once for each of them.
        if name.brand not in excused:
            excused[name.brand] = _excused(exclusion, folded)
        here = excused[name.brand]
        around = bisect_right(here.starts, at) - 1
        if around >= 0 and match.end() <= here.ends[around]:
            return False
        return called or not here.beside


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    pieces = (unicodedata.normalize("NFKD", text[at : at + _AT_ONCE]) for at in range(0, len(text), _AT_ONCE))
    return _MARKS.sub("", "".join(pieces)).casefold()


def _words(name: str) -> list[str]:
    return [word for word in _SPLIT.split(name.lstrip("@#")) if word]


def _pattern(words: Sequence[str], *, link: str) -> str:
    # People write "air baltic", "airbaltic" and "air-baltic"; a Russian name inflects in each of its words.
    parts = [_cyrillic(word) if _is_cyrillic(word) else re.escape(word) for word in words[:-1]]
    last = _cyrillic(words[-1]) if _is_cyrillic(words[-1]) else _latin(words[-1], link)
    return r"[\s_-]*".join([*parts, last]) + r"(?![^\W_])"


def _latin(word: str, link: str) -> str:
    stem, last = re.escape(word), word[-1]
    if last.isdigit():
        glued = f"{_WESTERN}?"
    elif last in _VOWELS:
        glued = f"{last}?{_WESTERN}?"  # the vowel of a stem may double: Nesteen
    else:
        glued = f"(?:[{link}]{{1,2}}{_WESTERN}?)?"  # without the linking vowel "bolted" would be a Bolt
    russian = _typed_russian(word)
    set_off = f"{_SET_OFF}(?:i{{0,2}}{_WESTERN}?{_CLITIC}|{_TYPED_RUSSIAN}|{_TYPED_RUSSIAN_A})"
    return f"(?:{stem}(?:{glued}{_CLITIC}|{set_off}|{_SET_OFF}?{_CYRILLIC['']}){russian})"


def _typed_russian(word: str) -> str:
    """Give the further forms of a name that Russian endings in Latin letters make, as alternatives of a pattern."""
    if word.endswith("ia") and len(word) >= _SHORTEST_TYPED_A - 1:
        return f"|{re.escape(word[:-1])}{_TYPED_RUSSIAN_IA}"
    if word.endswith("a") and len(word) >= _SHORTEST_TYPED_A:
        return f"|{re.escape(word[:-1])}{_TYPED_RUSSIAN_A}"
    if word[-1].isalpha() and word[-1] not in _VOWELS and len(word) >= _SHORTEST_TYPED:
        return f"|{re.escape(word)}{_TYPED_RUSSIAN}"
    return ""


def _cyrillic(word: str) -> str:
    for ending in ("ая", "ыи", "ии"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return re.escape(word.removesuffix(ending)) + _CYRILLIC[ending]
    last = word[-1]
    if len(word) > 3 and last in "аяьи":
        return re.escape(word[:-1]) + _CYRILLIC[last]
    if last in "оеуэюыи":
        return re.escape(word)
    return re.escape(word) + f"(?:{_SET_OFF})?" + _CYRILLIC[""]


def _is_cyrillic(word: str) -> bool:
    return "\u0400" <= word[-1] <= "\u04ff"


def _exclusion(names: Sequence[str], phrases: Iterable[str]) -> _Exclusion:
    bare = {_fold(name).strip().lstrip("@#") for name in names}
    covering: list[str] = []
    beside: list[str] = []
    for phrase in {_fold(phrase).strip() for phrase in phrases}:
        if words := _words(phrase):
            # Common words link their endings by any vowel (kohvik, kohvikus); new names take an i.
            pattern = rf"(?<![^\W_]){_pattern(words, link='aeiou')}"
            (covering if any(name in phrase for name in bare) else beside).append(pattern)
    return _Exclusion(_either(covering), _either(beside))


def _excused(exclusion: _Exclusion, folded: str) -> _Excused:
    spans = [found.span() for found in exclusion.covering.finditer(folded)] if exclusion.covering else []
    beside = exclusion.beside is not None and exclusion.beside.search(folded) is not None
    return _Excused([start for start, _ in spans], [end for _, end in spans], beside)


def _either(patterns: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(sorted(patterns))) if patterns else None
