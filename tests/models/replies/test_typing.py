"""A draft that grows under its writer's hands: what is kept from the last letter saves work and changes nothing."""

import random
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from models.replies import Draft, builtin_phrases, network
from models.replies.checker import Checker
from models.replies.recent import Recent
from models.replies.sentences import sentences

TOLD = ("We refund 45 euros by Friday. Ann, Omniva", "Our courier calls you at 16.00 today. Ben, Omniva")
SENTENCES = (
    "Hello Mary!",
    "You should have read our terms before you sent the parcel {0}.",
    "We will refund {0} euros to your account as soon as possible.",
    "As an exception we look at the case of 12 May once more.",
    "Nobody else complains about line {0}, and our van was on time.",
    "It would surely be better to write to another department.",
)
LONG = " ".join(sentence.format(number) for number in range(1, 12) for sentence in SENTENCES)


def draft(text: str) -> Draft:
    """Give a public draft in a case with earlier answers."""
    return Draft(text, "en", True, TOLD, "Where is my parcel? Give me my money!")


@pytest.fixture
def fresh() -> Checker:
    """A checker that has read nothing yet."""
    return Checker.builtin()


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Pieces of each window that a network reads from now on."""
    read: list[int] = []
    heads = network.head_logits

    def counted(given: Any, hidden: Any, parts: Any) -> Any:
        read.append(len(parts))
        return heads(given, hidden, parts)

    monkeypatch.setattr(network, "head_logits", counted)
    return read


def test_what_was_typed_before_changes_no_finding(fresh: Checker) -> None:
    """A draft that grew and was mended in its middle has the findings that it has at first sight, to the bit."""
    typed = Checker.builtin()
    for mended in ("12 May", "Mary", "line 4,", "department."):
        typed.check(draft(LONG.replace(mended, "what?", 1)), builtin_phrases())
    for end in range(200, len(LONG), 700):
        typed.check(draft(LONG[:end]), builtin_phrases())
    assert typed.probabilities(typed.read(draft(LONG))) == fresh.probabilities(fresh.read(draft(LONG)))
    assert typed.check(draft(LONG), builtin_phrases()) == fresh.check(draft(LONG), builtin_phrases())


def test_another_word_at_the_end_is_all_that_is_read(fresh: Checker, windows: list[int]) -> None:
    """The network reads the last window of a long draft again, and nothing where nothing changed."""
    fresh.read(draft(LONG))
    fresh.read(draft(LONG))
    assert len(windows) == len(network.cut(network.open_tokenizer(), draft(LONG))) > 4
    short = LONG[: len(LONG) // 2]
    fresh.read(draft(short))
    before = len(windows)
    fresh.read(draft(f"{short} Ann"))
    assert len(windows) == before + 1


def test_letters_at_the_start_seldom_move_a_window_behind_them(fresh: Checker, windows: list[int]) -> None:
    """Windows begin with sentences: of a long draft that grows in front mostly what is there is read again."""
    chance = random.Random(3)
    text = " ".join(chance.choice(SENTENCES).format(number) for number in range(80))
    fresh.read(draft(text))
    assert len(windows) > 4
    windows.clear()
    greeting = "Dear Mary, thank you for telling us of it at once!"
    for end in range(1, len(greeting)):
        fresh.read(draft(f"{greeting[:end]} {text}"))
    assert len(windows) < 1.5 * len(greeting)


@pytest.mark.parametrize(
    "text",
    [
        "Hello.",
        LONG[:600],
        LONG,
        LONG.replace(".", ",").replace("!", ","),
        "a. " * 1_500,
        "Ab! cd? " * 500,
        "x" * 4_000,
    ],
    ids=["short", "two windows", "long", "one sentence", "points", "shouts", "one word"],
)
def test_windows_have_all_that_is_read_and_each_sentence_whole(text: str) -> None:
    """No piece is left out between two windows, and no sentence that fits into one is cut in all that have it."""
    tokenizer = network.open_tokenizer()
    most = network.MOST_PIECES[network.DRAFT]
    cut = [window.places for window in network.cut(tokenizer, draft(text))]
    pieces = tokenizer.encode(text[:3_500]).offsets[1:]
    assert all(len(places) == most for places in cut[:-1])
    assert len(cut[-1]) <= most
    assert len(cut) < 8
    read = list(dict.fromkeys(place for places in cut for place in places))
    assert read == list(dict.fromkeys(pieces[: len(read)]))
    assert len(read) == len(dict.fromkeys(pieces)) or sum(map(len, cut)) >= 512
    for first, end in sentences(text[: cut[-1][-1][1]]):
        inside = [place for place in pieces if place[1] > first and place[0] < end]
        if len(inside) <= 16:
            assert any(inside[0] in places and inside[-1] in places for places in cut)


def test_another_complaint_is_another_question(fresh: Checker) -> None:
    """What was said of a draft is not said again of the same words to another customer, or after other answers."""
    text = "We refund 30 euros by Monday. Ann"
    asked = [
        Draft(text, "en", True, earlier, complaint)
        for earlier in ((), TOLD, ("You get 30 euros.",))
        for complaint in ("Where is my parcel?", "You lost my dog!", "")
    ]
    given = [fresh.read(one).reading.logits.tolist() for one in asked]
    backwards = Checker.builtin()
    assert given == [backwards.read(one).reading.logits.tolist() for one in reversed(asked)][::-1]
    assert len({tuple(one) for one in given}) == len(asked)


def test_many_writers_at_once_disturb_nobody(fresh: Checker) -> None:
    """Drafts that are read side by side have the findings that they have one after the other."""
    drafts = [draft(LONG[at : at + 900]) for at in range(0, 3_000, 250)]
    alone = [fresh.check(one, builtin_phrases()) for one in drafts]
    together = Checker.builtin()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda one: together.check(one, builtin_phrases()), drafts * 2))
    assert found == alone * 2


def test_a_few_answers_are_kept_and_the_oldest_are_forgotten() -> None:
    """What was asked for last is known, once in a question is asked once, and no more is kept than there may be."""
    made: list[str] = []

    def make(asked: Sequence[str]) -> Iterable[str]:
        made.extend(asked)
        return [one.upper() for one in asked]

    recent = Recent[str, str](str.encode, most=2)
    assert recent.each(["a", "b", "a"], make) == ["A", "B", "A"]
    assert made == ["a", "b"]
    assert recent.each(["a"], make) == ["A"]
    assert recent.each(["c", "a"], make) == ["C", "A"]
    assert made == ["a", "b", "c"]
    assert recent.each(["b"], make) == ["B"]
    assert made == ["a", "b", "c", "b"]
    assert recent.each(list("xyz"), make) == ["X", "Y", "Z"]
