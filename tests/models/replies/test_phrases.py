"""The words that the reply check offers, Kuula's and a team's."""

import pytest

from models.replies import BadPhrases, FindingKind, Phrases, builtin_phrases, read_phrases
from models.replies.patterns import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(FindingKind))
def test_every_finding_has_phrases_in_every_language(language: str, kind: FindingKind) -> None:
    """Nobody is told that something is wrong without better words."""
    assert builtin_phrases().several(kind, language)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no_apology = [", "not TOML"),
        ('sorry = ["Sorry"]', "'sorry' is no finding; the findings are no_empathy"),
        ('no_apology = "Sorry"', "write a list"),
        ("no_apology = []", "write a list"),
        ("no_apology = [5]", "5 is no phrase"),
        ('no_apology = [" "]', "is no phrase"),
        ('no_apology = ["Sorry {customer}"]', r"'\{customer\}' in .* use \{name\}, \{time\}"),
        ('no_apology = ["Sorry }"]', "no place that is filled in"),
        (f'no_apology = ["{"a" * 301}"]', "longer than 300"),
        ("no_apology = [" + '"a",' * 21 + "]", "more than 20"),
        ("no_apology = " + "[" * 9000, "something else than lists"),
        ("no_apology = [0x" + "f" * 9000 + "]", "int is no phrase"),
        ("no_apology = [" + "9" * 9000 + "]", "something else than lists"),
    ],
)
def test_mistakes_are_named(text: str, said: str) -> None:
    """Whoever edits a team's file is told what is wrong in it and what to write."""
    with pytest.raises(BadPhrases, match=said):
        read_phrases(text)


def test_a_teams_phrases_stand_in_for_ours() -> None:
    """A team's file replaces what it has; the other findings and languages keep Kuula's words."""
    own = Phrases({"en": read_phrases('no_owner = ["{name}, call me."]')})
    both = builtin_phrases().under(own)
    assert both.several(FindingKind.NO_OWNER, "en") == ("{name}, call me.",)
    assert both.several(FindingKind.NO_APOLOGY, "en") == builtin_phrases().several(FindingKind.NO_APOLOGY, "en")
    assert both.several(FindingKind.NO_OWNER, "et") == builtin_phrases().several(FindingKind.NO_OWNER, "et")


def test_a_phrase_that_is_there_already_is_not_offered() -> None:
    """An agent who took the first phrase is offered the next."""
    phrases = Phrases({"en": {FindingKind.NO_APOLOGY: ("I'm sorry.", "Forgive us.")}})
    assert phrases.wording(FindingKind.NO_APOLOGY, "en", "Well. I'm sorry.") == "Forgive us."
    assert phrases.wording(FindingKind.NO_APOLOGY, "sv") == ""
