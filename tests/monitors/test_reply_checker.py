"""Who reads drafts: the check of the house, with the wordings of Kuula or of the team."""

from pathlib import Path

import pytest

from models.replies import Draft
from monitors.bootstrap import House
from monitors.errors import BadSettings
from monitors.settings import Settings

BAD = Draft("Read the terms.", "en", public=False, complaint="Nobody answers me!")


def _house(folder: Path, phrases: str | None) -> House:
    settings = Settings.model_validate({"replies": {"phrases": phrases} if phrases else {}})
    return House(settings.at(folder / "kuula.toml"))


def test_the_phrases_of_the_team_take_the_place_of_ours(tmp_path: Path) -> None:
    """What a folder says of a finding is what agents are offered; for all others Kuula's wording stays."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "en.toml").write_text('no_apology = ["We are truly sorry, {name} here."]\n', "utf-8")
    offered = {one.kind: one.wording for one in _house(tmp_path, "own").reply_checker.check(BAD)}
    ours = {one.kind: one.wording for one in _house(tmp_path, None).reply_checker.check(BAD)}
    assert offered["no_apology"] == "We are truly sorry, {name} here."
    assert ours["no_apology"] != offered["no_apology"]
    assert {kind: words for kind, words in offered.items() if kind != "no_apology"} == {
        kind: words for kind, words in ours.items() if kind != "no_apology"
    }


def test_a_folder_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    """Wrong settings end in an error with its remedy."""
    with pytest.raises(BadSettings, match="is no folder"):
        _ = _house(tmp_path, "nowhere").reply_checker
