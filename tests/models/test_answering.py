"""By when a customer must have an answer: rules that hold for every risk and every order of events."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.answering import AnswerClock, Patience, Standing, standing, started

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PATIENCE = Patience()
risks = st.floats(0, 100)
moments = st.integers(0, 600).map(lambda minutes: START + timedelta(minutes=minutes))
words = st.tuples(st.sampled_from(["wrote", "answered"]), moments)


def _told(clock: AnswerClock, said: list[tuple[str, datetime]]) -> AnswerClock:
    for what, at in said:
        clock = clock.wrote(at, PATIENCE.by(50, at)) if what == "wrote" else clock.answered(at)
    return clock


def test_the_line_between_low_and_high_risk() -> None:
    """Two hours up to 20, a quarter from 70 on, half way between the two at 45."""
    minutes = [PATIENCE.allowed(risk) / timedelta(minutes=1) for risk in (0, 20, 45, 70, 100)]
    assert minutes == [120, 120, 67.5, 15, 15]


@given(risks, risks, moments)
def test_more_risk_is_never_later(one: float, other: float, at: datetime) -> None:
    """Of two risks the higher one has its answer due no later, and both after their beginning."""
    low, high = sorted((one, other))
    assert at < PATIENCE.by(high, at) <= PATIENCE.by(low, at)


@given(moments, st.lists(st.tuples(risks, moments), max_size=8))
def test_a_running_clock_only_ever_tightens(at: datetime, rises: list[tuple[float, datetime]]) -> None:
    """Whatever risks are read at whatever times, the deadline never moves later while the customer waits."""
    clock = started(at, PATIENCE.by(20, at))
    for risk, now in rises:
        before = clock.answer_by
        clock = clock.tightened(PATIENCE.by(risk, now))
        assert before is not None
        assert clock.answer_by is not None
        assert clock.answer_by <= before


def test_an_answer_stops_the_clock_and_later_words_start_it() -> None:
    """Answered nobody waits; older words heard late change nothing; younger ones start it with a time of their own."""
    clock = started(START, START + timedelta(hours=1)).answered(START + timedelta(minutes=10))
    assert (clock.runs, clock.waits_since, clock.answer_by) == (False, None, None)
    assert clock.wrote(START + timedelta(minutes=5), START).answer_by is None
    later = START + timedelta(minutes=20)
    assert clock.wrote(later, later + timedelta(hours=1)).waits_since == later


@given(st.lists(words, max_size=8), st.randoms())
def test_the_order_in_which_words_are_heard_does_not_matter(said: list[tuple[str, datetime]], mixed: object) -> None:
    """Shuffled and heard twice, the same words and answers leave the customer waiting, or not, as before."""
    shuffled = [*said, *said]
    mixed.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = _told(started(START, START), said), _told(started(START, START), shuffled)
    assert one.runs == other.runs
    assert (one.waits_since is None) == (other.waits_since is None) == (not one.runs)
    assert (one.first_answer_at, one.last_answer_at) == (other.first_answer_at, other.last_answer_at)


def test_working_time_is_asked_when_the_time_is_over() -> None:
    """With an office that opens tomorrow at nine, the answer is due after that, and not in the night."""
    opens = START + timedelta(hours=21)
    office = Patience(
        working=lambda begins, length, _risk, *, urgent: begins + length if urgent else max(begins, opens) + length
    )
    assert office.by(100, START) == opens + timedelta(minutes=15)


def test_a_customer_waits_since_their_first_word_that_we_did_not_answer() -> None:
    """Never answered: since the first; answered in between: since the next; after the last word: not at all."""
    one, two, three = (START + timedelta(minutes=minutes) for minutes in (1, 2, 3))
    assert standing([two, one], []) == Standing(None, one)
    assert standing([three, one], [two]) == Standing(two, three)
    assert standing([one], [three, two]) == Standing(three, None)


@given(st.lists(words, min_size=1, max_size=8))
def test_who_waits_by_their_clock_waits_by_their_words(said: list[tuple[str, datetime]]) -> None:
    """However words and answers alternate, a clock that heard all of it runs just when a word is unanswered."""
    clock = _told(started(START, PATIENCE.by(50, START)), said)
    spoken = [START, *(at for what, at in said if what == "wrote")]
    stands = standing(spoken, [at for what, at in said if what == "answered"])
    assert (stands.waits_since is not None, stands.answered_at) == (clock.runs, clock.last_answer_at)
