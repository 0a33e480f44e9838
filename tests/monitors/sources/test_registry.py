"""Sources are found by being there, and cost nothing until they are asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

from monitors.errors import BadSettings
from monitors.sources import kinds, load, settings_for

HEAVY = ("tweepy", "mastodon", "feedparser", "trafilatura", "pyarrow")


def test_every_kind_loads_and_is_called_so() -> None:
    """Each name that is listed gives a source class of that kind."""
    assert {"x", "mastodon", "rss"} <= set(kinds())
    assert [load(kind).kind for kind in kinds()] == list(kinds())


@pytest.mark.parametrize("kind", kinds())
def test_every_option_says_what_it_is_for(kind: str) -> None:
    """``kuula sources list`` has a sentence for each option of each kind."""
    silent = [name for name, field in load(kind).Settings.model_fields.items() if not field.description]
    assert silent == []


def test_listing_imports_none_of_them() -> None:
    """The list of kinds comes from file names: no client library is in memory after it."""
    code = f"import sys, monitors.sources as s; s.kinds(); print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_another_distribution_can_bring_one(tmp_path: Path) -> None:
    """An entry point of an installed distribution is a kind like ours, and ours win over it."""
    (tmp_path / "theirs.py").write_text("class Source:\n    kind = 'theirs'\n")
    info = tmp_path / "theirs-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[kuula.sources]\ntheirs = theirs:Source\nx = theirs:Source\n")
    code = "import monitors.sources as s; print('theirs' in s.kinds(), s.load('theirs').kind, s.load('x').kind)"
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "theirs", "x"]


def test_an_unknown_kind_is_named_with_the_known() -> None:
    """A misspelt kind says what there is."""
    with pytest.raises(BadSettings) as caught:
        load("twitter")
    assert "rss" in caught.value.remedy


@pytest.mark.parametrize(
    ("values", "key", "said"),
    [
        ({}, "sources.mine.bearer_token", "is missing"),
        ({"bearer_token": "t0ken", "pagesize": 5}, "sources.mine.pagesize", "Did you mean `page_size`?"),
        ({"bearer_token": "t0ken", "page_size": 5}, "sources.mine.page_size", "must be greater than"),
        ({"bearer_token": "t0ken", "post_price": float("inf")}, "sources.mine.post_price", "must be"),
        ({"bearer_token": ["t0ken"]}, "sources.mine.bearer_token", "must be text"),
    ],
)
def test_wrong_settings_say_where_and_never_what(values: dict[str, object], key: str, said: str) -> None:
    """The dotted key, the mistake and what to write are there, the value is not: it may be a secret."""
    with pytest.raises(BadSettings) as caught:
        settings_for("x", values, name="mine")
    assert caught.value.key == key
    assert said in str(caught.value)
    assert caught.value.remedy
    assert "t0ken" not in str(caught.value)
