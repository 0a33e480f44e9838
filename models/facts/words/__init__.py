"""What the four languages call the things that answers state facts about."""

from models.facts.words.en import ENGLISH
from models.facts.words.et import ESTONIAN
from models.facts.words.fi import FINNISH
from models.facts.words.ru import RUSSIAN
from models.facts.words.table import Words

LANGUAGES: dict[str, Words] = {"et": ESTONIAN, "ru": RUSSIAN, "fi": FINNISH, "en": ENGLISH}


def words_of(language: str | None) -> Words:
    """Give the words of a language, English for any that has none."""
    return LANGUAGES.get((language or "")[:2].lower(), ENGLISH)


__all__ = ["LANGUAGES", "Words", "words_of"]
