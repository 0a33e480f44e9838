"""Who reads the drafts of answers: a door for the pages, behind which the models of the house stand by default."""

from functools import cached_property
from typing import Protocol

from models.language import LanguageDetector
from models.replies import Draft, Finding, check
from models.replies.phrases import Phrases


class ReplyChecker(Protocol):
    """Finds what is wrong with a draft, tells a text's language (None: undecided), and loads early with ``warm``."""

    def check(self, draft: Draft) -> tuple[Finding, ...]:
        """Read a draft."""

    def language(self, text: str) -> str | None:
        """Tell the language of a text."""

    def warm(self) -> None:
        """Load what only the first draft would wait for."""


class BuiltinReplyChecker:
    """The reply check of the house, with the wordings of Kuula or of the team."""

    def __init__(self, phrases: Phrases | None = None) -> None:
        self._phrases = phrases

    def check(self, draft: Draft) -> tuple[Finding, ...]:
        """Read a draft."""
        return check(draft, self._phrases)

    def language(self, text: str) -> str | None:
        """Tell the language of a text."""
        return self._languages.detect([text])[0].code

    def warm(self) -> None:
        """Load what only the first draft would wait for."""
        for code, text in (("et", "Tere! Vabandust."), ("ru", "Здравствуйте!"), ("fi", "Hei!"), ("en", "Hello!")):
            self.language(text)
            check(Draft(text, code, public=True, earlier=(text,), complaint=text))

    @cached_property
    def _languages(self) -> LanguageDetector:
        return LanguageDetector()
