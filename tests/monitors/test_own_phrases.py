"""A team's folder of phrases, as the settings name it."""

from pathlib import Path

import pytest
from fakes.odd_files import ODD

from models.replies import FindingKind, builtin_phrases
from monitors.errors import BadSettings
from monitors.own_phrases import phrases_of


def test_without_a_folder_the_phrases_are_ours() -> None:
    """Nobody has to write phrases."""
    assert phrases_of(None) == builtin_phrases()


def test_a_folder_replaces_what_it_has(tmp_path: Path) -> None:
    """A file of one language changes its findings there, also with the mark that some editors put before a text."""
    (tmp_path / "fi.toml").write_text('\ufeffno_owner = ["Soita: {name}"]', "utf-8")
    phrases = phrases_of(tmp_path)
    assert phrases.wording(FindingKind.NO_OWNER, "fi") == "Soita: {name}"
    assert phrases.wording(FindingKind.NO_OWNER, "et") == builtin_phrases().wording(FindingKind.NO_OWNER, "et")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("de.toml", b"", "holds .*de.toml|de.toml"),
        ("readme.txt", b"", "holds no phrases"),
        ("et.toml", b"\xff", "is not UTF-8"),
        ("et.toml", b"sorry = []", "'sorry' is no finding"),
        ("et.toml", b"#" * 200_001, "more than 200000 bytes"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    """Every mistake names the file, what is wrong and what to do."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadSettings, match=said):
        phrases_of(tmp_path)
    with pytest.raises(BadSettings, match="is no folder"):
        phrases_of(tmp_path / name)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_file_is_said(tmp_path: Path, odd: str) -> None:
    """A pipe, a device, a broken link, a folder or a huge file is named at once, also where other files are good."""
    make, said = ODD[odd]
    (tmp_path / "fi.toml").write_text('no_owner = ["Soita: {name}"]', "utf-8")
    make(tmp_path / "et.toml")
    with pytest.raises(BadSettings, match=f"et.toml.*({said})"):
        phrases_of(tmp_path)
