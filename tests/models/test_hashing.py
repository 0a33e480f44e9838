import pytest

from models.hashing import FEATURES, HashedTexts, plain


def test_plain_levels_out_what_is_not_tone() -> None:
    """Case, addresses, account names, numbers, control characters and stretched letters do not tell texts apart."""
    assert plain("SOOOOOO bad 123\x00 @me http://a.ee/x").split() == plain("sooo bad 7 www.b.ee @you").split()


def test_batch_is_hashed_once() -> None:
    """A hashed batch handed on keeps its features: the second model pays nothing."""
    batch = HashedTexts(["raha tagasi"])
    assert HashedTexts.of(batch).features is batch.features


def test_batch_reads_as_its_texts() -> None:
    """Classifiers that know nothing of hashing see a plain sequence of texts."""
    batch = HashedTexts(["a", "b", "c"])
    assert (list(batch), len(batch), batch[0], list(batch[1:])) == (["a", "b", "c"], 3, "a", ["b", "c"])


def test_rows_have_unit_length_or_nothing() -> None:
    """Long and short texts weigh the same; a text without letters is an empty row, not a division by zero."""
    features = HashedTexts(["raha tagasi " * 50, "ok", "", "\x00"]).features
    assert features.shape == (4, FEATURES)
    assert features.multiply(features).sum(axis=1).ravel().tolist()[0] == pytest.approx([1.0, 1.0, 0.0, 0.0], abs=1e-5)
