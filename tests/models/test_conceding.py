"""Concede or argue: what is told always adds up, and no figure ever works against its meaning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.conceding import ALIKE, Advice, Habit, Question, about, named_sum, usual_remedy, weigh
from models.scores import Remedy

AMOUNTS = st.floats(0, 1e6, allow_nan=False)
QUESTIONS = st.builds(
    Question,
    remedy=AMOUNTS,
    hours=st.floats(0, 1000, allow_nan=False),
    hour_rate=st.floats(0, 1000, allow_nan=False),
    people=AMOUNTS,
    interaction_value=st.floats(0, 100, allow_nan=False),
    customer_value=AMOUNTS,
    at_stake=st.floats(0, 1, allow_nan=False),
)
LEANING = {Advice.ARGUE: 0, Advice.ALIKE: 1, Advice.CONCEDE: 2}


def more(asked: Question, name: str, added: float) -> Question:
    """The same with more of one thing."""
    values = {field: getattr(asked, field) for field in Question.__slots__}
    return Question(**{**values, name: values[name] + added})


@given(QUESTIONS, AMOUNTS)
def test_a_dearer_remedy_never_makes_conceding_look_cheaper(asked: Question, added: float) -> None:
    """The more it costs, the higher the figure, and the advice only moves towards arguing."""
    before, after = weigh(asked), weigh(more(asked, "remedy", added))
    assert after.conceding >= before.conceding
    assert after.arguing == before.arguing
    assert LEANING[after.advice] <= LEANING[before.advice]


@pytest.mark.parametrize("name", ["people", "interaction_value", "hours", "hour_rate", "customer_value"])
@given(asked=QUESTIONS, added=st.floats(0, 1e4, allow_nan=False))
def test_more_spread_work_or_value_never_makes_arguing_cheaper(name: str, asked: Question, added: float) -> None:
    """Whatever grows on that side, its figure grows with it, and the advice only moves towards conceding."""
    before, after = weigh(asked), weigh(more(asked, name, added))
    assert after.arguing >= before.arguing
    assert after.conceding == before.conceding
    assert LEANING[after.advice] >= LEANING[before.advice]


@given(AMOUNTS, AMOUNTS)
def test_rounding_keeps_the_order_and_stays_near(one: float, other: float) -> None:
    """A larger amount is never told as a smaller one, and what is told is within a tenth, or half a unit."""
    low, high = sorted((one, other))
    assert about(low) <= about(high)
    assert abs(about(one) - one) <= max(0.5, one / 8)
    assert about(about(one)) == about(one)


@given(QUESTIONS)
def test_what_is_told_adds_up(asked: Question) -> None:
    """The whole is the sum of its parts as they are told, and the advice is that of the told figures."""
    sides = weigh(asked)
    assert sides.arguing == sides.work + sides.spread + sides.customer
    if sides.advice is Advice.CONCEDE:
        assert sides.arguing > sides.conceding * ALIKE
    if sides.advice is Advice.ARGUE:
        assert sides.conceding > sides.arguing * ALIKE


def test_the_example_of_the_house() -> None:
    """A remedy of 40 against two hours at 30 and 300 people at 0.117."""
    sides = weigh(Question(remedy=40, hours=2, hour_rate=30, people=300, interaction_value=0.117))
    assert (sides.conceding, sides.arguing, sides.work, sides.people, sides.spread) == (40, 95, 60, 300, 35)
    assert sides.advice is Advice.CONCEDE


@given(QUESTIONS)
def test_help_comes_before_any_figure(asked: Question) -> None:
    """Where somebody may be in danger or is vulnerable nothing is advised but to help."""
    values = {field: getattr(asked, field) for field in Question.__slots__}
    assert weigh(Question(**{**values, "help_first": True})).advice is Advice.HELP_FIRST


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Tagastage mulle 79 eurot!", 79.0),
        ("Верните 1 200,50 € сейчас", 1200.5),
        ("Takaisin 39,90€ kiitos", 39.9),
        ("I paid €1.250 for this, and 12 EUR for the parcel", 1250.0),
        ("заплатил 45 евро", 45.0),
        ("Tilaus 123456 ei tullut, soitin 3 kertaa", None),
        ("12345678901234567890 €", None),
        ("0 €", None),
        ("eurooplane 5 europalat", None),
    ],
)
def test_a_named_sum_is_found(text: str, wanted: float | None) -> None:
    """Sums are read as each language writes them; numbers of orders and times are none."""
    assert named_sum([text]) == wanted


@given(st.text(alphabet="0123456789 .,€euro'\u00a0", max_size=60))
def test_no_text_breaks_the_sums(text: str) -> None:
    """Whatever a post says, a sum is a positive number or nothing."""
    found = named_sum([text])
    assert found is None or 0 < found < 1e12


def test_a_year_is_told_from_what_was_watched() -> None:
    """Ten stories in 73 days are fifty a year."""
    assert Habit(10, 73, 1000).yearly(40) == 2000


def test_the_wish_of_most_posts_counts() -> None:
    """The most frequent wish is taken, the first of several, and none where nobody wishes."""
    none, money, repair = Remedy.NONE, Remedy.MONEY_BACK, Remedy.REPAIR
    assert usual_remedy([none, repair, money, money]) is money
    assert usual_remedy([repair, money]) is repair
    assert usual_remedy([none]) is none
