"""The readers that come with the package: the careful ones know more than the fast one, and none depends on company."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import signals
from models.lemmas import tokenize
from models.scorer import FAST, FULL, READERS, STANDARD, Scorer, builtin
from models.scores import Remedy, Signal
from models.transformer import LONGEST_NAME
from monitors.ledger import schema

POSTS = [
    "Tellimus ei saabunud, keegi ei vasta juba nädal aega. Tahan oma raha tagasi!",
    "Aitäh, väga meeldiv teenindus!",
    "Верните деньги, третий раз обещаете и ничего.",
    "Kuka tietää, milloin liike aukeaa lauantaina?",
    "Liittymä on ollut poikki kolme päivää eikä kukaan vastaa. Vaihdan yhtiötä.",
    "My baby got sick from your formula. I am calling a lawyer.",
    "lol 😂",
    "",
]


@pytest.fixture(scope="module", params=READERS)
def scorer(request: pytest.FixtureRequest) -> Scorer:
    """Each reader in turn."""
    return builtin(request.param)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
@given(company=st.lists(st.sampled_from(POSTS), min_size=1, max_size=40))
def test_a_post_scores_the_same_in_any_company(scorer: Scorer, company: list[str]) -> None:
    """Whatever posts lie beside it, in whatever order, a post's scores are those that it has alone."""
    together = scorer.score(company, [None] * len(company))
    for scores, text in zip(together, company, strict=True):
        (alone,) = scorer.score([text], [None])
        assert (scores.sentiment, scores.complaint, scores.remedy) == (alone.sentiment, alone.complaint, alone.remedy)
        assert scores.complaint_probability == pytest.approx(alone.complaint_probability, abs=0.01)
        assert [found.signal for found in scores.signals] == [found.signal for found in alone.signals]


@pytest.mark.parametrize(
    "text",
    ["   ", "\n\n", "\ud83d raha tagasi \udca9", "😀😀😀", "مرحبا أين طلبي", "ﷺ" * 5000, "а" * 5000, "!?" * 2500],
)
def test_no_text_is_too_strange(scorer: Scorer, text: str) -> None:
    """Blanks, halves of characters, other alphabets and endless words are read, and what is marked is in the text."""
    (scores,) = scorer.score([text], [None])
    assert sum(scores.sentiment_probabilities.values()) == pytest.approx(1.0, abs=0.01)
    assert all(text[found.start : found.end].strip() for found in scores.signals)


def test_the_version_names_the_reader() -> None:
    """Scores of different readers can be told apart, and those of the same reader agree."""
    versions = {name: builtin(name).version for name in READERS}
    assert len(set(versions.values())) == len(READERS)
    assert all(versions[name].startswith(f"{name}-") for name in READERS if name != FAST)


def test_the_longest_version_has_room_in_the_ledger() -> None:
    """The reader of the longest name, and two of a team's own models of the longest names, fit the columns."""
    own = f"transformer-{'x' * LONGEST_NAME}-12345678"
    longest = max((builtin(name).version for name in READERS), key=len)
    assert len("+".join([longest, own, own])) <= schema.scores.c.model.type.length


def test_the_standard_reader_says_what_is_wished_for() -> None:
    """A remedy is read from complaints only."""
    refund, praise = builtin(STANDARD).score(["Pakk ei tulnud kohale, kandke raha tagasi!", POSTS[1]], [None, None])
    assert refund.remedy is Remedy.MONEY_BACK
    assert praise.remedy is Remedy.NONE


def test_a_signal_that_no_pattern_knows_is_found_with_its_words() -> None:
    """The network marks the words itself."""
    text = "Six emails to them and not a peep. Terrible service."
    assert not signals.find(text, tokenize(text, "en"), "en")
    (scores,) = builtin(FULL).score([text], [None])
    (silence,) = (found for found in scores.signals if found.signal is Signal.NO_ANSWER)
    assert "not a peep" in text[silence.start : silence.end]


def test_a_complaint_at_the_end_of_a_long_post_is_read() -> None:
    """A post that is longer than what the network reads at once is read to its end."""
    calm = "We drove to the lake in the morning, had lunch at the pier and looked at the boats. "
    (scores,) = builtin(FULL).score([calm * 20 + POSTS[5]], [None])
    assert scores.complaint
    assert Signal.LEGAL_THREAT in {found.signal for found in scores.signals}


def test_threads_may_share_a_reader(scorer: Scorer) -> None:
    """Two batches at the same time score as they do one after the other."""
    batches = [POSTS, POSTS[::-1], POSTS[:3]] * 3
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda batch: scorer.score(batch, [None] * len(batch)), batches))
    for scores, batch in zip(together, batches, strict=True):
        assert [one.complaint for one in scores] == [one.complaint for one in scorer.score(batch, [None] * len(batch))]
