"""Figures against a library's, and on cases that can be counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, recall_score

from models.evaluation.measures import accuracy, by_label, calibration_error, macro, micro_f1

LABELS = ("a", "b", "c")
ONE_EACH = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=30)
SETS = st.frozensets(st.sampled_from(LABELS))


@given(pairs=ONE_EACH)
def test_macro_figures_are_the_usual_ones(pairs: list[tuple[str, str]]) -> None:
    """With one label a text they are scikit-learn's over the labels that are truly there."""
    truth, said = [true for true, _ in pairs], [given for _, given in pairs]
    found = by_label([{true} for true in truth], [{given} for given in said], LABELS)
    options = {"labels": sorted(set(truth)), "average": "macro", "zero_division": 0.0}
    assert macro(found, "f1") == pytest.approx(f1_score(truth, said, **options))
    assert macro(found, "recall") == pytest.approx(recall_score(truth, said, **options))


@given(pairs=st.lists(st.tuples(SETS, SETS), min_size=1, max_size=30))
def test_micro_f1_counts_all_labels_together(pairs: list[tuple[frozenset[str], frozenset[str]]]) -> None:
    """It is twice the labels that are right, by all that are there and all that were said."""
    right = sum(len(true & given) for true, given in pairs)
    both = sum(len(true) + len(given) for true, given in pairs)
    measured = micro_f1([true for true, _ in pairs], [given for _, given in pairs], LABELS)
    assert measured == pytest.approx(2 * right / both if both else 0.0)


def test_each_label_has_its_own_figures() -> None:
    """Of three texts with `a` two are found, and one more is wrongly said to have it; `c` is only said."""
    truth = [{"a"}, {"a", "b"}, {"a"}, {"b"}]
    said = [{"a"}, {"a"}, {"c"}, {"a", "b"}]
    found = by_label(truth, said, LABELS)
    assert (found["a"].n, found["a"].precision, found["a"].recall) == (3, pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert (found["b"].precision, found["b"].recall) == (1.0, 0.5)
    assert (found["c"].n, found["c"].precision, found["c"].f1) == (0, 0.0, 0.0)
    assert macro(found, "recall") == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert accuracy(truth, said) == 0.25


def test_calibration_is_the_gap_between_claims_and_truth() -> None:
    """Nine of ten right at 0.9 is no gap; all wrong at 1.0 is a whole one; bins are weighed by their claims."""
    assert calibration_error([0.9] * 10, [True] * 9 + [False]) == pytest.approx(0.0)
    assert calibration_error([1.0], [False]) == 1.0
    assert calibration_error([1.0, 0.5, 0.5], [False, True, False]) == pytest.approx(1 / 3)
