"""Evidence that two posts are about the same matter."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.facets import Facet, facets_of, kind_of
from models.matter import (
    COMMON_FACET,
    COMMON_PAIR,
    FRESH,
    MATTER_WINDOW,
    MOST_KEYS,
    contradictions,
    evidence,
    facet_key,
    filing_keys,
    is_common,
    keys,
)

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _said(text: str) -> tuple[int, ...]:
    return facets_of(text, text.lower().split(), AT)


OUTAGE = _said("the internet is down in Tartu")
ELSEWHERE = _said("the internet is down in Narva")
LATE = _said("my parcel is late")
NO_PLACE = _said("internet and television down")

made = st.lists(
    st.builds(lambda kind, value: kind << 28 | value, st.sampled_from(Facet), st.integers(0, 3)), max_size=9
)


def test_the_same_outage_is_one_matter_and_says_why() -> None:
    """Trouble, thing and place add up, and the reason can be read."""
    found = evidence(OUTAGE, OUTAGE, HOUR, HOUR)
    assert found.enough
    assert str(found) == "same shared trouble, place, thing within 1 hours"


def test_another_place_is_another_matter() -> None:
    """However much else is the same."""
    found = evidence(OUTAGE, ELSEWHERE, HOUR, HOUR)
    assert not found.enough
    assert found.against == (Facet.PLACE,)
    assert "but another place" in str(found)


def test_a_town_where_something_is_always_late_is_no_matter() -> None:
    """A late parcel and a late pizza in one town are two grievances, however near in time."""
    town, pizza = _said("my parcel is late in Tallinn"), _said("my pizza is late in Tallinn")
    assert not evidence(town, pizza, HOUR, HOUR).enough


def test_what_everybody_has_once_in_a_while_is_not_one_matter() -> None:
    """Two late parcels are two grievances."""
    assert not evidence(LATE, LATE, HOUR, HOUR).enough


def test_a_later_outage_is_a_new_one() -> None:
    """The window ends the matter, and sooner where no place, name or number holds it together."""
    assert evidence(OUTAGE, OUTAGE, MATTER_WINDOW, MATTER_WINDOW * 3).enough
    assert not evidence(OUTAGE, OUTAGE, MATTER_WINDOW + HOUR, MATTER_WINDOW + HOUR).score
    assert evidence(NO_PLACE, NO_PLACE, HOUR, FRESH).enough
    assert not evidence(NO_PLACE, NO_PLACE, HOUR, FRESH + HOUR).score


def test_what_is_common_is_little_or_no_evidence() -> None:
    """A pair that many stories have counts for nothing, a facet that many have for a quarter."""
    plain = evidence(OUTAGE, OUTAGE, HOUR, HOUR)
    assert not evidence(OUTAGE, OUTAGE, HOUR, HOUR, lambda key: key in keys(OUTAGE)).score
    less = evidence(OUTAGE, OUTAGE, HOUR, HOUR, lambda key: key in set(map(facet_key, OUTAGE)))
    assert 0 < less.score < plain.score
    assert [is_common(next(iter(keys(OUTAGE))), COMMON_PAIR + more) for more in (0, 1)] == [False, True]
    assert [is_common(facet_key(OUTAGE[0]), COMMON_FACET + more) for more in (0, 1)] == [False, True]


@given(made)
def test_keys_are_few_fit_sixty_four_bits_and_do_not_hang_on_the_order(found: list[int]) -> None:
    """Each key can be filed beside the bands of signatures, and is none of them."""
    assert len(keys(found)) <= MOST_KEYS
    assert all(2**32 * 64 <= key < 2**63 for key in filing_keys(found))
    for key, (a, b) in keys(found).items():
        assert key in keys([b, a]) or kind_of(a) is kind_of(b)


@given(made, made, st.integers(0, 60), st.integers(0, 60))
def test_evidence_is_shared_or_nothing(a: list[int], b: list[int], gap: int, age: int) -> None:
    """Posts without a common facet are never one matter, and what contradicts is not shared."""
    found = evidence(a, b, gap * HOUR, age * HOUR)
    if not set(a) & set(b):
        assert not found.enough
    assert not set(found.shared) & set(found.against)
    assert set(contradictions(a, b)) == set(contradictions(b, a))
