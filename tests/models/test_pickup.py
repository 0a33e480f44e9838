"""Media pick-up: quotes, links and replies are recognised whatever comes first, and the rule is a stated one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pickup import (
    ENOUGH,
    RUN,
    By,
    How,
    Press,
    Standing,
    Told,
    address,
    chance,
    how,
    is_calibrated,
    lead_time,
    observed,
    plain_account,
    probability,
    surest,
)
from models.post import Author, Kind, Post
from models.scores import Signal

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SAID = "Kullerit oodates külmetasin kaks tundi ukse taga ja keegi ei vastanud telefonile, kuigi lubati"
COMPLAINT = Post("x", "10", "https://x.com/mari/status/10", SAID, NOON, NOON, Author("1", "mari"))


def article(text: str, **other: object) -> Post:
    """An article that came out an hour later."""
    values: dict[str, object] = {
        "source": "news",
        "native_id": "a",
        "url": "https://news.example/a",
        "text": text,
        "created_at": NOON + timedelta(hours=1),
        "observed_at": NOON + timedelta(hours=2),
        "author": Author("err", name="ERR"),
        "kind": Kind.ARTICLE,
    }
    return Post(**{**values, **other})  # type: ignore[arg-type]


def sign(taker: Post, target: Post = COMPLAINT) -> How | None:
    """How the one takes up the other."""
    return how(Told(taker), Told(target))


def test_a_quote_is_found_in_another_case_and_punctuation() -> None:
    """Typographic marks, capitals and line breaks are no other words."""
    assert sign(article(f"Klient räägib: «{SAID.upper().replace(',', ' –').replace(' ja ', chr(10) + 'JA ')}!»")) is (
        How.QUOTED
    )


def test_hidden_characters_hide_no_quote() -> None:
    """Soft hyphens in the post, or in a short article, change no word."""
    hidden = SAID.replace("mas", "ma\u00ads")
    assert sign(article(f"Toimetus: {SAID}"), replace(COMPLAINT, text=hidden)) is How.QUOTED
    assert sign(article(f"{hidden} {'Edasi muust. ' * 900}{SAID}")) is How.QUOTED


@given(start=st.integers(0, 5), length=st.integers(1, 14))
def test_a_quote_is_a_run_of_eight_words(start: int, length: int) -> None:
    """Shorter runs are what everybody writes; from eight words on it is a quote."""
    words = SAID.replace(",", "").split()[start : start + length]
    text = f"Kirjutab toimetus {' '.join(words)} lisab firma"
    assert sign(article(text)) is (How.QUOTED if len(words) >= RUN else None)


def test_an_address_in_both_is_no_quote() -> None:
    """Two texts with the same long link share no words."""
    long = "https://example.com/a/b/c/d/e/f/g/h/i/j?k=l"
    assert sign(article(f"Loe siit {long}"), replace(COMPLAINT, text=f"Vaata {long}")) is None


@pytest.mark.parametrize(
    "link",
    [
        "https://x.com/mari/status/10",
        "http://twitter.com/mari/status/10?s=20&t=abc",
        "https://mobile.twitter.com/i/web/status/10",
        "x.com/i/status/10.",
        "(https://x.com/mari/statuses/10/photo/1)",
    ],
)
def test_a_link_is_found_in_all_its_forms(link: str) -> None:
    """The name in it may be another, and tracking and punctuation may hang on it."""
    assert sign(article(f"Säuts: {link} levib")) is How.LINKED


def test_what_is_embedded_counts_as_linked() -> None:
    """The source's own form of the article has the address, its text has not."""
    raw = {"links": ["https://other.example/", "https://twitter.com/mari/status/10"], "deep": [{"x": ["y", 3, None]}]}
    assert sign(article("Säuts levib.", raw=raw)) is How.LINKED


def test_pages_of_one_site_are_different_pages() -> None:
    """An id in the query is kept, trackers are not; the front page is no post; nonsense is nothing."""
    assert address("https://www.foorum.ee/t.php?id=5&utm_source=a") == address("http://m.foorum.ee/t.php?id=5#last")
    assert address("https://foorum.ee/t.php?id=5") != address("https://foorum.ee/t.php?id=6")
    assert address("https://masto.ee/@a/77") == address("https://masto.ee/users/a/statuses/77")
    assert [address(one) for one in ("https://foorum.ee/", "", "http://[broken", "https://")] == [""] * 4


def test_who_replies_shares_or_stays_in_the_thread() -> None:
    """A parent is certain; a thread is a reply; another source's ids say nothing."""
    reply = replace(COMPLAINT, native_id="11", url="https://x.com/reporter/status/11", text="?")
    reply = replace(reply, author=Author("9", "reporter"), created_at=NOON + timedelta(hours=1))
    assert sign(replace(reply, kind=Kind.REPLY, parent_id="10")) is How.REPLIED
    assert sign(replace(reply, kind=Kind.QUOTE, parent_id="10")) is How.SHARED
    assert sign(replace(reply, text="vt https://x.com/mari/status/10")) is How.SHARED
    assert sign(replace(reply, thread_id="10")) is How.REPLIED
    assert sign(replace(reply, thread_id="5"), replace(COMPLAINT, thread_id="5")) is How.REPLIED
    assert sign(replace(reply, source="y", parent_id="10", thread_id="10")) is None
    assert sign(replace(reply, parent_id="10"), replace(COMPLAINT, native_id="https://m.ee/s/1#10")) is How.REPLIED


def test_nobody_takes_up_what_comes_later_or_is_their_own() -> None:
    """An article before the post is not about it; an author's second post is not a pick-up of the first."""
    assert sign(article(SAID, created_at=NOON)) is None
    assert sign(article(SAID, source="x", author=COMPLAINT.author)) is None


def test_accounts_are_known_however_they_are_written() -> None:
    """With or without @, in any case, for one source or all; of two lists the weightier one counts."""
    press = Press(
        journalists=("@Mart", "x:jaan", "ttja"),
        editors=("boss",),
        regulators=("77",),
        authorities=("TTJA", "office.ee"),
    )

    def by(handle: str, source: str = "x", **other: object) -> By | None:
        return press.by(replace(COMPLAINT, source=source, author=Author("5", handle), **other))  # type: ignore[arg-type]

    assert [by("mart"), by("@MART", "y"), by("jaan"), by("jaan", "y")] == [By.JOURNALIST] * 3 + [None]
    assert [by("Boss"), by("ttja"), by("mari")] == [By.EDITOR, By.AUTHORITY, None]
    assert press.by(replace(COMPLAINT, author=Author("77"))) is By.REGULATOR
    assert plain_account(" @Mart ") == "mart"
    assert {"jaan", "x:jaan", "mart"} <= set(press.accounts)


def test_authorities_of_the_region_are_known_by_their_domain() -> None:
    """What they publish is theirs; a site that only ends alike is not, nor is a post on a host of that name."""
    assert Press().by(article("", url="https://www.ttja.ee/uudised/1")) is By.AUTHORITY
    assert Press().by(article("", url="https://tiedotteet.kkv.fi/1")) is By.AUTHORITY
    assert Press().by(article("", url="https://www.aki.ee/1")) is By.REGULATOR
    assert Press().by(article("", url="https://nottja.ee/1")) is By.ARTICLE
    assert Press().by(article("", url="http://[broken")) is By.ARTICLE
    assert Press().by(replace(COMPLAINT, url="https://ttja.ee/1")) is None


@given(st.lists(st.sampled_from(How), max_size=6), st.randoms())
def test_the_surest_sign_counts_in_any_order(signs: list[How], chance_of: object) -> None:
    """The order in which signs are found changes nothing."""
    shuffled = signs[:]
    chance_of.shuffle(shuffled)  # type: ignore[attr-defined]
    assert surest(signs) == surest(shuffled)
    assert (surest(signs) is None) == (not signs)


def test_lead_time_is_negative_where_the_news_were_first() -> None:
    """Twelve past three hours before, or twenty minutes after; unknown without either."""
    assert lead_time(NOON, NOON + timedelta(hours=3, minutes=12)) == timedelta(hours=3, minutes=12)
    assert lead_time(NOON, NOON - timedelta(minutes=20)) == timedelta(minutes=-20)
    assert lead_time(None, NOON) is lead_time(NOON, None) is None


STANDINGS = st.builds(
    Standing,
    expected=st.floats(0, 1e6),
    severity=st.integers(0, 4),
    signals=st.frozensets(st.sampled_from(Signal)),
    press_replied=st.booleans(),
    sources=st.integers(1, 9),
    complaints=st.integers(0, 200),
)


@given(STANDINGS, st.sampled_from(["expected", "severity", "sources", "complaints"]), st.integers(1, 5))
def test_more_of_anything_never_lowers_the_chance(story: Standing, name: str, more: int) -> None:
    """The rule is monotone, is a probability, and its points add up to what the table is asked for."""
    given_ = chance(story)
    assert 0 < given_.probability < 1
    assert given_.probability == probability(given_.total)
    assert chance(replace(story, **{name: getattr(story, name) + more})).probability >= given_.probability
    assert chance(replace(story, press_replied=True)).probability >= given_.probability
    assert chance(replace(story, signals=frozenset(Signal))).probability >= given_.probability


def test_the_table_rises() -> None:
    """More points, more likely; points that no story has are no mistake."""
    assert all(probability(n) <= probability(n + 1) for n in range(-2, 20))
    assert chance(Standing()).points == ()


def test_observed_counts_each_band() -> None:
    """Cases of one probability are counted together, with an interval that holds the share."""
    kept = observed([(0, False), (1, True), (0, False), (12, True)])
    assert [(one.probability, one.cases, one.came) for one in kept] == [(0.02, 3, 1), (0.6, 1, 1)]
    assert all(one.rate and one.rate.low <= one.came / one.cases <= one.rate.high for one in kept)
    assert all(low.probability < high.probability for low, high in pairwise(kept))
    assert [is_calibrated(n) for n in (ENOUGH - 1, ENOUGH)] == [False, True]


def test_nobody_becomes_an_authority_by_a_name() -> None:
    """Accounts may be called like a known domain, or by letters that look alike; addresses may only seem to lead there.

    Of authorities only what they publish is known; a team that knows their account writes it down.
    """
    for handle in ("ttja.ee", "@TTJA.ee", "aki.ee", "x:ttja.ee"):
        assert Press().by(replace(COMPLAINT, author=Author("5", handle))) is None
    assert Press(authorities=("ttja.ee",)).by(replace(COMPLAINT, author=Author("5", "TTJA.ee"))) is By.AUTHORITY
    assert (
        Press(journalists=("kask",)).by(replace(COMPLAINT, author=Author("5", "\N{KELVIN SIGN}as\N{KELVIN SIGN}")))
        is None
    )
    others = (
        "https://ttja.ee.evil.example/",
        "https://ttja.ee@evil.example/",
        "https://evil.example\\@ttja.ee/",
        "https://[ttja.ee/",
    )
    for url in others:
        assert Press().by(article("", url=url)) is By.ARTICLE


def test_of_a_long_complaint_only_so_much_is_held_against_articles() -> None:
    """A stranger who writes a book takes no more memory than others, and its beginning is still found in an article."""
    words = [f"word{number}" for number in range(12_000)]
    book = replace(COMPLAINT, text=" ".join(words))
    assert len(Told(book).runs) < 1_000
    assert sign(article(" ".join(words[:20])), book) is How.QUOTED
    assert sign(article(" ".join(words[-20:])), book) is None
    assert len(Told(article(book.text)).runs) > 5_000
