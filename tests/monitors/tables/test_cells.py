"""Times and counts as exports write them."""

from contextlib import suppress
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.tables.cells import read_count, read_time

NOON = datetime(2023, 3, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell",
    [
        "2023-03-15T12:00:00Z",
        "2023-03-15 12:00:00",
        "2023-03-15T14:00:00+02:00",
        "20230315120000",
        "Wed Mar 15 12:00:00 +0000 2023",
        "Wed, 15 Mar 2023 12:00:00 GMT",
        "March 15, 2023 12:00 PM",
        "Mar 15 2023 08:00 EDT",
        "15.03.2023 12:00",
        "03/15/2023 12:00",
        "45000.5",
        "45000,5",
        45000.5,
        1678881600,
        "1678881600",
        "1678881600000",
        1678881600000000,
        "1.6788816E+12",
        datetime(2023, 3, 15, 12),  # noqa: DTZ001 - a table's time without a zone
        NOON,
    ],
)
def test_a_time_is_understood_in_every_notation(cell: object) -> None:
    """Each way in which exports write the same noon gives that noon in UTC."""
    assert read_time(cell) == NOON


def test_a_time_without_a_zone_is_in_the_configured_zone() -> None:
    """Also across the change to summer time; a time with a zone keeps its own."""
    tallinn = ZoneInfo("Europe/Tallinn")
    assert read_time("2024-01-10 12:00", zone=tallinn) == datetime(2024, 1, 10, 10, tzinfo=UTC)
    assert read_time("2024-07-10 12:00", zone=tallinn) == datetime(2024, 7, 10, 9, tzinfo=UTC)
    assert read_time("45483.5", zone=tallinn) == datetime(2024, 7, 10, 9, tzinfo=UTC)
    assert read_time("2024-07-10 12:00Z", zone=tallinn) == datetime(2024, 7, 10, 12, tzinfo=UTC)


def test_the_order_of_day_and_month_is_a_setting() -> None:
    """Dots mean day first, slashes month first, unless the settings say otherwise."""
    assert read_time("3.4.2024") == datetime(2024, 4, 3, tzinfo=UTC)
    assert read_time("3/4/2024") == datetime(2024, 3, 4, tzinfo=UTC)
    assert read_time("3/4/2024", day_first=True) == datetime(2024, 4, 3, tzinfo=UTC)
    assert read_time("3.4.2024", day_first=False) == datetime(2024, 3, 4, tzinfo=UTC)
    assert read_time(date(2024, 4, 3)) == datetime(2024, 4, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "soon",
        "12:30",
        "March 5",
        "2024",
        "5",
        "15.03.2023 12:00 QQT",
        "-1",
        "99999999999999999999999",
        "nan",
        True,
        None,
    ],
)
def test_what_is_not_a_whole_time_is_refused(cell: object) -> None:
    """Nothing is filled in from today's date: a guessed time would look like news."""
    with pytest.raises(ValueError, match="not a"):
        read_time(cell)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.binary(max_size=8)))
def test_any_cell_is_a_time_in_utc_or_refused(cell: object) -> None:
    """No cell, however odd, raises anything but ValueError."""
    with suppress(ValueError):
        assert read_time(cell).tzinfo is UTC


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        ("12", 12), ("1,234", 1234), ("1 234 567", 1234567), ("1.2K", 1200), ("3m", 3_000_000), (7, 7),
        (7.0, 7), ("0", 0), ("", None), (None, None), ("many", None), ("-3", None), (-3, None), (float("nan"), None),
        (True, None), ("9" * 400, None),
    ],
)  # fmt: skip
def test_counts(cell: object, count: int | None) -> None:
    """A count is a number or absent, and absent is never 0."""
    assert read_count(cell) == count
