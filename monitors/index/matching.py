"""What it means for a post to match a question: decided once, so that every index gives the same answers.

A post is indexed twice, by its base forms (computed at scoring, in the post's own language) and by its words as they
were written. The question's words are brought to their base forms in every language, because a question is too short to
tell its language, and match either. Both sides are folded: case and accents do not matter.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from models.lemmas import LEMMATISED, Token, cut_words, tokenize
from monitors.ports import Document

TEXT_LIMIT = 100_000
"""Characters of a post that are indexed; the ledger has the rest."""

_TERM_LIMIT = 32
"""Words and phrases of one question, and words of one phrase; more are ignored, they cannot be meant."""

_WORD_LIMIT = 100
"""Characters. Elasticsearch would cut longer words in pieces, SQLite would not."""

_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))
_SURROGATES = re.compile("[\ud800-\udfff]")
_PHRASE = re.compile(r'"([^"]*)"|([^"]+)')


@lru_cache(maxsize=131_072)
def fold(word: str) -> str:
    """Bring a word to the form in which it is compared: letters and digits without case or accents, - and '."""
    if word.isascii() and word.isalnum():
        return word.lower()[:_WORD_LIMIT]
    folded = unicodedata.normalize("NFKD", word.casefold()).casefold().replace("’", "'").replace("ʼ", "'")
    return "".join(letter for letter in folded if letter.isalnum() or letter in "'-")[:_WORD_LIMIT]


def clean(text: str) -> str:
    """Replace what no store can hold, lone halves of surrogate pairs, without moving any other character."""
    return _SURROGATES.sub("\ufffd", text)


def indexed_text(document: Document) -> str:
    """The text that is stored and shown: all of it, but for monsters."""
    return clean(document.post.text[:TEXT_LIMIT])


def indexed_lemmas(document: Document) -> str:
    """Base forms in reading order, separated by spaces."""
    return _joined(document.scores.lemmas[:TEXT_LIMIT])


def indexed_forms(text: str) -> str:
    """Words as they were written, in reading order, separated by spaces."""
    return _joined(cut_words(text))


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase: it matches as any of ``lemmas`` among the base forms, or as ``form`` among the words."""

    form: tuple[str, ...]
    lemmas: Sequence[tuple[str, ...]]


def read_question(text: str) -> Sequence[Term] | None:
    """Read what a person typed: words, and "phrases" in quotes; a post must match all of them.

    None is no restriction: nothing was typed. An empty sequence matches nothing: there is no word in what was typed.
    """
    if not text.strip():
        return None
    # An address and a @mention are no words of a post, but whoever asks for @brand means the brand.
    typed = clean(text).translate(_QUOTES).replace("@", " ")[: TEXT_LIMIT // 10]
    terms: list[Term] = []
    for phrase, plain in _PHRASE.findall(typed):
        if plain:
            terms += [_term(plain[token.start : token.end]) for token in tokenize(plain, None)[:_TERM_LIMIT]]
        elif tokenize(phrase, None):
            terms.append(_term(phrase))
    return [term for term in dict.fromkeys(terms) if term.form][:_TERM_LIMIT]


def find_highlights(terms: Sequence[Term], text: str, language: str | None) -> list[tuple[int, int]]:
    """The places of ``text`` that match, in reading order, without overlaps."""
    tokens = [token for token in tokenize(text, language) if fold(token.form)] if terms else []
    places = sorted(place for term in terms for place in _places(term, tokens))
    found: list[tuple[int, int]] = []
    for start, end in places:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _term(words: str) -> Term:
    form = _folded([token.form for token in tokenize(words, None)])
    readings = (_folded([token.lemma for token in tokenize(words, language)]) for language in (None, *LEMMATISED))
    return Term(form, tuple(dict.fromkeys(reading for reading in readings if reading)))


def _folded(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(folded for word in words[:_TERM_LIMIT] if (folded := fold(word)))


def _joined(words: Sequence[str]) -> str:
    return " ".join(filter(None, map(fold, words)))


def _places(term: Term, tokens: Sequence[Token]) -> list[tuple[int, int]]:
    length = len(term.form)
    wanted = set(term.lemmas)
    return [
        (window[0].start, window[-1].end)
        for start in range(len(tokens) - length + 1)
        if (window := tokens[start : start + length])
        and (
            tuple(fold(token.lemma) for token in window) in wanted
            or tuple(fold(token.form) for token in window) == term.form
        )
    ]
