"""What a complaint says: signals found by patterns that a support team can read and edit (``patterns/*.txt``)."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from models.lemmas import Token
from models.scores import FoundSignal, Signal
from models.signals.fold import FOLDS, has_cyrillic
from models.signals.grammar import PatternFile, read
from models.signals.match import Matcher, read_post

LANGUAGES = ("et", "ru", "fi", "en")
"""The languages that have patterns (ISO 639-1)."""

MEANINGS: Mapping[Signal, str] = {
    Signal.REFUND_DEMAND: "The author asks for money back, compensation, a price cut or a replacement.",
    Signal.LEGAL_THREAT: "The author turns to court, a lawyer or the police, or sends a formal written claim.",
    Signal.REGULATOR_THREAT: "The author names or threatens an authority that has a say in the matter.",
    Signal.MEDIA_THREAT: "The author names, tags or threatens the press, or offers the story to it.",
    Signal.CALL_TO_SHARE: "The author asks others to share, to boycott, or to tell their own bad experience.",
    Signal.VULNERABLE_PERSON: "The one who suffers is pregnant, a child, elderly, disabled, seriously ill or bereaved.",
    Signal.SAFETY_ISSUE: "It reports injury, fire, poisoning, contamination, a dangerous product or leaked data.",
    Signal.NO_ANSWER: "The brand does not reply, cannot be reached, or keeps the author waiting for an answer.",
    Signal.BROKEN_PROMISE: "The brand promised something and did not keep it.",
    Signal.CONTRADICTORY_ANSWERS: "Employees or channels answered differently, or sent the author from one to another.",
    Signal.RUDE_STAFF: "Staff were rude, mocking or indifferent, or blamed the author.",
    Signal.REPEAT_COMPLAINT: "It is not the first time, or an earlier report of it did not help.",
    Signal.CHURN_THREAT: "The author leaves, cancels, will not buy again, or goes to a competitor.",
    Signal.FRAUD_ACCUSATION: "The author calls the brand or what it does fraud, theft, a scam or deception.",
}
"""What each signal means, in one sentence for people."""


def find(text: str, tokens: Sequence[Token], language: str | None) -> tuple[FoundSignal, ...]:
    """Find the signals of a post, in reading order.

    In a language without patterns, or an undecided one, those of all four are tried; a remark in Cyrillic letters is
    read as Russian wherever it occurs.
    """
    if language not in LANGUAGES:
        tried: tuple[str, ...] = LANGUAGES
    elif language != "ru" and has_cyrillic(text):
        tried = (language, "ru")
    else:
        tried = (language,)
    post = read_post(text, tokens)
    found = {signal for code in tried for signal in _matcher(code).find(post)}
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.signal)))


def patterns(language: str) -> PatternFile:
    """Read the pattern file of one of `LANGUAGES`."""
    text = resources.files(__name__).joinpath("patterns", f"{language}.txt").read_text("utf-8")
    return read(text, FOLDS[language])


@cache
def _matcher(language: str) -> Matcher:
    return Matcher(patterns(language), FOLDS[language])
