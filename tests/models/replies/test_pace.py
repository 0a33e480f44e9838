"""Drafts, earlier answers and complaints that nobody would write: the check is as quick as for those of people."""

import time

import pytest

from models.replies import Draft, check

ROWS = ("1", "1 ", "1-", "1.", "+372 5", ". ", "Anna ", "a@b.", "ref: ", "EE38", "(", "_", "сч ", "A tee ", "1%")


@pytest.mark.parametrize("row", ROWS)
def test_long_rows_of_anything_are_checked_at_once(row: str) -> None:
    """A stranger's post of nothing but figures, or an answer of dots, does not hold up whoever types."""
    check(Draft("Tere!", "et", True))
    long = row * (20_000 // len(row))
    draft = Draft(long[:4000], "et", True, (long[:5000],) * 3, long)
    began = time.process_time()
    check(draft)
    assert time.process_time() - began < 1.5
