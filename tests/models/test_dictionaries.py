"""Dictionaries that open at once: they say what the packed ones say, and nothing depends on them."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from simplemma.strategies import StreamDictionaryFactory
from simplemma.strategies.dictionaries.trie_dictionary_factory import TrieDictionaryFactory

from models import lemmas
from models.training import dictionaries


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place without dictionaries, where the words are looked up afresh."""
    for module in (lemmas, dictionaries):
        monkeypatch.setattr(module, "DICTIONARIES", tmp_path)
    for remembered in (lemmas._lookup, lemmas._known):
        remembered.cache_clear()
    yield tmp_path
    for remembered in (lemmas._lookup, lemmas._known):
        remembered.cache_clear()


def test_a_made_dictionary_says_what_the_packed_one_says(elsewhere: Path) -> None:
    """Every looked-up form has the same base form in both, and making it again leaves it alone."""
    dictionaries.build("en")
    written = (elsewhere / "en.dic").stat().st_mtime_ns
    dictionaries.build("en")
    assert (elsewhere / "en.dic").stat().st_mtime_ns == written
    packed = StreamDictionaryFactory().get_dictionary("en")
    made = TrieDictionaryFactory(disk_cache_dir=str(elsewhere)).get_dictionary("en")
    forms = list(islice(packed, 0, None, 7))
    assert len(forms) > 1000
    assert [made[form] for form in forms] == [packed[form] for form in forms]


def test_words_are_found_without_made_dictionaries(elsewhere: Path) -> None:
    """An install that skipped the step works the same, only slower at the start; it makes nothing behind one's back."""
    assert [token.lemma for token in lemmas.tokenize("two parcels were lost", "en")] == ["two", "parcel", "be", "lose"]
    assert list(elsewhere.iterdir()) == []
